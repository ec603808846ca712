"""Row security by raw SQL as the plain role, and each of the two walls with the other one taken away."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.engine import pool
from adapters.postgres.flush import LostUpdate, flush
from adapters.postgres.tasks import PostgresTaskReads
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.url import DatabaseUrl
from application.views import TaskQuery
from application.workspace import Workspace
from domain.access import Actor, Scope
from domain.change import Head
from domain.errors import TaskNotFound
from domain.ids import AccountId, TaskId
from domain.task import Task
from tests.contract.test_notes import answer_of, plan_of
from tests.contract.test_notes import keep as keep_notes
from tests.support.actors import actor
from tests.support.databases import Database
from tests.support.queries import beneath
from tests.support.things import task_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
INSERT_ACCOUNT = "INSERT INTO remit.account (id, issuer, subject) VALUES ($1, 'i', 's')"
INSERT_TASK = """
    INSERT INTO remit.task (account_id, id, title, description, status, priority, rank, labels, blocked_by,
                            checklist, links, created_at, updated_at, version)
    VALUES ($1, gen_random_uuid(), 't', '', 'todo', 'none', 'a' || md5(random()::text), '{}', '{}', '[]', '[]', now(), now(), 1)
"""


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def acting(connection: asyncpg.Connection, setting: str | None) -> AsyncGenerator[None]:
    """A transaction with the setting, rolled back in the end."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        if setting is not None:
            await connection.execute("SELECT set_config('remit.account_id', $1, true)", setting)
        yield
    finally:
        await transaction.rollback()


async def refused(connection: asyncpg.Connection, statement: str, *values: object) -> bool:
    """Whether row security refuses the statement; the transaction goes on."""
    try:
        async with connection.transaction():
            await connection.execute(statement, *values)
    except asyncpg.InsufficientPrivilegeError as error:
        return "row-level security" in str(error)
    return False


async def seed(database: Database) -> tuple[Task, Task]:
    """A task each of two new accounts, put there by the superuser, whom row security does not bind."""
    tasks = tuple(task_of(actor(), created_at=NOW, updated_at=NOW) for _ in range(2))
    async with connected(database.admin) as admin:
        for task in tasks:
            await admin.execute(INSERT_ACCOUNT, task.account_id)
            await admin.execute(INSERT_TASK.replace("gen_random_uuid()", "$2"), task.account_id, task.id)
    return tasks[0], tasks[1]


