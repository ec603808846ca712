"""An account's tasks counted by one statement, which reads each of them once.

They are counted by all that is asked for together, and those few counts then by each of it: a row tells by
`counted_by` what it is of. When days begin is sent, so that the server's time zones say nothing here.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
    tuple_,
)

from adapters.postgres.mapping import table_of
from adapters.postgres.tables import ProjectRow, TaskRow
from adapters.postgres.types import UtcDateTime
from domain.access import Actor
from domain.summary import LATER, NO_DATE, OVERDUE, Days, ProjectCount, Summary
from domain.task import OPEN

_T = table_of(TaskRow).c
_P = table_of(ProjectRow).c
_KEYS = ("status", "due", "completed", "project_id")
_COUNTED_BY = {~(8 >> place) & 0b1111: key for place, key in enumerate(_KEYS)}
"""What GROUPING says: a bit for each key, set where it is not what is grouped by."""


def counted(actor: Actor, days: Days) -> Select[Any]:
    """The statement. `read` makes a summary of its rows."""
    found = _by_each(_together(actor, days))
    mine = and_(_P.account_id == actor.account_id, _P.id == found.c.project_id)
    return select(found, _P.name).outerjoin_from(found, _P.id.table, mine)


def read(rows: Iterable[Any], days: Days) -> Summary:
    """The summary of what the statement has answered."""
    by: dict[str, dict[Any, int]] = {key: {} for key in _KEYS}
    projects: list[ProjectCount] = []
    for row in rows:
        key = _COUNTED_BY[row.counted_by]
        by[key][getattr(row, key)] = row.tasks
        if key == "project_id":
            projects.append(_project(row))
    return Summary.of(days, by["status"], by["due"], by["completed"], projects)


def _project(row: Any) -> ProjectCount:
    return ProjectCount(
        project_id=row.project_id,
        name=row.name,
        open=row.open,
        closed=row.tasks - row.open,
        overdue=row.overdue,
    )


def _tasks(actor: Actor, days: Days) -> Subquery:
    """What each task is counted by: the places of domain.summary."""
    archived = select(_P.id).where(_P.account_id == actor.account_id, _P.archived_at.is_not(None))
    began = bindparam("began", list(days.began), ARRAY(UtcDateTime))
    return (
        select(
            _T.status,
            _due_place(days).label("due"),
            func.width_bucket(_T.completed_at, began, type_=Integer).label("completed"),
            _T.project_id,
        )
        .where(_T.account_id == actor.account_id, _T.deleted_at.is_(None))
        .where(_T.project_id.is_(None) | _T.project_id.not_in(archived))
        .subquery()
    )


def _due_place(days: Days) -> ColumnElement[int]:
    """Null for what is closed."""
    ahead = cast(_T.due_date - literal(days.today), Integer)
    return case(
        (_T.status.not_in(sorted(OPEN)), null()),
        (_T.due_date.is_(None), NO_DATE),
        else_=func.greatest(OVERDUE, func.least(LATER, ahead)),
    )


def _together(actor: Actor, days: Days) -> Subquery:
    tasks = _tasks(actor, days)
    keys = [tasks.c[key] for key in _KEYS]
    return select(*keys, func.count().label("tasks")).group_by(*keys).subquery()


def _by_each(together: Subquery) -> Subquery:
    keys: Sequence[ColumnElement[Any]] = [together.c[key] for key in _KEYS]

    def total(*of: ColumnElement[bool]) -> ColumnElement[int]:
        found = func.sum(together.c.tasks).filter(*of) if of else func.sum(together.c.tasks)
        return func.coalesce(cast(found, BigInteger), 0)

    return (
        select(
            func.grouping(*keys).label("counted_by"),
            *keys,
            total().label("tasks"),
            total(together.c.due.is_not(None)).label("open"),
            total(together.c.due == OVERDUE).label("overdue"),
        )
        .group_by(func.grouping_sets(*(tuple_(key) for key in keys)))
        .subquery()
    )
