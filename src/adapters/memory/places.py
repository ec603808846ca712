"""A snapshot as it was at a place of the journal: by going back over each change."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from adapters.memory.store import Store
from application.ports import PlaceReads
from application.views import Criteria
from application.workspace import is_as
from domain.access import Actor
from domain.change import EntityKind
from domain.revert import before
from domain.task import Task
from domain.thing import is_live


class MemoryPlaces(PlaceReads):
    """The actor's things at a place."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor

    async def some(self, seq: int, kind: EntityKind, ids: Collection[UUID]) -> Sequence[Any]:
        return [thing for thing in self._since(seq, kind)[0] if thing.id in ids]

    async def tied(
        self, seq: int, kind: EntityKind, ties: Criteria, after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        found = {
            thing.id
            for place in self._since(seq, kind)
            for thing in place
            if any(is_as(thing, {name: ids}) for name, ids in ties.items())
        }
        return sorted(one for one in found if after is None or one > after)[:limit]

    async def subtasks(
        self, seq: int, ids: Collection[UUID], without: Collection[UUID]
    ) -> Mapping[UUID, tuple[int, int]]:
        found: dict[UUID, tuple[int, int]] = {}
        for task in self._live(seq, without):
            if task.parent_id is not None and task.parent_id in ids:
                total, closed = found.get(task.parent_id, (0, 0))
                found[task.parent_id] = total + 1, closed + (not task.is_open)
        return found

    async def blocking(
        self, seq: int, ids: Collection[UUID], named: Collection[UUID], without: Collection[UUID]
    ) -> Mapping[UUID, Collection[UUID]]:
        found: dict[UUID, dict[UUID | None, UUID]] = {}
        for task in self._live(seq, without):
            for blocker_id in task.blocked_by & set(ids):
                found.setdefault(blocker_id, {})[task.id if task.id in named else None] = task.id
        return {blocker_id: list(waiting.values()) for blocker_id, waiting in found.items()}

    async def open(self, seq: int, ids: Collection[UUID]) -> Collection[UUID]:
        return {task.id for task in self._tasks(seq) if is_live(task) and task.is_open and task.id in ids}

    def _live(self, seq: int, without: Collection[UUID]) -> list[Task]:
        return [task for task in self._tasks(seq) if is_live(task) and task.id not in without]

    def _tasks(self, seq: int) -> list[Task]:
        return self._since(seq, EntityKind.TASK)[0]

    def _since(self, seq: int, kind: EntityKind) -> list[list[Any]]:
        """The things of a kind as they were at the place, and after each change since."""
        things: dict[UUID, Any] = {thing.id: thing for thing in self._snapshot.of(self._actor, kind)}
        found = [list(things.values())]
        for change in reversed(self._snapshot.journals.get(self._actor.account_id, ())):
            if change.seq <= seq:
                break
            if change.entity is kind:
                things[change.entity_id] = before(things.get(change.entity_id), change)
                found.append([thing for thing in things.values() if thing is not None])
        return found[::-1]
