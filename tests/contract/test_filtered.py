"""What is told of a filter, case by case: by whose change a task enters or leaves, and in parts."""

import functools
import operator
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest

from application import stretches
from application.filtered import FilteredPage
from application.tasks import Children
from domain.change import EntityKind
from domain.errors import Invalid
from domain.ids import TaskId
from domain.scene import Effect
from domain.task import Verb
from tests.support.watched import Room

TASK, PROJECT, SECTION, LABEL, COMMENT = (
    EntityKind.TASK, EntityKind.PROJECT, EntityKind.SECTION, EntityKind.LABEL, EntityKind.COMMENT,
)  # fmt: skip


Case = Callable[[Room], Awaitable[tuple[str, Sequence[Callable[[], Awaitable[Any]]], UUID, EntityKind]]]


async def renamed_project(room: Room) -> Any:
    project = await room.uses.projects.create(room.asking(), {"name": "Work"})
    task = await room.task(place={"project_id": project.id})
    rename = room.uses.projects.edit
    return "#Work", [
        lambda: rename(room.asking(), project.id, {"name": "Play"}), lambda: rename(room.asking(), project.id, {"name": "work"}),
    ], task, PROJECT  # fmt: skip


async def archived_project(room: Room) -> Any:
    project = await room.uses.projects.create(room.asking(), {"name": "Work"})
    task = await room.task(place={"project_id": project.id})
    return "title = t", [
        lambda: room.uses.projects.archive(room.asking(), project.id), lambda: room.uses.projects.unarchive(room.asking(), project.id),
    ], task, PROJECT  # fmt: skip


async def archived_project_by_name(room: Room) -> Any:
    project = await room.uses.projects.create(room.asking(), {"name": "Work"})
    task = await room.task(place={"project_id": project.id})
    return "!project_archived & title = t", [
        lambda: room.uses.projects.archive(room.asking(), project.id), lambda: room.uses.projects.unarchive(room.asking(), project.id),
    ], task, PROJECT  # fmt: skip


async def renamed_section(room: Room) -> Any:
    section = await room.uses.sections.create(room.asking(), {"name": "Later"}, None)
    task = await room.task(place={"section_id": section.id})
    rename = room.uses.sections.edit
    return "section ^= la", [
        lambda: rename(room.asking(), section.id, {"name": "Soon"}), lambda: rename(room.asking(), section.id, {"name": "láter"}),
    ], task, SECTION  # fmt: skip


async def renamed_label(room: Room) -> Any:
    label = await room.uses.labels.create(room.asking(), {"name": "home"})
    other = await room.uses.labels.create(room.asking(), {"name": "other"})
    task = await room.task(labels={label.id, other.id})
    rename = room.uses.labels.edit
    return "@home", [
        lambda: rename(room.asking(), label.id, {"name": "away"}), lambda: rename(room.asking(), label.id, {"name": "HOME"}),
    ], task, LABEL  # fmt: skip


async def commented(room: Room) -> Any:
    task = await room.task()
    made = await room.uses.comments.create(room.asking(), task, "Milk, please")
    comments = room.uses.comments
    return "comment ~ milk", [
        lambda: comments.delete(room.asking(), made.id), lambda: room.uses.trash.restore(room.asking(), COMMENT, made.id),
        lambda: comments.edit(room.asking(), made.id, "eggs"), lambda: comments.edit(room.asking(), made.id, "MILK"),
    ], task, COMMENT  # fmt: skip


async def blocked(room: Room) -> Any:
    blocker = await room.task("blocker")
    task = await room.task(blocked_by={blocker})
    return "blocked", [
        lambda: room.tasks.apply(room.asking(), blocker, Verb.COMPLETE, children=Children.KEEP),
        lambda: room.tasks.apply(room.asking(), blocker, Verb.REOPEN),
        lambda: room.tasks.delete(room.asking(), blocker),
        lambda: room.uses.trash.restore(room.asking(), TASK, blocker),
    ], task, TASK  # fmt: skip


async def parent(room: Room) -> Any:
    task = await room.task("parent")
    child = await room.task("child", {"parent_id": task})
    return "has_subtasks", [
        lambda: room.tasks.delete(room.asking(), child), lambda: room.uses.trash.restore(room.asking(), TASK, child),
        lambda: room.tasks.move(room.asking(), child, {"parent_id": None}),
        lambda: room.tasks.move(room.asking(), child, {"parent_id": task}),
    ], task, TASK  # fmt: skip


