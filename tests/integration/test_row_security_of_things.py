"""Row security and composite keys by raw SQL as the plain role, for every table that an account has rows in."""

import json
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.postgres.engine import pool
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.url import DatabaseUrl
from domain.access import Actor
from tests.integration.test_row_security import acting, connected, refused
from tests.support.actors import actor
from tests.support.databases import Database
from tests.support.household import Household, household

THINGS = ("task", "project", "section", "label", "task_label", "blocker", "comment", "view", "preferences")
LOGS = ("api_token", "change")
COPIES = ("task_text", "project_text", "section_text", "comment_text", "task_words", "comment_words")
FOUND = ("posting", "term")
TIES = {"task_label", "blocker"}
REFERENCES = {
    "project": {"parent_id": "outer"},
    "section": {"project_id": "project"},
    "task": {"project_id": "project", "section_id": "section", "parent_id": "blocker"},
    "comment": {"task_id": "task"},
    "preferences": {"default_project_id": "project"},
}
ARRAYS = {"labels": "label", "blocked_by": "blocker"}


@pytest.fixture(scope="module")
async def two(database: Database) -> tuple[tuple[Actor, Household], tuple[Actor, Household]]:
    """Two accounts, each with one thing of every kind."""
    engine = pool(DatabaseUrl.parse(database.app), size=2)
    try:
        mine, theirs = actor(), actor()
        units = PostgresUnits(engine)
        return (mine, await household(units, mine)), (theirs, await household(units, theirs))
    finally:
        await engine.dispose()


Two = tuple[tuple[Actor, Household], tuple[Actor, Household]]


