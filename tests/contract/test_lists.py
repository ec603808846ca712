"""Pages of tasks in any order: sorted as said, drifting never, with cursors that serve for nothing else."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cmp_to_key
from typing import Any
from uuid import UUID

import orjson
import pytest

from adapters.clock import UuidV7
from adapters.seal import HmacSeal
from application.ports import UnitsOfWork
from application.preferences import Account
from application.shown import FIELDS, shown_of
from application.sorting import SORTABLE, parsed
from application.task_lists import Asked
from application.tasks import Tasks
from application.views import PAGE_MAX, TaskPage, TaskShown
from domain.access import Actor, Scope
from domain.errors import Invalid, InvalidCursor, TaskNotFound
from domain.folding import folded
from domain.ids import TaskId
from domain.project import Project
from domain.task import Priority, Status, Task, Verb
from domain.usage import LIMITS
from entrypoints.http.rendering import dumped
from entrypoints.http.shown import tag_of
from tests.support.actors import actor
from tests.support.clocks import FixedClock
from tests.support.worlds import WORDS, World

SORTS = [
    *SORTABLE, *(f"-{name}" for name in SORTABLE), "-priority,due_date,rank,created_at,title", "due_date,-priority", "-due_date,status",
    "status,-title", "priority,-completed_at", "-completed_at,-due_date,-updated_at", "title,version", "version,-created_at",
]  # fmt: skip
PLACES = {**{one: n for n, one in enumerate(Priority)}, **{one: n for n, one in enumerate(Status)}}


class Lister:
    """The use cases on one adapter, with a clock that the test moves."""

    def __init__(self, units: UnitsOfWork, me: Actor | None = None) -> None:
        self.clock, self.me, self.units = FixedClock(), me or actor(), units
        seal = HmacSeal(b"k" * 32)
        self.tasks = Tasks(units, self.clock, UuidV7(), seal)
        self.account = Account(units, self.clock, LIMITS)

    async def page(
        self, cursor: str | None = None, limit: int = 3, sort: str | None = None, **more: Any
    ) -> TaskPage:
        return await self.tasks.list(self.me, Asked(limit=limit, cursor=cursor, sort=parsed(sort), **more))

    async def everything(self, sort: str, limit: int, **more: Any) -> list[TaskShown]:
        found: list[TaskShown] = []
        cursor = None
        while True:
            page = await self.page(cursor, limit, sort, **more)
            found += page.items
            if page.next_cursor is None:
                return found
            cursor = page.next_cursor


def compared(one: Task, other: Task, sort: str) -> int:
    """By the words of LIST-3, and not by the code that is tested."""
    down = False
    for part in sort.split(","):
        name, down = part.removeprefix("-"), part.startswith("-")
        mine, theirs = (_seen(getattr(task, name), name) for task in (one, other))
        if mine != theirs:
            if mine is None or theirs is None:
                return 1 if mine is None else -1
            return (1 if mine > theirs else -1) * (-1 if down else 1)
    return (1 if one.id > other.id else -1) * (-1 if down else 1)


def _seen(value: Any, name: str) -> Any:
    if name == "title":
        return folded(value)[:200].encode()
    return PLACES.get(value, value) if isinstance(value, Priority | Status) else value


@pytest.mark.rule("LIST-3")
@pytest.mark.parametrize("sort", SORTS)
async def test_the_order_is_the_one_that_was_asked_for(units: UnitsOfWork, sort: str) -> None:
    lister = Lister(units)
    world = World(lister.me, seed=7)
    await world.keep(units)
    archived = {one.id for one in world.projects if one.archived_at}
    wanted = [task for task in world.live if task.project_id not in archived]
    assert len(wanted) > 20
    expected = [task.id for task in sorted(wanted, key=cmp_to_key(lambda a, b: compared(a, b, sort)))]
    for limit in (PAGE_MAX, 4, 1):
        assert [UUID(task["id"]) for task in await lister.everything(sort, limit)] == expected


@pytest.mark.rule("LIST-3", "LIST-5")
async def test_long_titles_are_sorted_and_go_on(units: UnitsOfWork) -> None:
    """By the first 200 characters of what they fold to, however long that is."""
    lister = Lister(units)
    for end in "cab":
        await lister.tasks.create(lister.me, {"title": "\ufdfa" * 499 + end})
        await lister.tasks.create(lister.me, {"title": "\U0001f4a9" * 150 + end})
    found = await lister.everything("title", 1)
    assert [task["title"][-1] for task in found] == [*"cab", *"abc"]
    page = await lister.page(sort="title", limit=4)
    assert len(page.next_cursor or "") < 2048


@pytest.mark.rule("LIST-3")
@pytest.mark.parametrize(
    "sort",
    ["", "-", "due", "title,title", "title,-title", "id", "title, rank", ",".join([*SORTABLE][:6]), "+title"],
)
def test_what_cannot_be_sorted_by(sort: str) -> None:
    with pytest.raises(Invalid):
        parsed(sort)


async def test_what_is_done_to_one_answer_is_seen_in_no_other(units: UnitsOfWork) -> None:
    lister = Lister(units)
    for title in "ab":
        await lister.tasks.create(lister.me, {"title": title})
    page = await lister.page()
    page.items[0]["subtasks"]["total"] = 7
    assert page.items[1]["subtasks"] == {"total": 0, "closed": 0}
    assert [one["subtasks"]["total"] for one in (await lister.page()).items] == [0, 0]


class Meddler:
    """Adds, changes and deletes tasks that are not to be counted on."""

    def __init__(self, lister: Lister, dice: random.Random) -> None:
        self._lister, self._dice = lister, dice
        self._mine: list[Any] = []

    def values(self) -> dict[str, Any]:
        days = [None, *(date(2026, 3, 25) + timedelta(days) for days in range(4))]
        return {
            "title": self._dice.choice(WORDS) or "x",
            "priority": self._dice.choice(list(Priority)),
            "due_date": self._dice.choice(days),
        }

    async def make(self) -> Any:
        self._lister.clock.advance(seconds=self._dice.choice((0, 0, 1)))
        task = (await self._lister.tasks.create(self._lister.me, self.values())).task
        if self._dice.random() < 0.4:
            await self._lister.tasks.apply(self._lister.me, task.id, Verb.COMPLETE)
        return task.id

    async def meddle(self) -> None:
        for _ in range(self._dice.randint(1, 3)):
            act = self._dice.choice(("make", "make", "edit", "delete"))
            if act == "make" or not self._mine:
                self._mine.append(await self.make())
            elif act == "edit":
                await self._lister.tasks.edit(self._lister.me, self._dice.choice(self._mine), self.values())
            else:
                chosen = self._mine.pop(self._dice.randrange(len(self._mine)))
                await self._lister.tasks.delete(self._lister.me, chosen)


@pytest.mark.rule("LIST-4")
@pytest.mark.parametrize("sort", SORTS)
async def test_what_is_there_throughout_appears_exactly_once(units: UnitsOfWork, sort: str) -> None:
    lister, dice = Lister(units), random.Random(sort)
    meddler = Meddler(lister, dice)
    await meddler.meddle()
    stay = [await meddler.make() for _ in range(15)]
    await meddler.meddle()
    asked = dice.choice(({}, {"filter": "title != nothing & !blocked"}))
    seen: list[Any] = []
    page = await lister.page(sort=sort, **asked)
    while True:
        seen += [UUID(one["id"]) for one in page.items]
        if page.next_cursor is None:
            break
        await meddler.meddle()
        page = await lister.page(page.next_cursor, dice.randint(2, 5), sort, **asked)
        assert len(seen) < 500
    assert [seen.count(task_id) for task_id in stay] == [1] * len(stay)


@pytest.fixture
async def lister(units: UnitsOfWork) -> Lister:
    made = Lister(units)
    for number in range(4):
        made.clock.advance(seconds=1)
        await made.tasks.create(made.me, {"title": f"t{number}", "due_date": made.clock.now().date()})
    return made


@pytest.mark.rule("LIST-5")
async def test_a_cursor_is_good_for_its_list_alone(lister: Lister) -> None:
    cursor = (await lister.page(limit=2, sort="title", filter="today & todo")).next_cursor
    assert cursor is not None
    again = await lister.page(cursor, 1, "title", filter=" TODAY&( todo )", counted=True)
    assert [one["title"] for one in again.items] == ["t2"]
    others: Sequence[dict[str, Any]] = [
        {"filter": "today"}, {"filter": "todo & today"}, {}, {"filter": "today & todo", "sort": "-title"},
        {"filter": "today & todo", "sort": None},
    ]  # fmt: skip
    for other in others:
        with pytest.raises(InvalidCursor):
            await lister.page(cursor, **({"sort": "title"} | other))
    where = {"where": {"project_id": {None}}}
    with pytest.raises(InvalidCursor):
        await lister.page(cursor, sort="title", filter="today & todo", **where)
    with pytest.raises(InvalidCursor):
        await Lister(lister.units).page(cursor, sort="title", filter="today & todo")


@pytest.mark.rule("LIST-5")
async def test_a_cursor_with_any_character_changed_is_refused(lister: Lister) -> None:
    for asked in ({"sort": "-priority,due_date", "filter": "today"}, {"sort": None}):
        cursor = (await lister.page(limit=2, **asked)).next_cursor
        assert cursor is not None
        for place, character in enumerate(cursor):
            for other in ("A" if character != "A" else "B", "", "~"):
                with pytest.raises(InvalidCursor):
                    await lister.page(cursor[:place] + other + cursor[place + 1 :], **asked)


@pytest.mark.rule("LIST-2", "LIST-6")
async def test_pages_of_today_stay_those_of_one_day(lister: Lister) -> None:
    first = await lister.page(limit=2, filter="today")
    assert first.resolved is not None
    assert (first.resolved.resolved_at, first.resolved.time_zone) == (lister.clock.now(), "UTC")
    lister.clock.advance(seconds=3 * 86_400)
    await lister.account.prefer(lister.me, {"time_zone": "Pacific/Kiritimati"})
    assert (await lister.page(limit=2, filter="today")).items == []
    second = await lister.page(first.next_cursor, 2, filter="today")
    assert len(second.items) == 2
    assert second.next_cursor is None
    assert second.resolved is not None
    assert (second.resolved.resolved_at, second.resolved.time_zone) == (first.resolved.resolved_at, "UTC")


@pytest.mark.rule("LIST-2")
async def test_days_are_those_of_the_accounts_zone_and_week(lister: Lister) -> None:
    now = lister.clock.now()
    assert len((await lister.page(limit=9, filter="today")).items) == 4
    await lister.account.prefer(lister.me, {"time_zone": "Pacific/Kiritimati"})
    lister.clock.set(datetime.combine(now.date(), datetime.min.time(), now.tzinfo) + timedelta(hours=11))
    page = await lister.page(limit=9, filter="today")
    assert page.items == []
    assert page.resolved is not None
    assert page.resolved.time_zone == "Pacific/Kiritimati"
    for first, count in ((now.isoweekday(), 4), (now.isoweekday() % 7 + 1, 0)):
        await lister.account.prefer(lister.me, {"first_day_of_week": first, "time_zone": "UTC"})
        lister.clock.set(now + timedelta(days=1))
        assert len((await lister.page(limit=9, filter="due_date = this_week")).items) == count


@pytest.mark.rule("LIST-7")
async def test_it_is_counted_only_if_asked(lister: Lister) -> None:
    assert (await lister.page()).count is None
    first = await lister.page(limit=1, filter="title ^= t & title != t0", counted=True)
    assert (first.count, len(first.items)) == (3, 1)
    await lister.tasks.delete(lister.me, UUID(first.items[0]["id"]))
    last = await lister.page(first.next_cursor, 1, filter="title ^= t & title != t0", counted=True)
    assert (last.count, len(last.items)) == (2, 1)


@pytest.mark.rule("LIST-1")
async def test_archived_projects_are_left_out_unless_asked_about(lister: Lister) -> None:
    now = lister.clock.now()
    async with lister.units.writing(lister.me, Scope.TASKS_WRITE) as unit:
        project = Project(
            account_id=lister.me.account_id, id=lister.me.account_id, name="Old", rank="a0", archived_at=now,  # type: ignore[arg-type]
            created_at=now, updated_at=now,
        )  # fmt: skip
        await unit.entities.add(project)
        await unit.commit()
    await lister.tasks.create(lister.me, {"title": "old"}, {"project_id": project.id})
    shown = {
        text: len((await lister.page(limit=9, filter=text)).items)
        for text in (
            "title ~ o",
            "#Old",
            "#Old | title ~ t",
            "!project_archived",
            "project_archived",
            "project is null",
        )
    }
    assert shown == {
        "title ~ o": 0, "#Old": 1, "#Old | title ~ t": 5, "!project_archived": 4, "project_archived": 1, "project is null": 4,
    }  # fmt: skip
    assert (
        len((await lister.page(limit=9, filter="title ~ o", where={"project_id": {project.id}})).items) == 1
    )


@pytest.mark.rule("LIST-14", "SUB-2", "DEP-1")
async def test_one_task_is_shown_as_it_is(units: UnitsOfWork) -> None:
    lister = Lister(units)
    world = World(lister.me, seed=12)
    await world.keep(units)
    gone = next(task for task in world.tasks if task not in world.live)
    async with units.reading(lister.me, Scope.TASKS_READ) as unit:
        for task in world.live[:60]:
            view = await unit.tasks.get(TaskId(task.id))
            shown = await unit.tasks.one(TaskId(task.id), FIELDS)
            assert orjson.loads(dumped(shown)) == orjson.loads(dumped(shown_of(view)))
            assert tag_of(shown) == tag_of(view)
            assert await unit.tasks.one(TaskId(task.id), ("title",)) == {"title": task.title}
        with pytest.raises(TaskNotFound):
            await unit.tasks.one(TaskId(gone.id), FIELDS)


@pytest.mark.rule("LIST-15")
async def test_both_bring_the_same_along(units: UnitsOfWork) -> None:
    lister = Lister(units)
    world = World(lister.me, seed=11)
    await world.keep(units)
    live = {task.id: task for task in world.live}
    parents = {task.parent_id for task in world.live if task.parent_id}
    assert parents
    async with units.reading(lister.me, Scope.TASKS_READ) as unit:
        some = await unit.tasks.some([task.id for task in world.tasks][:9], ("id", "title"))
        assert {UUID(one["id"]): one["title"] for one in some} == {
            task.id: task.title for task in world.tasks[:9] if task.id in live
        }
        everything = await unit.tasks.below(parents, 1_000, ("id",))
        assert {UUID(one["id"]) for one in everything} == {task.id for task in world.live if task.parent_id}
        for limit in (1, 2, 5):
            first = await unit.tasks.below(parents, limit, ("id",))
            assert list(first) == list(everything)[:limit]
        seconds = {
            parent: sorted(
                (live[UUID(one["id"])].rank, n)
                for n, one in enumerate(everything)
                if live[UUID(one["id"])].parent_id == parent
            )
            for parent in parents
        }
        assert all([n for _, n in places] == sorted(n for _, n in places) for places in seconds.values())
