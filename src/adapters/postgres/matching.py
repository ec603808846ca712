"""How words match postings and documents, as SQL. A statement is composed once for however many words."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    SmallInteger,
    and_,
    any_,
    bindparam,
    case,
    func,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.sql.selectable import LateralFromClause

from adapters.postgres.mapping import table_of
from adapters.postgres.shapes import constant
from adapters.postgres.snapshot import SOMEBODY, Prepared
from adapters.postgres.tables import CommentWordsRow, PostingRow, TaskWordsRow
from adapters.postgres.types import Rank
from domain.search import How, Part, Sought

Condition = ColumnElement[bool]

P = table_of(PostingRow).c
_TASKS, _COMMENTS = table_of(TaskWordsRow), table_of(CommentWordsRow)
_GENERIC = func.set_config("plan_cache_mode", "force_generic_plan", true())
"""From here on PostgreSQL keeps to the plan that it made for whatever words: making one takes longer than all
that it saves. The statements leave it no choice that could be wrong for some.
"""
END = "\U0010ffff"
"""Comes after every character that a term has."""


def text(name: str) -> BindParameter[str]:
    """A parameter that is compared with terms."""
    return bindparam(name, type_=Rank, required=False)


def texts(name: str) -> BindParameter[Any]:
    """One that is several of those."""
    return bindparam(name, type_=ARRAY(Rank), required=False)


class Word:
    """A word of a statement, by its place in it: its parameters, and how terms match."""

    def __init__(self, place: int) -> None:
        self._word, self._end = text(f"word{place}"), text(f"end{place}")
        self._near, self._edited = texts(f"near{place}"), texts(f"edited{place}")
        self.listed = texts(f"listed{place}")

    def has(self, part: Part, term: ColumnElement[str]) -> Condition:
        """That the term is of this part of the word's matches: a value or a range of the key."""
        match part:
            case Part.WHOLE:
                return term == self._word
            case Part.BEGINNING:
                return and_(term > self._word, term < self._end)
            case Part.NEAR:
                return term == any_(self._near)

    def how(self, part: Part, term: ColumnElement[str]) -> ColumnElement[int]:
        """What a term of this part is worth."""
        match part:
            case Part.WHOLE:
                return constant(How.WHOLE)
            case Part.BEGINNING:
                return constant(How.BEGINNING)
            case Part.NEAR:
                edited = term == any_(self._edited)
                return case((edited, constant(How.ONE_EDIT)), else_=constant(How.TWO_EDITS))

    def worth(self, term: ColumnElement[str]) -> ColumnElement[int | None]:
        """What any term is worth; null for one that does not match."""
        return case(*((self.has(part, term), self.how(part, term)) for part in Part), else_=null())


def values_of(sought: Sequence[Sought]) -> dict[str, Any]:
    """The parameters of the words in their places."""
    found: dict[str, Any] = {}
    for place, one in enumerate(sought):
        found |= {f"word{place}": one.word, f"end{place}": one.word + END}
        found |= {f"near{place}": sorted(one.near), f"edited{place}": one.edited}
        found[f"listed{place}"] = sorted([one.word, *one.near])
    return found


@lru_cache
def counts(words: int, most: int) -> Prepared:
    """How many matches each part of each word has, up to one more than `most`, in one row.

    In an order, though none is asked for: only the index has it, so nothing else is read for the first few.
    """
    found: list[Any] = []
    for place in range(words):
        for part in Part:
            some = postings(Word(place), part).with_only_columns(constant(1).label("one"))
            some = some.order_by(P.term, P.task_id).limit(constant(most + 1))
            counted = select(func.count()).select_from(some.subquery()).scalar_subquery()
            found.append(counted.label(f"count_{place}_{part}"))
    every: Select[Any] = select().add_columns(*found, _GENERIC)
    return Prepared(every)


def postings(word: Word, part: Part) -> Select[Any]:
    """The postings of a part of its matches."""
    return select(P.task_id).where(P.account_id == SOMEBODY.account_id, word.has(part, P.term))


def found_by_key(tasks: FromClause, word: Word) -> LateralFromClause:
    """What the word, which begins no term, is worth in each of these tasks: by the postings of all terms that
    it may be. Null where it is not found.
    """
    mine = (P.account_id == SOMEBODY.account_id, P.term == any_(word.listed))
    worth = func.max(P.weight * word.worth(P.term)).label("worth")
    return select(worth).where(*mine, P.task_id == tasks.c.task_id).correlate(tasks).lateral()


def looked_up(tasks: FromClause, word: Word) -> LateralFromClause:
    """The same of any word, from the tasks' documents, which takes longer."""
    parts: list[Any] = [_listed(_TASKS, "id", tasks), _listed(_COMMENTS, "task_id", tasks)]
    worths = [select((one.c.weight * word.worth(one.c.term)).label("worth")) for one in parts]
    every = union_all(*worths).subquery()
    return select(func.max(every.c.worth).label("worth")).lateral()


def _listed(documents: Any, of: str, tasks: FromClause) -> Any:
    """The terms of the documents of a task. Unnested as columns: a function in FROM keeps its rows first."""
    mine = (documents.c.account_id == SOMEBODY.account_id, documents.c[of] == tasks.c.task_id)
    terms = func.unnest(documents.c.terms, type_=Rank).label("term")
    weights = func.unnest(documents.c.weights, type_=SmallInteger).label("weight")
    return select(documents.c.id, terms, weights).where(*mine).correlate(tasks).subquery()


def said(tasks: FromClause, words: Sequence[Word]) -> ColumnElement[Any]:
    """Of each word, the comment of the task with the greatest id that has it: as text, of which one is so."""
    listed = _listed(_COMMENTS, "task_id", tasks)
    having = (func.max(listed.c.id.cast(Rank)).filter(one.worth(listed.c.term).is_not(None)) for one in words)
    return select(array(having)).scalar_subquery()