async def closed_subtasks(room: Room) -> Any:
    task = await room.task("parent")
    child = await room.task("child", {"parent_id": task})
    return "subtasks_closed = 0 & subtasks = 1", [
        lambda: room.tasks.apply(room.asking(), child, Verb.COMPLETE), lambda: room.tasks.apply(room.asking(), child, Verb.REOPEN),
        lambda: room.tasks.move(room.asking(), child, {"parent_id": None}), lambda: room.tasks.move(room.asking(), child, {"parent_id": task}),
    ], task, TASK  # fmt: skip


async def blocking(room: Room) -> Any:
    task = await room.task("blocker")
    waiting = await room.task("waiting", blocked_by={task})
    return f"blocks = {waiting}", [
        lambda: room.tasks.edit(room.asking(), waiting, {"blocked_by": []}),
        lambda: room.tasks.edit(room.asking(), waiting, {"blocked_by": [TaskId(task)]}),
        lambda: room.tasks.delete(room.asking(), waiting),
        lambda: room.uses.trash.restore(room.asking(), TASK, waiting),
    ], task, TASK  # fmt: skip


async def recolored_project(room: Room) -> Any:
    project = await room.uses.projects.create(room.asking(), {"name": "Work", "color": "#ff0000"})
    task = await room.task(place={"project_id": project.id})
    edit = room.uses.projects.edit
    return 'project.color = "#ff0000"', [
        lambda: edit(room.asking(), project.id, {"color": None}), lambda: edit(room.asking(), project.id, {"color": "#ff0000"}),
    ], task, PROJECT  # fmt: skip


async def moved_project(room: Room) -> Any:
    outer = await room.uses.projects.create(room.asking(), {"name": "Outer"})
    project = await room.uses.projects.create(room.asking(), {"name": "Work"}, outer.id)
    task = await room.task(place={"project_id": project.id})
    move = room.uses.projects.move
    return f"project.parent = {outer.id}", [
        lambda: move(room.asking(), project.id, (None,)), lambda: move(room.asking(), project.id, (outer.id,)),
    ], task, PROJECT  # fmt: skip


async def revised_section(room: Room) -> Any:
    section = await room.uses.sections.create(room.asking(), {"name": "Later"}, None)
    task = await room.task(place={"section_id": section.id})
    rename = room.uses.sections.edit
    return "section.version in (1, 3)", [
        lambda: rename(room.asking(), section.id, {"name": "Soon"}), lambda: rename(room.asking(), section.id, {"name": "Later"}),
    ], task, SECTION  # fmt: skip


async def recolored_label(room: Room) -> Any:
    label = await room.uses.labels.create(room.asking(), {"name": "home"})
    task = await room.task(labels={label.id})
    edit = room.uses.labels.edit
    return "label.color is null & label is not null", [
        lambda: edit(room.asking(), label.id, {"color": "#ff0000"}), lambda: edit(room.asking(), label.id, {"color": None}),
    ], task, LABEL  # fmt: skip


async def started_parent(room: Room) -> Any:
    parent = await room.task("parent")
    task = await room.task("child", {"parent_id": parent})
    return "parent.status in (todo, done)", [
        lambda: room.tasks.apply(room.asking(), parent, Verb.START),
        lambda: room.tasks.apply(room.asking(), parent, Verb.COMPLETE, children=Children.KEEP),
    ], task, TASK  # fmt: skip


async def due_parent(room: Room) -> Any:
    parent = await room.task("parent", due_date=room.clock.now().date())
    task = await room.task("child", {"parent_id": parent})
    edit, day = room.tasks.edit, room.clock.now().date()
    return "parent.due_date <= today", [
        lambda: edit(room.asking(), parent, {"due_date": None}), lambda: edit(room.asking(), parent, {"due_date": day}),
    ], task, TASK  # fmt: skip


async def renamed_blocker(room: Room) -> Any:
    """Closed or not; in the trash it does not count."""
    blocker = await room.task("Milk")
    task = await room.task(blocked_by={blocker})
    edit = room.tasks.edit
    return "blocker.title ~ milk", [
        lambda: edit(room.asking(), blocker, {"title": "eggs"}), lambda: edit(room.asking(), blocker, {"title": "mílk"}),
        lambda: room.tasks.delete(room.asking(), blocker), lambda: room.uses.trash.restore(room.asking(), TASK, blocker),
    ], task, TASK  # fmt: skip


async def edited_comment(room: Room) -> Any:
    task = await room.task()
    made = await room.uses.comments.create(room.asking(), task, "Milk, please")
    comments = room.uses.comments
    return "comment.edited_at is null", [
        lambda: comments.edit(room.asking(), made.id, "eggs"), lambda: comments.delete(room.asking(), made.id),
        lambda: room.uses.trash.restore(room.asking(), COMMENT, made.id),
    ], task, COMMENT  # fmt: skip


