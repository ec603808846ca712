"""How words match postings and documents, as SQL."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Select,
    SmallInteger,
    and_,
    any_,
    case,
    cast,
    column,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.sql.selectable import LateralFromClause

from adapters.postgres.mapping import table_of
from adapters.postgres.tables import CommentWordsRow, PostingRow, TaskWordsRow, TermRow
from adapters.postgres.types import Rank
from domain.access import Actor
from domain.search import How, Sought, Where, tolerance

Condition = ColumnElement[bool]

_P = table_of(PostingRow).c
_V = table_of(TermRow).c
_DOCUMENTS = ((table_of(TaskWordsRow), "id"), (table_of(CommentWordsRow), "task_id"))
_END = "\U0010ffff"
"""Comes after every character that a term has."""


class Part(IntEnum):
    """The matches of a word, in the order in which they are looked at."""

    WHOLE = 0
    BEGINNING = 1
    NEAR = 2


def _begins(term: ColumnElement[str], word: str) -> Condition:
    """That it is longer than the word, and begins with it: a range of the key."""
    return and_(term > word, term < word + _END)


def _is_one_of(term: ColumnElement[str], words: Sequence[str]) -> Condition:
    return term == any_(literal(list(words), ARRAY(Rank)))


def _part(part: Part, sought: Sought, term: ColumnElement[str]) -> Condition:
    match part:
        case Part.WHOLE:
            return term == sought.word
        case Part.BEGINNING:
            return _begins(term, sought.word)
        case Part.NEAR:
            return _is_one_of(term, sorted(sought.near))


def _how(part: Part, sought: Sought, term: ColumnElement[str]) -> ColumnElement[int]:
    match part:
        case Part.WHOLE:
            return literal(int(How.WHOLE))
        case Part.BEGINNING:
            return literal(int(How.BEGINNING))
        case Part.NEAR:
            edited = _is_one_of(term, sought.edited)
            return case((edited, int(How.ONE_EDIT)), else_=int(How.TWO_EDITS))


def parts_of(sought: Sought) -> list[Part]:
    """Which parts there can be."""
    return [part for part in Part if part is not Part.NEAR or sought.near]


def vocabulary(actor: Actor, words: Sequence[str]) -> Select[Any] | None:
    """Of the words that may be misspelt, by their places: the account's terms that may be near.

    They begin alike, are about as long, and have about the same characters.
    """
    found: list[Any] = []
    for number, word in enumerate(words):
        if most := tolerance(word):
            like = literal(word, Rank)
            found.append(
                select(literal(number).label("number"), _V.term).where(
                    _V.account_id == actor.account_id,
                    _V.term >= word[0],
                    _V.term < word[0] + _END,
                    func.char_length(_V.term).between(len(word) - most, len(word) + most),
                    func.char_length(func.translate(_V.term, like, "")) <= most,
                    func.char_length(func.translate(like, _V.term, "")) <= most,
                )
            )
    return select(union_all(*found).subquery()) if found else None


def counts(actor: Actor, sought: Sequence[Sought], most: int) -> Select[Any]:
    """How many matches each part of each word has, up to one more than `most`."""
    found: list[Any] = []
    for number, one in enumerate(sought):
        for part in parts_of(one):
            some = _postings(actor, one, part).with_only_columns(literal(1).label("one")).limit(most + 1)
            counted = select(func.count()).select_from(some.subquery()).scalar_subquery()
            found.append(counted.label(f"count_{number}_{part}"))
    every: Select[Any] = select().add_columns(*found)
    return every


def _postings(actor: Actor, sought: Sought, part: Part) -> Select[Any]:
    mine = (_P.account_id == actor.account_id, _part(part, sought, _P.term))
    return select(_P.task_id).where(*mine)


def matches(
    actor: Actor,
    number: int,
    sought: Sought,
    limits: Mapping[Part, int] | None,
    within: Select[Any] | None = None,
) -> list[Select[Any]]:
    """What a word matches: its number, the task, what that is worth, and the comment that says it.

    With limits so many of each part, from the end of the key's order, of the tasks `within` if it is given.
    """
    found: list[Any] = []
    for part in parts_of(sought):
        one = _postings(actor, sought, part).add_columns(
            literal(number).label("number"),
            (_P.weight * _how(part, sought, _P.term)).label("worth"),
            _said(_P.weight, _P.source).label("said"),
        )
        if limits is not None and within is not None:
            one = one.where(_P.task_id.in_(within))
        if limits is not None:
            key = (_P.term, _P.task_id, _P.weight, _P.source)
            one = select(one.order_by(*(by.desc() for by in key)).limit(limits[part]).subquery())
        found.append(one)
    return found


def _said(weight: ColumnElement[int], source: ColumnElement[Any]) -> ColumnElement[str]:
    """The comment that a match is of; null for the task itself. As text, of which there is a greatest."""
    return case((weight == int(Where.COMMENT), cast(source, Rank)))


def looked_up(actor: Actor, tasks: FromClause, sought: Sought) -> LateralFromClause:
    """The same of each of these tasks, from its documents: for a word that too many others have."""
    found: list[Any] = []
    for table, of in _DOCUMENTS:
        listed = func.unnest(table.c.terms, table.c.weights).table_valued(
            column("term", Rank), column("weight", SmallInteger)
        )
        item = listed.render_derived(name="listed")
        term = item.c.term
        matched = ((_part(part, sought, term), _how(part, sought, term)) for part in parts_of(sought))
        worth = item.c.weight * case(*matched, else_=null())
        found.append(
            select(worth.label("worth"), _said(item.c.weight, table.c.id).label("said"))
            .select_from(table.join(item, true()))
            .where(table.c.account_id == actor.account_id, table.c[of] == tasks.c.task_id)
            .correlate(tasks)
        )
    every = union_all(*found).subquery()
    best = select(func.max(every.c.worth).label("worth"), func.max(every.c.said).label("said"))
    return best.where(every.c.worth.is_not(None)).lateral()
