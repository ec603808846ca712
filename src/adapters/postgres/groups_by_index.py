"""Tasks told apart, read group by group: which groups there are, and of each the first tasks, by indexes.

So as many tasks are read as the groups that are answered have, and of those that an index has in their order
as many as are answered. It is for conditions that are cheap to repeat in each group: on columns alone.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    column,
    func,
    null,
    or_,
    select,
    true,
    union_all,
    values,
)

from adapters.postgres.filters import PLAIN
from adapters.postgres.mapping import table_of
from adapters.postgres.shapes import Shape, constant
from adapters.postgres.snapshot import SOMEBODY, Prepared
from adapters.postgres.sorting import ordering
from adapters.postgres.tables import ProjectRow
from adapters.postgres.tasks import MINE, TASKS, VIEW, conditions
from application.grouping import ORDERED
from domain.filters import attributes
from domain.view import Grouping

_T = TASKS.table.c
_P = table_of(ProjectRow).alias("its_project").c
_KEY = {
    Grouping.PROJECT: _T.project_id,
    Grouping.DAY: _T.due_date,
    Grouping.STATUS: _T.status,
}
_NULLABLE = frozenset({Grouping.PROJECT, Grouping.DAY})
Condition = ColumnElement[bool]


class Asked(NamedTuple):
    """Which groups, and how many at most; `further` than one that has a key."""

    shape: Shape
    by: Grouping
    most: int
    further: bool


def is_for(shape: Shape, by: Grouping) -> bool:
    """Whether groups are read so."""
    on_columns = shape.root is None or PLAIN.issuperset(attributes(shape.root))
    return by in _KEYS and on_columns and all(name in PLAIN for name, _ in shape.where)


def grouped(asked: Asked) -> Prepared:
    """Rows of VIEW, and of each its group: the groups in their order, and in each the shape's.

    Parameters are the shape's, and if it goes further `after_by` and `after_key`.
    """
    keys = _KEYS[asked.by](asked).cte("keys")
    first = _first(asked, _KEY[asked.by] == keys.c.key).lateral("first")
    found = select(keys.c.key, keys.c.name, keys.c.by, first.c.id).select_from(keys.join(first, true()))
    every = union_all(found, _without(asked, keys)) if asked.by in _NULLABLE else found
    chosen = every.subquery("chosen")
    names = ("key", "name", "by")
    return Prepared(
        VIEW.add_columns(*(chosen.c[name].label(f"group_{name}") for name in names))
        .select_from(TASKS.table.join(chosen, chosen.c.id == _T.id))
        .where(*MINE)
        .order_by(chosen.c.by, chosen.c.key, *ordering(asked.shape.sort, SOMEBODY))
    )


def _first(asked: Asked, *wanted: Condition) -> Select[Any]:
    chosen = select(_T.id).where(*MINE, *conditions(asked.shape), *wanted)
    return chosen.order_by(*ordering(asked.shape.sort, SOMEBODY)).limit(constant(asked.shape.limit))


def _without(asked: Asked, keys: CTE) -> Select[Any]:
    """Those that have no key: the last group, looked at where there is room for it."""
    room = select(func.count()).select_from(keys).scalar_subquery() < constant(asked.most)
    rest = _first(asked, _KEY[asked.by].is_(None), room).subquery("rest")
    nothing = (null().cast(keys.c[name].type).label(name) for name in ("key", "name", "by"))
    return select(*nothing, rest.c.id)


def _beyond(asked: Asked, by: ColumnElement[Any], key: ColumnElement[Any]) -> list[Condition]:
    if not asked.further:
        return []
    last_by = bindparam("after_by", type_=by.type, required=False)
    last_key = bindparam("after_key", type_=key.type, required=False)
    return [or_(by > last_by, and_(by == last_by, key > last_key))]


def _projects(asked: Asked) -> Select[Any]:
    """The first that have tasks."""
    any_task = select(_T.id).where(*MINE, *conditions(asked.shape), _T.project_id == _P.id).exists()
    chosen: Select[Any] = select().add_columns(_P.id.label("key"), _P.name.label("name"), _P.rank.label("by"))
    chosen = chosen.where(_P.account_id == SOMEBODY.account_id, any_task, *_beyond(asked, _P.rank, _P.id))
    return chosen.order_by(_P.rank, _P.id).limit(constant(asked.most))


def _days(asked: Asked) -> Select[Any]:
    """The first that have tasks: from each day to the next, by the index that is in their order."""
    after = bindparam("after_key", type_=_T.due_date.type, required=False)
    first = _T.due_date > after if asked.further else _T.due_date.is_not(None)
    days = select(_day(asked, first).label("day"), constant(1).label("number")).cte("days", recursive=True)
    onward = select(_day(asked, _T.due_date > days.c.day), days.c.number + constant(1))
    onward = onward.where(days.c.day.is_not(None), days.c.number < constant(asked.most))
    every = days.union_all(onward)
    day, name = every.c.day, null().cast(Text).label("name")
    chosen: Select[Any] = select().add_columns(day.label("key"), name, day.label("by"))
    return chosen.where(every.c.day.is_not(None))


def _day(asked: Asked, wanted: Condition) -> ColumnElement[Any]:
    chosen = select(_T.due_date).where(*MINE, *conditions(asked.shape), wanted)
    return chosen.order_by(_T.due_date).limit(constant(1)).scalar_subquery()


def _choices(asked: Asked) -> Select[Any]:
    """All that there can be."""
    known = values(column("key", _KEY[asked.by].type), column("place", Integer), name="known").data(
        [(key.value, place) for key, place in ORDERED[asked.by].items()]
    )
    chosen: Select[Any] = select().add_columns(
        known.c.key, null().cast(Text).label("name"), known.c.place.label("by")
    )
    return chosen.where(*_beyond(asked, known.c.place, known.c.key))


_KEYS: Mapping[Grouping, Callable[[Asked], Select[Any]]] = {
    Grouping.PROJECT: _projects,
    Grouping.DAY: _days,
    Grouping.STATUS: _choices,
}
"""What groups are found by: key, name, and what they are sorted by."""
