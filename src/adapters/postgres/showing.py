"""Rows of tasks as they are shown, with as little as can be done to each of them.

What is nearly always empty comes as null where it is: nothing has to be read from a null.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

import orjson
from asyncpg import Record
from sqlalchemy import ColumnElement, Text, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, array

from adapters.postgres.mapping import table_of
from adapters.postgres.shapes import among
from adapters.postgres.tables import BlockerRow, TaskRow
from application.views import TaskShown
from domain.task import OPEN

_TASK = table_of(TaskRow)
_T = _TASK.c
_B = table_of(BlockerRow).c
_NOTHING: ColumnElement[int] = literal_column("0")
_FIELDS_MAX = 256


def subtasks() -> ColumnElement[Any]:
    """How many there are, and how many of them are closed; null where there are none."""
    other = _TASK.alias()
    mine = [other.c.account_id == _T.account_id, other.c.parent_id == _T.id, other.c.deleted_at.is_(None)]
    closed = func.count().filter(~among(other.c.status, OPEN))
    counted = case((func.count() > _NOTHING, array([func.count(), closed])))
    return select(counted).select_from(other).where(*mine).scalar_subquery()


def open_blockers() -> ColumnElement[int]:
    """How many open tasks block it."""
    other = _TASK.alias()
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


_MADE: Mapping[str, ColumnElement[Any]] = {
    "subtasks": subtasks(),
    "blocked_by_open": open_blockers(),
    **{name: _T[name].cast(Text) for name in ("id", "project_id", "section_id", "parent_id")},
    **{
        name: case((func.cardinality(_T[name]) > _NOTHING, _T[name].cast(ARRAY(Text))))
        for name in ("labels", "blocked_by")
    },
    **{
        name: case((func.jsonb_array_length(_T[name]) > _NOTHING, _T[name].cast(Text)))
        for name in ("checklist", "links")
    },
}
_Read = Callable[[Any], Any]
_NULLS: Mapping[str, tuple[Any, _Read]] = {
    "labels": ((), tuple),
    "blocked_by": ((), tuple),
    "checklist": ((), orjson.loads),
    "links": ((), orjson.loads),
}
"""What null stands for, and how what is none is read. All answers share it: nothing that can be changed."""
_NO_SUBTASKS = (0, 0)
_NEEDS = {"ready": ("status", "blocked_by_open")}


class Showing:
    """Tasks with these fields. `columns` is what is to be selected, the owner last."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        self._fields = fields
        self._names = tuple(dict.fromkeys(part for name in fields for part in _NEEDS.get(name, (name,))))
        self._read = {name: read for name, (_, read) in _NULLS.items() if name in self._names}
        self._empty = {name: empty for name, (empty, _) in _NULLS.items() if name in self._names}
        self._counts = "subtasks" in fields
        self._is_ready = "ready" in fields
        self._is_more = not set(self._names) <= set(fields)
        made = (_MADE[name].label(name) if name in _MADE else _T[name] for name in self._names)
        self.columns = [*made, _T.account_id.cast(Text).label("account_id")]
        self._nulls = _several([self._names.index(name) for name in self._empty])
        self._all_null = (None,) * len(self._empty)

    def of(self, row: Record) -> TaskShown:
        """The row of a task."""
        found: dict[str, Any] = dict(zip(self._names, row, strict=False))
        if self._nulls(row) == self._all_null:
            found.update(self._empty)
        else:
            self._fill(found)
        if self._counts:
            total, closed = found["subtasks"] or _NO_SUBTASKS
            found["subtasks"] = {"total": total, "closed": closed}
        if self._is_ready:
            found["ready"] = not found["blocked_by_open"] and found["status"] in OPEN
        if self._is_more:
            found = {name: found[name] for name in self._fields}
        return cast(TaskShown, found)

    def _fill(self, found: dict[str, Any]) -> None:
        for name, read in self._read.items():
            value = found[name]
            found[name] = self._empty[name] if value is None else read(value)


def _several(places: Sequence[int]) -> Callable[[Record], tuple[Any, ...]]:
    """What picks the values at these places."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: tuple(row[place] for place in places)


@lru_cache(_FIELDS_MAX)
def showing(fields: tuple[str, ...]) -> Showing:
    """Made once for those that are asked for again and again."""
    return Showing(fields)
