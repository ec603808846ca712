"""What is stored of any kind, and how a unit of work sees it while it changes it: on every adapter alike."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.ports import WriteUnit
from application.views import NO_SUBTASKS, Order, Progress, TaskQuery
from domain.access import Actor, Scope
from domain.attached import ChecklistItem, Link
from domain.change import EntityKind
from domain.errors import TaskNotFound
from domain.preferences import Preferences
from domain.project import Project
from domain.task import Priority, Status, Task
from domain.thing import revised, trashed
from domain.view import Grouping
from tests.support.actors import actor
from tests.support.stored import (
    Units,
    comment_of,
    found,
    ids,
    keep,
    label_of,
    project_of,
    section_of,
    view_of,
)
from tests.support.things import NOW, task_of


@pytest.fixture
def me() -> Actor:
    return actor()


async def test_every_field_of_every_kind_comes_back_as_it_was_kept(units: Units, me: Actor) -> None:
    later = NOW + timedelta(microseconds=1)
    above = project_of(me)
    project = project_of(
        me, 1, parent_id=above.id, description="d\n", color="#0a0b0c", archived_at=later, version=7
    )
    section = section_of(me, 2, project_id=project.id)
    labels = [label_of(me, "a"), label_of(me, "b", color="#ffffff")]
    blocker = task_of(me)
    parent = task_of(me, project_id=project.id, section_id=section.id)
    task = task_of(
        me,
        title='"\\ \N{GRINNING FACE} e\N{COMBINING ACUTE ACCENT}',
        description="a\n\tb",
        status=Status.DONE,
        completed_at=later,
        priority=Priority.URGENT,
        project_id=project.id,
        section_id=section.id,
        parent_id=parent.id,
        labels=frozenset(label.id for label in labels),
        blocked_by=frozenset({blocker.id}),
        checklist=(ChecklistItem(title="one", checked=True), ChecklistItem(title="zwei")),
        links=(Link(href="https://a.test/?q=1&r='", rel="via", title="t"), Link(href="mid:x@y")),
        updated_at=later,
        version=3,
    )
    gone = label_of(
        me, "gone", taken_from=frozenset({task.id, blocker.id}), deleted_at=later, deleted_with=uuid4()
    )
    comment = comment_of(me, task, body="*b*\n", edited_at=later)
    view = view_of(
        me, "Ärmel", filter="p1 & today", sort="-title,rank", grouping=Grouping.LABEL, updated_at=later
    )
    gone_view = view_of(me, "gone", deleted_at=later, deleted_with=uuid4())
    likes = replace(
        Preferences.of(me.account_id),
        time_zone="Asia/Kolkata", locale="pt-BR", first_day_of_week=7, default_project_id=project.id,
        updated_at=later, version=1,
    )  # fmt: skip
    kept = [above, project, section, *labels, gone, blocker, parent, task, comment, likes, view, gone_view]
    await keep(units, me, *kept)
    for kind in EntityKind:
        stored = {one.id: one for one in await found(units, me, kind)}
        assert stored == {one.id: one for one in kept if type(one).__name__.lower() == kind.replace("_", "")}


@pytest.mark.parametrize("where", [
    {"project_id": {None}}, {"project_id": "p"}, {"project_id": {None, "p"}}, {"project_id": set()},
    {"project_id": {None}, "status": {"done"}}, {"labels": "l"}, {"blocked_by": "b"}, {"id": set()},
    {"labels": "l", "project_id": {None}}, {"parent_id": {None}},
])  # fmt: skip
async def test_criteria_say_the_same_to_every_reader(units: Units, me: Actor, where: dict[str, Any]) -> None:
    project, label, blocker = project_of(me), label_of(me, "l"), task_of(me)
    tasks = [
        blocker,
        task_of(me, project_id=project.id),
        task_of(me, labels=frozenset({label.id})),
        task_of(me, project_id=project.id, labels=frozenset({label.id}), blocked_by=frozenset({blocker.id})),
        task_of(me, status=Status.DONE, completed_at=NOW),
        task_of(me, deleted_at=NOW),
        task_of(me, parent_id=blocker.id),
    ]
    await keep(units, me, project, label, *tasks)
    names = {"p": project.id, "l": label.id, "b": blocker.id, "done": Status.DONE}
    meant = {name: {names.get(one, one) for one in values} for name, values in where.items()}

    def fits(task: Task) -> bool:
        values = {name: getattr(task, name) for name in meant}
        return all(
            bool(value & meant[name]) if isinstance(value, frozenset) else value in meant[name]
            for name, value in values.items()
        )

    expected = {task.id for task in tasks if fits(task)}
    assert set(ids(await found(units, me, EntityKind.TASK, **meant))) == expected
    async with units.writing(me, Scope.TASKS_WRITE) as unit:
        assert set(ids(await unit.entities.at(Task, meant))) == expected
        for name, values in meant.items():
            by_one = {task.id for task in tasks if task.id in await _ids_of(units, me, name, values)}
            assert set(ids(await unit.entities.matching(Task, name, values))) == by_one
    async with units.reading(me, Scope.TASKS_READ) as reading:
        page = await reading.entities.page(EntityKind.TASK, meant, Order(("rank", "id")), None, 100)
        live = [task for task in tasks if task.id in expected and task.deleted_at is None]
        assert ids(page) == ids(sorted(live, key=lambda task: (task.rank, task.id)))
        if not meant.keys() & {"id", "blocked_by"}:
            views = await reading.tasks.page(TaskQuery(where=meant, limit=100))
            assert {view.task.id for view in views} == set(ids(live))


async def _ids_of(units: Units, me: Actor, name: str, values: Any) -> set[UUID]:
    return set(ids(await found(units, me, EntityKind.TASK, **{name: values})))


async def test_nothing_of_another_account_is_found_by_anything(units: Units, me: Actor) -> None:
    stranger = actor()
    project, label = project_of(stranger), label_of(stranger, "l")
    task = task_of(stranger, project_id=project.id, labels=frozenset({label.id}))
    child = task_of(stranger, project_id=project.id, parent_id=task.id, blocked_by=frozenset({task.id}))
    gone = task_of(stranger, deleted_at=NOW)
    await keep(units, stranger, project, label, task, child, gone, comment_of(stranger, task))
    async with units.writing(me, Scope.TASKS_WRITE) as unit:
        for name, value in (
            ("id", task.id),
            ("parent_id", task.id),
            ("labels", label.id),
            ("blocked_by", task.id),
        ):
            assert await unit.entities.matching(Task, name, {value}) == []
        assert await unit.entities.find(Project, project.id) is None
        assert (await unit.entities.progress([task.id]))[task.id] == NO_SUBTASKS
        assert await unit.entities.blocking([child.id]) == {}
        assert await unit.entities.trashed(Task, NOW, 10) == []
        assert (
            await unit.entities.beyond(Task, {"parent_id": {None}}, "", forward=True, without=uuid4()) == []
        )
        with pytest.raises(TaskNotFound):
            await unit.entities.get(Task, task.id)
    async with units.reading(me, Scope.TASKS_READ) as reading:
        assert await reading.entities.trash(None, 10) == []
        assert not any((await reading.entities.counts()).values())
        for kind in EntityKind:
            assert await reading.entities.chunk(kind, None, 10) == []
            assert await reading.entities.find(kind, task.id) is None


async def test_names_are_those_outside_the_trash(units: Units, me: Actor) -> None:
    stranger = actor()
    await keep(units, stranger, label_of(stranger, "x"), project_of(stranger), section_of(stranger))
    kept = [label_of(me, "B\N{LATIN SMALL LETTER U WITH DIAERESIS}ro"), label_of(me, "home")]
    sections = [section_of(me, number, name="same") for number in (0, 1)]
    await keep(units, me, *kept, trashed(label_of(me, "gone"), NOW), *sections)
    async with units.reading(me, Scope.TASKS_READ) as unit:
        assert sorted(await unit.entities.names(EntityKind.LABEL)) == sorted(one.name for one in kept)
        assert list(await unit.entities.names(EntityKind.SECTION)) == ["same", "same"]
        assert list(await unit.entities.names(EntityKind.PROJECT)) == []


async def _changed(unit: WriteUnit, me: Actor, parent: Task, tasks: Sequence[Task]) -> list[Task]:
    """One removed, one moved here, one made; what is here then."""
    await unit.entities.some(Task, ids(tasks))
    await unit.entities.remove(tasks[0], "purge")
    moved = revised(tasks[3], NOW, parent_id=parent.id)
    await unit.entities.save(tasks[3], moved, "move")
    gone = trashed(tasks[1], NOW)
    await unit.entities.save(tasks[1], gone, "delete")
    new = task_of(me, parent_id=parent.id, status=Status.DONE, completed_at=NOW)
    await unit.entities.add(new)
    return [gone, tasks[2], moved, new]


async def test_a_unit_sees_what_is_stored_as_it_has_changed_it(units: Units, me: Actor) -> None:
    parent = task_of(me)
    tasks = [*(task_of(me, parent_id=parent.id) for _ in range(3)), task_of(me)]
    await keep(units, me, parent, *tasks)
    async with units.writing(me, Scope.TASKS_WRITE) as unit:
        mark = unit.mark()
        now = await _changed(unit, me, parent, tasks)
        here = await unit.entities.matching(Task, "parent_id", {parent.id})
        assert {one.id: one for one in here} == {one.id: one for one in now}
        assert {one.id for one in await unit.entities.live(Task, "parent_id", {parent.id})} == set(
            ids(now[1:])
        )
        assert (await unit.entities.progress([parent.id]))[parent.id] == Progress(3, 1)
        where = {"parent_id": {parent.id}}
        onward = await unit.entities.beyond(Task, where, "", forward=True, without=now[2].id, limit=9)
        assert ids(onward) == ids(sorted([now[0], now[1], now[3]], key=lambda one: one.rank))
        assert await unit.entities.find(Task, tasks[0].id) is None
        assert ids(await unit.entities.trashed(Task, NOW, 9)) == [now[0].id]
        unit.rewind(mark)
        there = await unit.entities.matching(Task, "parent_id", {parent.id})
        assert {one.id: one for one in there} == {one.id: one for one in tasks[:3]}
        assert (await unit.entities.progress([parent.id]))[parent.id] == Progress(3, 0)
        assert await unit.entities.find(Task, tasks[0].id) == tasks[0]
        assert await unit.entities.find(Task, now[3].id) is None
        assert await unit.entities.trashed(Task, NOW, 9) == []


async def test_what_a_unit_has_changed_is_what_is_stored_then(units: Units, me: Actor) -> None:
    parent = task_of(me)
    tasks = [*(task_of(me, parent_id=parent.id) for _ in range(3)), task_of(me)]
    await keep(units, me, parent, *tasks)
    async with units.writing(me, Scope.TASKS_WRITE) as unit:
        now = await _changed(unit, me, parent, tasks)
        await unit.commit()
    stored = {one.id: one for one in await found(units, me, EntityKind.TASK)}
    assert stored == {one.id: one for one in (parent, *now)}
    async with units.reading(me, Scope.TASKS_READ) as reading:
        assert (await reading.entities.counts())["task"] == 5
