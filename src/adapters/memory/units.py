"""Units of work over a store: each sees a copy, and commits by publishing what it has done."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from adapters.clock import SystemClock
from adapters.memory.arranged import MemoryArrangements
from adapters.memory.places import MemoryPlaces
from adapters.memory.repositories import (
    MemoryChanges,
    MemoryEntities,
    MemoryNotes,
    MemorySource,
)
from adapters.memory.search import MemorySearch
from adapters.memory.store import Store
from adapters.memory.tasks import MemoryTaskReads
from application.entities import Entities
from application.integrity import check
from application.ports import (
    ApiTokenLookup,
    Clock,
    Notifier,
    ReadUnit,
    UnitsOfWork,
    WriteUnit,
)
from application.views import Mark, Rehearsed
from application.workspace import Workspace
from domain.access import Actor, Scope, require
from domain.answer import Answer
from domain.api_token import ApiToken
from domain.change import Change, EntityKind
from domain.errors import IdTaken
from domain.ids import AccountId, ApiTokenId
from domain.usage import LIMITS, Limits


class MemoryReadUnit(ReadUnit):
    """A snapshot."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self.tasks = MemoryTaskReads(snapshot, actor)
        self.arranged = MemoryArrangements(snapshot, actor)
        self.search = MemorySearch(snapshot, actor)
        self.changes = MemoryChanges(snapshot, actor)
        self.entities = MemoryEntities(snapshot, actor)
        self.places = MemoryPlaces(snapshot, actor)


class MemoryWriteUnit(WriteUnit):
    """A workspace over a snapshot, published by commit."""

    def __init__(
        self,
        published: Store,
        actor: Actor,
        key: bytes | None,
        clock: Clock,
        notifier: Notifier | None,
        limits: Limits,
    ) -> None:
        self._published = published
        self._notifier = notifier
        self._at = clock.now()
        self._head = published.head(actor.account_id)
        snapshot = published.copy()
        self._workspace = Workspace(actor, snapshot.counts.get(actor.account_id))
        self.entities = Entities(self._workspace, MemorySource(snapshot, actor), limits)
        self.changes = MemoryChanges(snapshot, actor)
        self.notes = MemoryNotes(snapshot, self._workspace)
        self.answered = None if key is None else snapshot.notes.get((actor.account_id, Answer, key))

    def act_as(self, actor: Actor) -> None:
        self._workspace.act_as(actor)

    def mark(self) -> Mark:
        return self._workspace.mark()

    def rewind(self, mark: Mark) -> None:
        self._workspace.rewind(mark)

    def made(self) -> Sequence[Change]:
        return self._workspace.changes(self._head, self._at)

    async def rehearse(self) -> Rehearsed:
        await self._check()
        return Rehearsed(self.made(), self._workspace.seen_versions)

    async def commit(self) -> None:
        await self._check()
        account_id = self._workspace.actor.account_id
        for note in self._workspace.notes:
            key = note.digest if isinstance(note, Answer) else note.id
            self._published.notes[account_id, type(note), key] = note
        changes = self.made()
        for kind in EntityKind:
            kept = self._workspace.kept(kind)
            for entity in (*kept.added, *(changed for changed, _ in kept.changed)):
                self._published.entities[account_id, kind, entity.id] = entity
            for entity in kept.removed:
                del self._published.entities[account_id, kind, entity.id]
        self._published.counts[account_id] = self._workspace.counts
        self._published.journals[account_id] = (*self._published.journals.get(account_id, ()), *changes)
        if self._notifier is not None and changes:
            self._notifier.notify(account_id)

    async def _check(self) -> None:
        """What a database would: no id twice."""
        await check(self.entities)
        account_id = self._workspace.actor.account_id
        for kind in EntityKind:
            for entity in self._workspace.kept(kind).added:
                if self._published.find(account_id, kind, entity.id) is not None:
                    raise IdTaken


class MemoryUnits(UnitsOfWork, ApiTokenLookup):
    """One store, shared by every unit opened on it."""

    def __init__(
        self, clock: Clock | None = None, notifier: Notifier | None = None, limits: Limits = LIMITS
    ) -> None:
        self._limits = limits
        self._clock = clock or SystemClock()
        self._notifier = notifier
        self._store = Store()
        self._writers: defaultdict[AccountId, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def reading(self, actor: Actor, scope: Scope) -> AsyncGenerator[ReadUnit]:
        require(actor, scope)
        yield MemoryReadUnit(self._store.copy(), actor)

    @asynccontextmanager
    async def writing(
        self, actor: Actor, scope: Scope, key: bytes | None = None
    ) -> AsyncGenerator[WriteUnit]:
        require(actor, scope)
        async with self._writers[actor.account_id]:
            yield MemoryWriteUnit(self._store, actor, key, self._clock, self._notifier, self._limits)

    @property
    def store(self) -> Store:
        """What is kept."""
        return self._store

    async def find(self, account_id: AccountId, token_id: ApiTokenId) -> ApiToken | None:
        return self._store.find(account_id, EntityKind.API_TOKEN, token_id)

    async def note_use(self, token: ApiToken, now: datetime) -> None:
        key = (token.account_id, EntityKind.API_TOKEN, token.id)
        self._store.entities[key] = replace(self._store.entities[key], last_used_at=now)