async def commented_by_somebody(room: Room) -> Any:
    task = await room.task()
    made = await room.uses.comments.create(room.asking(), task, "Milk, please")
    return f'comment.author = "{room.me.name}"', [
        lambda: room.uses.comments.delete(room.asking(), made.id), lambda: room.uses.trash.restore(room.asking(), COMMENT, made.id),
    ], task, COMMENT  # fmt: skip


CASES = [
    recolored_project, moved_project, revised_section, recolored_label, started_parent, due_parent, renamed_blocker, edited_comment, commented_by_somebody,
    closed_subtasks, blocking,
    renamed_project, archived_project, archived_project_by_name, renamed_section, renamed_label, commented, blocked, parent,
]  # fmt: skip


@pytest.mark.rule("FSYNC-2")
@pytest.mark.parametrize("case", CASES)
async def test_a_task_enters_and_leaves_with_what_happens_to_others(room: Room, case: Case) -> None:
    text, acts, task, kind = await case(room)
    copy = room.copy(text)
    await room.follow()
    assert set(copy.tasks) == {task}
    for number, act in enumerate(acts):
        await act()
        effect = Effect.ENTERED if number % 2 else Effect.LEFT
        (told,) = [one for one in await room.told(copy) if task in one[2]]
        assert (told[0], told[2], told[3]) == (kind, {task}, effect)
        await room.follow()


@pytest.mark.rule("FSYNC-2")
async def test_a_task_enters_leaves_and_is_changed_by_itself(room: Room) -> None:
    copy = room.copy('title ^= "milk"')
    task = await room.task("milk")
    assert await room.told(copy) == [("task", "create", {task}, Effect.ENTERED)]
    await room.tasks.edit(room.asking(), task, {"title": "milk and eggs"})
    assert await room.told(copy) == [("task", "update", {task}, Effect.CHANGED)]
    await room.tasks.edit(room.asking(), task, {"title": "eggs"})
    assert await room.told(copy) == [("task", "update", {task}, Effect.LEFT)]
    await room.tasks.edit(room.asking(), task, {"title": "Milk"})
    await room.tasks.delete(room.asking(), task)
    assert [one[1:] for one in await room.told(copy)] == [
        ("update", {task}, "entered"),
        ("delete", {task}, "left"),
    ]
    await room.uses.trash.restore(room.asking(), TASK, task)
    assert await room.told(copy) == [("task", "restore", {task}, Effect.ENTERED)]


@pytest.mark.rule("FSYNC-2")
async def test_the_label_of_a_task_is_deleted(room: Room) -> None:
    """The label is taken from its tasks: changes of their own."""
    label = await room.uses.labels.create(room.asking(), {"name": "home"})
    task = await room.task(labels={label.id})
    copy, without = room.copy("@home"), room.copy("no label")
    await room.follow()
    await room.uses.labels.delete(room.asking(), label.id)
    assert [one for one in await room.told(copy) if one[2]] == [("task", "update", {task}, Effect.LEFT)]
    await room.follow()
    assert (set(copy.tasks), set(without.tasks)) == (set(), {task})


@pytest.mark.rule("FSYNC-3")
async def test_what_is_outside_is_left_out(room: Room) -> None:
    copy = room.copy("title = in")
    outside = await room.task("out")
    await room.tasks.edit(room.asking(), outside, {"description": "still"})
    await room.uses.projects.create(room.asking(), {"name": "p"})
    inside = await room.task("in")
    page = await copy.step(100)
    assert [(one.change.entity, len(one.tasks)) for one in page.items] == [("project", 0), ("task", 1)]
    page = await room.filtered.list(room.me, "title = in", kinds=[TASK])
    assert [(one.change.entity_id) for one in page.items] == [inside]


@pytest.mark.rule("FSYNC-3")
async def test_a_change_of_a_kind_that_is_not_wanted_is_told_where_it_moves_tasks(room: Room) -> None:
    _, acts, task, _ = await renamed_project(room)
    start = await room.filtered.end(room.me, "#Work", [TASK])
    await acts[0]()
    await room.uses.projects.create(room.asking(), {"name": "other"})
    (told,) = (await room.filtered.list(room.me, "#Work", start, [TASK])).items
    assert (told.change.entity, [one.task_id for one in told.tasks]) == (PROJECT, [task])
    with pytest.raises(Invalid) as refused:
        await room.filtered.list(room.me, "#Work", kinds=[PROJECT])
    assert [(one.pointer, one.code) for one in refused.value.violations] == [("/types", "no_tasks")]


