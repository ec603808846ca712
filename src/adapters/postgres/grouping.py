"""Tasks told apart, all groups by one statement: numbered within their groups, and the groups in their order.

What is joined is another name of a table, so that it is not taken for the same table in a condition.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, case, func, null, or_, select
from sqlalchemy.sql.selectable import FromClause

from adapters.postgres import groups_by_index
from adapters.postgres.mapping import table_of
from adapters.postgres.shapes import Shape, constant
from adapters.postgres.snapshot import SOMEBODY, Prepared, Whose
from adapters.postgres.sorting import ordering
from adapters.postgres.tables import LabelRow, ProjectRow, TaskLabelRow
from adapters.postgres.tasks import MINE, TASKS, VIEW, conditions
from adapters.postgres.types import Rank
from application.grouping import LABEL_SORTED, ORDERED
from domain.view import Grouping

_T = TASKS.table.c


class _Keyed(NamedTuple):
    """Where the group of a task is found: its key, its name, and what the groups are sorted by."""

    of: FromClause
    key: ColumnElement[Any]
    name: ColumnElement[Any]
    by: ColumnElement[Any]


def _by_project(owner: Whose) -> _Keyed:
    project = table_of(ProjectRow).alias("its_project")
    its = and_(project.c.account_id == owner.account_id, project.c.id == _T.project_id)
    return _Keyed(TASKS.table.outerjoin(project, its), _T.project_id, project.c.name, project.c.rank)


def _by_label(owner: Whose) -> _Keyed:
    tie, label = table_of(TaskLabelRow).alias("its_tie"), table_of(LabelRow).alias("its_label")
    tied = and_(tie.c.account_id == owner.account_id, tie.c.task_id == _T.id)
    its = and_(label.c.account_id == owner.account_id, label.c.id == tie.c.label_id)
    by = func.left(label.c.key, LABEL_SORTED, type_=Rank)
    return _Keyed(TASKS.table.outerjoin(tie, tied).outerjoin(label, its), tie.c.label_id, label.c.name, by)


def _by_day(_: Whose) -> _Keyed:
    return _Keyed(TASKS.table, _T.due_date, null(), _T.due_date)


def _by_choice(by: Grouping) -> Callable[[Whose], _Keyed]:
    key = _T[by.value]
    return lambda _: _Keyed(TASKS.table, key, null(), case(ORDERED[by], value=key))


_BY: Mapping[Grouping, Callable[[Whose], _Keyed]] = {
    Grouping.PROJECT: _by_project,
    Grouping.DAY: _by_day,
    Grouping.LABEL: _by_label,
    Grouping.PRIORITY: _by_choice(Grouping.PRIORITY),
    Grouping.STATUS: _by_choice(Grouping.STATUS),
}


@lru_cache(64)
def grouped(shape: Shape, by: Grouping, most: int, *, further: bool) -> Prepared:
    """Rows of VIEW, and of each its group: the groups in their order, and in each the shape's.

    At least `most` groups, if there are so many. Parameters are the shape's, and if it goes further than a
    group that has a key, `after_by` and `after_key`.
    """
    asked = groups_by_index.Asked(shape, by, most, further)
    return groups_by_index.grouped(asked) if groups_by_index.is_for(shape, by) else _numbered(asked)


def _numbered(asked: groups_by_index.Asked) -> Prepared:
    """All of them at once, for conditions that would be dear to repeat."""
    shape, by, most, further = asked
    keyed = _BY[by](SOMEBODY)
    groups = (keyed.by, keyed.key)  # nulls are last
    chosen = select(
        _T.id,
        keyed.key.label("group_key"),
        keyed.name.label("group_name"),
        keyed.by.label("group_by"),
        # Both by one sort: the second is the beginning of the first.
        func.row_number()
        .over(partition_by=groups, order_by=ordering(shape.sort, SOMEBODY))
        .label("task_number"),
        func.dense_rank().over(order_by=groups).label("group_number"),
    )
    chosen = chosen.select_from(keyed.of).where(*MINE, *conditions(shape))
    if further:
        chosen = chosen.where(_beyond(keyed))
    every = chosen.subquery("every")
    those = (every.c.task_number <= constant(shape.limit), every.c.group_number <= constant(most))
    # As many as there can be: so it is known that they are few, and each is fetched by its key.
    found = select(every).where(*those).limit(constant(shape.limit * most)).subquery("chosen")
    return Prepared(
        VIEW.add_columns(found.c.group_key, found.c.group_name, found.c.group_by)
        .select_from(TASKS.table.join(found, found.c.id == _T.id))
        .where(*MINE)
        .order_by(found.c.group_number, found.c.task_number)
    )


def _beyond(keyed: _Keyed) -> ColumnElement[bool]:
    """That a group comes after the place of one that has a key."""
    by = bindparam("after_by", type_=keyed.by.type, required=False)
    key = bindparam("after_key", type_=keyed.key.type, required=False)
    return or_(keyed.by.is_(None), keyed.by > by, and_(keyed.by == by, keyed.key > key))
