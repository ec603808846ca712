"""Postings and vocabulary are what the documents say, whatever is done, and nothing of what is gone is left."""

import random
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.clock import SystemClock
from adapters.postgres.migrate import migrate
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.url import DatabaseUrl
from adapters.seal import HmacSeal
from application.trash import Trash
from application.undo import Selection, Undo
from domain.access import Actor
from domain.attached import ChecklistItem
from domain.change import EntityKind
from domain.errors import CommentNotFound, CountMismatch, InTrash, TaskNotFound
from domain.search import document_of_task
from tests.integration.test_row_security import acting, connected
from tests.integration.test_statements import with_request
from tests.support.actors import actor
from tests.support.databases import Database, Databases
from tests.support.household import UseCases, household, use_cases
from tests.support.texts import SOME
from tests.support.things import task_of

DOCUMENTED = text("""
    SELECT t.term, d.task_id, t.weight, d.id FROM (
        SELECT * FROM remit.task_words UNION ALL SELECT * FROM remit.comment_words
    ) AS d CROSS JOIN LATERAL unnest(d.terms, d.weights) AS t (term, weight)
    WHERE d.account_id = :account ORDER BY 1, 2, 3, 4
""")
POSTED = text(
    "SELECT term, task_id, weight, source FROM remit.posting WHERE account_id = :account ORDER BY 1, 2, 3, 4"
)
VOCABULARY = text("SELECT term FROM remit.term WHERE account_id = :account ORDER BY 1")


async def postings(engine: AsyncEngine, owner: Actor) -> list[tuple[str, UUID, int, UUID]]:
    """What is posted, seen to be what the documents say, and its terms to be the vocabulary."""
    identity = {"account": owner.account_id}
    async with engine.connect() as connection:
        await connection.execute(
            text("SELECT set_config('remit.account_id', :account, true)"), {"account": str(owner.account_id)}
        )
        posted = [tuple(row) for row in await connection.execute(POSTED, identity)]
        assert posted == [tuple(row) for row in await connection.execute(DOCUMENTED, identity)]
        vocabulary = [row.term for row in await connection.execute(VOCABULARY, identity)]
    assert vocabulary == sorted({term for term, *_ in posted})
    return posted  # type: ignore[return-value]


def said(dice: random.Random) -> str:
    return " ".join(dice.choices(SOME, k=dice.randint(1, 4)))


async def purge_all(trash: Trash, me: Actor) -> None:
    with pytest.raises(CountMismatch) as refused:
        await trash.empty(me, 0)
    await trash.empty(me, refused.value.count)


@pytest.mark.rule("DB-30")
@pytest.mark.parametrize("seed", range(4))
async def test_they_follow_whatever_is_done(engine: AsyncEngine, seed: int) -> None:
    dice, me, units = random.Random(seed), with_request("acts"), PostgresUnits(engine)
    make, trash, undo = (
        use_cases(units),
        Trash(units, SystemClock(), HmacSeal(b"k" * 32)),
        Undo(units, SystemClock()),
    )
    tasks = [(await make.tasks.create(me, {"title": said(dice)})).task.id for _ in range(5)]
    tasks.append((await make.tasks.create(me, {"title": "child milk"}, {"parent_id": tasks[0]})).task.id)
    comments = [(await make.comments.create(me, one, said(dice), one)).id for one in tasks]
    for _ in range(25):
        task, comment = dice.choice(tasks), dice.choice(comments)
        act = dice.choice(
            ("title", "description", "comment", "trash", "trash comment", "restore", "restore comment")
        )
        with suppress(InTrash, TaskNotFound, CommentNotFound):  # then nothing is kept
            await _act(make, trash, me, act, task, comment, said(dice))
        await postings(engine, me)
    await make.tasks.delete(me, tasks[0])
    await purge_all(trash, me)
    assert not {tasks[0], tasks[-1]} & {task_id for _, task_id, *_ in await postings(engine, me)}
    other = with_request("more", me)
    await make.tasks.create(other, {"title": "zebra crossing"})
    await undo.revert_all(other, Selection({"request_id": other.errand.request_id}))
    assert "zebra" not in {term for term, *_ in await postings(engine, me)}


async def _act(
    make: UseCases, trash: Trash, me: Actor, act: str, task: UUID, comment: UUID, words: str
) -> None:
    match act:
        case "title":
            await make.tasks.edit(me, task, {"title": words})
        case "description":
            await make.tasks.edit(me, task, {"description": words})
        case "comment":
            await make.comments.edit(me, comment, words)
        case "trash":
            await make.tasks.delete(me, task)
        case "trash comment":
            await make.comments.delete(me, comment)
        case "restore":
            await trash.restore(me, EntityKind.TASK, task)
        case _:
            await trash.restore(me, EntityKind.COMMENT, comment)