# Many tasks at once


@pytest.mark.rule("FSYNC-4")
@pytest.mark.parametrize("limit", [1, 100])
async def test_a_change_that_moves_many_is_told_in_parts(room: Room, limit: int) -> None:
    project, tasks = await room.crowd(10)
    copy = room.copy("#Work")
    await room.follow()
    await room.uses.projects.edit(room.asking(), project, {"name": "Play"})
    later = await room.task("later", {"project_id": project})
    parts: list[FilteredPage] = []
    with patch.object(stretches, "TOGETHER", 3):
        parts.append(await copy.step(limit))
        gone = tasks.pop(4)  # some go, and change, while it is told
        await room.tasks.delete(room.asking(), tasks[0])
        await room.tasks.move(room.asking(), gone, {"project_id": None})
        await room.uses.projects.edit(room.asking(), project, {"name": "Rest"})
        while len(parts) < 5 and copy.place.within is not None:
            parts.append(await copy.step(limit))
            assert set(copy.tasks) == {
                one for one in [*tasks, gone] if copy.place.within and one > copy.place.within
            }
    told = [[one.task_id for one in part.items[0].tasks] for part in parts]
    assert all(part.items[0].change == parts[0].items[0].change for part in parts)
    assert max(map(len, told)) == 3
    assert functools.reduce(operator.iadd, told, []) == sorted([*tasks, gone])
    assert all(part.has_more for part in parts)
    assert copy.tasks == {}
    await room.follow()
    assert later not in copy.tasks


@pytest.mark.rule("FSYNC-1", "FSYNC-2")
async def test_tasks_that_stay_as_they_are_count_with_those_that_change(room: Room) -> None:
    parent, blocker = await room.task("parent"), await room.task("blocker")
    below = [await room.task(f"{one}", {"parent_id": parent}, blocked_by={blocker}) for one in range(4)]
    await room.tasks.apply(room.asking(), below[0], Verb.COMPLETE, override=True)
    texts = (
        "subtasks = 3",
        "subtasks_closed = 1",
        "subtasks > 1",
        f"blocks = {below[2]}",
        f"blocks in ({below[3]}, {parent})",
    )
    copies = [room.copy(text) for text in texts]
    await room.follow()
    assert [set(one.tasks) for one in copies] == [set(), {parent}, {parent}, {blocker}, {blocker}]
    await room.tasks.delete(room.asking(), below[3])
    await room.follow()
    assert [set(one.tasks) for one in copies] == [{parent}, {parent}, {parent}, {blocker}, set()]
    await room.tasks.edit(room.asking(), below[2], {"blocked_by": []})
    await room.tasks.move(room.asking(), below[0], {"parent_id": None})
    await room.follow()
    assert [set(one.tasks) for one in copies] == [set(), set(), {parent}, set(), set()]


@pytest.mark.rule("FSYNC-2", "FSYNC-4")
async def test_a_task_is_looked_at_that_is_tied_in_two_ways(room: Room) -> None:
    """A task that its own parent blocks, and another one that is only blocked by it, in parts."""
    parent = await room.task("parent")
    both = await room.task("both", {"parent_id": parent}, blocked_by={parent})
    others = [await room.task(f"{one}", blocked_by={parent}) for one in range(2)]
    copy = room.copy("parent.title = parent | blocker.title = parent")
    await room.follow()
    assert set(copy.tasks) == {both, *others}
    await room.tasks.edit(room.asking(), parent, {"title": "other"})
    with patch.object(stretches, "TOGETHER", 1):
        told = [one for _ in range(3) for one in await room.told(copy)]
    assert [one[2] for one in told] == [{one} for one in sorted([both, *others])]
    assert copy.tasks == {}
    await room.follow()


@pytest.mark.rule("FSYNC-1", "FSYNC-2")
@pytest.mark.parametrize(
    "text",
    [
        "blocker.title = milk", "blocker.status = todo", "parent.title = milk", "project.description = milk", "section.version = 1", "label.color is not null",
        "comment.author is not null", "subtasks = 1", "subtasks = 1 & blocker.title = part", "blocks is not null & parent.title = milk",
    ],
)  # fmt: skip
async def test_a_task_that_changes_is_seen_with_what_stays(room: Room, text: str) -> None:
    """Its subtask blocks it, and so is read in two ways, and counts once."""
    project = await room.uses.projects.create(room.asking(), {"name": "Work", "description": "milk"})
    section = await room.uses.sections.create(room.asking(), {"name": "Later"}, project.id)
    label = await room.uses.labels.create(room.asking(), {"name": "home", "color": "#ff0000"})
    milk = await room.task("milk", {"section_id": section.id})
    task = await room.task("task", {"parent_id": milk}, labels={label.id}, blocked_by={milk})
    part = await room.task("part", {"parent_id": task})
    await room.task("waiting", blocked_by={task})
    await room.uses.comments.create(room.asking(), task, "said")
    await room.tasks.edit(room.asking(), task, {"blocked_by": [TaskId(milk), TaskId(part)]})
    copy = room.copy(f"({text}) & description = here")
    await room.follow()
    for description, effect in (("here", Effect.ENTERED), ("", Effect.LEFT)):
        await room.tasks.edit(room.asking(), task, {"description": description})
        assert await room.told(copy) == [("task", "update", {task}, effect)]


