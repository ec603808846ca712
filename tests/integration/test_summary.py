"""How PostgreSQL counts an account's tasks as the plain role: by one statement, within the account's own rows."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.clock import SystemClock
from adapters.postgres.uow import PostgresReadUnit, PostgresUnits
from application.summary import Summaries
from domain.access import Scope
from domain.summary import Days
from tests.integration.test_query_plans import ME, faults, many, nodes, plan
from tests.support.queries import QueryRecorder, beneath

__all__ = ["many"]
DAYS = Days.of(datetime(2026, 1, 20, tzinfo=UTC), ZoneInfo("Europe/Berlin"))


@pytest.mark.rule("SUM-7", "DB-17")
async def test_each_of_the_accounts_tasks_is_read_once_and_no_other(many: AsyncEngine) -> None:
    async with PostgresUnits(many).reading(ME, Scope.TASKS_READ) as unit:
        assert isinstance(unit, PostgresReadUnit)
        with QueryRecorder(many) as recorder:
            summary = await unit.tasks.summary(DAYS)
        (query,) = recorder.queries
        tree = await plan(beneath(unit), query)
    assert summary.total > 3000
    assert not list(faults(tree)), json.dumps(tree, indent=1)
    tables = [node["Relation Name"] for node in nodes(tree) if "Relation Name" in node]
    # Projects are asked twice: which are archived, and what they are called.
    assert sorted(tables) == ["project", "project", "task"]


@pytest.mark.rule("SUM-7")
async def test_it_takes_two_statements_after_the_identity(many: AsyncEngine) -> None:
    with QueryRecorder(many) as recorder:
        await Summaries(PostgresUnits(many), SystemClock()).get(ME)
    asked = [("preferences", "FROM remit.preferences"), ("tasks", "GROUPING SETS")]
    assert len(recorder.statements) == 2
    for (what, words), statement in zip(asked, recorder.statements, strict=True):
        assert words in statement, what
