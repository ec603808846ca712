"""How PostgreSQL reads filtered lists as the plain role, where other accounts have far more."""

from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import md5
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.clock import UuidV7
from adapters.postgres.engine import pool
from adapters.postgres.uow import PostgresReadUnit, PostgresUnits
from adapters.postgres.url import DatabaseUrl
from adapters.seal import HmacSeal
from application.including import Include
from application.saved_views import Views
from application.sorting import parsed
from application.task_groups import TaskGroups
from application.task_lists import Asked
from application.tasks import Tasks
from application.view_tasks import ViewTasks
from application.views import TaskQuery
from domain.access import Scope
from domain.builtin_views import Builtin
from domain.filters import FIELDS, Type, parse, related, resolve
from domain.task import Priority
from domain.view import Grouping
from tests.integration.test_query_plans import faults, nodes, plan
from tests.integration.test_row_security import connected
from tests.support.actors import actor
from tests.support.clocks import FixedClock
from tests.support.databases import Database, Databases
from tests.support.queries import QueryRecorder, beneath, settle

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MANY = """
    INSERT INTO remit.account (id, issuer, subject) SELECT md5('a' || a)::uuid, 'i', 's' || a FROM generate_series(0, 99) AS a;
    INSERT INTO remit.project (account_id, id, name, description, rank, archived_at, created_at, updated_at, version)
    SELECT md5('a' || n % 100)::uuid, md5('p' || n)::uuid, 'Project ' || n, '', 'a' || n, CASE WHEN n / 100 % 9 = 0 THEN now() END, now(), now(), 1
    FROM generate_series(0, 2999) AS n;
    INSERT INTO remit.project_text SELECT account_id, id, lower(name), lower(description) FROM remit.project;
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
    INSERT INTO remit.task_text SELECT account_id, id, lower(title), lower(description), '{}', '{}', '{}', '{}' FROM remit.task;
    INSERT INTO remit.comment (account_id, id, task_id, author, body, created_at, updated_at, version)
    SELECT account_id, id, id, 'me', 'Said ' || title, now(), now(), 1 FROM remit.task WHERE version = 1 AND title LIKE '%7';
    INSERT INTO remit.comment_text SELECT account_id, id, lower(body), lower(author) FROM remit.comment;
"""
OF_TYPES = {
    Type.TEXT: "{name} = x; {name} ~ x; {name} ^= x; {name} is null; {name} != x",
    Type.ID: "{name} = 00000000-0000-0000-0000-000000000001; {name} is null",
    Type.CHOICE: "{name} = todo; {name} is null; {name} != todo",
    Type.RANK: "{name} > low; {name} is null",
    Type.KEY: "{name} > a5; {name} is null",
    Type.NUMBER: "{name} > 1; {name} is null",
    Type.DATE: "{name} < today; {name} is not null",
    Type.INSTANT: "{name} > now-P7D; {name} is null; {name} is not null",
}
ASKED = [
    "todo", "today", "overdue", "no date", "due_date > today-P3D & todo", "created_at > 2026-03-01", "project is null", '#"project 42"', "project ~ ct",
    "section ~ sec", '@"label 2"', "label is null", "label ^= label", "parent is null", "blocked_by = 00000000-0000-0000-0000-000000000001", "blocked_by is null", "has_subtasks", "ready", "blocked", "!blocked & todo",
    "project_archived", '"title 1"', "title ^= title", "text ~ words", "comment ~ said", "comment is null", "checklist ~ x",
    "blocked_by_open > 1", "blocked_by_open = 0 & todo", "comment.version > 1", "comment.updated_at < now", "subtasks > 3", "subtasks = 0 & todo", "subtasks_closed in (1, 2)", "blocks = 00000000-0000-0000-0000-000000000001", "blocks is null", "blocks is not null",
    "checked ~ x", "unchecked is null", "link ^= https", "link is null", "link_title = x", "link_title is not null", "link_rel = related", "link_rel is null", "rank > a5",
    *(asked for name, field in FIELDS.items() if related(field.attribute) for asked in OF_TYPES[field.type].format(name=name).split("; ")),
    'project.color = "#ff0000" & todo', "blocker.status = todo | parent.status = todo", "!(comment.author = me)",
    "overdue | (today & @home) & !blocked", "id = 00000000-0000-0000-0000-000000000001",
]  # fmt: skip
SORTS = [None, "-priority,due_date,rank", "due_date", "title", "-updated_at"]