@pytest.mark.rule("DB-30")
async def test_what_goes_with_an_account_or_a_task_leaves_no_word(
    engine: AsyncEngine, database: Database
) -> None:
    mine, theirs = actor(), actor()
    make = use_cases(PostgresUnits(engine))
    for owner in (mine, theirs):
        await make.tasks.create(owner, {"title": "secret plan"}, {}, UUID(int=7))
    async with connected(database.admin) as admin:
        await admin.execute("DELETE FROM remit.account WHERE id = $1", mine.account_id)
    assert await postings(engine, mine) == []
    assert [term for term, *_ in await postings(engine, theirs)] == ["plan", "secret"]
    async with connected(database.admin) as admin, admin.transaction():
        await admin.execute("DELETE FROM remit.task WHERE account_id = $1", theirs.account_id)
        assert await admin.fetchval("SELECT current_setting('remit.account_id', true)") == ""
    assert await postings(engine, theirs) == []


@pytest.mark.rule("DB-7", "DB-30")
async def test_the_triggers_give_nobody_more_than_they_have(engine: AsyncEngine, database: Database) -> None:
    """They run with the rights of who writes the documents: other accounts' postings are not in their reach."""
    mine, theirs = actor(), actor()
    for owner in (mine, theirs):
        await household(PostgresUnits(engine), owner)
    before = await postings(engine, theirs)
    async with connected(database.app) as app, acting(app, str(mine.account_id)):
        await app.execute("UPDATE remit.task_words SET terms = '{}', weights = '{}'")
        await app.execute("UPDATE remit.comment_words SET terms = '{}', weights = '{}'")
        assert await app.fetchval("SELECT count(*) FROM remit.posting") == 0
        for function in ("index_words", "reindex_words"):
            with pytest.raises(asyncpg.PostgresError):
                async with app.transaction():
                    await app.execute(f"SELECT remit.{function}()")
    assert await postings(engine, theirs) == before != []


MANY = 2_345
"""More than two batches."""
TASKS = """
    INSERT INTO remit.task (account_id, id, title, description, status, priority, rank, labels, blocked_by,
                            checklist, links, created_at, updated_at, deleted_at, deleted_with, version)
    SELECT $1, md5('t' || n)::uuid, ($2::text[])[1 + n % cardinality($2)], ($2::text[])[1 + n / 7 % cardinality($2)],
           'todo', 'none', 'a' || n, '{}', '{}', jsonb_build_array(jsonb_build_object('title', ($2::text[])[1 + n % 5], 'checked', true)),
           '[]', now(), now(), CASE WHEN n % 9 = 0 THEN now() END, CASE WHEN n % 9 = 0 THEN md5('t' || n)::uuid END, 1
    FROM generate_series(1, $3) AS n
"""
COMMENT = """
    INSERT INTO remit.comment (account_id, id, task_id, author, body, created_at, updated_at, version)
    VALUES ($1, $1, md5('t1')::uuid, 'me', 'İstanbul 買牛奶', now(), now(), 1)
"""


@pytest.mark.rule("DB-31")
async def test_what_was_there_before_is_found_after_the_migration(databases: Databases) -> None:
    async with databases.clone("template0") as empty:
        owner = DatabaseUrl.parse(empty.owner)
        await migrate(owner, revision="0011")
        async with connected(empty.admin) as admin:
            for number, many in ((1, MANY), (2, 3)):
                account = UUID(int=number)
                await admin.execute(
                    "INSERT INTO remit.account (id, issuer, subject) VALUES ($1, 'i', $2)",
                    account,
                    str(number),
                )
                await admin.execute(TASKS, account, SOME, many)
                await admin.execute(COMMENT, account)
            await migrate(owner)
            rows = await admin.fetch("""
                SELECT t.title, t.description, t.checklist -> 0 ->> 'title' AS item, t.deleted_at, w.terms, w.weights, w.id = w.task_id AS own
                FROM remit.task AS t JOIN remit.task_words AS w USING (account_id, id)
            """)
            assert len(rows) == MANY + 3
            for row in rows:
                assert row["own"]
                assert dict(zip(row["terms"], row["weights"], strict=True)) == expected(row)
            found = await admin.fetch("SELECT terms, task_id FROM remit.comment_words")
            assert [set(row["terms"]) for row in found] == [{"istanbul", "買牛", "牛奶", "奶"}] * 2
            posted = await admin.fetchval("SELECT count(*) FROM remit.posting")
            of = "SELECT sum(cardinality(terms)) FROM remit.{}"
            assert posted == sum(
                [await admin.fetchval(of.format(table)) for table in ("task_words", "comment_words")]
            )
            assert await admin.fetchval("SELECT count(*) FROM remit.term") == await admin.fetchval(
                "SELECT count(DISTINCT (account_id, term)) FROM remit.posting"
            )
            await migrate(owner, revision="0011")
            assert await admin.fetchval("SELECT to_regclass('remit.posting')") is None


def expected(row: asyncpg.Record) -> dict[str, int]:
    """As the domain says it of a task."""
    task = replace(
        task_of(actor()), title=row["title"], description=row["description"], deleted_at=row["deleted_at"],
        checklist=(ChecklistItem(title=row["item"]),),
    )  # fmt: skip
    return dict(document_of_task(task))
