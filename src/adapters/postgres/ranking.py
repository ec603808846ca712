"""Tasks by score: the points of domain.score as SQL."""

from datetime import date
from functools import lru_cache

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Subquery,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
)

from adapters.postgres.mapping import table_of
from adapters.postgres.shapes import Shape, among, constant, number
from adapters.postgres.snapshot import SOMEBODY, Prepared, Whose
from adapters.postgres.tables import BlockerRow
from adapters.postgres.tasks import MINE, TASKS, VIEW, conditions
from adapters.postgres.types import UtcDateTime
from domain import score
from domain.task import OPEN, Status

_T = TASKS.table.c
TERMS = ("due", "priority", "started", "unblocks", "age")
"""What a row has beside the columns of VIEW, each after `score_`."""


@lru_cache(64)
def ranked(shape: Shape, *, further: bool) -> Prepared:
    """Rows of VIEW with their terms, by score descending, then id.

    Parameters are the shape's; `today`, `soon` and `now`; and if it goes further, `score` and `score_id`.
    """
    scored = _scored(shape)
    terms = [scored.c[f"score_{name}"] for name in TERMS]
    total = sum(terms[1:], terms[0])
    chosen = select(scored, total.label("score"))
    if further:
        there, last = number("score"), bindparam("score_id", type_=Uuid, required=False)
        chosen = chosen.where(or_(total < there, and_(total == there, scored.c.id > last)))
    found = chosen.order_by(total.desc(), scored.c.id).limit(constant(shape.limit)).subquery("chosen")
    return Prepared(
        VIEW.add_columns(*(found.c[f"score_{name}"] for name in TERMS))
        .select_from(TASKS.table.join(found, found.c.id == _T.id))
        .where(*MINE)
        .order_by(found.c.score.desc(), found.c.id)
    )


def _scored(shape: Shape) -> Subquery:
    waiting = _waiting(SOMEBODY)
    today, soon = (bindparam(name, type_=Date, required=False) for name in ("today", "soon"))
    # Not EXTRACT, which counts in decimals: a quarter of the time that ranking takes.
    since = func.date_part("epoch", bindparam("now", type_=UtcDateTime, required=False) - _T.created_at)
    weeks = cast(func.floor(since / score.AGE.total_seconds()), Integer)
    terms: dict[str, ColumnElement[int]] = {
        "due": _due(today, soon),
        "priority": case(score.PRIORITY, value=_T.priority),
        "started": case((_T.status == Status.IN_PROGRESS, score.STARTED), else_=0),
        "unblocks": func.least(
            func.coalesce(waiting.c.count, 0) * score.UNBLOCKS, score.UNBLOCKS_MAX, type_=Integer
        ),
        "age": func.greatest(0, func.least(weeks, score.AGE_MAX), type_=Integer),
    }
    return (
        select(_T.id, *(terms[name].label(f"score_{name}") for name in TERMS))
        .select_from(TASKS.table.outerjoin(waiting, waiting.c.blocker_id == _T.id))
        .where(*MINE, *conditions(shape))
        .subquery("scored")
    )


def _due(today: ColumnElement[date], soon: ColumnElement[date]) -> ColumnElement[int]:
    return case(
        (_T.due_date < today, score.OVERDUE),
        (_T.due_date == today, score.DUE_TODAY),
        (_T.due_date <= soon, score.DUE_SOON),
        else_=0,
    )


def _waiting(owner: Whose) -> Subquery:
    """How many open tasks wait for each: counted once for all, not task by task."""
    tie, task = table_of(BlockerRow).alias("its_tie"), TASKS.table.alias("waiting_task")
    return (
        select(tie.c.blocker_id, func.count().label("count"))
        .select_from(tie.join(task, task.c.id == tie.c.task_id))
        .where(
            tie.c.account_id == owner.account_id,
            task.c.account_id == owner.account_id,
            task.c.deleted_at.is_(None),
            among(task.c.status, OPEN),
        )
        .group_by(tie.c.blocker_id)
        .subquery("waiting")
    )
