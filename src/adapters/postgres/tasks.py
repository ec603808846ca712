"""Tasks in PostgreSQL. Every statement names the owner, though row security would add it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, insert, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.mapping import Mapper
from adapters.postgres.tables import TaskRow
from application.ports import TaskReads, TaskRepository
from application.views import TaskQuery
from domain.access import Actor, own
from domain.errors import StaleVersion, TaskNotFound
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

    def __init__(self, connection: AsyncConnection, actor: Actor) -> None:
        self._connection = connection
        self._actor = actor

    async def get(self, task_id: TaskId, *, trashed: bool = False) -> Task:
        chosen = _owned(self._actor) if trashed else _live(self._actor)
        return await _one(self._connection, self._actor, chosen.where(_T.id == task_id))

    async def add(self, task: Task) -> None:
        own(self._actor, task, TaskNotFound)
        await self._connection.execute(insert(TASKS.table), TASKS.values(task))

    async def save(self, task: Task, *, seen: int) -> None:
        own(self._actor, task, TaskNotFound)
        changed = await self._connection.execute(
            update(TASKS.table)
            .where(_T.account_id == self._actor.account_id, _T.id == task.id, _T.version == seen)
            .values(TASKS.values(task))
        )
        if changed.rowcount == 0:
            raise StaleVersion(await self.get(task.id, trashed=True))


def _owned(actor: Actor) -> Select[Any]:
    return TASKS.select.where(_T.account_id == actor.account_id)


def _live(actor: Actor) -> Select[Any]:
    return _owned(actor).where(_T.deleted_at.is_(None))


async def _one(connection: AsyncConnection, actor: Actor, statement: Select[Any]) -> Task:
    row = (await connection.execute(statement)).one_or_none()
    return own(actor, None if row is None else TASKS.load(row), TaskNotFound)
