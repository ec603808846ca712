"""How PostgreSQL reads filtered lists as the plain role, where other accounts have far more."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import md5
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from adapters.clock import UuidV7
from adapters.postgres.engine import pool
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.url import DatabaseUrl
from adapters.seal import HmacSeal
from application.sorting import parsed
from application.tasks import Tasks
from application.views import TaskQuery
from domain.access import Scope
from domain.filters import parse, resolve
from tests.integration.test_query_plans import faults, plan
from tests.integration.test_row_security import connected
from tests.support.actors import actor
from tests.support.clocks import FixedClock
from tests.support.databases import Database
from tests.support.queries import QueryRecorder, beneath

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MANY = """
    INSERT INTO remit.account (id, issuer, subject) SELECT md5('a' || a)::uuid, 'i', 's' || a FROM generate_series(0, 99) AS a;
    INSERT INTO remit.project (account_id, id, name, description, rank, archived_at, created_at, updated_at, version)
    SELECT md5('a' || n % 100)::uuid, md5('p' || n)::uuid, 'Project ' || n, '', 'a' || n, CASE WHEN n / 100 % 9 = 0 THEN now() END, now(), now(), 1
    FROM generate_series(0, 2999) AS n;
    INSERT INTO remit.project_text SELECT account_id, id, lower(name) FROM remit.project;
    INSERT INTO remit.section (account_id, id, project_id, name, rank, created_at, updated_at, version)
    SELECT account_id, id, id, 'Section', 'a', now(), now(), 1 FROM remit.project;
    INSERT INTO remit.section_text SELECT account_id, id, lower(name) FROM remit.section;
    INSERT INTO remit.label (account_id, id, name, key, taken_from, created_at, updated_at, version)
    SELECT md5('a' || n % 100)::uuid, md5('l' || n)::uuid, 'label ' || n / 100, 'label ' || n / 100, '{}', now(), now(), 1
    FROM generate_series(0, 2999) AS n;
    INSERT INTO remit.task (account_id, id, title, description, status, priority, project_id, section_id, rank, labels, blocked_by,
                            checklist, links, created_at, updated_at, version, due_date, parent_id)
    SELECT md5('a' || n % 100)::uuid, md5('t' || n)::uuid, 'Title ' || n, 'Words ' || n % 77, CASE WHEN n / 100 % 3 = 0 THEN 'in_progress' ELSE 'todo' END, 'none',
           p, CASE WHEN n / 100 % 4 = 0 THEN p END, 'a' || n, CASE WHEN n / 100 % 5 = 0 THEN ARRAY[md5('l' || n % 3000)::uuid] ELSE '{}' END,
           CASE WHEN n >= 100000 AND n / 100 % 10 = 0 THEN ARRAY[md5('t' || n - 1000)::uuid] ELSE '{}' END,
           '[]', '[]', timestamptz '2026-01-01' + n * interval '1 minute', now(), 1, date '2024-01-01' + n / 100, NULL
    FROM generate_series(1, 120000) AS n CROSS JOIN LATERAL (SELECT CASE WHEN n % 2 = 0 THEN md5('p' || n % 3000)::uuid END AS p) AS place
    ORDER BY n;
    INSERT INTO remit.task_text SELECT account_id, id, lower(title), lower(description), '{}' FROM remit.task;
    INSERT INTO remit.comment (account_id, id, task_id, author, body, created_at, updated_at, version)
    SELECT account_id, id, id, 'me', 'Said ' || title, now(), now(), 1 FROM remit.task WHERE version = 1 AND title LIKE '%7';
    INSERT INTO remit.comment_text SELECT account_id, id, lower(body) FROM remit.comment;
"""
ASKED = [
    "todo", "today", "overdue", "no date", "due_date > today-P3D & todo", "created_at > 2026-03-01", "project is null", '#"project 42"', "project ~ ct",
    "section ~ sec", '@"label 2"', "label is null", "label ^= label", "parent is null", "has_subtasks", "ready", "blocked", "!blocked & todo",
    "project_archived", '"title 1"', "title ^= title", "text ~ words", "comment ~ said", "comment is null", "checklist ~ x",
    "overdue | (today & @home) & !blocked", "id = 00000000-0000-0000-0000-000000000001",
]  # fmt: skip
SORTS = [None, "-priority,due_date,rank", "due_date", "title", "-updated_at"]


@pytest.mark.rule("LIST-12")
async def test_no_filter_reads_a_whole_table(fresh_database: Database) -> None:
    async with connected(fresh_database.admin) as admin:
        await admin.execute(MANY)
        await admin.execute("ANALYZE")
    engine = pool(DatabaseUrl.parse(fresh_database.app), size=1)
    owner = replace(actor(), account_id=UUID(bytes=md5(b"a7").digest()))  # noqa: S324
    seen: list[str] = []
    try:
        for number, text in enumerate(ASKED):
            sort = parsed(SORTS[number % len(SORTS)])
            query = TaskQuery(filter=resolve(parse(text), NOW, ZoneInfo("UTC")), sort=sort)
            async with PostgresUnits(engine).reading(owner, Scope.TASKS_READ) as unit:
                with QueryRecorder(engine) as recorder:
                    await unit.tasks.page(query)
                    await unit.tasks.count(query)
                for asked in recorder.queries:
                    found = await plan(beneath(unit), asked)
                    seen += [f"{text}: {fault}" for fault in faults(found)]
    finally:
        await engine.dispose()
    assert not seen, "\n".join(seen)


@pytest.mark.rule("LIST-13")
async def test_pages_take_as_few_statements_as_said(database: Database) -> None:
    engine, me = pool(DatabaseUrl.parse(database.app), size=1), actor()
    tasks = Tasks(PostgresUnits(engine), FixedClock(), UuidV7(), HmacSeal(b"k" * 32))
    try:
        for title in ("a", "b"):
            await tasks.create(me, {"title": title})
        cursor = None
        for more, cost in ((None, 2), ("next", 1), ("counted", 3)):
            with QueryRecorder(engine) as recorder:
                page = await tasks.list(
                    me, (), 1, cursor if more == "next" else None, filter="todo", counted=more == "counted"
                )
            cursor = page.next_cursor
            assert len(recorder.statements) == cost, more
        with QueryRecorder(engine) as recorder:
            plain = await tasks.list(me, sort=parsed("-priority"))
        assert (len(recorder.statements), len(plain.items)) == (1, 2)
    finally:
        await engine.dispose()
