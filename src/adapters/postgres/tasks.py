"""Tasks in PostgreSQL. Every statement names the owner, though row security would add it."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.mapping import Mapper
from adapters.postgres.tables import TaskRow
from application.ports import TaskReads, TaskRepository
from application.views import TaskQuery
from application.workspace import Workspace
from domain.access import Actor, own
from domain.change import EntityKind
from domain.errors import TaskNotFound
from domain.ids import TaskId
from domain.task import Task

TASKS = Mapper(Task, TaskRow)
_T = TASKS.table.c


class PostgresTaskReads(TaskReads):
    """The actor's tasks over one open transaction."""

    def __init__(self, connection: AsyncConnection, actor: Actor) -> None:
        self._connection = connection
        self._actor = actor

    async def get(self, task_id: TaskId) -> Task:
        return await _one(self._connection, self._actor, _live(self._actor).where(_T.id == task_id))

    async def page(self, query: TaskQuery) -> Sequence[Task]:
        statement = _live(self._actor).order_by(_T.created_at.desc(), _T.id.desc()).limit(query.limit)
        if query.statuses:
            statement = statement.where(_T.status.in_(sorted(query.statuses)))
        if query.after is not None:
            statement = statement.where(
                tuple_(_T.created_at, _T.id) < tuple_(query.after.created_at, query.after.id)
            )
        rows = await self._connection.execute(statement)
        return [own(self._actor, TASKS.load(row), TaskNotFound) for row in rows]


class PostgresTasks(TaskRepository):
    """The actor's tasks in a transaction that holds the account's lock."""

    def __init__(self, connection: AsyncConnection, workspace: Workspace) -> None:
        self._connection = connection
        self._workspace = workspace

    async def get(self, task_id: TaskId, *, trashed: bool = False) -> Task:
        task = self._workspace.find(EntityKind.TASK, task_id) or await self._load(task_id)
        if task.deleted_at is not None and not trashed:
            raise TaskNotFound
        return task

    async def load(self, task_ids: Collection[UUID]) -> None:
        actor = self._workspace.actor
        rows = await self._connection.execute(_owned(actor).where(_T.id.in_(task_ids)))
        for row in rows:
            self._workspace.remember(own(actor, TASKS.load(row), TaskNotFound))

    async def add(self, task: Task) -> None:
        self._workspace.add(task)

    async def save(self, before: Task, after: Task, verb: str, reverts: int | None = None) -> None:
        await self.get(before.id, trashed=True)
        self._workspace.save(before, after, verb, reverts)

    async def _load(self, task_id: TaskId) -> Task:
        actor = self._workspace.actor
        found = await _one(self._connection, actor, _owned(actor).where(_T.id == task_id))
        return self._workspace.remember(found)


def _owned(actor: Actor) -> Select[Any]:
    return TASKS.select.where(_T.account_id == actor.account_id)


def _live(actor: Actor) -> Select[Any]:
    return _owned(actor).where(_T.deleted_at.is_(None))


async def _one(connection: AsyncConnection, actor: Actor, statement: Select[Any]) -> Task:
    row = (await connection.execute(statement)).one_or_none()
    return own(actor, None if row is None else TASKS.load(row), TaskNotFound)