@pytest.fixture(scope="module")
async def many(databases: Databases) -> AsyncIterator[AsyncEngine]:
    """A hundred accounts with twelve hundred tasks each."""
    async with databases.clone() as database:
        async with connected(database.admin) as admin:
            await admin.execute(MANY)
            await settle(admin, "task", "task_text", "blocker", "task_label", "project", "comment")
        engine = pool(DatabaseUrl.parse(database.app), size=1)
        yield engine
        await engine.dispose()


@pytest.mark.rule("LIST-12")
async def test_no_filter_reads_a_whole_table(many: AsyncEngine) -> None:
    owner = replace(actor(), account_id=UUID(bytes=md5(b"a7").digest()))  # noqa: S324
    seen: list[str] = []
    for number, text in enumerate(ASKED):
        sort = parsed(SORTS[number % len(SORTS)])
        query = TaskQuery(filter=resolve(parse(text), NOW, ZoneInfo("UTC")), sort=sort)
        async with PostgresUnits(many).reading(owner, Scope.TASKS_READ) as unit:
            with QueryRecorder(many) as recorder:
                await unit.tasks.page(query)
                await unit.tasks.count(query)
            for asked in recorder.queries:
                found = await plan(beneath(unit), asked)
                seen += [f"{text}: {fault}" for fault in faults(found)]
    assert not seen, "\n".join(seen)


@pytest.mark.rule("VIEW-14")
async def test_no_groups_and_no_ranks_read_a_whole_table(many: AsyncEngine) -> None:
    owner = replace(actor(), account_id=UUID(bytes=md5(b"a7").digest()))  # noqa: S324
    today, seen = NOW.date(), list[str]()
    for number, text in enumerate([None, *ASKED]):
        resolved = None if text is None else resolve(parse(text), NOW, ZoneInfo("UTC"))
        query = TaskQuery(filter=resolved, sort=parsed(SORTS[number % len(SORTS)]))
        groups = list(Grouping) if number < len(Grouping) else [list(Grouping)[number % len(Grouping)]]
        async with PostgresUnits(many).reading(owner, Scope.TASKS_READ) as unit:
            assert isinstance(unit, PostgresReadUnit)
            with QueryRecorder(many) as recorder:
                for by in groups:
                    found = await unit.arranged.groups(query, by, None, 3)
                    if found and found[-1].place.key is not None:
                        await unit.arranged.groups(query, by, found[-1].place, 3)
                ranked = await unit.arranged.ranked(query, today, NOW, None)
                await unit.arranged.ranked(query, today, NOW, (30, owner.account_id))
            assert text not in {None, "todo", "ready"} or ranked
            for asked in recorder.queries:
                tree = await plan(beneath(unit), asked)
                seen += [f"{text}: {fault}" for fault in faults(tree)]
    assert not seen, "\n".join(seen)


@pytest.mark.rule("VIEW-14")
async def test_groups_are_read_one_by_one(many: AsyncEngine) -> None:
    owner = replace(actor(), account_id=UUID(bytes=md5(b"a7").digest()))  # noqa: S324
    for text, at_once in ((None, False), ("open & due_date > today-P30D", False), ("ready", True)):
        resolved = None if text is None else resolve(parse(text), NOW, ZoneInfo("UTC"))
        async with PostgresUnits(many).reading(owner, Scope.TASKS_READ) as unit:
            assert isinstance(unit, PostgresReadUnit)
            with QueryRecorder(many) as recorder:
                for by in (Grouping.PROJECT, Grouping.DAY, Grouping.STATUS):
                    assert await unit.arranged.groups(TaskQuery(filter=resolved), by, None, 3)
            for asked in recorder.queries:
                kinds = {node["Node Type"] for node in nodes(await plan(beneath(unit), asked))}
                assert ("WindowAgg" in kinds) is at_once


