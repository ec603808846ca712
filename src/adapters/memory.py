"""The same ports over dictionaries, for tests and for running the application with no database.

It passes the contract suite that PostgreSQL passes: a unit of work sees a copy, one writer per
account at a time, and nothing is kept before the commit.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from application.ports import ReadUnit, TaskReads, TaskRepository, UnitsOfWork, WriteUnit
from application.views import TaskQuery
from domain.access import Actor, Scope, own, require
from domain.errors import StaleVersion, TaskIdTaken, TaskNotFound
from domain.ids import AccountId, TaskId
from domain.task import Task

TasksById = dict[tuple[AccountId, TaskId], Task]


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


class MemoryReadUnit(ReadUnit):
    """A snapshot."""

    def __init__(self, tasks: TasksById, actor: Actor) -> None:
        self.tasks = MemoryTaskReads(tasks, actor)


class MemoryWriteUnit(WriteUnit):
    """A working copy, published by commit."""

    def __init__(self, published: TasksById, actor: Actor) -> None:
        self._published = published
        self._actor = actor
        self._working = dict(published)
        self.tasks = MemoryTasks(self._working, actor)

    async def commit(self) -> None:
        mine = {key: task for key, task in self._working.items() if key[0] == self._actor.account_id}
        self._published.update(mine)


class MemoryUnits(UnitsOfWork):
    """One store, shared by every unit opened on it. Entities are frozen, so a shallow copy is a copy."""

    def __init__(self) -> None:
        self._tasks: TasksById = {}
        self._writers: defaultdict[AccountId, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def reading(self, actor: Actor, scope: Scope) -> AsyncGenerator[ReadUnit]:
        require(actor, scope)
        yield MemoryReadUnit(dict(self._tasks), actor)

    @asynccontextmanager
    async def writing(self, actor: Actor, scope: Scope) -> AsyncGenerator[WriteUnit]:
        require(actor, scope)
        async with self._writers[actor.account_id]:
            yield MemoryWriteUnit(self._tasks, actor)


def _any(tasks: TasksById, actor: Actor, task_id: TaskId) -> Task:
    return own(actor, tasks.get((actor.account_id, task_id)), TaskNotFound)


def _live(tasks: TasksById, actor: Actor, task_id: TaskId) -> Task:
    task = _any(tasks, actor, task_id)
    if task.deleted_at is not None:
        raise TaskNotFound
    return task
