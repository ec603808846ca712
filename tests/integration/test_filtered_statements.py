"""What filtered sync asks of PostgreSQL: few statements, and no table as a whole."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.clock import SystemClock
from adapters.postgres.engine import pool
from adapters.postgres.uow import PostgresReadUnit, PostgresUnits
from adapters.postgres.url import DatabaseUrl
from adapters.seal import HmacSeal
from application import scenes, stretches
from application.changes import Changes
from application.filtered import Filtered
from domain.access import Scope
from domain.change import EntityKind
from domain.errors import ChangesGone
from domain.task import Verb
from tests.integration.test_query_plans import MANY, ME, PROJECT, TASK, faults, nodes, plan
from tests.support.clocks import FixedClock
from tests.support.counted import Desk
from tests.support.databases import Database, Databases
from tests.support.queries import QueryRecorder, beneath
from tests.support.things import task_of

HISTORY = """
    INSERT INTO remit.change (account_id, seq, at, actor, via, request_id, entity, entity_id, verb, version, before, after, hash)
    SELECT account_id, row_number() OVER (PARTITION BY account_id ORDER BY id), now(), 'a', 'web', 'r', 'task', id, 'update', 2,
           jsonb_build_object('project_id', project_id, 'title', 'was'), jsonb_build_object('project_id', NULL, 'title', title),
           sha256(title::bytea)
    FROM remit.task;
    INSERT INTO remit.change (account_id, seq, at, actor, via, request_id, entity, entity_id, verb, version, before, after, hash)
    SELECT account_id, 1000000 + row_number() OVER (PARTITION BY account_id ORDER BY id), now(), 'a', 'web', 'r', 'comment', id, 'update', 2,
           jsonb_build_object('body', 'was'), jsonb_build_object('body', body), sha256(body::bytea)
    FROM remit.comment;
    ANALYZE;
