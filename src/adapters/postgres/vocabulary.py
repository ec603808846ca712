"""Which of an account's terms a word may stand for, as SQL over its vocabulary."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, any_, column, func, literal, select, true, union_all

from adapters.postgres.mapping import table_of
from adapters.postgres.matching import END, Word, text, texts
from adapters.postgres.shapes import constant, number
from adapters.postgres.snapshot import SOMEBODY, Prepared
from adapters.postgres.tables import TermRow
from adapters.postgres.types import Rank
from domain.search import BEGINNINGS_MAX, NEAR_MAX, Part, misbegun, tolerance

_V = table_of(TermRow).c
_MINE = _V.account_id == SOMEBODY.account_id


@lru_cache
def vocabulary(words: int, *, typed: bool) -> Prepared:
    """Of so many words that may be misspelt, by their places: the account's terms that may be near.

    Those begin alike, are about as long, and have about the same characters; or they are what may be meant by
    a wrong first character. Of the last word, if it is `typed`, also one that it begins; if there is none,
    all of which a beginning has about the same characters, and what begins with a wrong first character.
    """
    found: list[Any] = []
    for place in range(words):
        one = select(constant(place).label("place"), _V.term).where(_MINE)
        found += [one.where(_is_alike(place)), one.where(_V.term == any_(texts(f"misbegun{place}")))]
        if typed and place == words - 1:
            begun = _begun(place)
            found.append(select(constant(place), begun.subquery().c.term))
            unbegun = begun.scalar_subquery().is_(None)
            found += [one.where(unbegun, _begins_alike(place)), _misbegun(place).where(unbegun)]
    return Prepared(select(union_all(*found).subquery()))


def asked(words: Sequence[str]) -> dict[str, Any]:
    """What the vocabulary is asked for."""
    found: dict[str, Any] = {}
    for place, word in enumerate(words):
        found |= {f"word{place}": word, f"end{place}": word + END, f"most{place}": tolerance(word)}
        found |= {f"from{place}": word[0], f"until{place}": word[0] + END}
        found |= {f"misbegun{place}": sorted(misbegun(word))}
    return found


@lru_cache
def beginnings() -> Prepared:
    """What the account has that begins with the word in place 0, up to one more than is looked at."""
    mine = (_MINE, Word(0).has(Part.BEGINNING, _V.term))
    return Prepared(select(_V.term).where(*mine).order_by(_V.term).limit(constant(BEGINNINGS_MAX + 1)))


def _is_alike(place: int) -> ColumnElement[bool]:
    word, most = text(f"word{place}"), number(f"most{place}")
    long = func.char_length(_V.term).between(func.char_length(word) - most, func.char_length(word) + most)
    return and_(
        _begins_with_its_first(place), long, _others(_V.term, word, most), _others(word, _V.term, most)
    )


def _begins_alike(place: int) -> ColumnElement[bool]:
    """A beginning that is one edit away is one character shorter than the word, or as long, or longer."""
    word, one = text(f"word{place}"), constant(1)
    shorter = func.left(_V.term, func.char_length(word) - one)
    longer = func.left(_V.term, func.char_length(word) + one)
    return and_(_begins_with_its_first(place), _others(shorter, word, one), _others(word, longer, one))


def _misbegun(place: int) -> Select[Any]:
    """Of each of what may be meant by a wrong first character, the first terms that begin with it."""
    meant = (
        func.unnest(texts(f"misbegun{place}")).table_valued(column("word", Rank)).render_derived(name="meant")
    )
    term = table_of(TermRow).alias().c
    begins = and_(term.term >= meant.c.word, term.term < meant.c.word + literal(END, Rank))
    mine = select(term.term).where(term.account_id == SOMEBODY.account_id, begins)
    some = mine.order_by(term.term).limit(constant(NEAR_MAX)).lateral()
    found: Select[Any] = select().add_columns(constant(place), some.c.term)
    return found.select_from(meant.join(some, true()))


def _begins_with_its_first(place: int) -> ColumnElement[bool]:
    """A range of the key."""
    return and_(_V.term >= text(f"from{place}"), _V.term < text(f"until{place}"))


def _others(term: ColumnElement[str], word: ColumnElement[str], most: Any) -> ColumnElement[bool]:
    """That at most so many characters of the term are none of the word's."""
    few: ColumnElement[bool] = func.char_length(func.translate(term, word, "")) <= most
    return few


def _begun(place: int) -> Select[Any]:
    """The first term that is the word, or begins with it. In its order, so that it is looked up."""
    term = table_of(TermRow).alias().c
    begun = and_(term.term >= text(f"word{place}"), term.term < text(f"end{place}"))
    return (
        select(term.term)
        .where(term.account_id == SOMEBODY.account_id, begun)
        .order_by(term.term)
        .limit(constant(1))
    )
