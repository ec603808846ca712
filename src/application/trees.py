"""What goes along: with a task its subtasks, with a project everything in it, with a section its tasks."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from application.entities import Entities
from application.integrity import levels_below
from domain.change import DELETE, MOVE, PURGE, RESTORE, UPDATE, EntityKind
from domain.comment import Comment
from domain.errors import InTrash
from domain.label import Label
from domain.preferences import Preferences
from domain.project import Project, Section
from domain.task import LABELS_MAX, Task
from domain.thing import Thing, Trashable, is_live, restored, revised, trashed
from domain.view import View

KINDS: Mapping[EntityKind, type[Any]] = {
    EntityKind.PROJECT: Project,
    EntityKind.SECTION: Section,
    EntityKind.TASK: Task,
    EntityKind.LABEL: Label,
    EntityKind.COMMENT: Comment,
    EntityKind.VIEW: View,
}
"""What has a trash."""


async def within(entities: Entities, root: Trashable) -> list[Any]:
    """Everything that is in it, also in the trash, in an order in which it can be made again."""
    return await _within_all(entities, type(root), [root])


async def _within_all(entities: Entities, kind: type[Any], roots: Sequence[Any]) -> list[Any]:
    """The same of many of a kind, by no more statements than of one."""
    if not roots:
        return []
    if kind is Task:
        return _flat(await levels_below(entities, Task, roots))
    ids = {root.id for root in roots}
    if kind is Section:
        return await _top_first(entities, "section_id", ids)
    if kind is not Project:
        return []
    below = _flat(await levels_below(entities, Project, roots))
    ids |= {project.id for project in below}
    sections = await entities.matching(Section, "project_id", ids)
    return [*below, *sections, *await _top_first(entities, "project_id", ids)]


async def delete(entities: Entities, root: Trashable, now: datetime) -> None:
    """Into the trash, with all that is in it and is not there yet."""
    along = [one for one in await within(entities, root) if is_live(one)]
    await entities.save_all([(one, trashed(one, now, root.id)) for one in reversed(along)], DELETE)
    more = {"taken_from": await _take(entities, root, now)} if isinstance(root, Label) else {}
    gone = revised(root, now, deleted_at=now, deleted_with=root.id, **more)
    await entities.save(root, gone, DELETE)


async def restore(entities: Entities, root: Any, now: datetime) -> None:
    """Out of the trash, with all that went there along with it. Raises InTrash."""
    if is_live(root):
        return
    await _check_owners(entities, root)
    more = {"taken_from": frozenset[UUID]()} if isinstance(root, Label) else {}
    await entities.save(root, revised(root, now, deleted_at=None, deleted_with=None, **more), RESTORE)
    await bring_back(entities, root, now)


async def bring_back(entities: Entities, root: Any, now: datetime) -> None:
    """What went to the trash along with it, once it is back itself; `root` is as it was in the trash."""
    along = [one for one in await within(entities, root) if one.deleted_with == root.deleted_with]
    await entities.save_all([(one, restored(one, now)) for one in along if not is_live(one)], RESTORE)
    if isinstance(root, Label):
        await _give(entities, root, now)


async def carry(
    entities: Entities, root: Section | Task, place: Mapping[str, UUID | None], now: datetime
) -> None:
    """To the place that the root has got, all that is in it, also in the trash."""
    below = await within(entities, root)
    await entities.save_all([(one, revised(one, now, **place)) for one in below], MOVE)


async def doomed(entities: Entities, roots: Iterable[Any]) -> list[Any]:
    """All that would be gone with these for good: what is in them, and the comments; each once."""
    found: dict[UUID, Any] = {}
    for kind in (Project, Section, Task, Label, Comment, View):
        alike = [root for root in roots if type(root) is kind and root.id not in found]
        found |= {one.id: one for one in (*alike, *await _within_all(entities, kind, alike))}
    tasks = {one.id for one in found.values() if isinstance(one, Task)}
    if tasks:
        found |= {one.id: one for one in await entities.matching(Comment, "task_id", tasks)}
    return list(found.values())


async def purge(entities: Entities, things: Sequence[Any], now: datetime) -> None:
    """Remove them for good, and what is left of them in other things."""
    await _forget(entities, {one.id for one in things}, now)
    for one in reversed(things):
        await entities.remove(one, PURGE)


async def _forget(entities: Entities, gone: set[UUID], now: datetime) -> None:
    waiting = await entities.matching(Task, "blocked_by", gone)
    having = await entities.matching(Task, "labels", gone)  # a revert gives them to tasks in the trash
    left = {task.id: task for task in (*waiting, *having) if task.id not in gone}
    await entities.save_all(
        [
            (task, revised(task, now, blocked_by=task.blocked_by - gone, labels=task.labels - gone))
            for task in left.values()
        ],
        UPDATE,
    )
    if entities.count(Preferences):
        account = await entities.get(Preferences, entities.actor.account_id)
        if account.default_project_id in gone:
            await entities.save(account, revised(account, now, default_project_id=None), UPDATE)


async def _top_first(entities: Entities, name: str, ids: set[UUID]) -> list[Task]:
    """Tasks, each after its parent."""
    tasks = await entities.matching(Task, name, ids)
    children: dict[UUID | None, list[Task]] = {}
    here = {task.id for task in tasks}
    for task in tasks:
        children.setdefault(task.parent_id if task.parent_id in here else None, []).append(task)
    ordered = list(children.get(None, ()))
    for task in ordered:
        ordered += children.get(task.id, ())
    return ordered


async def _check_owners(entities: Entities, one: Any) -> None:
    owners: list[tuple[type[Thing], UUID | None]] = [
        (Project, getattr(one, "project_id", None)),
        (Section, getattr(one, "section_id", None)),
        (type(one) if isinstance(one, Project) else Task, getattr(one, "parent_id", None)),
        (Task, getattr(one, "task_id", None)),
    ]
    for kind, owner_id in owners:
        if owner_id is not None and not is_live(await entities.get(kind, owner_id, trashed=True)):
            raise InTrash


async def _take(entities: Entities, label: Label, now: datetime) -> frozenset[UUID]:
    """Take the label from its tasks, those in the trash too, and answer which they were."""
    tasks = await entities.matching(Task, "labels", {label.id})
    await entities.save_all(
        [(task, revised(task, now, labels=task.labels - {label.id})) for task in tasks], UPDATE
    )
    return frozenset(task.id for task in tasks)


async def _give(entities: Entities, label: Label, now: datetime) -> None:
    """Give the label back to the tasks that it was taken from, as far as they are there."""
    tasks = [task for task in await entities.some(Task, label.taken_from) if len(task.labels) < LABELS_MAX]
    await entities.save_all(
        [(task, revised(task, now, labels=task.labels | {label.id})) for task in tasks], UPDATE
    )


def _flat(levels: Iterable[Iterable[Any]]) -> list[Any]:
    return [one for level in levels for one in level]