"""
OLD, LATE = 10, 3_000
TASKS = EntityKind.TASK
ALL = (
    "#Work | section ~ q | @q | comment ~ cd | (blocked & ready) | (has_subtasks & project_archived) | created_at < now-P9000D"
    " | (blocks is null & subtasks_closed > 9) | (parent.title = q & blocker.title = q) | (section.version > 9 & comment.edited_at is null)"
)
"""Asks for everything there is, and never for the same twice."""


@pytest.fixture(scope="module")
async def lived(databases: Databases) -> AsyncIterator[AsyncEngine]:
    """Two hundred accounts with a history."""
    async with databases.clone() as database:
        admin = await asyncpg.connect(database.admin)
        try:
            await admin.execute(MANY)
            await admin.execute(HISTORY)
        finally:
            await admin.close()
        engine = pool(DatabaseUrl.parse(database.app), size=1)
        yield engine
        await engine.dispose()


def _asked(unit: PostgresReadUnit, seq: int) -> dict[str, Any]:
    places, ids = unit.places, {TASK, PROJECT, uuid4()}
    ties: dict[str, tuple[EntityKind, set[UUID]]] = {
        "project_id": (TASKS, {PROJECT}), "section_id": (TASKS, {PROJECT}), "parent_id": (TASKS, {TASK}), "labels": (TASKS, {PROJECT}),
        "blocked_by": (TASKS, {TASK}), "task_id": (EntityKind.COMMENT, {TASK}),
    }  # fmt: skip
    kinds = (kind for kind in EntityKind if kind not in {EntityKind.PREFERENCES, EntityKind.API_TOKEN})
    return {
        **{f"some {kind}s": places.some(seq, kind, ids) for kind in kinds},
        **{
            f"tied by {name}": places.tied(seq, kind, {name: of}, TASK, 50)
            for name, (kind, of) in ties.items()
        },
        "subtasks": places.subtasks(seq, ids, {uuid4()}),
        "blocking": places.blocking(seq, ids, {TASK}, {uuid4()}),
        "open": places.open(seq, ids),
    }


@pytest.mark.rule("FSYNC-11", "DB-17")
@pytest.mark.parametrize("seq", [OLD, LATE])
async def test_what_was_at_a_place_is_read_by_the_owners_indexes(lived: AsyncEngine, seq: int) -> None:
    async with PostgresUnits(lived).reading(ME, Scope.TASKS_READ) as unit:
        assert isinstance(unit, PostgresReadUnit)
        for name, asked in _asked(unit, seq).items():
            with QueryRecorder(lived) as recorder:
                await asked
            *settings, query = recorder.queries
            assert ["plan_cache_mode" in one.parameters for one in settings] in ([], [True]), name
            found = await plan(beneath(unit), query)
            assert any("Index Name" in node for node in nodes(found)), name
            assert not list(faults(found)), name


@pytest.mark.rule("FSYNC-11")
async def test_parts_are_planned_for_the_very_thing(lived: AsyncEngine) -> None:
    async with PostgresUnits(lived).reading(ME, Scope.TASKS_READ) as unit:
        assert isinstance(unit, PostgresReadUnit)
        for _ in range(8):  # from the sixth time on PostgreSQL may take a plan for whatever thing
            await unit.places.tied(OLD, TASKS, {"project_id": {PROJECT}}, UUID(int=0), 50)
        plans = text(
            "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement LIKE :like"
        )
        told = (await beneath(unit).execute(plans, {"like": "%project_id IN%UNION%entity_id%"})).all()
    assert sum(row.custom_plans for row in told) >= 8
    assert sum(row.generic_plans for row in told) == 0


class Counted(Desk):
    """A desk whose filtered changes are counted."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self.seal = HmacSeal(b"k" * 32)
        self.filtered = Filtered(self.units, SystemClock(), self.seal)

    async def pages(self, text: str, after: str) -> tuple[list[int], int]:
        """How many statements each page took, and how many crossings there were."""
        counts, crossings, more = list[int](), 0, True
        while more:
            with QueryRecorder(self.engine) as recorder:
                page = await self.filtered.list(self.me, text, after)
            counts.append(len(recorder.statements))
            crossings += sum(len(one.tasks) for one in page.items)
            after, more = page.next, page.has_more
        return counts, crossings


@pytest.mark.rule("FSYNC-11")
async def test_a_page_takes_as_many_statements_for_many_tasks_as_for_few(engine: AsyncEngine) -> None:
    found = []
    for size in (20, 450):
        desk = Counted(engine)
        grown = await desk.tree(size)
        root = grown.tasks[0].id
        comment = await desk.comments.create(desk.me, root, "cc")
        start = await desk.filtered.end(desk.me, ALL)
        await desk.projects.edit(desk.me, grown.project.id, {"name": "Work"})
        await desk.sections.edit(desk.me, grown.section.id, {"name": "q"})
        await desk.labels.edit(desk.me, grown.label.id, {"name": uuid4().hex + "q"})
        await desk.comments.edit(desk.me, comment.id, "cd")
        for task in grown.tasks[1:15]:
            await desk.tasks.edit(desk.me, task.id, {"title": "changed"})
        await desk.tasks.apply(desk.me, grown.tasks[-1].id, Verb.COMPLETE, override=True)
        counts, crossings = await desk.pages(ALL, start)
        found.append(counts)
        assert crossings >= size
    assert found[0] == found[1]
    assert max(found[0]) <= 31


@pytest.mark.rule("FSYNC-11")
async def test_parts_take_as_many_statements_each(engine: AsyncEngine) -> None:
    desk = Counted(engine)
    grown = await desk.tree(60)
    start = await desk.filtered.end(desk.me, "#Work")
    await desk.projects.edit(desk.me, grown.project.id, {"name": "Work"})
    with patch.object(stretches, "TOGETHER", 25):
        counts, crossings = await desk.pages("#Work", start)
    assert (counts, crossings) == ([6, 7, 7], 60)


