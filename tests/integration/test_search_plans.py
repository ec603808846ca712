"""How PostgreSQL searches as the plain role, where other accounts have far more, and by how many statements."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import md5
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.engine import pool
from adapters.postgres.uow import PostgresReadUnit, PostgresUnits
from adapters.postgres.url import DatabaseUrl
from adapters.seal import HmacSeal
from application.search import Search
from application.views import SearchQuery
from domain.access import Scope
from domain.ids import AccountId
from tests.integration.test_query_plans import faults, nodes, plan
from tests.integration.test_row_security import connected
from tests.support.actors import actor
from tests.support.clocks import FixedClock
from tests.support.databases import Database, Databases
from tests.support.household import use_cases
from tests.support.queries import Query, QueryRecorder, beneath

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
    "one letter": ("w",), "whole": ("word42",), "beginning": ("word",), "misspelt": ("commno",), "two": ("common", "said"), "nothing": ("zebra",),
    "broad": ("common", "letters"), "looked up": ("common", "word423", "letters"),
}  # fmt: skip
ME = replace(actor(), account_id=AccountId(UUID(bytes=md5(b"a7").digest())))  # noqa: S324


async def settle(admin: asyncpg.Connection) -> None:
    """Vacuum until all rows are known to be visible to all: while the server's own analysis runs, they are not,
    and then an index costs as much as the table.
    """
    unseen = "SELECT sum(relpages - relallvisible) FROM pg_class WHERE oid = ANY ($1::text[]::regclass[])"
    for _ in range(60):
        await admin.execute("VACUUM ANALYZE")
        if not await admin.fetchval(
            unseen, ["remit.posting", "remit.term", "remit.task", "remit.task_words"]
        ):
            return
        await asyncio.sleep(0.5)
    raise AssertionError("Something keeps looking at old rows.")


@pytest.fixture(scope="module")
async def many(databases: Databases) -> AsyncIterator[AsyncEngine]:
    """A hundred accounts, one of them with a third of all tasks."""
    async with databases.clone() as database:
        async with connected(database.admin) as admin:
            await admin.execute(MANY)
            await settle(admin)
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
        of = "uuid" if value and isinstance(value[0], UUID) else "text"
        return f"ARRAY[{', '.join(map(_literal, value))}]::{of}[]"
    return str(value) if isinstance(value, int) else f"'{value}'"


@pytest.mark.rule("SEARCH-13")
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("room", [10_000, 100])
async def test_only_the_accounts_own_rows_are_read_by_keys(many: AsyncEngine, name: str, room: int) -> None:
    async with PostgresUnits(many).reading(ME, Scope.TASKS_READ) as unit:
        assert isinstance(unit, PostgresReadUnit)
        with QueryRecorder(many) as recorder:
            found = await unit.search.find(
                SearchQuery(words=ASKED[name], limit=20, matches=room, looked_up=room)
            )
        assert bool(found.hits) == (name != "nothing")
        connection = beneath(unit)
        for query in recorder.queries:
            for tree in (await plan(connection, query), await generic(connection, query)):
                assert not list(faults(tree)), json.dumps(tree, indent=1)
                for node in nodes(tree):
                    if "Index Name" in node:
                        _is_by_key(node)


def _is_by_key(node: Any) -> None:
    """By more than the account alone, for that may be much."""
    index, condition = node["Index Name"], node.get("Index Cond", "")
    if index in {"posting_pkey", "term_pkey"}:
        assert "term" in condition, json.dumps(node, indent=1)
    elif index.startswith("task_"):
        assert index in {"task_pkey", "task_account_id_parent_id_idx", "task_words_pkey"}
        assert condition.count(" = ") > 1, json.dumps(node, indent=1)


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
                ("milk", None, 4), ("mil", None, 3), ("milk often", None, 5), ("milk often", "todo", 6), ("mil", "todo", 4), ("zebra", None, 2),
            ):  # fmt: skip
                with QueryRecorder(engine) as recorder:
                    found = await search.page(me, text, more, 50)
                assert len(recorder.statements) == cost, (text, more, recorder.statements)
                assert len(found.items) == (0 if text == "zebra" else 1 + 10 * round_)
    finally:
        await engine.dispose()
