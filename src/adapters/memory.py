"""The same ports over dictionaries, for tests and for running the application with no database.

It passes the contract suite that PostgreSQL passes: a unit of work sees a copy, one writer per
account at a time, and nothing is kept before the commit.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.clock import SystemClock
from application.ports import (
    ApiTokenLookup,
    ApiTokenReads,
    ApiTokenRepository,
    ChangeReads,
    Clock,
    Denials,
    EntityReads,
    Notifier,
    ReadUnit,
    TaskReads,
    TaskRepository,
    UnitsOfWork,
    WriteUnit,
)
from application.views import Extent, TaskQuery
from application.workspace import Workspace
from domain.access import Actor, Scope, own, require
from domain.api_token import ApiToken, newest_first
from domain.change import Change, EntityKind, Head
from domain.errors import ApiTokenNotFound, ChangeNotFound, TaskNotFound
from domain.ids import AccountId, ApiTokenId, TaskId
from domain.task import Task

Entities = dict[tuple[AccountId, EntityKind, UUID], Any]


@dataclass
class Store:
    """Everything that is kept. Entities and changes are frozen, so a shallow copy is a copy."""

    entities: Entities = field(default_factory=Entities)
    journals: dict[AccountId, tuple[Change, ...]] = field(default_factory=dict[AccountId, tuple[Change, ...]])

    def copy(self) -> "Store":
        """What a unit of work sees."""
        return Store(dict(self.entities), dict(self.journals))

    def of(self, actor: Actor, kind: EntityKind) -> list[Any]:
        """The actor's entities of a kind."""
        return [
            entity
            for (account_id, its_kind, _), entity in self.entities.items()
            if account_id == actor.account_id and its_kind is kind
        ]

    def find(self, account_id: AccountId, kind: EntityKind, entity_id: UUID) -> Any | None:
        """One entity."""
        return self.entities.get((account_id, kind, entity_id))

    def head(self, account_id: AccountId) -> Head:
        """Where the account's journal ends."""
        journal = self.journals.get(account_id, ())
        return Head(journal[-1].seq, journal[-1].hash, journal[-1].at) if journal else Head()


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

    async def all(self) -> Sequence[ApiToken]:
        return newest_first(self._snapshot.of(self._actor, EntityKind.API_TOKEN))


class MemoryApiTokens(MemoryApiTokenReads, ApiTokenRepository):
    """The actor's API tokens in a unit of work."""

    def __init__(self, snapshot: Store, workspace: Workspace) -> None:
        super().__init__(snapshot, workspace.actor)
        self._workspace = workspace

    async def all(self) -> Sequence[ApiToken]:
        for token in await super().all():
            self._workspace.remember(token)
        return newest_first(self._workspace.seen(EntityKind.API_TOKEN))

    async def get(self, token_id: ApiTokenId) -> ApiToken:
        await self.all()
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
        self._head = snapshot.head(actor.account_id)

    async def extent(self) -> Extent:
        return Extent(Head(), self._head)

    async def after(self, seq: int, kinds: Collection[EntityKind], limit: int) -> Sequence[Change]:
        return [change for change in self._journal if change.seq > seq and change.entity in kinds][:limit]

    async def find(self, change_id: UUID) -> Change:
        for change in self._journal:
            if change.id == change_id:
                return change
        raise ChangeNotFound

    async def of(self, kind: EntityKind, entity_id: UUID, before: int | None, limit: int) -> Sequence[Change]:
        mine = [change for change in self._journal if (change.entity, change.entity_id) == (kind, entity_id)]
        return [change for change in reversed(mine) if before is None or change.seq < before][:limit]


class MemoryEntities(EntityReads):
    """The actor's entities in a snapshot."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor

    async def chunk(self, kind: EntityKind, after: UUID | None, limit: int) -> Sequence[Any]:
        mine = sorted(self._snapshot.of(self._actor, kind), key=lambda entity: entity.id)
        return [entity for entity in mine if after is None or entity.id > after][:limit]


class MemoryReadUnit(ReadUnit):
    """A snapshot."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self.tasks = MemoryTaskReads(snapshot, actor)
        self.api_tokens = MemoryApiTokenReads(snapshot, actor)
        self.changes = MemoryChanges(snapshot, actor)
        self.entities = MemoryEntities(snapshot, actor)


class MemoryWriteUnit(WriteUnit):
    """A workspace over a snapshot, published by commit."""

    def __init__(self, published: Store, actor: Actor, clock: Clock, notifier: Notifier | None) -> None:
        self._published = published
        self._notifier = notifier
        self._clock = clock
        snapshot = published.copy()
        self._workspace = Workspace(actor)
        self.tasks = MemoryTasks(snapshot, self._workspace)
        self.api_tokens = MemoryApiTokens(snapshot, self._workspace)
        self.changes = MemoryChanges(snapshot, actor)

    async def commit(self) -> None:
        account_id = self._workspace.actor.account_id
        changes = self._workspace.changes(self._published.head(account_id), self._clock.now())
        for kind in EntityKind:
            kept = self._workspace.kept(kind)
            for entity in (*kept.added, *(changed for changed, _ in kept.changed)):
                self._published.entities[account_id, kind, entity.id] = entity
        self._published.journals[account_id] = (*self._published.journals.get(account_id, ()), *changes)
        if self._notifier is not None and changes:
            self._notifier.notify(account_id)


class MemoryUnits(UnitsOfWork, ApiTokenLookup):
    """One store, shared by every unit opened on it."""

    def __init__(self, clock: Clock | None = None, notifier: Notifier | None = None) -> None:
        self._clock = clock or SystemClock()
        self._notifier = notifier
        self._store = Store()
        self._writers: defaultdict[AccountId, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def reading(self, actor: Actor, scope: Scope) -> AsyncGenerator[ReadUnit]:
        require(actor, scope)
        yield MemoryReadUnit(self._store.copy(), actor)

    @asynccontextmanager
    async def writing(self, actor: Actor, scope: Scope) -> AsyncGenerator[WriteUnit]:
        require(actor, scope)
        async with self._writers[actor.account_id]:
            yield MemoryWriteUnit(self._store, actor, self._clock, self._notifier)

    async def find(self, account_id: AccountId, token_id: ApiTokenId) -> ApiToken | None:
        return self._store.find(account_id, EntityKind.API_TOKEN, token_id)

    async def note_use(self, token: ApiToken, now: datetime) -> None:
        key = (token.account_id, EntityKind.API_TOKEN, token.id)
        self._store.entities[key] = replace(self._store.entities[key], last_used_at=now)


class MemoryDenials(Denials):
    """Nobody is denied but whom `deny` names."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str], datetime] = {}

    def deny(self, issuer: str, subject: str, before: datetime) -> None:
        """Refuse the subject's tokens issued until then."""
        self._before[issuer, subject] = before

    async def revoked_before(self, issuer: str, subject: str) -> datetime | None:
        return self._before.get((issuer, subject))
