"""How PostgreSQL searches as the plain role, where other accounts have far more, and by how many statements."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from hashlib import md5
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.engine import pool
from adapters.postgres.uow import PostgresReadUnit, PostgresUnits
from adapters.postgres.url import DatabaseUrl
from adapters.seal import HmacSeal
from application.search import Search
from application.views import SearchQuery
from domain.access import Actor, Scope
from domain.ids import AccountId
from domain.search import How
from tests.integration.test_query_plans import faults, nodes, plan
from tests.integration.test_row_security import connected
from tests.support.actors import actor
from tests.support.clocks import FixedClock
from tests.support.databases import Database, Databases
from tests.support.household import use_cases
from tests.support.queries import Query, QueryRecorder, beneath, settle

MANY = """
    INSERT INTO remit.account (id, issuer, subject) SELECT md5('a' || a)::uuid, 'i', 's' || a FROM generate_series(0, 99) AS a;
    INSERT INTO remit.project (account_id, id, name, description, rank, archived_at, created_at, updated_at, version)
    SELECT md5('a' || n % 100)::uuid, md5('p' || n)::uuid, 'n', '', 'a' || n, now(), now(), now(), 1 FROM generate_series(0, 2999) AS n;
    INSERT INTO remit.task (account_id, id, title, description, status, priority, rank, labels, blocked_by, checklist, links, created_at, updated_at, version)
    SELECT md5('a' || CASE WHEN n % 3 = 0 THEN 7 ELSE n % 100 END)::uuid, md5('t' || n)::uuid, 'Common word' || n % 500, '', 'todo', 'none', 'a' || n, '{}',
           CASE WHEN n > 300 AND n % 9 = 0 THEN ARRAY[md5('t' || n - 300)::uuid] ELSE '{}' END, '[]', '[]',
           timestamptz '2026-01-01' + n * interval '1 minute', now(), 1
    FROM generate_series(1, 60000) AS n;
    INSERT INTO remit.task_words SELECT account_id, id, id, ARRAY['common', 'word' || n % 500, 'letters'], ARRAY[8, 8, 2]
    FROM (SELECT account_id, id, substr(title, 12)::int AS n FROM remit.task) AS t;
    INSERT INTO remit.comment (account_id, id, task_id, author, body, created_at, updated_at, version)
    SELECT account_id, id, id, 'me', 'Said', now(), now(), 1 FROM remit.task WHERE title LIKE '%7';
    INSERT INTO remit.comment_words SELECT account_id, id, id, ARRAY['said'], ARRAY[1] FROM remit.comment;
