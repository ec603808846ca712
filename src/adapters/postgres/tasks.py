"""Tasks in PostgreSQL, to look at. Every statement names the owner, though row security would add it.

A statement is composed once for all queries of the same shape.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from asyncpg import Record
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Uuid,
    all_,
    any_,
    bindparam,
    column,
    func,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.postgres import summary
from adapters.postgres.filters import condition
from adapters.postgres.mapping import Mapper, table_of
from adapters.postgres.shapes import Shape, Slot, constant, number, shape_of
from adapters.postgres.showing import open_blockers, showing, subtasks
from adapters.postgres.snapshot import SOMEBODY, Prepared, Snapshot, Somebody
from adapters.postgres.sorting import beyond, ordering
from adapters.postgres.tables import ProjectRow, TaskLabelRow, TaskRow
from application.ports import TaskReads
from application.views import NEWEST_FIRST, Progress, TaskQuery, TaskShown, TaskView
from domain.access import Actor, own
from domain.errors import TaskNotFound
from domain.ids import TaskId
from domain.summary import Days, Summary
from domain.task import Task

TASKS = Mapper(Task, TaskRow)
_T = TASKS.table.c
_L = table_of(TaskLabelRow).c
_P = table_of(ProjectRow).c
_SHAPES_MAX = 256


VIEW = TASKS.select.add_columns(subtasks().label("subtasks"), open_blockers().label("blockers"))
_IDS: BindParameter[Any] = bindparam("ids", type_=ARRAY(Uuid), required=False)
_LIMIT = number("limit")
_ID: BindParameter[Any] = bindparam("id", type_=Uuid, required=False)
MINE = (_T.account_id == SOMEBODY.account_id, _T.deleted_at.is_(None))
_GET = Prepared(VIEW.where(*MINE, _T.id == _ID))


class PostgresTaskReads(TaskReads):
    """The actor's tasks in a snapshot."""

    def __init__(self, snapshot: Snapshot, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor
        self._owner = {"account_id": actor.account_id}

    async def get(self, task_id: TaskId) -> TaskView:
        rows = await self._snapshot.fetch(_GET, {**self._owner, "id": task_id})
        return viewed(self._actor, rows[0] if rows else None)

    async def one(self, task_id: TaskId, fields: tuple[str, ...]) -> TaskShown:
        found = await self._read(_one(fields), fields, {"id": task_id})
        if not found:
            raise TaskNotFound
        return found[0]

    async def page(self, query: TaskQuery) -> Sequence[TaskView]:
        shape, values = shape_of(query)
        rows = await self._snapshot.fetch(_whole(shape), {**self._owner, **values})
        return [viewed(self._actor, row) for row in rows]

    async def shown(self, query: TaskQuery, fields: tuple[str, ...]) -> Sequence[TaskShown]:
        shape, values = shape_of(query)
        return await self._read(_some(shape, fields), fields, values)

    async def _read(
        self, prepared: Prepared, fields: tuple[str, ...], values: Mapping[str, Any]
    ) -> Sequence[TaskShown]:
        rows = await self._snapshot.fetch(prepared, {**self._owner, **values})
        for account_id in {row[-1] for row in rows}:
            own(self._actor, Somebody(UUID(account_id)), TaskNotFound)
        return list(map(showing(fields).of, rows))

    async def some(self, task_ids: Collection[UUID], fields: tuple[str, ...]) -> Sequence[TaskShown]:
        return await self._read(_by_id(fields), fields, {"ids": list(task_ids)})

    async def below(
        self, task_ids: Collection[UUID], limit: int, fields: tuple[str, ...]
    ) -> Sequence[TaskShown]:
        return await self._read(_below(fields), fields, {"ids": list(task_ids), "limit": limit})

    async def count(self, query: TaskQuery) -> int:
        shape, values = shape_of(query)
        of_all = replace(shape, sort=NEWEST_FIRST, start=None, limit=0)
        rows = await self._snapshot.fetch(_count(of_all), {**self._owner, **values})
        return cast(int, rows[0][0])

    async def summary(self, days: Days) -> Summary:
        return summary.read(await self._snapshot.execute(summary.counted(self._actor, days)), days)


@lru_cache(_SHAPES_MAX)
def _whole(shape: Shape) -> Prepared:
    return Prepared(_page(VIEW, shape))


@lru_cache(_SHAPES_MAX)
def _some(shape: Shape, fields: tuple[str, ...]) -> Prepared:
    return Prepared(_page(select(*showing(fields).columns), shape))


@lru_cache(_SHAPES_MAX)
def _one(fields: tuple[str, ...]) -> Prepared:
    return Prepared(select(*showing(fields).columns).where(*MINE, _T.id == _ID))


@lru_cache(_SHAPES_MAX)
def _by_id(fields: tuple[str, ...]) -> Prepared:
    return Prepared(_each(select(*showing(fields).columns)))


@lru_cache(_SHAPES_MAX)
def _below(fields: tuple[str, ...]) -> Prepared:
    place = func.row_number().over(partition_by=_T.parent_id, order_by=(_T.rank, _T.id))
    placed = select(_T.id, place.label("place")).where(*MINE, _T.parent_id == any_(_IDS)).subquery()
    first = select(placed).order_by(placed.c.place, placed.c.id).limit(_LIMIT).subquery()
    shown = select(*showing(fields).columns).join(first, first.c.id == _T.id).where(*MINE)
    return Prepared(shown.order_by(first.c.place, first.c.id))


@lru_cache(_SHAPES_MAX)
def _count(shape: Shape) -> Prepared:
    return Prepared(select(func.count()).select_from(TASKS.table).where(*MINE, *conditions(shape)))


def _page(chosen: Select[Any], shape: Shape) -> Select[Any]:
    chosen = chosen.where(*MINE, *conditions(shape))
    if shape.start is not None:
        chosen = chosen.where(beyond(shape.sort, shape.start, SOMEBODY))
    ordered = chosen.order_by(*ordering(shape.sort, SOMEBODY))
    return ordered.limit(constant(shape.limit))


def viewed(actor: Actor, row: Record | None) -> TaskView:
    """The task of a row of VIEW. Raises TaskNotFound."""
    task = own(actor, None if row is None else TASKS.read(row), TaskNotFound)
    if row is None:
        raise TaskNotFound
    return TaskView(task, Progress(*(row["subtasks"] or ())), row["blockers"])


def _each(chosen: Select[Any]) -> Select[Any]:
    """Of the ids that are sent what is there, each by its key: `= ANY` may be planned over the account."""
    wanted = func.unnest(_IDS).table_valued(column("id", Uuid)).render_derived(name="wanted")
    one = chosen.where(*MINE, _T.id == wanted.c.id).limit(constant(1)).lateral("one")
    every: Select[Any] = select().add_columns(*one.c)
    return every.select_from(wanted.join(one, true()))


_VIEWS = Prepared(_each(VIEW))


async def views_of(snapshot: Snapshot, actor: Actor, task_ids: Collection[UUID]) -> Mapping[UUID, TaskView]:
    """Those of the tasks that are not in the trash."""
    rows = await snapshot.fetch(_VIEWS, {"account_id": actor.account_id, "ids": list(task_ids)})
    return {row["id"]: viewed(actor, row) for row in rows}


def conditions(shape: Shape) -> list[ColumnElement[bool]]:
    """What the shape asks of a task, apart from its place."""
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
