"""From a resolved filter to a condition on the task table. Every table that is looked into names the owner.

A condition may come out null where what it tests is null: And, Or and WHERE take that for false, as does
`IS NOT TRUE`, which is all that a negation is written with. Texts are compared with their folded copies.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import Select, Text, and_, bindparam, cast, column, exists, false, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlalchemy.sql.selectable import FromClause

from adapters.postgres.leaves import Condition, of, passes
from adapters.postgres.mapping import table_of
from adapters.postgres.relations import across
from adapters.postgres.shapes import among
from adapters.postgres.snapshot import Whose
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
from domain.filters import AllOf, AnyOf, Check, Leaf, Negation, Node, related
from domain.task import CLOSED, OPEN, Status

_T = table_of(TaskRow)
_TEXT = table_of(TaskTextRow)
PLAIN = frozenset(
    {
        *("id", "status", "priority", "created_at", "updated_at", "completed_at", "due_date", "rank"),
        "version",
        *("project_id", "section_id", "parent_id"),
    }
)
"""The attributes that are columns of the task itself."""


def condition(node: Node, owner: Whose) -> Condition:
    """What a task of the owner's must fulfil, over the columns of the task table."""
    match node:
        case AllOf():
            return and_(*(condition(child, owner) for child in node.children))
        case AnyOf():
            return or_(*(condition(child, owner) for child in node.children))
        case Negation():
            return condition(node.child, owner).is_not(True)
        case Leaf():
            if node.attribute in PLAIN:
                return passes(node)(_T.c[node.attribute])
            return (across if related(node.attribute) else _ELSEWHERE[node.attribute])(node, owner)


def _written(*names: str) -> Callable[[Leaf, Whose], Condition]:
    """A text of the task itself, any of these."""

    def written(leaf: Leaf, owner: Whose) -> Condition:
        found = or_(*(passes(leaf)(_TEXT.c[name]) for name in names))
        return _T.c.id.in_(select(_TEXT.c.id).where(*of(owner, _TEXT), found))

    return written


_ITEMS = {None: "$[*]", True: "$[*] ? (@.checked == true)", False: "$[*] ? (@.checked == false)"}


def _items(checked: bool | None = None) -> Callable[[Leaf, Whose], Condition]:
    """The items of the checklist: all, or those that are ticked, or are not."""

    def items(leaf: Leaf, owner: Whose) -> Condition:
        if leaf.check is Check.IS_NULL:
            return _has_none(_T.c.checklist, _ITEMS[checked])
        item = func.unnest(_TEXT.c.checklist, _TEXT.c.checked).table_valued("title", "checked")
        item = item.render_derived()
        wanted = [] if checked is None else [item.c.checked.is_(checked)]
        found = exists(select(1).select_from(item).where(passes(leaf)(item.c.title), *wanted))
        return _T.c.id.in_(select(_TEXT.c.id).where(*of(owner, _TEXT), found))

    return items


def _links(name: str, path: str) -> Callable[[Leaf, Whose], Condition]:
    """A copy of what is said of each link."""

    def links(leaf: Leaf, owner: Whose) -> Condition:
        if leaf.check is Check.IS_NULL:
            return _has_none(_T.c.links, path)
        link = func.unnest(_TEXT.c[name]).column_valued("link")
        found = exists(select(link).where(passes(leaf)(link)))
        return _T.c.id.in_(select(_TEXT.c.id).where(*of(owner, _TEXT), found))

    return links


def _link_rels(leaf: Leaf, _: Whose) -> Condition:
    """They are their own copies: small letters without accents."""
    if leaf.check is Check.IS_NULL:
        return _has_none(_T.c.links, "$[*]")
    link = func.jsonb_array_elements(_T.c.links).table_valued(column("link", JSONB)).render_derived()
    return exists(select(1).select_from(link).where(passes(leaf)(link.c.link["rel"].astext)))


def _has_none(parts: Any, path: str) -> Condition:
    """That none of the parts is on the path, which is always the same."""
    constant = bindparam(None, path, type_=Text, literal_execute=True)
    return ~func.jsonb_path_exists(parts, cast(constant, JSONPATH))


def _named(foreign: str, texts: FromClause) -> Callable[[Leaf, Whose], Condition]:
    """The name of what the column refers to."""

    def named(leaf: Leaf, owner: Whose) -> Condition:
        found = select(texts.c.id).where(*of(owner, texts), passes(leaf)(texts.c.name))
        return _T.c[foreign].in_(found)

    return named


def _label_ids(leaf: Leaf, owner: Whose) -> Condition:
    if leaf.check is Check.IS_NULL:
        return func.cardinality(_T.c.labels) == 0
    ties = table_of(TaskLabelRow)
    return _T.c.id.in_(select(ties.c.task_id).where(*of(owner, ties), passes(leaf)(ties.c.label_id)))


def _label_names(leaf: Leaf, owner: Whose) -> Condition:
    """A label's key is its folded name."""
    ties, labels = table_of(TaskLabelRow), table_of(LabelRow)
    found = (
        select(ties.c.task_id)
        .join_from(ties, labels, labels.c.id == ties.c.label_id)
        .where(*of(owner, ties, labels), passes(leaf)(labels.c.key))
    )
    return _T.c.id.in_(found)


