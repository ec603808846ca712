"""The statement that answers the best tasks of a search, composed once for all searches of the same shape.

It is shaped so that no estimate of the planner's can make it read more: what each word matches is added up by
task, and a task is looked at by its key, in the order of the answer, until the page is full.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Select,
    SmallInteger,
    Subquery,
    Uuid,
    bindparam,
    column,
    func,
    select,
    true,
    tuple_,
    union_all,
)

from adapters.postgres.mapping import table_of
from adapters.postgres.matching import P, Word, found_by_key, looked_up, postings, said, texts
from adapters.postgres.shapes import Shape, constant, number
from adapters.postgres.showing import showing
from adapters.postgres.snapshot import SOMEBODY, Prepared
from adapters.postgres.tables import TaskRow
from adapters.postgres.tasks import MINE, conditions
from adapters.postgres.types import Rank
from application.shown import FIELDS
from domain.search import Part

_T = table_of(TaskRow).c
_SHAPES_MAX = 256
SHOWN = showing(FIELDS)


@dataclass(frozen=True, slots=True)
class Scoring:
    """A search without its values. Of its words so many are read first, and the others looked up: those whose
    places are `listed`, by key.

    `newest`: only so many of the newest matches of the first word are looked at; `cut`: only so many of each
    part, which are parameters, of those that the filter selects if there is one.
    """

    asked: Shape
    words: int
    read: int
    limit: int
    listed: frozenset[int] = frozenset()
    newest: int | None = None
    cut: bool = False
    filtered: bool = False
    further: bool = False


@lru_cache(_SHAPES_MAX)
def best(scoring: Scoring) -> Prepared:
    """The tasks that have all words, as SHOWN reads them, then their scores and comments."""
    words = [Word(place) for place in range(scoring.words)]
    scored = _scored(_found(scoring, words), words, scoring)
    chosen = select(*SHOWN.columns).where(*MINE, _T.id == scored.c.task_id, *conditions(scoring.asked))
    one = chosen.limit(constant(1)).lateral("one")
    every: Select[Any] = select().add_columns(*one.c, scored.c.score, said(scored, words).label("said"))
    every = every.select_from(scored.join(one, true()))
    every = every.order_by(scored.c.score.desc(), scored.c.task_id.desc())
    return Prepared(every.limit(constant(scoring.limit)))


def _found(scoring: Scoring, words: Sequence[Word]) -> Subquery:
    """The tasks that all words match which are read, and what that is worth."""
    if scoring.newest is not None:
        return _newest(scoring.newest)
    within = select(_T.id).where(*MINE, *conditions(scoring.asked)) if scoring.filtered else None
    parts: list[Any] = []
    for place, word in enumerate(words[: scoring.read]):
        for part in Part:
            one = _matches(place, word, part)
            parts.append(_cut(one, part, within) if scoring.cut else one)
    every = union_all(*parts).subquery()
    best = [func.max(every.c.worth).filter(every.c.place == constant(place)) for place in range(scoring.read)]
    score: ColumnElement[int] = sum(best[1:], best[0])
    return (
        select(every.c.task_id, score.label("score"))
        .group_by(every.c.task_id)
        .having(score.is_not(None))
        .subquery()
    )


def _matches(place: int, word: Word, part: Part) -> Select[Any]:
    """What a part of a word matches: the task, the word's place, and what that is worth."""
    worth = P.weight * word.how(part, P.term)
    return postings(word, part).add_columns(constant(place).label("place"), worth.label("worth"))


def _cut(matches: Select[Any], part: Part, within: Select[Any] | None) -> Select[Any]:
    """So many, from the end of the key's order."""
    if within is not None:
        matches = matches.where(P.task_id.in_(within))
    key = (P.term, P.task_id, P.weight, P.source)
    return select(matches.order_by(*(by.desc() for by in key)).limit(number(f"limit{part}")).subquery())


def _newest(most: int) -> Subquery:
    """So many of the matches with the greatest ids, of terms that are given with what they are worth; but for
    those with the least of these ids, of which there may be more.
    """
    given = func.unnest(texts("terms"), bindparam("hows", type_=ARRAY(SmallInteger), required=False))
    term = given.table_valued(column("term", Rank), column("how", SmallInteger)).render_derived(name="given")
    key = (P.term, P.task_id, P.weight, P.source)
    of_one = (
        select(P.task_id, (P.weight * term.c.how).label("worth"))
        .where(P.account_id == SOMEBODY.account_id, P.term == term.c.term)
        .order_by(*(by.desc() for by in key))
        .limit(constant(most))
        .lateral()
    )
    every = select(of_one.c.task_id, of_one.c.worth).select_from(term.join(of_one, true()))
    newest = every.order_by(of_one.c.task_id.desc()).limit(constant(most)).cte("newest")
    ends = select(newest.c.task_id).order_by(newest.c.task_id).limit(constant(1)).scalar_subquery()
    score = func.max(newest.c.worth).label("score")
    beyond = select(newest.c.task_id, score).where(newest.c.task_id > ends)
    return beyond.group_by(newest.c.task_id).subquery()


def _scored(found: Subquery, words: Sequence[Word], scoring: Scoring) -> Subquery:
    """With the words that are looked up, in the order of the answer, after its place."""
    score: ColumnElement[int] = found.c.score
    source: FromClause = found
    for place in range(scoring.read, scoring.words):
        look = found_by_key if place in scoring.listed else looked_up
        more = look(found, words[place])
        source = source.join(more, more.c.worth.is_not(None))
        score = score + more.c.worth
    statement = select(found.c.task_id, score.label("score")).select_from(source)
    if scoring.further:
        beyond = (number("score"), bindparam("place_id", type_=Uuid, required=False))
        statement = statement.where(tuple_(score, found.c.task_id) < tuple_(*beyond))
    return statement.order_by(score.desc(), found.c.task_id.desc()).subquery()
