"""Copies: of a task with its subtasks, of a project with all that is in it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from application import trees
from application.entities import Entities
from application.placing import make_room, rank_after
from application.ports import Ids
from domain.attached import ChecklistItem
from domain.project import Project
from domain.task import Status, Task
from domain.thing import is_live

DUPLICATE = "duplicate"
Copied = TypeVar("Copied", Task, Project)


async def copy_task(
    entities: Entities, task: Task, ids: Ids, now: datetime, *, tree: bool, new_id: UUID | None = None
) -> Task:
    """Another one like it, to do, right after it; `tree` copies its subtasks, too."""
    return await _copy(entities, task, ids, now, tree=tree, new_id=new_id)


async def copy_project(
    entities: Entities, project: Project, ids: Ids, now: datetime, *, tree: bool, new_id: UUID | None = None
) -> Project:
    """Another one like it, right after it; `tree` copies its sections, tasks and projects, too."""
    return await _copy(entities, project, ids, now, tree=tree, new_id=new_id)


async def _copy(
    entities: Entities, root: Copied, ids: Ids, now: datetime, *, tree: bool, new_id: UUID | None
) -> Copied:
    along: list[Any] = [one for one in await trees.within(entities, root) if is_live(one)] if tree else []
    new: dict[UUID, UUID] = {one.id: ids.new() for one in along}
    new[root.id] = new_id or ids.new()
    alive = await _live_blockers(entities, [root, *along])
    copied: Copied = replace(_copied(root, new, alive, now), rank=await rank_after(entities, root))
    await entities.add(copied, DUPLICATE)
    for one in along:
        await entities.add(_copied(one, new, alive, now), DUPLICATE)
    return await make_room(entities, copied, now)


async def _live_blockers(entities: Entities, things: Sequence[Any]) -> Collection[UUID]:
    blockers = {blocker for one in things if isinstance(one, Task) for blocker in one.blocked_by}
    return {one.id for one in await entities.some(Task, blockers) if is_live(one)}


def _copied(one: Any, new: Mapping[UUID, UUID], alive: Collection[UUID], now: datetime) -> Any:
    """As new, under its new id, and tied to the new ones where it was tied to their originals."""
    values: dict[str, Any] = {"id": new[one.id], "created_at": now, "updated_at": now, "version": 1}
    for name in ("project_id", "section_id", "parent_id"):
        if hasattr(one, name):
            old = getattr(one, name)
            values[name] = new.get(old, old)
    if isinstance(one, Task):
        values |= {
            "status": Status.TODO,
            "completed_at": None,
            "blocked_by": frozenset(
                new.get(blocker, blocker) for blocker in one.blocked_by if blocker in alive
            ),
            "checklist": tuple(ChecklistItem(title=item.title) for item in one.checklist),
        }
    if isinstance(one, Project):
        values["archived_at"] = None
    return replace(one, **values)