@pytest.mark.rule("VIEW-14")
async def test_open_tasks_are_ranked_by_an_index_alone(many: AsyncEngine) -> None:
    owner = replace(actor(), account_id=UUID(bytes=md5(b"a7").digest()))  # noqa: S324
    query = TaskQuery(filter=resolve(parse("ready"), NOW, ZoneInfo("UTC")))
    async with PostgresUnits(many).reading(owner, Scope.TASKS_READ) as unit:
        assert isinstance(unit, PostgresReadUnit)
        with QueryRecorder(many) as recorder:
            assert await unit.arranged.ranked(query, NOW.date(), NOW, None)
        tree = await plan(beneath(unit), recorder.queries[0])
    scans = {(node["Node Type"], node["Index Name"]) for node in nodes(tree) if "Index Name" in node}
    assert ("Index Only Scan", "task_open_idx") in scans


@pytest.mark.rule("VIEW-15")
async def test_groups_and_views_take_as_few_statements_as_said(database: Database) -> None:
    engine, me = pool(DatabaseUrl.parse(database.app), size=1), actor()
    units, clock, ids, seal = PostgresUnits(engine), FixedClock(), UuidV7(), HmacSeal(b"k" * 32)
    tasks, views = Tasks(units, clock, ids, seal), Views(units, clock, ids, seal)
    groups, of = TaskGroups(units, clock, seal), ViewTasks(units, clock, seal)

    async def cost(work: Awaitable[Any]) -> tuple[int, Any]:
        with QueryRecorder(engine) as recorder:
            page = await work
        return len(recorder.statements), page

    try:
        for day in (1, 1, 2, 2, 3, 3):
            await tasks.create(me, {"title": "t", "due_date": date(2026, 2, day), "priority": Priority.HIGH})
        view = await views.create(me, {"name": "v", "filter": "open", "grouping": Grouping.DAY})
        for by in Grouping:
            assert (await cost(groups.page(me, Asked(where={}), by)))[0] == 1
            assert (await cost(groups.page(me, Asked(where={}, filter="open"), by)))[0] == 2
        statements, page = await cost(groups.page(me, Asked(where={}, filter="open", limit=1), Grouping.DAY))
        more = Asked(where={}, filter="open", limit=1, cursor=page.groups[0].next_cursor)
        assert (statements, len(page.groups)) == (2, 3)
        assert (await cost(groups.page(me, more, Grouping.DAY)))[0] == 1
        assert (await cost(of.page(me, view.id)))[0] == 3
        assert (await cost(of.page(me, view.id, by=None)))[0] == 3
        assert (await cost(of.page(me, view.id, by=None, fields=("title",))))[0] == 3
        assert (await cost(of.page(me, view.id, by=None, include=frozenset({Include.SUBTASKS}))))[0] == 4
        for builtin in Builtin:
            assert (await cost(of.page(me, builtin)))[0] == 2
        statements, page = await cost(of.page(me, Builtin.NEXT, 2, counted=True))
        assert (statements, page.count) == (3, 6)
        assert (await cost(of.page(me, Builtin.NEXT, 2, page.next_cursor)))[0] == 1
    finally:
        await engine.dispose()


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
                start = cursor if more == "next" else None
                page = await tasks.list(
                    me, Asked(limit=1, cursor=start, filter="todo", counted=more == "counted")
                )
            cursor = page.next_cursor
            assert len(recorder.statements) == cost, more
        with QueryRecorder(engine) as recorder:
            plain = await tasks.list(me, Asked(sort=parsed("-priority")))
        assert (len(recorder.statements), len(plain.items)) == (1, 2)
    finally:
        await engine.dispose()
