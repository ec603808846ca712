"""The tasks of views: built in and saved, in the account's zone and week, and what to do next, on each adapter."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.clock import UuidV7
from adapters.memory import MemoryUnits
from adapters.postgres.uow import PostgresUnits
from adapters.seal import HmacSeal
from application.ports import UnitsOfWork
from application.saved_views import Views
from application.task_groups import GroupedPage
from application.view_tasks import OWN, RankedPage, ViewTasks
from application.views import PAGE_MAX, TaskPage, TaskQuery
from domain.access import Actor, Scope
from domain.builtin_views import Builtin
from domain.errors import Invalid, InvalidCursor, ViewNotFound
from domain.filters import parse, resolve
from domain.score import score_of
from domain.task import Priority, Status, Task, Verb
from domain.thing import is_live
from domain.view import Grouping
from tests.contract.test_lists import Lister, Meddler
from tests.support.actors import actor
from tests.support.filters import NOW
from tests.support.stored import keep, project_of
from tests.support.things import seen_task, task_of
from tests.support.worlds import World


class Viewer(Lister):
    """The use cases on one adapter."""

    def __init__(self, units: UnitsOfWork) -> None:
        super().__init__(units)
        seal = HmacSeal(b"k" * 32)
        self.views = Views(units, self.clock, UuidV7(), seal)
        self.of = ViewTasks(units, self.clock, seal)

    async def shown(self, view: UUID | Builtin, by: Any = None, limit: int = PAGE_MAX) -> list[Any]:
        """What of the view's tasks is in their titles, to the end."""
        found: list[Any] = []
        cursor = None
        while True:
            page = await self.of.page(self.me, view, limit, cursor, by)
            assert not isinstance(page, GroupedPage)
            found += [seen_task(one).title for one in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return found

    async def all(self) -> dict[str, list[str]]:
        return {view.value: sorted(await self.shown(view)) for view in Builtin}


@pytest.fixture
def viewer(units: UnitsOfWork) -> Viewer:
    return Viewer(units)


async def one_for_each_day(viewer: Viewer, first: date, days: int) -> None:
    for number in range(days):
        due = first + timedelta(days=number)
        await viewer.tasks.create(viewer.me, {"title": due.isoformat(), "due_date": due})


@pytest.mark.rule("VIEW-4", "VIEW-6")
async def test_each_built_in_view_has_its_tasks(viewer: Viewer) -> None:
    today = viewer.clock.now().date()
    me, project, old = viewer.me, project_of(viewer.me), project_of(viewer.me, 1, archived_at=NOW)
    later = task_of(me, title="later", due_date=today + timedelta(days=9), project_id=project.id)
    tasks = [
        task_of(me, title="plain"),
        task_of(me, title="today", due_date=today, status=Status.IN_PROGRESS),
        task_of(me, title="late", due_date=today - timedelta(days=1), project_id=project.id),
        later,
        task_of(me, title="waits", blocked_by=frozenset({later.id})),
        task_of(me, title="done", status=Status.DONE, completed_at=viewer.clock.now(), due_date=today),
        task_of(me, title="cancelled", status=Status.CANCELLED, due_date=today - timedelta(days=3)),
        task_of(me, title="archived", due_date=today, project_id=old.id),
        task_of(me, title="gone", due_date=today, deleted_at=NOW),
    ]
    await keep(viewer.units, me, project, old, later, *(one for one in tasks if one is not later))
    assert await viewer.all() == {
        "inbox": ["plain", "today", "waits"],
        "today": ["today"],
        "upcoming": ["later"],
        "overdue": ["late"],
        "next": ["late", "later", "plain", "today"],
        "waiting": ["waits"],
        "done_this_week": ["done"],
    }
    assert await Viewer(viewer.units).all() == {view.value: [] for view in Builtin}


@pytest.mark.rule("VIEW-5", "VIEW-13")
@pytest.mark.parametrize(
    ("zone", "moment", "today"),
    [
        ("America/Bogota", "2026-11-25T04:30:00Z", "2026-11-24"),  # 23:30, and tomorrow in UTC
        ("America/Bogota", "2026-11-25T05:00:00Z", "2026-11-25"),
        ("UTC", "2026-11-25T04:30:00Z", "2026-11-25"),
        ("Pacific/Kiritimati", "2026-11-24T10:00:00Z", "2026-11-25"),
        ("Pacific/Kiritimati", "2026-11-24T09:59:59.999999Z", "2026-11-24"),
    ],
)
async def test_the_day_is_the_accounts_own(viewer: Viewer, zone: str, moment: str, today: str) -> None:
    await viewer.account.prefer(viewer.me, {"time_zone": zone})
    now = datetime.fromisoformat(moment)
    viewer.clock.set(now)
    await one_for_each_day(viewer, date(2026, 11, 23), 4)
    days = [f"2026-11-{number}" for number in (23, 24, 25, 26)]
    assert await viewer.shown(Builtin.TODAY) == [today]
    assert await viewer.shown(Builtin.OVERDUE) == [day for day in days if day < today]
    assert await viewer.shown(Builtin.UPCOMING) == [day for day in days if day > today]
    grouped = await viewer.of.page(viewer.me, Builtin.UPCOMING)
    assert isinstance(grouped, GroupedPage)
    assert [str(group.key) for group in grouped.groups] == [day for day in days if day > today]
    ranked = await viewer.of.page(viewer.me, Builtin.NEXT)
    assert isinstance(ranked, RankedPage)
    points = {one.view.task.title: one.score.due for one in ranked.items}
    assert points == {day: 50 if day < today else 40 if day == today else 20 for day in days}


@pytest.mark.rule("VIEW-5")
@pytest.mark.parametrize("first", [1, 6, 7])
async def test_the_week_begins_on_the_accounts_own_day(viewer: Viewer, first: int) -> None:
    """2026-11-25 is a Wednesday."""
    await viewer.account.prefer(viewer.me, {"time_zone": "America/Bogota", "first_day_of_week": first})
    begin = datetime(2026, 11, {1: 23, 6: 21, 7: 22}[first], tzinfo=ZoneInfo("America/Bogota"))
    for title, at in (
        ("before", begin - timedelta(microseconds=1)),
        ("first", begin),
        ("last", begin + timedelta(days=7) - timedelta(microseconds=1)),
        ("after", begin + timedelta(days=7)),
    ):
        viewer.clock.set(at.astimezone(UTC))
        task = (await viewer.tasks.create(viewer.me, {"title": title})).task
        await viewer.tasks.apply(viewer.me, task.id, Verb.COMPLETE)
    viewer.clock.set(datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert await viewer.shown(Builtin.DONE_THIS_WEEK) == ["last", "first"]


@pytest.mark.rule("VIEW-6")
async def test_a_saved_view_is_the_list_that_it_says(viewer: Viewer) -> None:
    await World(viewer.me, seed=3).keep(viewer.units)
    values: Any = {"name": "v", "filter": "title ~ e & open", "sort": "-priority,title"}
    view = await viewer.views.create(viewer.me, values)
    listed = await viewer.everything("-priority,title", 3, filter="title ~ e & open")
    assert len(listed) > 3
    for limit in (1, 4, PAGE_MAX):
        assert await viewer.shown(view.id, OWN, limit) == [task["title"] for task in listed]
    page = await viewer.of.page(viewer.me, view.id, 1, counted=True)
    assert isinstance(page, TaskPage)
    assert page.count == len(listed)
    assert page.resolved is not None
    bare = await viewer.views.create(viewer.me, {"name": "all"})
    assert await viewer.shown(bare.id) == [
        seen_task(task).title for task in await viewer.everything("-created_at", 50)
    ]


@pytest.mark.rule("VIEW-6")
async def test_a_view_is_told_apart_as_it_says_or_as_is_asked(viewer: Viewer) -> None:
    await one_for_each_day(viewer, date(2026, 2, 1), 3)
    view = await viewer.views.create(viewer.me, {"name": "v", "filter": "open", "grouping": Grouping.DAY})

    async def keys(by: Any) -> list[Any] | None:
        page = await viewer.of.page(viewer.me, view.id, by=by)
        return [group.key for group in page.groups] if isinstance(page, GroupedPage) else None

    assert await keys(OWN) == [date(2026, 2, day) for day in (1, 2, 3)]
    assert await keys(Grouping.STATUS) == [Status.TODO]
    assert await keys(None) is None
    with pytest.raises(Invalid):
        await viewer.of.page(viewer.me, Builtin.NEXT, by=Grouping.DAY)


@pytest.mark.rule("VIEW-6")
async def test_only_views_that_are_there_have_tasks(viewer: Viewer) -> None:
    view = await viewer.views.create(viewer.me, {"name": "v"})
    stranger = Viewer(viewer.units)
    await viewer.views.delete(viewer.me, view.id)
    for who, view_id in ((viewer, view.id), (viewer, uuid4()), (stranger, view.id)):
        with pytest.raises(ViewNotFound):
            await who.of.page(who.me, view_id)


@pytest.mark.rule("VIEW-7")
async def test_a_cursor_is_good_for_the_view_as_it_was(viewer: Viewer) -> None:
    await one_for_each_day(viewer, date(2026, 2, 1), 4)
    values: Any = {"name": "v", "filter": "open", "sort": "title", "grouping": Grouping.STATUS}
    view = await viewer.views.create(viewer.me, values)
    twin = await viewer.views.create(viewer.me, values)
    plain = (await viewer.of.page(viewer.me, view.id, 1, by=None)).next_cursor
    grouped = await viewer.of.page(viewer.me, view.id, 1)
    assert isinstance(grouped, GroupedPage)
    for cursor, by in ((plain, None), (grouped.groups[0].next_cursor, OWN)):
        assert cursor is not None
        await viewer.views.edit(viewer.me, view.id, {"name": f"renamed {by}"})
        page = await viewer.of.page(viewer.me, view.id, 1, cursor, by)
        assert isinstance(page, TaskPage)
        assert [seen_task(one).title for one in page.items] == ["2026-02-02"]
        for other in (twin.id, Builtin.TODAY):
            with pytest.raises(InvalidCursor):
                await viewer.of.page(viewer.me, other, 1, cursor, by)
        for wrong in (Grouping.DAY, OWN if by is None else None):
            with pytest.raises(InvalidCursor):
                await viewer.of.page(viewer.me, view.id, 1, cursor, wrong)
        for change in ({"filter": "todo"}, {"sort": "-title"}, {"filter": None}, {"sort": None}):
            await viewer.views.edit(viewer.me, view.id, change)  # type: ignore[arg-type]
            with pytest.raises(InvalidCursor):
                await viewer.of.page(viewer.me, view.id, 1, cursor, by)
            await viewer.views.edit(viewer.me, view.id, {"filter": "open", "sort": "title"})
    await viewer.views.edit(viewer.me, view.id, {"grouping": Grouping.DAY})
    with pytest.raises(InvalidCursor):
        await viewer.of.page(viewer.me, view.id, 1, grouped.groups[0].next_cursor)


@pytest.mark.rule("VIEW-12", "VIEW-13")
async def test_what_to_do_next_says_why_and_goes_on_as_of_the_first_page(viewer: Viewer) -> None:
    today = viewer.clock.now().date()
    urgent: Any = {"title": "urgent", "priority": Priority.URGENT}
    blocker = (await viewer.tasks.create(viewer.me, urgent)).task
    for title in ("a", "b"):
        await viewer.tasks.create(viewer.me, {"title": title, "blocked_by": [blocker.id]})
    tomorrow = today + timedelta(days=1)
    await viewer.tasks.create(viewer.me, {"title": "soon", "due_date": tomorrow})
    await viewer.tasks.create(viewer.me, {"title": "plain"})
    viewer.clock.advance(days=8)
    await viewer.tasks.create(viewer.me, {"title": "due", "due_date": viewer.clock.now().date()})
    first = await viewer.of.page(viewer.me, Builtin.NEXT, 2, counted=True)
    assert isinstance(first, RankedPage)
    assert [(one.view.task.title, one.score.total) for one in first.items] == [("urgent", 51), ("soon", 51)]
    score = first.items[0].score
    assert (score.due, score.priority, score.started, score.unblocks, score.age) == (0, 40, 0, 10, 1)
    assert first.count == 4
    viewer.clock.advance(days=30)
    await viewer.account.prefer(viewer.me, {"time_zone": "Pacific/Kiritimati"})
    second = await viewer.of.page(viewer.me, Builtin.NEXT, 2, first.next_cursor)
    assert isinstance(second, RankedPage)
    assert [(one.view.task.title, one.score.total) for one in second.items] == [("due", 40), ("plain", 1)]
    assert second.next_cursor is None
    assert second.resolved == first.resolved


@pytest.mark.rule("VIEW-7", "VIEW-13")
async def test_a_cursor_by_score_is_good_for_nothing_else(viewer: Viewer) -> None:
    await one_for_each_day(viewer, date(2026, 2, 1), 3)
    cursor = (await viewer.of.page(viewer.me, Builtin.NEXT, 1)).next_cursor
    assert cursor is not None
    stranger = Viewer(viewer.units)
    for who, view, wrong in (
        (viewer, Builtin.TODAY, cursor), (stranger, Builtin.NEXT, cursor),
        *((viewer, Builtin.NEXT, cursor[:place] + ("A" if one != "A" else "B") + cursor[place + 1 :]) for place, one in enumerate(cursor)),
    ):  # fmt: skip
        with pytest.raises(InvalidCursor):
            await who.of.page(who.me, view, 1, wrong)


@pytest.mark.rule("VIEW-12")
async def test_what_is_ready_throughout_appears_exactly_once(viewer: Viewer) -> None:
    dice = random.Random(5)
    meddler = Meddler(viewer, dice)
    stay = [(await viewer.tasks.create(viewer.me, meddler.values())).task.id for _ in range(20)]
    seen: list[UUID] = []
    cursor = None
    while True:
        page = await viewer.of.page(viewer.me, Builtin.NEXT, dice.randint(1, 4), cursor)
        assert isinstance(page, RankedPage)
        seen += [seen_task(one).id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
        await meddler.meddle()
    assert [seen.count(task_id) for task_id in stay] == [1] * len(stay)


class Ranked:
    """One account in memory and on PostgreSQL, with tasks at the edges of weeks."""

    def __init__(self, engine: AsyncEngine, seed: int) -> None:
        self.me: Actor = actor()
        self.world = World(self.me, seed, tasks=60)
        self.units: list[UnitsOfWork] = [MemoryUnits(), PostgresUnits(engine)]
        dice = random.Random(seed)
        self.world.tasks = [replace(task, created_at=self._edge(dice)) for task in self.world.tasks]

    def _edge(self, dice: random.Random) -> datetime:
        off = timedelta(microseconds=dice.choice((-1, 0, 0, 1)))
        return NOW - timedelta(weeks=dice.randint(-1, 12)) + off

    def waiting(self, task: Task) -> int:
        return sum(task.id in one.blocked_by for one in self.world.live if one.is_open)


@pytest.fixture(scope="session")
async def ranked(engine: AsyncEngine) -> list[Ranked]:
    made = [Ranked(engine, seed) for seed in range(30, 33)]
    for one in made:
        for units in one.units:
            await one.world.keep(units)
    return made


@pytest.mark.rule("VIEW-12")
@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    number=st.integers(0, 2), days=st.integers(-12, 12), ticks=st.integers(-2, 2),
    text=st.sampled_from([None, "ready", "open", "title ~ e", "blocked | p1"]), limit=st.sampled_from([1, 3, 7, 200]),
)  # fmt: skip
async def test_both_rank_as_the_rule_says(
    ranked: list[Ranked], number: int, days: int, ticks: int, text: str | None, limit: int
) -> None:
    one = ranked[number]
    today, now = NOW.date() + timedelta(days=days), NOW + timedelta(microseconds=ticks)
    resolved = None if text is None else resolve(parse(text), now, ZoneInfo("UTC"))
    query = TaskQuery(filter=resolved, limit=limit, everywhere=True)
    answers = []
    for units in one.units:
        async with units.reading(one.me, Scope.TASKS_READ) as unit:
            found: list[Any] = []
            beyond: tuple[int, UUID] | None = None
            while page := await unit.arranged.ranked(query, today, now, beyond):
                found += page
                beyond = page[-1].score.total, page[-1].view.task.id
        answers.append(found)
    assert answers[0] == answers[1]
    tasks = {task.id: task for task in one.world.live if is_live(task)}
    for each in answers[1]:
        task = tasks[each.view.task.id]
        assert each.score == score_of(task, one.waiting(task), today, now)
    places = [(-each.score.total, each.view.task.id) for each in answers[1]]
    assert places == sorted(places)
    if text is None:
        assert {each.view.task.id for each in answers[1]} == set(tasks)


@pytest.mark.rule("VIEW-2")
async def test_what_no_list_can_be_sorted_by_is_not_saved(viewer: Viewer) -> None:
    view = await viewer.views.create(viewer.me, {"name": "v"})
    for wrong in ("due", "title,title", ""):
        with pytest.raises(Invalid):
            await viewer.views.create(viewer.me, {"name": "w", "sort": wrong})
        with pytest.raises(Invalid):
            await viewer.views.edit(viewer.me, view.id, {"sort": wrong})
    assert (await viewer.views.get(viewer.me, view.id)).version == 1
