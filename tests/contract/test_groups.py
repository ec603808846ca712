"""Tasks told apart: each in its groups, every group a list that does not drift, the same on each adapter."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.seal import HmacSeal
from application.grouping import GroupPlace, groups_at_once
from application.ports import UnitsOfWork
from application.sorting import parsed
from application.task_groups import GroupedPage, TaskGroups
from application.task_lists import Asked
from application.views import PAGE_MAX, TaskPage, TaskQuery
from domain.access import Scope
from domain.errors import InvalidCursor
from domain.filters import Resolved, Tree, parse
from domain.folding import folded
from domain.ids import LabelId
from domain.task import Priority, Status, Task
from domain.view import Grouping
from tests.contract.test_filters import SHORT, ZONES, Both, reached
from tests.contract.test_lists import SORTS, Lister, Meddler, compared
from tests.support.filters import trees
from tests.support.stored import keep, label_of, project_of
from tests.support.things import seen_task, task_of
from tests.support.worlds import World

BY = list(Grouping)
Answer = GroupedPage | TaskPage


class Grouper(Lister):
    """The use cases on one adapter."""

    def __init__(self, units: UnitsOfWork, me: Any = None) -> None:
        super().__init__(units, me)
        self.groups = TaskGroups(units, self.clock, HmacSeal(b"k" * 32))

    async def told_apart(
        self, by: Grouping, limit: int = 3, cursor: str | None = None, sort: str | None = None, **more: Any
    ) -> Answer:
        asked = Asked(where=more.pop("where", {}), sort=parsed(sort), limit=limit, cursor=cursor, **more)
        return await self.groups.page(self.me, asked, by)

    async def all_of(self, by: Grouping, limit: int, **more: Any) -> dict[Any, list[Task]]:
        """Every group to its end, in the order of the groups."""
        found: dict[Any, list[Task]] = {}
        cursor = None
        while True:
            page = await self.told_apart(by, limit, cursor, **more)
            assert isinstance(page, GroupedPage)
            assert len(page.groups) <= groups_at_once(limit)
            for group in page.groups:
                assert group.key not in found
                assert 0 < len(group.items) <= limit
                found[group.key] = [seen_task(one) for one in group.items]
                found[group.key] += await self.rest_of(by, limit, group.next_cursor, **more)
            cursor = page.next_cursor
            if cursor is None:
                return found

    async def rest_of(self, by: Grouping, limit: int, cursor: str | None, **more: Any) -> list[Task]:
        found: list[Task] = []
        while cursor is not None:
            page = await self.told_apart(by, limit, cursor, **more)
            assert isinstance(page, TaskPage)
            found += [seen_task(one) for one in page.items]
            cursor = page.next_cursor
        return found


def keys_of(task: Task, by: Grouping) -> Sequence[Any]:
    """By the words of VIEW-8, and not by the code that is tested."""
    if by is Grouping.LABEL:
        return sorted(task.labels) if task.labels else [None]
    name = {Grouping.PROJECT: "project_id", Grouping.DAY: "due_date"}.get(by, by.value)
    return [getattr(task, name)]


def in_order(world: World, by: Grouping, keys: Sequence[Any]) -> list[Any]:
    """By the words of VIEW-9."""
    ranks = {one.id: (one.rank, one.id) for one in world.projects}
    names = {one.id: (folded(one.name)[:100], one.id) for one in world.labels}
    how: Mapping[Grouping, Any] = {
        Grouping.PROJECT: ranks.get,
        Grouping.LABEL: names.get,
        Grouping.DAY: lambda day: day,
        Grouping.PRIORITY: list(Priority)[::-1].index,
        Grouping.STATUS: list(Status).index,
    }
    return sorted(set(keys) - {None}, key=how[by]) + [None] * (None in keys)


@pytest.mark.rule("VIEW-8", "VIEW-9", "VIEW-10")
@pytest.mark.parametrize("by", BY)
async def test_each_task_is_in_its_groups_in_order_to_the_end(units: UnitsOfWork, by: Grouping) -> None:
    grouper = Grouper(units)
    world = World(grouper.me, seed=11)
    await world.keep(units)
    archived = {one.id for one in world.projects if one.archived_at}
    for number, limit in enumerate((PAGE_MAX, 4, 1)):
        sort = SORTS[(number + 5) % len(SORTS)]
        tasks = [task for task in world.live if task.project_id not in archived]
        found = await grouper.all_of(by, limit, sort=sort)
        assert [*found] == in_order(world, by, [key for task in tasks for key in keys_of(task, by)])
        for key, items in found.items():
            assert {one.id for one in items} == {one.id for one in tasks if key in keys_of(one, by)}
            assert len({one.id for one in items}) == len(items)
            for one, following in pairwise(items):
                assert compared(one, following, sort) < 0


FILTERED: Mapping[Grouping, str] = {
    Grouping.PROJECT: "project", Grouping.DAY: "due_date", Grouping.LABEL: "label",
    Grouping.PRIORITY: "priority", Grouping.STATUS: "status",
}  # fmt: skip


@pytest.mark.rule("VIEW-8", "VIEW-10")
@pytest.mark.parametrize("by", BY)
async def test_a_group_is_what_a_filter_by_its_key_selects(units: UnitsOfWork, by: Grouping) -> None:
    grouper = Grouper(units)
    await World(grouper.me, seed=12).keep(units)
    text = "title ~ e | !blocked"
    found = await grouper.all_of(by, 2, sort="-priority,due_date", filter=text)
    assert len(found) > 2
    for key, items in found.items():
        term = f"{FILTERED[by]} is null" if key is None else f"{FILTERED[by]} = {key}"
        listed = await grouper.everything("-priority,due_date", 50, filter=f"({text}) & {term}")
        assert [one.id for one in items] == [UUID(one["id"]) for one in listed]


@pytest.mark.rule("VIEW-8")
async def test_names_are_those_of_the_projects_and_labels(units: UnitsOfWork) -> None:
    grouper = Grouper(units)
    project, label = project_of(grouper.me, name="Garden"), label_of(grouper.me, "mow")
    tasks = [
        task_of(grouper.me),
        task_of(grouper.me, project_id=project.id, labels=frozenset({LabelId(label.id)})),
    ]
    await keep(units, grouper.me, project, label, *tasks)  # type: ignore[arg-type]
    for by, expected in (
        (Grouping.PROJECT, [(project.id, "Garden"), (None, "Inbox")]),
        (Grouping.LABEL, [(label.id, "mow"), (None, None)]),
        (Grouping.DAY, [(None, None)]),
        (Grouping.PRIORITY, [(Priority.NONE, None)]),
        (Grouping.STATUS, [(Status.TODO, None)]),
    ):
        page = await grouper.told_apart(by)
        assert isinstance(page, GroupedPage)
        assert [(one.key, one.name) for one in page.groups] == expected
    assert (await Grouper(units).told_apart(Grouping.LABEL)).next_cursor is None


@pytest.mark.rule("VIEW-10")
@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("sort", ["-priority,due_date", "title", "-created_at", "due_date,-status"])
async def test_groups_do_not_drift(units: UnitsOfWork, by: Grouping, sort: str) -> None:
    grouper, dice = Grouper(units), random.Random(f"{by} {sort}")
    meddler = Meddler(grouper, dice)
    await meddler.meddle()
    stay = [await meddler.make() for _ in range(25)]
    seen: list[UUID] = []
    cursor, limit = None, 2
    while True:
        page = await grouper.told_apart(by, limit, cursor, sort)
        assert isinstance(page, GroupedPage)
        for group in page.groups:
            seen += [one.task.id for one in group.items]
            more = group.next_cursor
            while more is not None:
                await meddler.meddle()
                rest = await grouper.told_apart(by, dice.randint(1, 3), more, sort)
                assert isinstance(rest, TaskPage)
                seen += [UUID(one["id"]) for one in rest.items]
                more = rest.next_cursor
                assert len(seen) < 500
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [seen.count(task_id) for task_id in stay] == [1] * len(stay)


@pytest.mark.rule("VIEW-11")
async def test_there_are_as_many_groups_at_once_as_said(units: UnitsOfWork) -> None:
    assert [groups_at_once(limit) for limit in (1, 20, 21, 50, 100, 200)] == [50, 50, 47, 20, 10, 5]
    grouper = Grouper(units)
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(12)]
    for day in days:
        await grouper.tasks.create(grouper.me, {"title": "t", "due_date": day})
    seen: list[Any] = []
    page = await grouper.told_apart(Grouping.DAY, PAGE_MAX)
    for count in (5, 5, 2):
        assert isinstance(page, GroupedPage)
        seen += [group.key for group in page.groups]
        assert len(page.groups) == count
        # Groups that come in before where the reading is are not seen; what was to come still does.
        await grouper.tasks.create(grouper.me, {"title": "early", "due_date": date(2025, 1, 1)})
        if page.next_cursor is not None:
            page = await grouper.told_apart(Grouping.DAY, PAGE_MAX, page.next_cursor)
    assert seen == days
    assert page.next_cursor is None


@pytest.mark.rule("VIEW-11")
@pytest.mark.parametrize("by", [Grouping.PROJECT, Grouping.LABEL])
async def test_many_projects_and_labels_of_alike_names_go_on(units: UnitsOfWork, by: Grouping) -> None:
    """Their cursors are short, whatever they are called, and ties are told apart."""
    grouper = Grouper(units)
    names = ["\ufdfa" * 99 + f"{number % 2}" for number in range(11)]
    labels = [label_of(grouper.me, name, key=folded(name) + f"{number}") for number, name in enumerate(names)]
    parents = [project_of(grouper.me, number) for number in range(2)]
    projects = [project_of(grouper.me, 7, parent_id=parent.id) for parent in parents]
    tasks = [
        task_of(grouper.me, labels=frozenset(LabelId(one.id) for one in labels), project_id=project.id)
        for project in (*parents, *projects)
    ]
    await keep(units, grouper.me, *parents, *projects, *labels, *tasks)  # type: ignore[arg-type]
    found = await grouper.all_of(by, PAGE_MAX)
    expected = [*parents, *sorted(projects, key=lambda one: one.id)] if by is Grouping.PROJECT else labels
    if by is Grouping.LABEL:
        expected = sorted(labels, key=lambda one: one.id)
        page = await grouper.told_apart(by, PAGE_MAX)
        assert len(page.next_cursor or "") < 2048
    assert [*found] == [one.id for one in expected]


@pytest.fixture
async def grouper(units: UnitsOfWork) -> Grouper:
    made = Grouper(units)
    for number in range(12):
        made.clock.advance(seconds=1)
        day = made.clock.now().date() + timedelta(days=number // 2)
        await made.tasks.create(made.me, {"title": f"t{number}", "due_date": day})
    return made


@pytest.mark.rule("VIEW-10", "VIEW-11")
async def test_a_cursor_is_good_for_its_groups_alone(grouper: Grouper) -> None:
    asked: dict[str, Any] = {"filter": "todo", "sort": "title"}
    many = await grouper.told_apart(Grouping.DAY, PAGE_MAX, **asked)
    few = await grouper.told_apart(Grouping.DAY, 1, **asked)
    assert isinstance(few, GroupedPage)
    cursors = [many.next_cursor, few.groups[0].next_cursor]
    others: list[dict[str, Any]] = [
        {"filter": "todo & !done"}, {"sort": "-title"}, {"filter": None}, {"where": {"project_id": {None}}},
        {"by": Grouping.STATUS}, {"view": "today"}, {"statuses": frozenset({Status.TODO})},
    ]  # fmt: skip
    plain = (await grouper.page(limit=1, **asked)).next_cursor
    for cursor in cursors:
        assert cursor is not None
        assert await grouper.told_apart(Grouping.DAY, 1, cursor, filter=" TODO", sort="title", counted=True)
        for other in others:
            with pytest.raises(InvalidCursor):
                await grouper.told_apart(cursor=cursor, **{"by": Grouping.DAY, **asked, **other})
        with pytest.raises(InvalidCursor):
            await Grouper(grouper.units).told_apart(Grouping.DAY, 1, cursor, **asked)
        with pytest.raises(InvalidCursor):
            await grouper.page(cursor, **asked)
        for place, character in enumerate(cursor):
            swapped = "A" if character != "A" else "B"
            with pytest.raises(InvalidCursor):
                await grouper.told_apart(
                    Grouping.DAY, 1, cursor[:place] + swapped + cursor[place + 1 :], **asked
                )
    with pytest.raises(InvalidCursor):
        await grouper.told_apart(Grouping.DAY, 1, plain, **asked)


@pytest.mark.rule("VIEW-10", "VIEW-11")
async def test_all_groups_are_read_as_of_one_moment(grouper: Grouper) -> None:
    asked: dict[str, Any] = {"filter": "due_date >= today"}
    few = await grouper.told_apart(Grouping.STATUS, 1, **asked)
    many = await grouper.told_apart(Grouping.DAY, PAGE_MAX, **asked)
    assert isinstance(few, GroupedPage)
    assert few.resolved is not None
    grouper.clock.advance(seconds=3 * 86_400)
    await grouper.account.prefer(grouper.me, {"time_zone": "Pacific/Kiritimati"})
    later = await grouper.told_apart(Grouping.STATUS, PAGE_MAX, few.groups[0].next_cursor, **asked)
    assert isinstance(later, TaskPage)
    assert len(later.items) == 11
    assert later.resolved is not None
    assert (later.resolved.resolved_at, later.resolved.time_zone) == (few.resolved.resolved_at, "UTC")
    last = await grouper.told_apart(Grouping.DAY, PAGE_MAX, many.next_cursor, **asked)
    assert isinstance(last, GroupedPage)
    assert [len(group.items) for group in last.groups] == [2]
    assert last.resolved is not None
    assert last.resolved.time_zone == "UTC"


@pytest.mark.rule("VIEW-8")
async def test_it_is_counted_only_if_asked(grouper: Grouper) -> None:
    assert (await grouper.told_apart(Grouping.DAY)).count is None
    first = await grouper.told_apart(Grouping.DAY, 1, counted=True)
    assert isinstance(first, GroupedPage)
    assert first.count == 12


@pytest.fixture(scope="session")
async def both(engine: AsyncEngine) -> list[Both]:
    return [await Both(engine, seed).keep() for seed in range(20, 23)]


async def groups_of(
    units: UnitsOfWork, owner: Any, query: TaskQuery, by: Grouping, after: GroupPlace | None, most: int
) -> Any:
    async with units.reading(owner, Scope.TASKS_READ) as unit:
        return list(await unit.arranged.groups(query, by, after, most))


ON_COLUMNS = [
    parse(text)
    for text in ("open", "overdue", "done | p1", "no date & !todo", "project is null", "created_at >= 2026-03-27", "version > 1")
]  # fmt: skip
"""Filters whose groups are read by indexes."""


@pytest.mark.rule("VIEW-8", "VIEW-9")
@settings(max_examples=SHORT, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    number=st.integers(0, 2), tree=st.none() | trees | st.sampled_from(ON_COLUMNS), zone=st.sampled_from(ZONES), by=st.sampled_from(BY),
    sort=st.sampled_from(SORTS), limit=st.sampled_from([1, 2, 5, 50]), most=st.sampled_from([1, 3, 50]),
)  # fmt: skip
async def test_both_tell_the_same_apart(
    both: list[Both],
    number: int,
    tree: Tree | None,
    zone: Any,
    by: Grouping,
    sort: str,
    limit: int,
    most: int,
) -> None:
    one = both[number]
    resolved: Resolved | None = None if tree is None else reached(tree, zone, 1)
    if tree is not None and resolved is None:
        return
    query = TaskQuery(filter=resolved, sort=parsed(sort), limit=limit, everywhere=number == 1)
    after: GroupPlace | None = None
    for _ in range(8):
        memory, postgres = [await groups_of(units, one.owner, query, by, after, most) for units in one.units]
        assert memory == postgres
        if len(memory) < most:
            return
        after = memory[-1].place
