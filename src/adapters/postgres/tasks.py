"""Tasks in PostgreSQL, to look at. Every statement names the owner, though row security would add it.

A statement is composed once for all queries of the same shape.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

import orjson
from asyncpg import Record
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    all_,
    bindparam,
    case,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, array

from adapters.postgres.filters import condition
from adapters.postgres.mapping import Mapper, table_of
from adapters.postgres.shapes import Shape, Slot, among, shape_of
from adapters.postgres.snapshot import SOMEBODY, Prepared, Snapshot, Somebody
from adapters.postgres.sorting import beyond, ordering
from adapters.postgres.tables import BlockerRow, ProjectRow, TaskLabelRow, TaskRow
from application.ports import TaskReads
from application.views import Progress, TaskQuery, TaskShown, TaskView
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
_SHAPES_MAX = 2_000


def _subtasks() -> ColumnElement[Any]:
    """How many there are, and how many of them are closed."""
    other = TASKS.table.alias()
    mine = [other.c.account_id == _T.account_id, other.c.parent_id == _T.id, other.c.deleted_at.is_(None)]
    closed = func.count().filter(~among(other.c.status, OPEN))
    return select(array([func.count(), closed])).select_from(other).where(*mine).scalar_subquery()


def _open_blockers() -> ColumnElement[int]:
    other = TASKS.table.alias()
    tied = (other.c.account_id == _B.account_id) & (other.c.id == _B.blocker_id)
    blocking = (
        select(func.count())
        .select_from(_B.task_id.table.join(other, tied))
        .where(
            _B.account_id == _T.account_id,
            _B.task_id == _T.id,
            other.c.deleted_at.is_(None),
            among(other.c.status, OPEN),
        )
        .scalar_subquery()
    )
    return case((func.cardinality(_T.blocked_by) == _NOTHING, _NOTHING), else_=blocking)


_VIEW = TASKS.select.add_columns(_subtasks().label("subtasks"), _open_blockers().label("blockers"))
# A list within a row goes by text: it is nearly always empty, and is read here then.
_LISTS = ("checklist", "links")
_MADE: Mapping[str, ColumnElement[Any]] = {
    "subtasks": _subtasks(),
    "blocked_by_open": _open_blockers(),
    **{name: _T[name].cast(Text) for name in _LISTS},
}
_NEEDS = {"ready": ("status", "blocked_by_open")}
_MINE = (_T.account_id == SOMEBODY.account_id, _T.deleted_at.is_(None))
_GET = Prepared(_VIEW.where(*_MINE, _T.id == bindparam("id", type_=Uuid, required=False)))


class PostgresTaskReads(TaskReads):
    """The actor's tasks in a snapshot."""

    def __init__(self, snapshot: Snapshot, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor
        self._owner = {"account_id": actor.account_id}

    async def get(self, task_id: TaskId) -> TaskView:
        rows = await self._snapshot.fetch(_GET, {**self._owner, "id": task_id})
        return _viewed(self._actor, rows[0] if rows else None)

    async def page(self, query: TaskQuery) -> Sequence[TaskView]:
        shape, values = shape_of(query)
        rows = await self._snapshot.fetch(_whole(shape), {**self._owner, **values})
        return [_viewed(self._actor, row) for row in rows]

    async def shown(self, query: TaskQuery, fields: tuple[str, ...]) -> Sequence[TaskShown]:
        shape, values = shape_of(query)
        rows = await self._snapshot.fetch(_some(shape, fields), {**self._owner, **values})
        for account_id in {row["account_id"] for row in rows}:
            own(self._actor, Somebody(account_id), TaskNotFound)
        return [_shown(row, fields) for row in rows]

    async def count(self, query: TaskQuery) -> int:
        shape, values = shape_of(query)
        rows = await self._snapshot.fetch(_count(shape), {**self._owner, **values})
        return cast(int, rows[0][0])


@lru_cache(_SHAPES_MAX)
def _whole(shape: Shape) -> Prepared:
    return Prepared(_page(_VIEW, shape))


@lru_cache(_SHAPES_MAX)
def _some(shape: Shape, fields: tuple[str, ...]) -> Prepared:
    """The owner, then the fields and what they are made of."""
    made_of = dict.fromkeys(part for name in fields for part in _NEEDS.get(name, (name,)))
    columns = [_MADE[name].label(name) if name in _MADE else _T[name] for name in made_of]
    return Prepared(_page(select(_T.account_id, *columns), shape))


@lru_cache(_SHAPES_MAX)
def _count(shape: Shape) -> Prepared:
    return Prepared(select(func.count()).select_from(TASKS.table).where(*_MINE, *_conditions(shape)))


def _page(chosen: Select[Any], shape: Shape) -> Select[Any]:
    chosen = chosen.where(*_MINE, *_conditions(shape))
    if shape.start is not None:
        chosen = chosen.where(beyond(shape.sort, shape.start, SOMEBODY))
    ordered = chosen.order_by(*ordering(shape.sort, SOMEBODY))
    return ordered.limit(bindparam("limit", type_=Integer, required=False))


def _viewed(actor: Actor, row: Record | None) -> TaskView:
    task = own(actor, None if row is None else TASKS.read(row), TaskNotFound)
    if row is None:
        raise TaskNotFound
    return TaskView(task, Progress(*row["subtasks"]), row["blockers"])


def _shown(row: Record, fields: tuple[str, ...]) -> TaskShown:
    found: dict[str, Any] = dict(row)
    del found["account_id"]
    for name in _LISTS:
        if name in found:
            found[name] = () if found[name] == "[]" else orjson.loads(found[name])
    if "subtasks" in found:
        total, closed = found["subtasks"]
        found["subtasks"] = {"total": total, "closed": closed}
    if "ready" in fields:
        found["ready"] = not found["blocked_by_open"] and found["status"] in OPEN
        if len(found) > len(fields):
            found = {name: found[name] for name in fields}
    return cast(TaskShown, found)


def _conditions(shape: Shape) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if shape.statuses:
        found.append(_T.status.in_([slot.parameter(_T.status.type) for slot in shape.statuses]))
    found += [_is_one_of(name, slots) for name, slots in shape.where]
    if shape.root is not None:
        found.append(condition(shape.root, SOMEBODY))
    if not shape.everywhere:
        archived = _archived() if shape.archived is None else _none_of(_T.project_id, shape.archived)
        found.append(_T.project_id.is_(None) | archived)
    if shape.without:
        found.append(_none_of(_T.id, shape.without))
    return found


def _is_one_of(name: str, slots: Sequence[Slot | None]) -> ColumnElement[bool]:
    if name == "labels":
        labelled = _L.label_id.in_([slot.parameter(_L.label_id.type) for slot in slots if slot])
        return _T.id.in_(select(_L.task_id).where(_L.account_id == SOMEBODY.account_id, labelled))
    present = _T[name].in_([slot.parameter(_T[name].type) for slot in slots if slot])
    return present | _T[name].is_(None) if None in slots else present


def _none_of(column: ColumnElement[Any], ids: Slot) -> ColumnElement[bool]:
    return column != all_(ids.parameter(ARRAY(Uuid)))


def _archived() -> ColumnElement[bool]:
    mine = (_P.account_id == SOMEBODY.account_id, _P.archived_at.is_not(None))
    return _T.project_id.not_in(select(_P.id).where(*mine))