@pytest.fixture
async def app(database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with connected(database.app) as connection:
        yield connection


async def test_no_owned_table_is_left_out(app: asyncpg.Connection) -> None:
    owned = await app.fetch("""
        SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'remit'::regnamespace AND c.relkind = 'r' AND a.attname = 'account_id'
    """)
    assert {row[0] for row in owned} - {"answer", "plan", "upkeep"} == {*THINGS, *LOGS, *COPIES, *FOUND}


@pytest.mark.rule("DB-3", "DB-4")
@pytest.mark.parametrize("table", [*THINGS, *LOGS, *COPIES, *FOUND])
async def test_an_account_sees_its_own_rows_and_nobody_sees_any(
    app: asyncpg.Connection, two: Two, table: str
) -> None:
    for setting in (None, ""):
        async with acting(app, setting):
            assert await app.fetch(f"SELECT * FROM remit.{table}") == []
    for owner, _ in two:
        async with acting(app, str(owner.account_id)):
            assert {row[0] for row in await app.fetch(f"SELECT account_id FROM remit.{table}")} == {
                owner.account_id
            }


@pytest.mark.rule("DB-4")
@pytest.mark.parametrize("table", [*THINGS, *FOUND])
async def test_no_row_is_made_for_moved_to_or_removed_from_another_account(
    database: Database, app: asyncpg.Connection, two: Two, table: str
) -> None:
    (mine, _), (theirs, _) = two
    columns = "account_id" if table == "preferences" else "*"
    row = f"SELECT to_jsonb(t) FROM remit.{table} AS t WHERE account_id = $1"
    async with connected(database.admin) as admin:
        values = json.loads(await admin.fetchval(row, theirs.account_id))
        before = await admin.fetchval(f"SELECT count({columns}) FROM remit.{table}")
    insert = f"INSERT INTO remit.{table} SELECT * FROM jsonb_populate_record(NULL::remit.{table}, $1)"
    async with acting(app, str(mine.account_id)):
        assert await refused(app, insert, json.dumps(values))
        if table not in {*TIES, *FOUND}:
            assert await refused(app, f"UPDATE remit.{table} SET account_id = $1", theirs.account_id)
            touched = f"UPDATE remit.{table} SET account_id = account_id WHERE account_id = $1"
            assert await app.execute(touched, theirs.account_id) == "UPDATE 0"
        if table != "preferences":
            removed = f"DELETE FROM remit.{table} WHERE account_id = $1"
            assert await app.execute(removed, theirs.account_id) == "DELETE 0"
    async with connected(database.admin) as admin:
        assert await admin.fetchval(f"SELECT count({columns}) FROM remit.{table}") == before


@pytest.mark.rule("DB-6")
async def test_ties_are_not_changed_and_preferences_do_not_go(app: asyncpg.Connection, two: Two) -> None:
    (mine, _), _ = two
    for statement in (
        "UPDATE remit.task_label SET label_id = label_id",
        "UPDATE remit.blocker SET blocker_id = blocker_id",
        "DELETE FROM remit.preferences",
        "DELETE FROM remit.change",
        "UPDATE remit.change SET verb = verb",
        "UPDATE remit.posting SET weight = weight",
        "UPDATE remit.term SET term = term",
        "DELETE FROM remit.task_words",
    ):
        async with acting(app, str(mine.account_id)):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
                await app.execute(statement)


@pytest.mark.rule("DB-1")
@pytest.mark.parametrize(
    ("table", "column"), [(table, name) for table, names in REFERENCES.items() for name in names]
)
async def test_the_id_of_another_accounts_row_does_not_bind(
    app: asyncpg.Connection, two: Two, table: str, column: str
) -> None:
    (mine, ours), (_, others) = two
    kind = REFERENCES[table][column]
    update = f"UPDATE remit.{table} SET {column} = $1"
    faults = []
    async with acting(app, str(mine.account_id)):
        for stranger in (getattr(others, kind), uuid4()):
            with pytest.raises(asyncpg.ForeignKeyViolationError) as error:
                async with app.transaction():
                    await app.execute(update, stranger)
            faults.append(error.value.constraint_name)
        await app.execute(
            f"{update} WHERE {'id' if table != 'preferences' else 'account_id'} = $2",
            *(getattr(ours, kind), owner_row(table, ours, mine)),
        )
    assert faults == [f"{table}_account_id_{column}_fkey"] * 2


def owner_row(table: str, ours: Household, mine: Actor) -> UUID:
    return mine.account_id if table == "preferences" else getattr(ours, table)


@pytest.mark.rule("DB-1", "DB-25")
@pytest.mark.parametrize("column", ARRAYS)
async def test_the_id_of_another_accounts_row_is_not_tied(
    app: asyncpg.Connection, two: Two, column: str
) -> None:
    (mine, ours), (_, others) = two
    update = f"UPDATE remit.task SET {column} = ARRAY[$1::uuid] WHERE id = $2"
    async with acting(app, str(mine.account_id)):
        for stranger in (getattr(others, ARRAYS[column]), uuid4()):
            with pytest.raises(asyncpg.ForeignKeyViolationError):
                async with app.transaction():
                    await app.execute(update, stranger, ours.subtask)
                    await app.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as at a commit
        await app.execute(update, getattr(ours, ARRAYS[column]), ours.subtask)


@pytest.mark.rule("DB-7")
async def test_the_trigger_gives_nobody_more_than_they_have(
    database: Database, app: asyncpg.Connection, two: Two
) -> None:
    """It runs with the rights of who writes the task: another account's ties are not in its reach."""
    (mine, ours), (theirs, others) = two
    async with acting(app, str(mine.account_id)):
        await app.execute("UPDATE remit.task SET labels = '{}', blocked_by = '{}'")
        assert await app.fetchval("SELECT count(*) FROM remit.task_label") == 0
        with pytest.raises(asyncpg.PostgresError):
            await app.execute("SELECT remit.tie_task()")
    async with connected(database.admin) as admin:
        left = await admin.fetchval(
            "SELECT count(*) FROM remit.task_label WHERE account_id = $1", theirs.account_id
        )
        assert left == 1
        assert others.label != ours.label
