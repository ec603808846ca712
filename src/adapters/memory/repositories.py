"""The repositories over a snapshot, and those of a unit of work."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.memory.store import Store
from application.ports import (
    ApiTokenReads,
    ApiTokenRepository,
    ChangeReads,
    EntityReads,
    Notes,
    TaskReads,
    TaskRepository,
)
from application.views import Extent, Position, TaskQuery
from application.workspace import Workspace
from domain.access import Actor, own
from domain.answer import Answer
from domain.api_token import ApiToken
from domain.change import Change, EntityKind
from domain.errors import ApiTokenNotFound, ChangeNotFound, TaskNotFound
from domain.ids import ApiTokenId, TaskId
from domain.plan import Plan
from domain.task import Task


class MemoryTaskReads(TaskReads):
    """The actor's tasks in a snapshot."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor

    async def get(self, task_id: TaskId) -> Task:
        found = self._snapshot.find(self._actor.account_id, EntityKind.TASK, task_id)
        task: Task = own(self._actor, found, TaskNotFound)
        if task.deleted_at is not None:
            raise TaskNotFound
        return task

    async def page(self, query: TaskQuery) -> Sequence[Task]:
        tasks: list[Task] = self._snapshot.of(self._actor, EntityKind.TASK)
        chosen = [
            task
            for task in tasks
            if task.deleted_at is None
            and (not query.statuses or task.status in query.statuses)
            and (query.after is None or (task.created_at, task.id) < (query.after.created_at, query.after.id))
        ]
        return sorted(chosen, key=lambda task: (task.created_at, task.id), reverse=True)[: query.limit]


class MemoryTasks(TaskRepository):
    """The actor's tasks in a unit of work."""

    def __init__(self, snapshot: Store, workspace: Workspace) -> None:
        self._snapshot = snapshot
        self._workspace = workspace

    async def get(self, task_id: TaskId, *, trashed: bool = False) -> Task:
        await self.load([task_id])
        task: Task = own(self._workspace.actor, self._workspace.find(EntityKind.TASK, task_id), TaskNotFound)
        if task.deleted_at is not None and not trashed:
            raise TaskNotFound
        return task

    async def load(self, task_ids: Collection[UUID]) -> None:
        for task_id in task_ids:
            task = self._snapshot.find(self._workspace.actor.account_id, EntityKind.TASK, task_id)
            if task is not None:
                self._workspace.remember(task)

    async def add(self, task: Task) -> None:
        own(self._workspace.actor, task, TaskNotFound)
        await self.load([task.id])
        self._workspace.add(task)

    async def save(self, before: Task, after: Task, verb: str, reverts: int | None = None) -> None:
        await self.get(before.id, trashed=True)
        self._workspace.save(before, after, verb, reverts)


class MemoryApiTokenReads(ApiTokenReads):
    """The actor's API tokens in a snapshot."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor

    async def page(self, limit: int, after: Position | None) -> Sequence[ApiToken]:
        tokens: list[ApiToken] = self._snapshot.of(self._actor, EntityKind.API_TOKEN)
        chosen = [
            token
            for token in tokens
            if after is None or (token.created_at, token.id) < (after.created_at, after.id)
        ]
        return sorted(chosen, key=lambda token: (token.created_at, token.id), reverse=True)[:limit]


class MemoryApiTokens(ApiTokenRepository):
    """The actor's API tokens in a unit of work."""

    def __init__(self, snapshot: Store, workspace: Workspace) -> None:
        self._snapshot = snapshot
        self._actor = workspace.actor
        self._workspace = workspace

    async def usable(self, now: datetime) -> int:
        stored: list[ApiToken] = self._snapshot.of(self._actor, EntityKind.API_TOKEN)
        gained = self._workspace.gained(EntityKind.API_TOKEN, lambda token: token.usable(now))
        return sum(token.usable(now) for token in stored) + gained

    async def get(self, token_id: ApiTokenId) -> ApiToken:
        stored = self._snapshot.find(self._actor.account_id, EntityKind.API_TOKEN, token_id)
        if stored is not None:
            self._workspace.remember(stored)
        token: ApiToken | None = self._workspace.find(EntityKind.API_TOKEN, token_id)
        return own(self._actor, token, ApiTokenNotFound)

    async def add(self, token: ApiToken) -> None:
        self._workspace.add(token)

    async def save(self, before: ApiToken, after: ApiToken, verb: str) -> None:
        await self.get(before.id)
        self._workspace.save(before, after, verb)


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
