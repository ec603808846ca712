"""The same ports over dictionaries, for tests and for running the application with no database.

It passes the contract suite that PostgreSQL passes: a unit of work sees a copy, one writer per
account at a time, and nothing is kept before the commit.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from application.ports import (
    ApiTokenLookup,
    ApiTokenReads,
    ApiTokenRepository,
    Denials,
    ReadUnit,
    TaskReads,
    TaskRepository,
    UnitsOfWork,
    WriteUnit,
)
from application.views import TaskQuery
from domain.access import Actor, Scope, own, require
from domain.api_token import ApiToken
from domain.errors import ApiTokenNotFound, StaleVersion, TaskIdTaken, TaskNotFound
from domain.ids import AccountId, ApiTokenId, TaskId
from domain.task import Task

TasksById = dict[tuple[AccountId, TaskId], Task]
ApiTokensById = dict[tuple[AccountId, ApiTokenId], ApiToken]


@dataclass
class Store:
    """Everything that is kept. Entities are frozen, so a shallow copy is a copy."""

    tasks: TasksById = field(default_factory=TasksById)
    api_tokens: ApiTokensById = field(default_factory=ApiTokensById)

    def copy(self) -> "Store":
        """What a unit of work sees."""
        return Store(dict(self.tasks), dict(self.api_tokens))

    def publish(self, working: "Store", account_id: AccountId) -> None:
        """Take over what a unit of work of the account has changed."""
        self.tasks.update({key: task for key, task in working.tasks.items() if key[0] == account_id})
        self.api_tokens.update(
            {key: token for key, token in working.api_tokens.items() if key[0] == account_id}
        )


class MemoryTaskReads(TaskReads):
    """The actor's tasks in a snapshot."""

    def __init__(self, tasks: TasksById, actor: Actor) -> None:
        self._tasks = tasks
        self._actor = actor

    async def get(self, task_id: TaskId) -> Task:
        return _live(self._tasks, self._actor, task_id)

    async def page(self, query: TaskQuery) -> Sequence[Task]:
        mine = [
            task
            for task in self._tasks.values()
            if task.account_id == self._actor.account_id
            and task.deleted_at is None
            and (not query.statuses or task.status in query.statuses)
            and (query.after is None or (task.created_at, task.id) < (query.after.created_at, query.after.id))
        ]
        return sorted(mine, key=lambda task: (task.created_at, task.id), reverse=True)[: query.limit]


class MemoryTasks(TaskRepository):
    """The actor's tasks in a working copy."""

    def __init__(self, tasks: TasksById, actor: Actor) -> None:
        self._tasks = tasks
        self._actor = actor

    async def get(self, task_id: TaskId, *, trashed: bool = False) -> Task:
        return (_any if trashed else _live)(self._tasks, self._actor, task_id)

    async def add(self, task: Task) -> None:
        own(self._actor, task, TaskNotFound)
        if (task.account_id, task.id) in self._tasks:
            raise TaskIdTaken
        self._tasks[task.account_id, task.id] = task

    async def save(self, task: Task, *, seen: int) -> None:
        own(self._actor, task, TaskNotFound)
        current = _any(self._tasks, self._actor, task.id)
        if current.version != seen:
            raise StaleVersion(current)
        self._tasks[task.account_id, task.id] = task


class MemoryApiTokenReads(ApiTokenReads):
    """The actor's API tokens in a snapshot."""

    def __init__(self, tokens: ApiTokensById, actor: Actor) -> None:
        self._tokens = tokens
        self._actor = actor

    async def all(self) -> Sequence[ApiToken]:
        mine = [token for token in self._tokens.values() if token.account_id == self._actor.account_id]
        return sorted(mine, key=lambda token: (token.created_at, token.id), reverse=True)


class MemoryApiTokens(MemoryApiTokenReads, ApiTokenRepository):
    """The actor's API tokens in a working copy."""

    async def get(self, token_id: ApiTokenId) -> ApiToken:
        return own(self._actor, self._tokens.get((self._actor.account_id, token_id)), ApiTokenNotFound)

    async def add(self, token: ApiToken) -> None:
        own(self._actor, token, ApiTokenNotFound)
        self._tokens[token.account_id, token.id] = token

    async def save(self, token: ApiToken) -> None:
        own(self._actor, token, ApiTokenNotFound)
        kept = await self.get(token.id)
        self._tokens[token.account_id, token.id] = replace(kept, revoked_at=token.revoked_at)


class MemoryReadUnit(ReadUnit):
    """A snapshot."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self.tasks = MemoryTaskReads(snapshot.tasks, actor)
        self.api_tokens = MemoryApiTokenReads(snapshot.api_tokens, actor)


class MemoryWriteUnit(WriteUnit):
    """A working copy, published by commit."""

    def __init__(self, published: Store, actor: Actor) -> None:
        self._published = published
        self._actor = actor
        self._working = published.copy()
        self.tasks = MemoryTasks(self._working.tasks, actor)
        self.api_tokens = MemoryApiTokens(self._working.api_tokens, actor)

    async def commit(self) -> None:
        self._published.publish(self._working, self._actor.account_id)


class MemoryUnits(UnitsOfWork, ApiTokenLookup):
    """One store, shared by every unit opened on it."""

    def __init__(self) -> None:
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
            yield MemoryWriteUnit(self._store, actor)

    async def find(self, account_id: AccountId, token_id: ApiTokenId) -> ApiToken | None:
        return self._store.api_tokens.get((account_id, token_id))

    async def note_use(self, token: ApiToken, now: datetime) -> None:
        kept = self._store.api_tokens[token.account_id, token.id]
        self._store.api_tokens[token.account_id, token.id] = replace(kept, last_used_at=now)


class MemoryDenials(Denials):
    """Nobody is denied but whom `deny` names."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str], datetime] = {}

    def deny(self, issuer: str, subject: str, before: datetime) -> None:
        """Refuse the subject's tokens issued until then."""
        self._before[issuer, subject] = before

    async def revoked_before(self, issuer: str, subject: str) -> datetime | None:
        return self._before.get((issuer, subject))


def _any(tasks: TasksById, actor: Actor, task_id: TaskId) -> Task:
    return own(actor, tasks.get((actor.account_id, task_id)), TaskNotFound)


def _live(tasks: TasksById, actor: Actor, task_id: TaskId) -> Task:
    task = _any(tasks, actor, task_id)
    if task.deleted_at is not None:
        raise TaskNotFound
    return task