@pytest.fixture
async def app(database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with connected(database.app) as connection:
        yield connection


@pytest.mark.rule("DB-3")
@pytest.mark.parametrize("setting", [None, ""], ids=["never set", "empty"])
async def test_nobody_sees_and_writes_nothing(
    database: Database, app: asyncpg.Connection, setting: str | None
) -> None:
    mine, _ = await seed(database)
    async with acting(app, setting):
        for table in ("account", "task"):
            assert await app.fetch(f"SELECT * FROM remit.{table}") == []
        assert await app.execute("UPDATE remit.task SET title = 'x'") == "UPDATE 0"
        assert await refused(app, INSERT_TASK, mine.account_id)
        assert await refused(app, INSERT_ACCOUNT, uuid4())


@pytest.mark.rule("DB-3", "DB-4")
async def test_an_account_sees_its_own_rows_alone(database: Database, app: asyncpg.Connection) -> None:
    mine, theirs = await seed(database)
    for task in (mine, theirs):
        async with acting(app, str(task.account_id)):
            assert await app.fetchval("SELECT array_agg(id) FROM remit.task") == [task.id]
            assert await app.fetchval("SELECT array_agg(id) FROM remit.account") == [task.account_id]


@pytest.mark.rule("DB-4")
async def test_no_row_is_made_for_changed_in_or_moved_to_another_account(
    database: Database, app: asyncpg.Connection
) -> None:
    mine, theirs = await seed(database)
    async with acting(app, str(mine.account_id)):
        assert await refused(app, INSERT_TASK, theirs.account_id)
        assert await refused(app, INSERT_ACCOUNT, uuid4())
        assert await refused(app, "UPDATE remit.task SET account_id = $1", theirs.account_id)
        assert await refused(app, "UPDATE remit.account SET id = $1", uuid4())
        assert await app.execute("UPDATE remit.task SET title = 'x' WHERE id = $1", theirs.id) == "UPDATE 0"
        locked = "SELECT FROM remit.account WHERE id = $1 FOR UPDATE"
        assert await app.fetch(locked, theirs.account_id) == []
        assert (
            await app.execute(INSERT_TASK, mine.account_id) == "INSERT 0 1"
        )  # so it is not all that is refused
    async with connected(database.admin) as admin:
        assert await admin.fetchval("SELECT title FROM remit.task WHERE id = $1", theirs.id) == "t"


@pytest.mark.rule("DB-3", "DB-8")
async def test_the_identity_ends_with_its_transaction(database: Database, app: asyncpg.Connection) -> None:
    mine, _ = await seed(database)
    current = "SELECT current_setting('remit.account_id', true)"
    for ending in ("commit", "rollback"):
        transaction = app.transaction()
        await transaction.start()
        await app.execute("SELECT set_config('remit.account_id', $1, true)", str(mine.account_id))
        assert await app.fetchval("SELECT count(*) FROM remit.task") == 1
        await getattr(transaction, ending)()
        assert await app.fetchval(current) in {None, ""}
        assert await app.fetchval("SELECT count(*) FROM remit.task") == 0


@pytest.mark.rule("DB-8")
async def test_units_leave_nothing_on_their_connection(database: Database) -> None:
    one = pool(DatabaseUrl.parse(database.app), size=1)
    try:
        units, owner = PostgresUnits(one), actor()
        settings = text("""
            SELECT current_setting('remit.account_id', true), current_setting('transaction_read_only'),
                   current_setting('transaction_isolation')
        """)
        for opened, scope in ((units.reading, Scope.TASKS_READ), (units.writing, Scope.TASKS_WRITE)):
            async with opened(owner, scope) as unit:
                # A rollback would undo a setting of the session, too.
                await beneath(unit).commit()
            async with one.connect() as connection:
                left = tuple((await connection.execute(settings)).one())
                assert (left[0] or "", *left[1:]) == ("", "off", "read committed")
    finally:
        await one.dispose()


@pytest.mark.rule("DB-2")
async def test_the_tables_owner_is_bound_as_well(database: Database) -> None:
    mine, _ = await seed(database)
    async with connected(database.owner) as owner:
        assert await owner.fetchval("SELECT current_user") == "remit_owner"
        async with acting(owner, None):
            assert await owner.fetch("SELECT * FROM remit.task") == []
            assert await owner.execute("DELETE FROM remit.task") == "DELETE 0"
            assert await refused(owner, INSERT_TASK, mine.account_id)
        async with acting(owner, str(mine.account_id)):
            assert await owner.fetchval("SELECT array_agg(id) FROM remit.task") == [mine.id]


def acting_as(account_id: AccountId) -> Actor:
    return replace(actor(), account_id=account_id)


async def seen_without_the_filter(engine: AsyncEngine, thief: Actor, victim: Task) -> set[str]:
    """What our own repositories reach of the victim's, in the thief's unit, when they filter by the victim.

    Their filter lets everything of the victim's through, so row security alone stands in the way.
    """
    mistaken = acting_as(victim.account_id)
    found = set[str]()
    async with PostgresUnits(engine).reading(thief, Scope.TASKS_READ) as unit:
        connection: AsyncConnection = beneath(unit)
        reads = PostgresTaskReads(unit.changes._connection, mistaken)
        with_raw = await connection.execute(
            text("SELECT id FROM remit.task WHERE id = :id"), {"id": victim.id}
        )
        found |= {"raw"} if with_raw.all() else set()
        found |= {"page"} if await reads.page(TaskQuery()) else set()
        try:
            await reads.get(victim.id)
        except TaskNotFound:
            pass
        else:
            found.add("get")
    for act in ("add", "save"):
        async with PostgresUnits(engine).writing(thief, Scope.TASKS_WRITE) as unit:
            workspace = Workspace(mistaken)
            changed = replace(victim, title="stolen", version=2)
            if act == "add":
                workspace.add(replace(changed, id=TaskId(uuid4())))
            else:
                workspace.remember(victim)
                workspace.save(victim, changed, "update")
            try:
                head = Head(seq=1000)
                await flush(beneath(unit), workspace, head, workspace.changes(head, NOW))
            except (LostUpdate, DBAPIError):
                pass
            else:
                found.add(act)
    return found


@pytest.mark.rule("DB-5")
async def test_row_security_alone_keeps_accounts_apart(fresh_database: Database) -> None:
    victim, _ = await seed(fresh_database)
    thief = actor()
    engine = pool(DatabaseUrl.parse(fresh_database.app), size=2)
    try:
        assert await seen_without_the_filter(engine, thief, victim) == set()
        async with connected(fresh_database.owner) as owner:
            for table in ("task", "task_text", "task_words", "posting", "term", "change", "account"):
                await owner.execute(f"ALTER TABLE remit.{table} DISABLE ROW LEVEL SECURITY")
        everything = {"raw", "page", "get", "add", "save"}
        assert await seen_without_the_filter(engine, thief, victim) == everything
    finally:
        await engine.dispose()


@pytest.mark.rule("DB-5")
async def test_the_owner_filter_alone_keeps_accounts_apart(database: Database) -> None:
    victim, mine = await seed(database)
    thief = acting_as(mine.account_id)
    engine = pool(DatabaseUrl.parse(database.admin), size=2)
    units = PostgresUnits(engine)
    try:
        async with units.reading(thief, Scope.TASKS_READ) as unit:
            unfiltered = await beneath(unit).execute(text("SELECT id FROM remit.task"))
            assert {victim.id, mine.id} <= set(unfiltered.scalars())  # there is no row security here
            assert [view.task.id for view in await unit.tasks.page(TaskQuery(limit=200))] == [mine.id]
            with pytest.raises(TaskNotFound):
                await unit.tasks.get(victim.id)
        theirs, answer = plan_of(acting_as(victim.account_id)), answer_of(acting_as(victim.account_id))
        await keep_notes(units, acting_as(victim.account_id), theirs, answer)
        async with units.writing(thief, Scope.TASKS_WRITE, key=answer.digest) as unit:
            for trashed in (False, True):
                with pytest.raises(TaskNotFound):
                    await unit.entities.get(Task, victim.id, trashed=trashed)
            stolen = replace(victim, title="stolen", version=2)
            for act in (unit.entities.add(stolen), unit.entities.save(victim, stolen, "update")):
                with pytest.raises(TaskNotFound):
                    await act
            assert await unit.notes.plan(theirs.id) is None
            assert unit.answered is None
            # The statement itself names the owner: with the id of a task of the victim's it changes no row.
            disguised = replace(victim, account_id=mine.account_id)
            workspace = Workspace(thief)
            workspace.remember(disguised)
            workspace.save(disguised, replace(disguised, title="stolen", version=2), "update")
            with pytest.raises(LostUpdate):
                head = Head(seq=1000)
                await flush(beneath(unit), workspace, head, workspace.changes(head, NOW))
        async with units.reading(acting_as(victim.account_id), Scope.TASKS_READ) as unit:
            assert (await unit.tasks.get(victim.id)).task.title == "t"
    finally:
        await engine.dispose()
