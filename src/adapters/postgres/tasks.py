"""Tasks in PostgreSQL, to look at. Every statement names the owner, though row security would add it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    all_,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import ScalarSelect

from adapters.postgres.filters import condition
from adapters.postgres.mapping import Mapper, table_of
from adapters.postgres.sorting import beyond, ordering
from adapters.postgres.tables import BlockerRow, ProjectRow, TaskLabelRow, TaskRow
from application.ports import TaskReads
from application.views import Progress, TaskQuery, TaskView
from domain.access import Actor, own
from domain.errors import TaskNotFound
from domain.ids import TaskId
from domain.task import OPEN, Task

TASKS = Mapper(Task, TaskRow)
_T = TASKS.table.c
_B = table_of(BlockerRow).c
_L = table_of(TaskLabelRow).c
_P = table_of(ProjectRow).c
_NOTHING: ColumnElement[int] = literal_column("0")


def _subtasks(*, closed: bool) -> ScalarSelect[int]:
    other = TASKS.table.alias()
    chosen = [other.c.account_id == _T.account_id, other.c.parent_id == _T.id, other.c.deleted_at.is_(None)]
    if closed:
        chosen.append(other.c.status.not_in(sorted(OPEN)))
    return select(func.count()).select_from(other).where(*chosen).scalar_subquery()


def _open_blockers() -> ColumnElement[int]:
    other = TASKS.table.alias()
    blocking = (
        select(func.count())
        .select_from(
            _B.task_id.table.join(
                other, (other.c.account_id == _B.account_id) & (other.c.id == _B.blocker_id)
            )
        )
        .where(
            _B.account_id == _T.account_id,
            _B.task_id == _T.id,
            other.c.deleted_at.is_(None),
            other.c.status.in_(sorted(OPEN)),
        )
        .scalar_subquery()
    )
    return case((func.cardinality(_T.blocked_by) == 0, _NOTHING), else_=blocking)


_VIEW = TASKS.select.add_columns(
    _subtasks(closed=False).label("subtasks"),
    _subtasks(closed=True).label("closed"),
    _open_blockers().label("blockers"),
)


class PostgresTaskReads(TaskReads):
    """The actor's tasks over one open transaction."""

    def __init__(self, connection: AsyncConnection, actor: Actor) -> None:
        self._connection = connection
        self._actor = actor

    async def get(self, task_id: TaskId) -> TaskView:
        row = (await self._connection.execute(_live(self._actor).where(_T.id == task_id))).one_or_none()
        return _viewed(self._actor, row)

    async def page(self, query: TaskQuery) -> Sequence[TaskView]:
        statement = _live(self._actor).where(*_conditions(self._actor, query))
        if query.start is not None:
            statement = statement.where(beyond(query.sort, query.start, self._actor))
        statement = statement.order_by(*ordering(query.sort, self._actor)).limit(query.limit)
        return [_viewed(self._actor, row) for row in await self._connection.execute(statement)]

    async def count(self, query: TaskQuery) -> int:
        counted = select(func.count()).select_from(TASKS.table)
        counted = counted.where(*_mine(self._actor), *_conditions(self._actor, query))
        return (await self._connection.execute(counted)).scalar_one()


def _live(actor: Actor) -> Select[Any]:
    return _VIEW.where(*_mine(actor))


def _mine(actor: Actor) -> list[ColumnElement[bool]]:
    return [_T.account_id == actor.account_id, _T.deleted_at.is_(None)]


def _viewed(actor: Actor, row: Sequence[Any] | None) -> TaskView:
    task = own(actor, None if row is None else TASKS.load(row[:-3]), TaskNotFound)
    if row is None:
        raise TaskNotFound
    return TaskView(task, Progress(row[-3], row[-2]), row[-1])


def _conditions(actor: Actor, query: TaskQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.statuses:
        found.append(_T.status.in_(sorted(query.statuses)))
    for name, values in query.where.items():
        found.append(_is_one_of(actor, name, set(values)))
    if query.filter is not None:
        found.append(condition(query.filter.root, actor))
    if not (query.names_place or query.everywhere):
        archived = _archived(actor) if query.archived is None else query.archived
        found.append(_T.project_id.is_(None) | _T.project_id.not_in(archived))
    if query.without:
        found.append(_T.id != all_(cast(literal(sorted(query.without), ARRAY(Uuid)), ARRAY(Uuid))))
    return found


def _is_one_of(actor: Actor, name: str, values: set[Any]) -> ColumnElement[bool]:
    if name == "labels":
        mine = (_L.account_id == actor.account_id, _L.label_id.in_(values))
        return _T.id.in_(select(_L.task_id).where(*mine))
    present = _T[name].in_(values - {None})
    return present | _T[name].is_(None) if None in values else present


def _archived(actor: Actor) -> Select[Any]:
    return select(_P.id).where(_P.account_id == actor.account_id, _P.archived_at.is_not(None))
