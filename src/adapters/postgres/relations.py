"""Conditions on what a task belongs to and is tied to: one way for all of it.

`task.<key> IN (SELECT <key> FROM <what is tied to it> WHERE <the owner's, and as is asked>)`
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.sql.selectable import FromClause

from adapters.postgres.leaves import Condition, of, passes
from adapters.postgres.mapping import table_of
from adapters.postgres.snapshot import Whose
from adapters.postgres.tables import (
    BlockerRow,
    CommentRow,
    CommentTextRow,
    LabelRow,
    ProjectRow,
    ProjectTextRow,
    SectionRow,
    TaskLabelRow,
    TaskRow,
    TaskTextRow,
)
from domain.filters import Check, Leaf, related

_T = table_of(TaskRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to get from a task to things: `key` is its column, `found` what that is in the tables.

    `texts` are the things' folded copies; `ties` say what is tied to what, `tied` which is the thing.
    """

    key: str
    found: ColumnElement[Any]
    things: FromClause
    texts: FromClause | None = None
    ties: FromClause | None = None
    tied: str = ""

    @property
    def tables(self) -> list[FromClause]:
        """What is read, apart from texts."""
        return [self.things] if self.ties is None else [self.ties, self.things]

    def joined(self, *, folded: bool) -> FromClause:
        """The tables, with the texts if need be."""
        found = self.things
        if self.ties is not None:
            found = self.ties.join(found, found.c.id == self.ties.c[self.tied])
        if folded and self.texts is not None:
            found = found.join(self.texts, self.texts.c.id == self.things.c.id)
        return found


def _straight(key: str, things: FromClause, texts: FromClause | None = None) -> Way:
    return Way(key=key, found=things.c.id, things=things, texts=texts)


def _tied(ties: FromClause, tied: str, things: FromClause, texts: FromClause | None = None) -> Way:
    return Way(key="id", found=ties.c.task_id, things=things, texts=texts, ties=ties, tied=tied)


def _of_tasks() -> tuple[FromClause, FromClause]:
    return _T.alias(), table_of(TaskTextRow).alias()


_COMMENTS = table_of(CommentRow).alias()
WAYS: Mapping[str, Way] = {
    "project": _straight("project_id", table_of(ProjectRow).alias(), table_of(ProjectTextRow).alias()),
    "section": _straight("section_id", table_of(SectionRow).alias()),
    "label": _tied(table_of(TaskLabelRow).alias(), "label_id", table_of(LabelRow).alias()),
    "parent": _straight("parent_id", *_of_tasks()),
    "blocker": _tied(table_of(BlockerRow).alias(), "blocker_id", *_of_tasks()),
    "comment": Way(
        key="id", found=_COMMENTS.c.task_id, things=_COMMENTS, texts=table_of(CommentTextRow).alias()
    ),
}


def across(leaf: Leaf, owner: Whose) -> Condition:
    """That any of what a task is tied to passes; or, for null, that none has a value."""
    asked = related(leaf.attribute)
    if asked is None:
        raise KeyError(leaf.attribute)
    relation, name = asked
    way, is_null = WAYS[relation.name], leaf.check is Check.IS_NULL
    texts = None if is_null or way.texts is None or name not in way.texts.c else way.texts
    value = (way.things if texts is None else texts).c[name]
    tables = [*way.tables, *([] if texts is None else [texts])]
    chosen = select(way.found).select_from(way.joined(folded=texts is not None)).where(*of(owner, *tables))
    if relation.trashes:
        chosen = chosen.where(way.things.c.deleted_at.is_(None))
    found = _T.c[way.key].in_(chosen.where(value.is_not(None) if is_null else passes(leaf)(value)))
    return found.is_not(True) if is_null else found
