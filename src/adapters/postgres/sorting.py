"""The order of a list of tasks as SQL, and what comes after a place in it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, tuple_

from adapters.postgres.mapping import table_of
from adapters.postgres.shapes import Slot
from adapters.postgres.snapshot import Whose
from adapters.postgres.tables import TaskRow, TaskTextRow
from adapters.postgres.types import Rank
from application.sorting import PRIORITIES, SORTABLE, STATUSES, TITLE_SORTED
from application.views import SortKey

_T = table_of(TaskRow).c
_TEXT = table_of(TaskTextRow).c


def _title(owner: Whose) -> ColumnElement[str]:
    mine = (_TEXT.account_id == owner.account_id, _TEXT.id == _T.id)
    return func.left(select(_TEXT.title).where(*mine).scalar_subquery(), TITLE_SORTED, type_=Rank)


_MADE: Mapping[str, Callable[[Whose], ColumnElement[Any]]] = {
    "priority": lambda _: case(PRIORITIES, value=_T.priority),
    "status": lambda _: case(STATUSES, value=_T.status),
    "title": _title,
}
"""What is more than a column."""


def _by(key: SortKey, owner: Whose) -> ColumnElement[Any]:
    return _MADE[key.name](owner) if key.name in _MADE else _T[key.name]


def ordering(sort: Sequence[SortKey], owner: Whose) -> list[ColumnElement[Any]]:
    """For ORDER BY."""
    found: list[ColumnElement[Any]] = []
    for key in sort:
        by = _by(key, owner)
        if not key.descending:
            found.append(by)  # nulls are last already
        elif SORTABLE[key.name].nullable:
            found.append(by.desc().nulls_last())
        else:
            found.append(by.desc())
    return [*found, _T.id.desc() if sort[-1].descending else _T.id]


def beyond(sort: Sequence[SortKey], place: Sequence[Slot | None], owner: Whose) -> ColumnElement[bool]:
    """That a task comes after the place."""
    columns = [*(_by(key, owner) for key in sort), _T.id]
    there = [slot and slot.parameter(column.type) for slot, column in zip(place, columns, strict=True)]
    if len({key.descending for key in sort}) == 1 and not any(SORTABLE[key.name].nullable for key in sort):
        return tuple_(*columns) < tuple_(*there) if sort[-1].descending else tuple_(*columns) > tuple_(*there)
    found: ColumnElement[bool] = _T.id < there[-1] if sort[-1].descending else _T.id > there[-1]
    for key, column, value in reversed(list(zip(sort, columns, there, strict=False))):
        if value is None:
            found = and_(column.is_(None), found)
            continue
        further = [column < value if key.descending else column > value]
        if SORTABLE[key.name].nullable:
            further.append(column.is_(None))
        found = or_(*further, and_(column == value, found))
    return found
