"""What a filter must know to tell what changes did to tasks: by few statements, however many there are."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from application.ports import ReadUnit
from domain.change import Change, EntityKind, journaled_as
from domain.comment import Comment
from domain.filters import RELATIONS
from domain.lens import Lens, Telling
from domain.scene import Scene, Still, reached
from domain.task import Task

_COMMENTS = 500
Key = tuple[EntityKind, UUID]


async def scene_at(
    unit: ReadUnit, seq: int, lens: Lens, changes: Sequence[Change] = (), ids: Collection[UUID] = ()
) -> Scene:
    """As it was at `seq`, right after the changes, with these tasks and those that the changes move."""
    touched = await _touched(unit, seq, lens, changes)
    tasks, named = _gone_over(touched, changes, lens)
    mine = {one.entity_id for one in changes if one.entity is EntityKind.TASK}
    others = (named | set(ids)) - mine
    found = await unit.places.some(seq, EntityKind.TASK, others) if others else ()
    tasks = [*tasks, *found, *(one for one in touched if isinstance(one, Task))]
    known = {(journaled_as(one).kind, one.id) for one in touched}
    related = await _related(unit, seq, lens, tasks, known)
    comments = await _comments(unit, seq, lens, {task.id for task in tasks}, known)
    still = await _still(unit, seq, lens, tasks, mine)
    return Scene([*comments, *related, *found, *touched], still)


def _gone_over(touched: Iterable[Any], changes: Sequence[Change], lens: Lens) -> tuple[list[Task], set[UUID]]:
    """What the tasks of the changes were at each place, and the tasks that the changes may have moved."""
    scene, tasks, named = Scene(touched), list[Task](), set[UUID]()
    for change in reversed(changes):
        was, becomes = scene.undo(change)
        named.update(reached(scene, change, was, becomes, lens))
        tasks += [side for side in (was, becomes) if isinstance(side, Task)]
    return tasks, named


async def _touched(unit: ReadUnit, seq: int, lens: Lens, changes: Iterable[Change]) -> list[Any]:
    """What the changes are about, as far as it matters."""
    ids: dict[EntityKind, set[UUID]] = {}
    for change in changes:
        ids.setdefault(change.entity, set()).add(change.entity_id)
    return [
        thing
        for kind in sorted(ids.keys() & set(_kinds(lens)))
        for thing in await unit.places.some(seq, kind, ids[kind])
    ]


def _kinds(lens: Lens) -> Iterable[EntityKind]:
    """The kinds of things that decide what the lens selects."""
    yield EntityKind.TASK
    if lens.sees_projects:
        yield EntityKind.PROJECT
    for name in ("section", "label", "comment"):
        if lens.asks_over(RELATIONS[name]):
            yield EntityKind(name)


async def _related(
    unit: ReadUnit, seq: int, lens: Lens, tasks: Sequence[Task], known: Collection[Key]
) -> list[Any]:
    """The projects, sections and labels of the tasks, as far as they matter and do not change."""
    ids: dict[EntityKind, set[Any]] = {
        EntityKind.PROJECT: {task.project_id for task in tasks},
        EntityKind.SECTION: {task.section_id for task in tasks},
        EntityKind.LABEL: {label for task in tasks for label in task.labels},
    }
    found: list[Any] = []
    for kind in _kinds(lens):
        wanted = {one for one in ids.get(kind, ()) if one is not None and (kind, one) not in known}
        if wanted:
            found += await unit.places.some(seq, kind, wanted)
    return found


async def _still(
    unit: ReadUnit, seq: int, lens: Lens, tasks: Sequence[Task], changed: Collection[UUID]
) -> Still:
    """Of what is tied to the tasks, what is not among them."""
    ids = {task.id for task in tasks}
    if not ids:
        return Still()
    blockers = {one for task in tasks for one in task.blocked_by}
    places, inside = unit.places, ids | set(changed)
    looked_up = {task.parent_id for task in tasks} if lens.asks_over(RELATIONS["parent"]) else set[UUID]()
    looked_up |= blockers if lens.asks_over(RELATIONS["blocker"]) else set()
    others = {one for one in looked_up if one is not None} - inside
    return Still(
        tasks=await places.some(seq, EntityKind.TASK, others) if others else (),
        open_tasks=await places.open(seq, blockers) if blockers and lens.counts_blockers else (),
        subtasks=await places.subtasks(seq, ids, inside) if lens.counts_subtasks else {},
        blocks=await places.blocking(seq, ids, lens.waiting, inside) if lens.asks("blocks") else {},
    )


async def _comments(
    unit: ReadUnit, seq: int, lens: Lens, task_ids: Collection[UUID], known: Collection[Key]
) -> list[Comment]:
    """Of the comments on the tasks, those that make a difference: never all of them at a time."""
    found, telling = list[Comment](), Telling(lens)
    if not (task_ids and lens.asks_over(RELATIONS["comment"])):
        return []
    after: UUID | None = None
    full = True
    while full:
        ids = await unit.places.tied(seq, EntityKind.COMMENT, {"task_id": task_ids}, after, _COMMENTS)
        others = [one for one in ids if (EntityKind.COMMENT, one) not in known]
        comments = await unit.places.some(seq, EntityKind.COMMENT, others) if others else ()
        found += filter(telling.keeps, comments)
        full, after = len(ids) == _COMMENTS, ids[-1] if ids else None
    return found