def _comments(leaf: Leaf, owner: Whose) -> Condition:
    comments, texts = table_of(CommentRow), table_of(CommentTextRow)
    live = select(comments.c.task_id).where(*of(owner, comments), comments.c.deleted_at.is_(None))
    if leaf.check is Check.IS_NULL:
        return ~exists(live.where(comments.c.task_id == _T.c.id))
    found = live.join_from(comments, texts, texts.c.id == comments.c.id)
    return _T.c.id.in_(found.where(*of(owner, texts), passes(leaf)(texts.c.body)))


def _so(asked: Callable[[Whose], Condition]) -> Callable[[Leaf, Whose], Condition]:
    """Something that is so or not, and never null."""

    def so(leaf: Leaf, owner: Whose) -> Condition:
        is_so = asked(owner)
        return or_(false(), *(is_so if wanted else is_so.is_not(True) for wanted in leaf.operands))

    return so


def _is_archived(owner: Whose) -> Condition:
    projects = table_of(ProjectRow)
    return _T.c.project_id.in_(
        select(projects.c.id).where(*of(owner, projects), projects.c.archived_at.is_not(None))
    )


def _subtasks(chosen: Select[Any], owner: Whose, below: FromClause) -> Select[Any]:
    return chosen.where(*of(owner, below), below.c.parent_id == _T.c.id, below.c.deleted_at.is_(None))


def _has_subtasks(owner: Whose) -> Condition:
    below = _T.alias()
    return exists(_subtasks(select(1), owner, below))


def _counted(statuses: Collection[Status] | None = None) -> Callable[[Leaf, Whose], Condition]:
    """How many subtasks there are, or have one of the statuses."""

    def counted(leaf: Leaf, owner: Whose) -> Condition:
        below = _T.alias()
        chosen = _subtasks(select(func.count()), owner, below)
        if statuses is not None:
            chosen = chosen.where(among(below.c.status, statuses))
        return passes(leaf)(chosen.scalar_subquery())

    return counted


def _blockers(leaf: Leaf, owner: Whose) -> Condition:
    if leaf.check is Check.IS_NULL:
        return func.cardinality(_T.c.blocked_by) == 0
    ties = table_of(BlockerRow)
    return _T.c.id.in_(select(ties.c.task_id).where(passes(leaf)(ties.c.blocker_id), *of(owner, ties)))


def _blocks(leaf: Leaf, owner: Whose) -> Condition:
    ties, waiting = table_of(BlockerRow), _T.alias()
    live = (
        select(ties.c.blocker_id)
        .join_from(ties, waiting, waiting.c.id == ties.c.task_id)
        .where(*of(owner, ties, waiting), waiting.c.deleted_at.is_(None))
    )
    if leaf.check is Check.IS_NULL:
        return ~exists(live.where(ties.c.blocker_id == _T.c.id))
    return _T.c.id.in_(live.where(passes(leaf)(ties.c.task_id)))


def _open_blockers(chosen: Select[Any], owner: Whose) -> Select[Any]:
    ties, blocker = table_of(BlockerRow), _T.alias()
    return chosen.select_from(ties.join(blocker, blocker.c.id == ties.c.blocker_id)).where(
        *of(owner, ties, blocker),
        ties.c.task_id == _T.c.id,
        blocker.c.deleted_at.is_(None),
        among(blocker.c.status, OPEN),
    )


def _is_blocked(owner: Whose) -> Condition:
    return and_(func.cardinality(_T.c.blocked_by) > 0, exists(_open_blockers(select(1), owner)))


def _blocked_by_open(leaf: Leaf, owner: Whose) -> Condition:
    return passes(leaf)(_open_blockers(select(func.count()), owner).scalar_subquery())


def _is_ready(owner: Whose) -> Condition:
    return and_(among(_T.c.status, OPEN), _is_blocked(owner).is_not(True))


_ELSEWHERE: Mapping[str, Callable[[Leaf, Whose], Condition]] = {
    "title": _written("title"),
    "description": _written("description"),
    "text": _written("title", "description"),
    "checklist": _items(),
    "checked": _items(checked=True),
    "unchecked": _items(checked=False),
    "links": _links("links", "$[*]"),
    "link_titles": _links("link_titles", '$[*] ? (@.title != "")'),
    "link_rels": _link_rels,
    "project_name": _named("project_id", table_of(ProjectTextRow)),
    "section_name": _named("section_id", table_of(SectionTextRow)),
    "label_ids": _label_ids,
    "label_names": _label_names,
    "comments": _comments,
    "subtasks": _counted(),
    "subtasks_closed": _counted(CLOSED),
    "blocked_by": _blockers,
    "blocks": _blocks,
    "project_archived": _so(_is_archived),
    "has_subtasks": _so(_has_subtasks),
    "ready": _so(_is_ready),
    "blocked": _so(_is_blocked),
    "blocked_by_open": _blocked_by_open,
}
"""The attributes that are found elsewhere, and how."""
ATTRIBUTES = PLAIN | _ELSEWHERE.keys()
