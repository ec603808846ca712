"""How much a search reads and compares where an account has very many words that are alike."""

import json
from collections import Counter
from itertools import product
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engine import pool
from adapters.postgres.uow import PostgresReadUnit, PostgresUnits
from adapters.postgres.url import DatabaseUrl
from application.views import SearchQuery
from domain.access import Scope
from domain.search import COMPARED_MAX, NEAR_MAX
from tests.integration.test_query_plans import nodes
from tests.integration.test_row_security import connected
from tests.support.actors import actor
from tests.support.databases import Database
from tests.support.household import use_cases
from tests.support.queries import Query, QueryRecorder, beneath

TERMS = ["a" + "".join(rest) for rest in product("abc", repeat=9)]
WORDS = ("aabcxabcab", "aaacbxacab", "abcabcaxca", "acbbxcabca")
MISBEGUN = 500
"""More than what a wrong first character may mean, of which each is looked up by the key."""


@pytest.mark.rule("SEARCH-14")
@pytest.mark.parametrize("words", [WORDS[:1], WORDS], ids=len)
@pytest.mark.parametrize("looked_at", [3_000, 160_000])
async def test_so_much_is_looked_at_and_compared(
    fresh_database: Database, words: tuple[str, ...], looked_at: int
) -> None:
    me, engine = actor(), pool(DatabaseUrl.parse(fresh_database.app), size=1)
    units = PostgresUnits(engine)
    await use_cases(units).tasks.create(me, {"title": "x"}, {})
    async with connected(fresh_database.admin) as admin:
        put = "INSERT INTO remit.term (account_id, term) SELECT $1, unnest($2::text[])"
        await admin.execute(put, me.account_id, TERMS)
        await admin.execute("VACUUM ANALYZE remit.term")
    try:
        async with units.reading(me, Scope.TASKS_READ) as unit:
            assert isinstance(unit, PostgresReadUnit)
            with QueryRecorder(engine) as recorder:
                await unit.search.find(SearchQuery(words=words, limit=9, looked_at=looked_at))
            read, answered = await _rows(beneath(unit), recorder.queries[0])
    finally:
        await engine.dispose()
    shares = len(words) + 1
    assert read <= looked_at + shares * MISBEGUN
    assert answered <= COMPARED_MAX + (shares + 1) * NEAR_MAX
    if looked_at > len(TERMS):  # so that it is known that there is more of both
        assert read > len(TERMS)
        assert answered >= COMPARED_MAX * len(words) // shares


async def _rows(connection: AsyncConnection, query: Query) -> tuple[int, int]:
    """How many rows of the vocabulary a statement reads, and how many it answers."""
    how = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, FORMAT JSON)"
    found = await connection.exec_driver_sql(f"{how} {query.text}", tuple(query.parameters))
    answer = found.scalar_one()
    tree: Any = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    read = Counter[str]()
    for node in nodes(tree):
        name = str(node.get("Index Name", node["Node Type"]))
        left = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        read[name] += round((node["Actual Rows"] + left) * node["Actual Loops"])
    return read["term_pkey"], round(tree["Actual Rows"])