"""
ASKED = {
    "one letter": ("w",), "whole": ("word42",), "beginning": ("word",), "misspelt": ("commno",), "its first letter": ("vommon",), "typed": ("comon", "lettre"), "two": ("common", "said"), "nothing": ("zebra",),
    "broad": ("common", "letters"), "looked up": ("common", "word423", "letters"),
}  # fmt: skip
KEY = 2
"""Columns of a key: the account, and what is looked up."""
WAYS: dict[str, dict[str, Any]] = {
    "all matches": {"few": 10_000},
    "the newest": {"few": 0, "looks": (100, 1_000)},
    "some": {"few": 0, "looks": (), "matches": 100, "looked_up": 100},
}
ME = replace(actor(), account_id=AccountId(UUID(bytes=md5(b"a7").digest())))  # noqa: S324

SEARCHED = ("posting", "term", "task", "task_words")


@pytest.fixture(scope="module")
async def many(databases: Databases) -> AsyncIterator[AsyncEngine]:
    """A hundred accounts, one of them with a third of all tasks."""
    async with databases.clone() as database:
        async with connected(database.admin) as admin:
            await admin.execute(MANY)
            await settle(admin, *SEARCHED)
        engine = pool(DatabaseUrl.parse(database.app), size=1)
        yield engine
        await engine.dispose()


async def generic(connection: AsyncConnection, query: Query) -> Any:
    """The plan that is made once for whatever values and accounts, which a busy connection comes to use."""
    await connection.exec_driver_sql(f"PREPARE searched AS {query.text}")
    await connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
    given = ", ".join(_literal(value) for value in query.parameters)
    found = await connection.exec_driver_sql(f"EXPLAIN (COSTS OFF, FORMAT JSON) EXECUTE searched ({given})")
    answer = found.scalar_one()
    await connection.exec_driver_sql("DEALLOCATE searched")
    await connection.exec_driver_sql("SET LOCAL plan_cache_mode = auto")
    return (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]


def _literal(value: Any) -> str:
    if isinstance(value, list):
        of = {UUID: "uuid", int: "int", How: "int"}.get(type(value[0]) if value else str, "text")
        return f"ARRAY[{', '.join(map(_literal, value))}]::{of}[]"
    return str(value) if isinstance(value, int) else f"'{value}'"


async def search_faults(engine: AsyncEngine, me: Actor, query: SearchQuery) -> tuple[int, list[str]]:
    """How many tasks a search finds, and what its statements read that they should not, by any plan.

    What a filter selects may be read by any of the account's indexes, where matches are cut off among that.
    """
    seen: list[str] = []
    async with PostgresUnits(engine).reading(me, Scope.TASKS_READ) as unit:
        assert isinstance(unit, PostgresReadUnit)
        with QueryRecorder(engine) as recorder:
            found = await unit.search.find(query)
        connection = beneath(unit)
        kept = await connection.exec_driver_sql("SHOW plan_cache_mode")
        assert kept.scalar_one() == "force_generic_plan"
        for sent in recorder.queries:
            for tree in (await plan(connection, sent), await generic(connection, sent)):
                told = [*faults(tree), *(_unkeyed(tree) if query.filter is None else ())]
                seen += [f"{one}\n{json.dumps(tree, indent=1)}" for one in told]
    assert recorder.queries
    return len(found.hits), seen


@pytest.mark.rule("SEARCH-13")
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("way", WAYS)
async def test_only_the_accounts_own_rows_are_read_by_keys(many: AsyncEngine, name: str, way: str) -> None:
    found, seen = await search_faults(many, ME, SearchQuery(words=ASKED[name], limit=20, **WAYS[way]))
    assert bool(found) == (name != "nothing")
    assert not seen, seen[0]


def _unkeyed(tree: Any) -> Iterator[str]:
    """What is read by the account alone, for that may be much."""
    for node in nodes(tree):
        index, condition = node.get("Index Name", ""), node.get("Index Cond", "")
        if index in {"posting_pkey", "term_pkey"} and "term" not in condition:
            yield f"{index} is read without a term"
        if index.startswith("task_"):
            known = {"task_pkey", "task_account_id_parent_id_idx", "task_words_pkey"}
            if index not in known or condition.count(" = ") < KEY:
                yield f"{index} is not read by a key"


@pytest.mark.rule("SEARCH-12")
async def test_a_search_takes_as_few_statements_as_said_however_much_is_found(database: Database) -> None:
    engine, me = pool(DatabaseUrl.parse(database.app), size=1), actor()
    units = PostgresUnits(engine)
    search, make = Search(units, FixedClock(), HmacSeal(b"k" * 32)), use_cases(units)
    try:
        for round_ in range(2):
            for number in range(1 + 9 * round_):
                task = (await make.tasks.create(me, {"title": f"milk {number}"})).task.id
                await make.comments.create(me, task, "said often")
            for text, more, cost in (
                ("milk", None, 3), ("mil", None, 2), ("milk often", None, 4), ("milk often", "todo", 5), ("mil", "todo", 3), ("zebra", None, 2),
            ):  # fmt: skip
                with QueryRecorder(engine) as recorder:
                    found = await search.page(me, text, more, 50)
                assert len(recorder.statements) == cost, (text, more, recorder.statements)
                assert len(found.items) == (0 if text == "zebra" else 1 + 10 * round_)
    finally:
        await engine.dispose()
