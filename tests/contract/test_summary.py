"""Memory and PostgreSQL count the same, in any zone, and what they count is so."""

import random
from collections import Counter
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
from application.preferences import Account
from application.summary import Summaries
from application.task_lists import Asked
from application.tasks import Tasks
from application.views import PAGE_MAX
from domain.access import ALL_SCOPES, Actor, Scope
from domain.errors import InsufficientScope
from domain.ids import ProjectId
from domain.project import Project
from domain.summary import COMPLETED_DAYS, DUE_DAYS, Days, Summary
from domain.task import CLOSED, DUE_FIRST, DUE_LAST, OPEN, Status, Task
from domain.usage import LIMITS
from tests.support.actors import actor
from tests.support.clocks import FixedClock
from tests.support.things import task_of
from tests.support.worlds import World

at = datetime.fromisoformat
ZONES = [
    *("UTC", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Europe/Berlin"),
    *("Asia/Beirut", "America/Havana", "Australia/Lord_Howe", "Pacific/Kiritimati"),
]
TURNS = [
    at(f"{day}T00:00Z") for day in ("2011-12-30", "2025-11-02", "2026-03-08", "2026-03-29", "2026-10-25")
]
"""A day that Apia skipped, and days on which the clock changes in New York and in Berlin."""


def scattered(owner: Actor, seed: int) -> World:
    """A world whose tasks were completed, and are due, around those days."""
    world, dice = World(owner, seed, tasks=120), random.Random(seed)
    hours = [timedelta(hours=n, microseconds=tick) for n in range(-72, 73) for tick in (-1, 0)]
    for place, task in enumerate(world.tasks):
        near = dice.choice(TURNS)
        due = dice.choice(
            [*[None] * 20, DUE_FIRST, DUE_LAST, *[near.date() + timedelta(n) for n in range(-40, 70)]]
        )
        done = near + dice.choice(hours) if task.status is Status.DONE else None
        world.tasks[place] = replace(task, due_date=due, completed_at=done)
    return world


def counted(world: World, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """By the words of the rules, and not by the code that is tested."""
    archived = {one.id for one in world.projects if one.archived_at}
    names = {one.id: one.name for one in world.projects}
    tasks = [task for task in world.live if task.project_id not in archived]
    today = now.astimezone(zone).date()
    open_ = [task for task in tasks if task.status in OPEN]
    due = Counter(task.due_date for task in open_)
    done = Counter(task.completed_at.astimezone(zone).date() for task in tasks if task.completed_at)
    return {
        "today": today,
        "by_status": {status: sum(task.status is status for task in tasks) for status in Status},
        "overdue": sum(n for day, n in due.items() if day and day < today),
        "due_by_day": [(day, due[day]) for day in (today + timedelta(n) for n in range(DUE_DAYS))],
        "due_later": sum(n for day, n in due.items() if day and day >= today + timedelta(DUE_DAYS)),
        "no_due_date": due[None],
        "completed_by_day": [(day, done[day]) for day in (today - timedelta(n) for n in range(COMPLETED_DAYS)[::-1])],
        "by_project": {
            (
                project,
                names.get(project),  # type: ignore[arg-type]
                sum(task.project_id == project for task in open_),
                sum(task.project_id == project for task in tasks if task.status in CLOSED),
                sum(task.project_id == project for task in open_ if task.due_date and task.due_date < today),
            )
            for project in {task.project_id for task in tasks}
        },
    }  # fmt: skip


def told(summary: Summary) -> dict[str, Any]:
    """The same of a summary."""
    names = ("today", "by_status", "overdue", "due_later", "no_due_date")
    days = ("due_by_day", "completed_by_day")
    return {
        **{name: getattr(summary, name) for name in names},
        **{name: [(one.day, one.count) for one in getattr(summary, name)] for name in days},
        "by_project": {
            (one.project_id, one.name, one.open, one.closed, one.overdue) for one in summary.by_project
        },
    }


class Both:
    """One account, in memory and on PostgreSQL."""

    def __init__(self, engine: AsyncEngine, seed: int) -> None:
        self.owner = actor()
        self.world = scattered(self.owner, seed)
        self.units: list[UnitsOfWork] = [MemoryUnits(), PostgresUnits(engine)]

    async def keep(self) -> "Both":
        for units in self.units:
            await self.world.keep(units)
        return self

    async def summaries(self, now: datetime, zone: ZoneInfo) -> list[Summary]:
        found = []
        for units in self.units:
            async with units.reading(self.owner, Scope.TASKS_READ) as unit:
                found.append(await unit.tasks.summary(Days.of(now, zone)))
        return found


@pytest.fixture(scope="module")
async def both(engine: AsyncEngine) -> list[Both]:
    return [await Both(engine, seed).keep() for seed in range(4)]


MOMENTS = st.builds(
    lambda turn, days, hours, ticks: turn + timedelta(days, hours=hours, microseconds=ticks),
    st.sampled_from(TURNS), st.integers(-3, COMPLETED_DAYS + 2), st.integers(0, 23), st.sampled_from((-1, 0, 1)),
)  # fmt: skip


@pytest.mark.rule("SUM-1", "SUM-2", "SUM-3", "SUM-4", "SUM-5", "SUM-6")
@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=300)
@given(st.integers(0, 3), MOMENTS, st.sampled_from(ZONES))
async def test_both_count_the_same_and_what_is_so(
    both: list[Both], number: int, now: datetime, zone: str
) -> None:
    memory, postgres = await both[number].summaries(now, ZoneInfo(zone))
    assert memory == postgres
    assert told(memory) == counted(both[number].world, now, ZoneInfo(zone))
    assert memory.total == sum(one.open + one.closed for one in memory.by_project)
    dated = sum(one.count for one in memory.due_by_day) + memory.overdue + memory.due_later
    assert dated + memory.no_due_date == sum(memory.by_status[status] for status in OPEN)


class Teller:
    """One account's use cases on one adapter, with a clock that the test sets."""

    def __init__(self, units: UnitsOfWork) -> None:
        self.units, self.me, self.clock = units, actor(), FixedClock(at("2026-03-30T12:00Z"))
        self.tasks = Tasks(units, self.clock, UuidV7(), HmacSeal(b"k" * 32))
        self.account = Account(units, self.clock, LIMITS)

    async def keep(self, *things: Task | Project) -> None:
        async with self.units.writing(self.me, Scope.TASKS_WRITE) as unit:
            for thing in things:
                await unit.entities.add(thing)
            await unit.commit()

    async def summary(self) -> Summary:
        return (await Summaries(self.units, self.clock).get(self.me)).summary

    def done(self, *instants: str) -> list[Task]:
        return [task_of(self.me, status=Status.DONE, completed_at=at(instant)) for instant in instants]


@pytest.fixture
def teller(units: UnitsOfWork) -> Teller:
    return Teller(units)


def days_of(summary: Summary) -> dict[str, int]:
    """The days on which something was completed."""
    return {str(one.day): one.count for one in summary.completed_by_day if one.count}


@pytest.mark.rule("SUM-2", "SUM-3", "SUM-4", "SUM-6")
async def test_nothing_is_counted_as_nothing_on_every_day(teller: Teller) -> None:
    summary = await teller.summary()
    today = date(2026, 3, 30)
    assert summary.by_status == dict.fromkeys(Status, 0)
    assert [one.day for one in summary.due_by_day] == [today + timedelta(n) for n in range(28)]
    assert [one.day for one in summary.completed_by_day] == [today - timedelta(n) for n in range(89, -1, -1)]
    assert {one.count for one in [*summary.due_by_day, *summary.completed_by_day]} == {0}
    assert (summary.overdue, summary.due_later, summary.no_due_date, summary.total) == (0, 0, 0, 0)
    assert list(summary.by_project) == []


@pytest.mark.rule("SUM-5")
async def test_days_have_23_hours_or_25_where_the_clock_changes(teller: Teller) -> None:
    """Berlin, 29 March and 25 October 2026: each day's first and last microsecond."""
    await teller.account.prefer(teller.me, {"time_zone": "Europe/Berlin"})
    edges = [
        *("2026-03-28T22:59:59.999999Z", "2026-03-28T23:00Z", "2026-03-29T21:59:59.999999Z", "2026-03-29T22:00Z"),
        *("2026-10-24T21:59:59.999999Z", "2026-10-24T22:00Z", "2026-10-25T22:59:59.999999Z", "2026-10-25T23:00Z"),
    ]  # fmt: skip
    await teller.keep(*teller.done(*edges))
    spring, autumn = {"2026-03-28": 1, "2026-03-29": 2, "2026-03-30": 1}, {"2026-10-24": 1, "2026-10-25": 2, "2026-10-26": 1}  # fmt: skip
    assert days_of(await teller.summary()) == spring
    teller.clock.set(at("2026-10-26T12:00Z"))
    assert days_of(await teller.summary()) == autumn


@pytest.mark.rule("SUM-5")
async def test_a_day_that_the_calendar_skips_has_nothing(teller: Teller) -> None:
    """Apia went from 29 to 31 December 2011."""
    teller.clock.set(at("2012-01-02T12:00Z"))
    await teller.account.prefer(teller.me, {"time_zone": "Pacific/Apia"})
    await teller.keep(*teller.done("2011-12-30T09:59:59.999999Z", "2011-12-30T10:00Z"))
    summary = await teller.summary()
    assert days_of(summary) == {"2011-12-29": 1, "2011-12-31": 1}
    assert date(2011, 12, 30) in {one.day for one in summary.completed_by_day}


@pytest.mark.rule("SUM-5")
async def test_today_is_the_accounts(teller: Teller) -> None:
    teller.clock.set(at("2026-11-24T18:45Z"))
    await teller.keep(*(task_of(teller.me, due_date=date(2026, 11, day)) for day in (23, 24, 24, 25, 25, 25)))
    seen = {}
    for zone in ("UTC", "Asia/Kolkata", "Pacific/Apia", "Pacific/Pago_Pago"):
        await teller.account.prefer(teller.me, {"time_zone": zone})
        summary = await teller.summary()
        seen[zone] = (str(summary.today), summary.overdue, summary.due_by_day[0].count)
    assert seen == {
        "UTC": ("2026-11-24", 1, 2),
        "Asia/Kolkata": ("2026-11-25", 3, 3),
        "Pacific/Apia": ("2026-11-25", 3, 3),
        "Pacific/Pago_Pago": ("2026-11-24", 1, 2),
    }


@pytest.mark.rule("SUM-4", "SUM-5")
async def test_the_first_day_and_the_last_one_are_whole(teller: Teller) -> None:
    await teller.keep(
        *teller.done(
            "2025-12-30T23:59:59.999999Z",
            "2025-12-31T00:00Z",
            "2026-03-30T23:59:59.999999Z",
            "2026-03-31T00:00Z",
        )
    )
    assert days_of(await teller.summary()) == {"2025-12-31": 1, "2026-03-30": 1}


@pytest.mark.rule("SUM-4")
async def test_what_is_reopened_was_not_completed(teller: Teller) -> None:
    from domain.task import Verb

    task = (await teller.tasks.create(teller.me, {"title": "t"})).task
    await teller.tasks.apply(teller.me, task.id, Verb.COMPLETE)
    assert days_of(await teller.summary()) == {"2026-03-30": 1}
    await teller.tasks.apply(teller.me, task.id, Verb.REOPEN)
    assert days_of(await teller.summary()) == {}


@pytest.mark.rule("SUM-1", "SUM-5")
async def test_it_counts_what_lists_and_filters_select(teller: Teller) -> None:
    world = scattered(teller.me, seed=13)
    await world.keep(teller.units)
    teller.clock.set(at("2026-03-30T12:00Z"))
    await teller.account.prefer(teller.me, {"time_zone": "America/New_York"})
    summary = await teller.summary()

    async def listed(filter_: str | None) -> int:
        page = await teller.tasks.list(teller.me, Asked(limit=PAGE_MAX, filter=filter_, counted=True))
        return page.count or 0

    assert summary.total == await listed(None) > 40
    assert summary.overdue == await listed("overdue") > 0
    assert summary.no_due_date == await listed("no date & (todo | in_progress)") > 0
    completed = [one for one in summary.completed_by_day if one.count]
    due = [one for one in summary.due_by_day if one.count]
    assert min(len(completed), len(due)) > 3
    for one in completed:
        assert one.count == await listed(f"completed_at = {one.day}")
    for one in due:
        assert one.count == await listed(f"due_date = {one.day} & (todo | in_progress)")


@pytest.mark.rule("SUM-6")
async def test_projects_come_by_what_is_open_and_the_inbox_without_a_name(teller: Teller) -> None:
    ids = sorted((ProjectId(uuid4()) for _ in range(4)), key=str)
    basis: dict[str, Any] = {"created_at": teller.clock.now(), "updated_at": teller.clock.now()}
    made = [
        Project(account_id=teller.me.account_id, id=id_, name=name, rank=f"a{name}", **basis)
        for id_, name in zip(ids, "zyxw", strict=True)
    ]
    within: list[UUID | None] = [None, ids[0], ids[1], ids[2], ids[2], ids[1]]
    late = date(2026, 3, 29)
    tasks = [
        task_of(teller.me, project_id=project, due_date=late if n == 3 else None)
        for n, project in enumerate(within)
    ]
    closed = [task_of(teller.me, project_id=ids[1], status=Status.CANCELLED)]
    await teller.keep(*made, *tasks, *closed)
    assert [(one.name, one.open, one.closed, one.overdue) for one in (await teller.summary()).by_project] == [
        ("y", 2, 1, 0), ("x", 2, 0, 1), (None, 1, 0, 0), ("z", 1, 0, 0),
    ]  # fmt: skip
    await teller.keep(*(task_of(teller.me, parent_id=tasks[0].id) for _ in range(3)))
    assert (await teller.summary()).by_project[0].name is None


@pytest.mark.rule("SUM-1")
async def test_it_needs_the_scope_to_read(teller: Teller) -> None:
    poor = replace(teller.me, scopes=frozenset(ALL_SCOPES) - {Scope.TASKS_READ})
    with pytest.raises(InsufficientScope):
        await Summaries(teller.units, teller.clock).get(poor)


def test_moments_are_those_of_any_zone() -> None:
    for zone in ZONES:
        days = Days.of(datetime(2026, 3, 30, 12, tzinfo=UTC), ZoneInfo(zone))
        assert len(days.began) == COMPLETED_DAYS + 1
        assert list(days.began) == sorted(days.began)
