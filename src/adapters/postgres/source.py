"""What is stored of an account, for a unit of work that changes it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from adapters.postgres.entities import MAPPERS, fitting, loaded, owned
from adapters.postgres.mapping import table_of
from adapters.postgres.shapes import among
from adapters.postgres.snapshot import Runs
from adapters.postgres.tables import BlockerRow
from adapters.postgres.tasks import TASKS
from application.ports import EntitySource
from application.views import Criteria, Edge, Progress
from domain.access import Actor
from domain.change import EntityKind
from domain.task import OPEN

_T = TASKS.table.c
_B = table_of(BlockerRow).c


class PostgresSource(EntitySource):
    """The actor's entities in a transaction that holds the account's lock."""

    def __init__(self, connection: Runs, actor: Actor) -> None:
        self._connection = connection
        self._actor = actor

    async def fetch(self, kind: EntityKind, where: Criteria) -> Sequence[Any]:
        chosen = owned(kind, self._actor).where(*fitting(kind, self._actor, where))
        return await loaded(self._connection, self._actor, kind, chosen)

    async def neighbours(
        self, kind: EntityKind, where: Criteria, rank: str, *, forward: bool, limit: int
    ) -> Sequence[Any]:
        key = MAPPERS[kind].table.c.rank
        chosen = owned(kind, self._actor).where(*fitting(kind, self._actor, where))
        chosen = chosen.where(key > rank if forward else key < rank)
        chosen = chosen.order_by(key if forward else key.desc()).limit(limit)
        return await loaded(self._connection, self._actor, kind, chosen)

    async def trashed(self, kind: EntityKind, until: datetime, limit: int) -> Sequence[Any]:
        columns = MAPPERS[kind].table.c
        chosen = owned(kind, self._actor).where(columns.deleted_at <= until)
        chosen = chosen.order_by(columns.deleted_at, columns.id).limit(limit)
        return await loaded(self._connection, self._actor, kind, chosen)

    async def progress(self, task_ids: Collection[UUID]) -> Mapping[UUID, Progress]:
        closed = func.count().filter(~among(_T.status, OPEN))
        counted = (
            select(_T.parent_id, func.count().label("total"), closed.label("closed"))
            .where(
                _T.account_id == self._actor.account_id, _T.parent_id.in_(task_ids), _T.deleted_at.is_(None)
            )
            .group_by(_T.parent_id)
        )
        rows = await self._connection.execute(counted)
        return {row.parent_id: Progress(row.total, row.closed) for row in rows}

    async def blocking(self, task_ids: Collection[UUID]) -> Sequence[Edge]:
        mine = _B.account_id == self._actor.account_id
        reached = select(_B.task_id, _B.blocker_id).where(mine, _B.task_id.in_(task_ids)).cte(recursive=True)
        onward = select(_B.task_id, _B.blocker_id).where(mine, _B.task_id == reached.c.blocker_id)
        edges = select(reached.union(onward))
        return [(row.task_id, row.blocker_id) for row in await self._connection.execute(edges)]
