"""What is read of a snapshot, and what is kept beside it in a unit of work."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.memory.store import Store
from application.ports import ChangeReads, EntityReads, EntitySource, Notes
from application.views import (
    Criteria,
    Edge,
    Extent,
    Order,
    Position,
    Progress,
)
from application.workspace import Workspace, is_as
from domain.access import Actor
from domain.answer import Answer
from domain.change import JOURNALED, Change, EntityKind
from domain.errors import ChangeNotFound
from domain.plan import Plan
from domain.thing import is_live


class MemorySource(EntitySource):
    """The actor's entities in a unit of work's snapshot."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor

    async def fetch(self, kind: EntityKind, where: Criteria) -> Sequence[Any]:
        if set(where) == {"id"}:
            mine = (self._snapshot.find(self._actor.account_id, kind, one) for one in where["id"])
            return [entity for entity in mine if entity is not None]
        return [entity for entity in self._snapshot.of(self._actor, kind) if is_as(entity, where)]

    async def neighbours(
        self, kind: EntityKind, where: Criteria, rank: str, *, forward: bool, limit: int
    ) -> Sequence[Any]:
        there = await self.fetch(kind, where)
        beyond = [one for one in there if (one.rank > rank if forward else one.rank < rank)]
        return sorted(beyond, key=lambda one: one.rank, reverse=not forward)[:limit]

    async def trashed(self, kind: EntityKind, until: datetime, limit: int) -> Sequence[Any]:
        mine = [one for one in self._snapshot.of(self._actor, kind) if not is_live(one)]
        due = [one for one in mine if one.deleted_at <= until]
        return sorted(due, key=lambda one: (one.deleted_at, one.id))[:limit]

    async def progress(self, task_ids: Collection[UUID]) -> Mapping[UUID, Progress]:
        children = await self.fetch(EntityKind.TASK, {"parent_id": task_ids})
        live = [child for child in children if is_live(child)]
        found: dict[UUID, Progress] = {}
        for child in live:
            so_far = found.get(child.parent_id, Progress())
            found[child.parent_id] = Progress(so_far.total + 1, so_far.closed + (not child.is_open))
        return found

    async def blocking(self, task_ids: Collection[UUID]) -> Sequence[Edge]:
        edges: dict[Edge, None] = {}
        waiting, seen = list(task_ids), set[UUID]()
        while waiting:
            task_id = waiting.pop()
            task = self._snapshot.find(self._actor.account_id, EntityKind.TASK, task_id)
            if task is None or task_id in seen:
                continue
            seen.add(task_id)
            edges |= dict.fromkeys((task_id, blocker) for blocker in task.blocked_by)
            waiting += task.blocked_by
        return list(edges)


class MemoryChanges(ChangeReads):
    """The actor's journal in a snapshot."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self._journal = snapshot.journals.get(actor.account_id, ())
        self._extent = Extent(snapshot.floor(actor.account_id), snapshot.head(actor.account_id))

    async def extent(self) -> Extent:
        return self._extent

    async def after(self, seq: int, kinds: Collection[EntityKind], limit: int) -> Sequence[Change]:
        return [change for change in self._journal if change.seq > seq and change.entity in kinds][:limit]

    async def find(self, change_id: UUID) -> Change:
        for change in self._journal:
            if change.id == change_id:
                return change
        raise ChangeNotFound

    async def before(self, seq: int | None, filters: Mapping[str, object], limit: int) -> Sequence[Change]:
        return [
            change
            for change in reversed(self._journal)
            if (seq is None or change.seq < seq)
            and all(getattr(change, name) == value for name, value in filters.items())
        ][:limit]

    async def of(self, kind: EntityKind, entity_id: UUID, before: int | None, limit: int) -> Sequence[Change]:
        mine = [change for change in self._journal if (change.entity, change.entity_id) == (kind, entity_id)]
        return [change for change in reversed(mine) if before is None or change.seq < before][:limit]


class MemoryNotes(Notes):
    """Answers and plans in a unit of work."""

    def __init__(self, snapshot: Store, workspace: Workspace) -> None:
        self._snapshot = snapshot
        self._workspace = workspace

    def keep(self, note: Answer | Plan) -> None:
        self._workspace.note(note)

    async def plan(self, plan_id: UUID) -> Plan | None:
        return self._snapshot.notes.get((self._workspace.actor.account_id, Plan, plan_id))


class MemoryEntities(EntityReads):
    """The actor's entities in a snapshot."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor

    async def chunk(self, kind: EntityKind, after: UUID | None, limit: int) -> Sequence[Any]:
        mine = sorted(self._snapshot.of(self._actor, kind), key=lambda entity: entity.id)
        return [entity for entity in mine if after is None or entity.id > after][:limit]

    async def find(self, kind: EntityKind, entity_id: UUID) -> Any | None:
        return self._snapshot.find(self._actor.account_id, kind, entity_id)

    async def some(self, kind: EntityKind, where: Criteria) -> Sequence[Any]:
        return [entity for entity in self._snapshot.of(self._actor, kind) if is_as(entity, where)]

    async def page(
        self, kind: EntityKind, where: Criteria, order: Order, after: Sequence[Any] | None, limit: int
    ) -> Sequence[Any]:
        def place(entity: Any) -> tuple[Any, ...]:
            return tuple(getattr(entity, name) for name in order.names)

        live = [one for one in await self.some(kind, where) if is_live(one)]
        if after is not None:
            start = tuple(after)
            live = [one for one in live if (place(one) < start if order.descending else place(one) > start)]
        return sorted(live, key=place, reverse=order.descending)[:limit]

    async def names(self, kind: EntityKind) -> Sequence[str]:
        return [one.name for one in self._snapshot.of(self._actor, kind) if is_live(one)]

    async def trash(self, after: Position | None, limit: int) -> Sequence[Any]:
        kinds = [kind for kind in EntityKind if JOURNALED[kind].has_trash]
        mine = [one for kind in kinds for one in self._snapshot.of(self._actor, kind)]
        roots = [one for one in mine if one.deleted_at is not None and one.deleted_with == one.id]
        if after is not None:
            start = (after.created_at, after.id)
            roots = [one for one in roots if (one.deleted_at, one.id) < start]
        return sorted(roots, key=lambda one: (one.deleted_at, one.id), reverse=True)[:limit]

    async def counts(self) -> Mapping[str, int]:
        return self._snapshot.counts.get(self._actor.account_id, {})