@pytest.mark.rule("FSYNC-11")
async def test_a_day_turns_for_many_tasks_by_as_many_statements_as_for_few(engine: AsyncEngine) -> None:
    text = (
        "(today | overdue) & !(blocked | @l | comment ~ x | section ~ s) & (has_subtasks | title ~ t) & !#p"
    )
    counts = []
    for size in (2, 120):
        desk, clock = Counted(engine), FixedClock()
        desk.filtered = Filtered(desk.units, clock, desk.seal)
        day = clock.now().date() + timedelta(1)
        async with desk.units.writing(desk.me, Scope.TASKS_WRITE) as unit:
            for _ in range(size):
                await unit.entities.add(task_of(desk.me, due_date=day))
            await unit.commit()
        start = await desk.filtered.end(desk.me, text)
        clock.advance(days=1)
        with QueryRecorder(engine) as recorder:
            page = await desk.filtered.list(desk.me, text, start)
        assert len(page.turned) == size
        counts.append(len(recorder.statements))
    assert counts == [7, 7]


@pytest.mark.rule("FSYNC-11")
async def test_what_a_filter_does_not_ask_for_is_not_read(engine: AsyncEngine) -> None:
    """Who asks, the journal's end, the preferences, the changes and their tasks; and the project, if any."""
    desk = Counted(engine)
    task = (await desk.tasks.create(desk.me, {"title": "t"})).task
    start = await desk.filtered.end(desk.me, "title = u & today")
    assert await desk.pages("title = u & today", start) == ([3], 0)
    await desk.tasks.edit(desk.me, task.id, {"title": "u"})
    assert await desk.pages("title = u", await desk.filtered.end(desk.me, "title = u")) == ([3], 0)
    assert await desk.pages("title = u & today", start) == ([4], 0)
    project = await desk.projects.create(desk.me, {"name": "p"})
    await desk.tasks.move(desk.me, task.id, {"project_id": project.id})
    start = await desk.filtered.end(desk.me, "title = u")
    await desk.tasks.edit(desk.me, task.id, {"title": "v"})
    assert await desk.pages("title = u", start) == ([5], 1)


@pytest.mark.rule("FSYNC-11")
async def test_comments_are_read_some_at_a_time(engine: AsyncEngine) -> None:
    desk = Counted(engine)
    task = (await desk.tasks.create(desk.me, {"title": "t"})).task
    for number in range(7):
        await desk.comments.create(desk.me, task.id, f"said {number}")
    start = await desk.filtered.end(desk.me, "comment ~ 6")
    await desk.tasks.edit(desk.me, task.id, {"title": "u"})
    with patch.object(scenes, "_COMMENTS", 3):
        assert await desk.pages("comment ~ 6", start) == ([10], 1)


@pytest.mark.rule("FSYNC-12")
async def test_without_a_filter_a_page_takes_three(engine: AsyncEngine) -> None:
    desk = Counted(engine)
    await desk.tasks.create(desk.me, {"title": "t"})
    assert await desk.count(Changes(desk.units, desk.seal).list(desk.me)) == 2


@pytest.mark.rule("FSYNC-7")
async def test_a_place_that_is_not_kept_is_gone(fresh_database: Database) -> None:
    engine = pool(DatabaseUrl.parse(fresh_database.app), size=1)
    desk = Counted(engine)
    for _ in range(3):
        await desk.tasks.create(desk.me, {"title": "t"})
    early = (await desk.filtered.list(desk.me, "todo", limit=1)).next
    end = await desk.filtered.end(desk.me, "todo")
    admin = await asyncpg.connect(fresh_database.admin)
    await admin.execute("DELETE FROM remit.change WHERE seq <= 2")
    await admin.execute("UPDATE remit.account SET floor_seq = 2, floor_hash = sha256('x')")
    await admin.close()
    for token in (None, early):
        with pytest.raises(ChangesGone):
            await desk.filtered.list(desk.me, "todo", token)
    page = await desk.filtered.list(desk.me, "todo", end)
    assert (page.items, page.floor.seq) == ([], 2)
    await engine.dispose()
