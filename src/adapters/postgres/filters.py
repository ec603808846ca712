"""From a resolved filter to a condition on the task table. Every table that is looked into names the owner.

A condition may come out null where what it tests is null: And, Or and WHERE take that for false, as does
`IS NOT TRUE`, which is all that a negation is written with. Texts are compared with their folded copies.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.sql.selectable import FromClause

from adapters.postgres.mapping import table_of
from adapters.postgres.tables import (
    BlockerRow,
    CommentRow,
    CommentTextRow,
    LabelRow,
    ProjectRow,
    ProjectTextRow,
    SectionTextRow,
    TaskLabelRow,
    TaskRow,
    TaskTextRow,
)
from domain.access import Actor
from domain.filters import AllOf, AnyOf, Check, Leaf, Negation, Node
from domain.task import OPEN

Condition = ColumnElement[bool]
Test = Callable[[Any], Condition]

_T = table_of(TaskRow)
_TEXT = table_of(TaskTextRow)
_PLAIN = frozenset(
    {
        *("id", "status", "priority", "created_at", "updated_at", "completed_at", "due_date", "version"),
        *("project_id", "section_id", "parent_id"),
    }
)
"""The attributes that are columns of the task itself."""


def condition(node: Node, actor: Actor) -> Condition:
    """What a task of the actor's must fulfil, over the columns of the task table."""
    match node:
        case AllOf():
            return and_(*(condition(child, actor) for child in node.children))
        case AnyOf():
            return or_(*(condition(child, actor) for child in node.children))
        case Negation():
            return condition(node.child, actor).is_not(True)
        case Leaf():
            if node.attribute in _PLAIN:
                return _test(node)(_T.c[node.attribute])
            return _RELATED[node.attribute](node, actor)


def _test(leaf: Leaf) -> Test:
    """The test of one value, whose column is given."""
    match leaf.check:
        case Check.IN:
            return lambda value: value.in_(leaf.operands) if leaf.operands else false()
        case Check.CONTAINS:
            return lambda value: func.strpos(value, leaf.operands[0]) > 0
        case Check.STARTS_WITH:
            return lambda value: func.starts_with(value, leaf.operands[0])
        case Check.IS_NULL:
            return lambda value: value.is_(None)
        case Check.WITHIN:
            low, high = leaf.operands
            return lambda value: and_(
                *([] if low is None else [value >= low]), *([] if high is None else [value < high])
            )


def _of(actor: Actor, *tables: FromClause) -> list[Condition]:
    return [table.c.account_id == actor.account_id for table in tables]


def _written(*names: str) -> Callable[[Leaf, Actor], Condition]:
    """A text of the task itself, any of these."""

    def written(leaf: Leaf, actor: Actor) -> Condition:
        found = or_(*(_test(leaf)(_TEXT.c[name]) for name in names))
        return _T.c.id.in_(select(_TEXT.c.id).where(*_of(actor, _TEXT), found))

    return written


def _checklist(leaf: Leaf, actor: Actor) -> Condition:
    if leaf.check is Check.IS_NULL:
        return func.jsonb_array_length(_T.c.checklist) == 0
    item = func.unnest(_TEXT.c.checklist).column_valued("item")
    found = exists(select(item).where(_test(leaf)(item)))
    return _T.c.id.in_(select(_TEXT.c.id).where(*_of(actor, _TEXT), found))


def _named(foreign: str, texts: FromClause) -> Callable[[Leaf, Actor], Condition]:
    """The name of what the column refers to."""

    def named(leaf: Leaf, actor: Actor) -> Condition:
        found = select(texts.c.id).where(*_of(actor, texts), _test(leaf)(texts.c.name))
        return _T.c[foreign].in_(found)

    return named


def _label_ids(leaf: Leaf, actor: Actor) -> Condition:
    if leaf.check is Check.IS_NULL:
        return func.cardinality(_T.c.labels) == 0
    ties = table_of(TaskLabelRow)
    return _T.c.id.in_(select(ties.c.task_id).where(*_of(actor, ties), _test(leaf)(ties.c.label_id)))


def _label_names(leaf: Leaf, actor: Actor) -> Condition:
    """A label's key is its folded name."""
    ties, labels = table_of(TaskLabelRow), table_of(LabelRow)
    found = (
        select(ties.c.task_id)
        .join_from(ties, labels, labels.c.id == ties.c.label_id)
        .where(*_of(actor, ties, labels), _test(leaf)(labels.c.key))
    )
    return _T.c.id.in_(found)


def _comments(leaf: Leaf, actor: Actor) -> Condition:
    comments, texts = table_of(CommentRow), table_of(CommentTextRow)
    live = select(comments.c.task_id).where(*_of(actor, comments), comments.c.deleted_at.is_(None))
    if leaf.check is Check.IS_NULL:
        return ~exists(live.where(comments.c.task_id == _T.c.id))
    found = live.join_from(comments, texts, texts.c.id == comments.c.id)
    return _T.c.id.in_(found.where(*_of(actor, texts), _test(leaf)(texts.c.body)))


def _so(asked: Callable[[Actor], Condition]) -> Callable[[Leaf, Actor], Condition]:
    """Something that is so or not, and never null."""

    def so(leaf: Leaf, actor: Actor) -> Condition:
        is_so = asked(actor)
        return or_(false(), *(is_so if wanted else is_so.is_not(True) for wanted in leaf.operands))

    return so


def _is_archived(actor: Actor) -> Condition:
    projects = table_of(ProjectRow)
    return _T.c.project_id.in_(
        select(projects.c.id).where(*_of(actor, projects), projects.c.archived_at.is_not(None))
    )


def _has_subtasks(actor: Actor) -> Condition:
    below = _T.alias()
    return exists(
        select(1).where(*_of(actor, below), below.c.parent_id == _T.c.id, below.c.deleted_at.is_(None))
    )


def _is_blocked(actor: Actor) -> Condition:
    ties, blocker = table_of(BlockerRow), _T.alias()
    found: Select[Any] = (
        select(1)
        .select_from(ties.join(blocker, blocker.c.id == ties.c.blocker_id))
        .where(
            *_of(actor, ties, blocker),
            ties.c.task_id == _T.c.id,
            blocker.c.deleted_at.is_(None),
            blocker.c.status.in_(sorted(OPEN)),
        )
    )
    return and_(func.cardinality(_T.c.blocked_by) > 0, exists(found))


def _is_ready(actor: Actor) -> Condition:
    return and_(_T.c.status.in_(sorted(OPEN)), _is_blocked(actor).is_not(True))


_RELATED: Mapping[str, Callable[[Leaf, Actor], Condition]] = {
    "title": _written("title"),
    "description": _written("description"),
    "text": _written("title", "description"),
    "checklist": _checklist,
    "project_name": _named("project_id", table_of(ProjectTextRow)),
    "section_name": _named("section_id", table_of(SectionTextRow)),
    "label_ids": _label_ids,
    "label_names": _label_names,
    "comments": _comments,
    "project_archived": _so(_is_archived),
    "has_subtasks": _so(_has_subtasks),
    "ready": _so(_is_ready),
    "blocked": _so(_is_blocked),
}
"""The attributes that are found elsewhere, and how."""
ATTRIBUTES = _PLAIN | _RELATED.keys()
