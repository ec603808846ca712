"""The order of a list of tasks as SQL, and what comes after a place in it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, tuple_

from adapters.postgres.mapping import table_of
from adapters.postgres.tables import TaskRow, TaskTextRow
from adapters.postgres.types import Rank
from application.sorting import PRIORITIES, SORTABLE, STATUSES, TITLE_SORTED
from application.views import SortKey
from domain.access import Actor

_T = table_of(TaskRow).c
_TEXT = table_of(TaskTextRow).c


def _title(actor: Actor) -> ColumnElement[str]:
    mine = (_TEXT.account_id == actor.account_id, _TEXT.id == _T.id)
    return func.left(select(_TEXT.title).where(*mine).scalar_subquery(), TITLE_SORTED, type_=Rank)


_MADE: Mapping[str, Callable[[Actor], ColumnElement[Any]]] = {
    "priority": lambda _: case(PRIORITIES, value=_T.priority),
    "status": lambda _: case(STATUSES, value=_T.status),
    "title": _title,
}
"""What is more than a column."""


def _by(key: SortKey, actor: Actor) -> ColumnElement[Any]:
    return _MADE[key.name](actor) if key.name in _MADE else _T[key.name]


def ordering(sort: Sequence[SortKey], actor: Actor) -> list[ColumnElement[Any]]:
    """For ORDER BY."""
    found: list[ColumnElement[Any]] = []
    for key in sort:
        by = _by(key, actor)
        if not key.descending:
            found.append(by)  # nulls are last already
        elif SORTABLE[key.name].nullable:
            found.append(by.desc().nulls_last())
        else:
            found.append(by.desc())
    return [*found, _T.id.desc() if sort[-1].descending else _T.id]


def beyond(sort: Sequence[SortKey], place: Sequence[Any], actor: Actor) -> ColumnElement[bool]:
    """That a task comes after the place."""
    by = [(key, _by(key, actor), value) for key, value in zip(sort, place, strict=False)]
    if len({key.descending for key in sort}) == 1 and not any(SORTABLE[key.name].nullable for key in sort):
        columns = [column for _, column, _ in by] + [_T.id]
        there = tuple_(*(literal(value, column.type) for value, column in zip(place, columns, strict=True)))
        return tuple_(*columns) < there if sort[-1].descending else tuple_(*columns) > there
    found: ColumnElement[bool] = _T.id < place[-1] if sort[-1].descending else _T.id > place[-1]
    for key, column, value in reversed(by):
        if value is None:
            found = and_(column.is_(None), found)
            continue
        further = [column < value if key.descending else column > value]
        if SORTABLE[key.name].nullable:
            further.append(column.is_(None))
        found = or_(*further, and_(column == value, found))
    return found