@pytest.mark.rule("FSYNC-1", "FSYNC-2")
async def test_tasks_that_are_looked_at_together_count_once(room: Room) -> None:
    project = await room.uses.projects.create(room.asking(), {"name": "Work"})
    parent = await room.task("parent", {"project_id": project.id})
    child = await room.task("child", {"parent_id": parent}, blocked_by={parent})
    copies = [room.copy("#Play & subtasks = 1"), room.copy(f"#Play & (blocks = {child} | subtasks > 1)")]
    await room.follow()
    await room.uses.projects.edit(room.asking(), project.id, {"name": "Play"})
    for copy in copies:
        assert [one[2:] for one in await room.told(copy)] == [({parent}, Effect.ENTERED)]
    await room.follow()


@pytest.mark.rule("FSYNC-2")
async def test_what_only_stands_beside_is_not_told(room: Room) -> None:
    """A parent is read with its subtask, but nothing else of it is: whether it has a label, say."""
    project = await room.uses.projects.create(room.asking(), {"name": "Work"})
    label = await room.uses.labels.create(room.asking(), {"name": "home"})
    parent = await room.task("parent", {"project_id": project.id}, labels={label.id})
    child = await room.task("child", {"parent_id": parent}, labels={label.id})
    copy = room.copy("@home & !(parent.title = parent) | #Play")
    await room.follow()
    assert set(copy.tasks) == {parent}
    await room.tasks.edit(room.asking(), child, {"title": "still a child"})
    await room.uses.projects.edit(room.asking(), project.id, {"description": "changed"})
    assert [one for one in await room.told(copy) if one[2]] == []
    await room.uses.projects.edit(room.asking(), project.id, {"name": "Play"})
    assert [one[2:] for one in await room.told(copy)] == [({child}, Effect.ENTERED)]
    await room.follow()


@pytest.mark.rule("FSYNC-4")
async def test_a_task_that_is_moved_in_two_ways_is_told_once(room: Room) -> None:
    """A task that its own subtask blocks."""
    parent, child = await room.task("parent"), await room.task("child")
    others = [await room.task(f"{one}", blocked_by={child}) for one in range(2)]
    await room.tasks.move(room.asking(), child, {"parent_id": parent})
    await room.tasks.edit(room.asking(), parent, {"blocked_by": [TaskId(child)]})
    copy = room.copy("has_subtasks | blocked")
    await room.follow()
    await room.tasks.delete(room.asking(), child)
    with patch.object(stretches, "TOGETHER", 1):
        told = [one for _ in range(3) for one in await room.told(copy)]
    assert [one[2] for one in told] == [{one} for one in sorted([parent, *others])]
    assert copy.tasks == {}


@pytest.mark.rule("FSYNC-4")
async def test_few_tasks_that_are_tied_are_told_together(room: Room) -> None:
    project, tasks = await room.crowd(4)
    copy = room.copy("#Work")
    await room.follow()
    for name in ("Play", "Work", "Rest"):
        await room.uses.projects.edit(room.asking(), project, {"name": name})
    with patch.object(stretches, "TOGETHER", 4):
        assert [one[2:] for one in await room.told(copy)] == [
            (set(tasks), "left"), (set(tasks), "entered"), (set(tasks), "left"),
        ]  # fmt: skip


@pytest.mark.rule("FSYNC-4")
async def test_a_name_that_no_term_tells_apart_costs_nothing(room: Room) -> None:
    project, _ = await room.crowd(4)
    copy = room.copy("#Work")
    await room.uses.projects.edit(room.asking(), project, {"name": "Play"})
    await room.follow()
    for name in ("Rest", "Game"):
        await room.uses.projects.edit(room.asking(), project, {"name": name})
    await room.task()
    with patch.object(stretches, "TOGETHER", 0):  # nothing is looked at because of it, so nothing is in parts
        page = await copy.step(100)
    assert (len(page.items), page.has_more) == (2, False)
