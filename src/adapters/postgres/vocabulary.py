"""Which of an account's terms a word may stand for, as SQL over its vocabulary."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    any_,
    column,
    func,
    literal,
    select,
    true,
    union_all,
)

from adapters.postgres.mapping import table_of
from adapters.postgres.matching import END, Word, text, texts
from adapters.postgres.shapes import constant, number
from adapters.postgres.snapshot import SOMEBODY, Prepared
from adapters.postgres.tables import TermRow
from adapters.postgres.types import Rank
from domain.search import (
    BEGINNINGS_MAX,
    NEAR_MAX,
    Ceiling,
    Part,
    Piece,
    misbegun,
    pieces,
    pieces_begun,
    tolerance,
)

_V = table_of(TermRow).c
_MINE = _V.account_id == SOMEBODY.account_id


@lru_cache
def vocabulary(words: int, ceiling: Ceiling, *, typed: bool) -> Prepared:
    """Of so many words that may be misspelt, by their places: what each is compared with, as `compared` says;
    the last one may be `typed`. Some terms come twice.
    """
    found: list[Any] = []
    for place in range(words):
        term = _looked_at(place, ceiling).c.term
        found.append(_first(term, place, ceiling.compared, _is_alike(place, term)))
        found.append(_first(_V.term, place, NEAR_MAX, _MINE, _V.term == any_(texts(f"misbegun{place}"))))
        if typed and place == words - 1:
            begun = _begun(place)
            found.append(select(constant(place), begun.subquery().c.term))
            unbegun = begun.scalar_subquery().is_(None)
            found.append(_first(term, place, ceiling.compared, unbegun, _begins_alike(place, term)))
            found.append(_misbegun(place, unbegun))
    every = union_all(*(one.subquery().select() for one in found))
    return Prepared(select(every.subquery()))


def asked(words: Sequence[str]) -> dict[str, Any]:
    """What the vocabulary is asked for."""
    found: dict[str, Any] = {}
    for place, word in enumerate(words):
        found |= {f"word{place}": word, f"end{place}": word + END, f"most{place}": tolerance(word)}
        found |= {f"from{place}": word[0], f"until{place}": word[0] + END}
        found |= {f"misbegun{place}": sorted(misbegun(word))}
        found |= {f"pieces{place}": _patterns(pieces(word)), f"begun{place}": _patterns(pieces_begun(word))}
    return found


def _patterns(pieces: Sequence[Piece]) -> list[str]:
    """What a term is like that has one. No word has a character that means something in a pattern."""
    return [f"%{one.text}" if one.start is None else f"{'_' * one.start}{one.text}%" for one in pieces]


@lru_cache
def beginnings() -> Prepared:
    """What the account has that begins with the word in place 0, up to one more than is looked at."""
    mine = (_MINE, Word(0).has(Part.BEGINNING, _V.term))
    return Prepared(select(_V.term).where(*mine).order_by(_V.term).limit(constant(BEGINNINGS_MAX + 1)))


def _looked_at(place: int, ceiling: Ceiling) -> FromClause:
    """The first of those with its first character, a range of the key."""
    begins = (_V.term >= text(f"from{place}"), _V.term < text(f"until{place}"))
    some = select(_V.term).where(_MINE, *begins).order_by(_V.term)
    return some.limit(constant(ceiling.looked_at)).subquery()


def _first(term: ColumnElement[str], place: int, most: int, *where: ColumnElement[bool]) -> Select[Any]:
    """The first of the terms that are so, each with the place."""
    found: Select[Any] = select().add_columns(constant(place).label("place"), term)
    return found.where(*where).order_by(term).limit(constant(most))


def _is_alike(place: int, term: ColumnElement[str]) -> ColumnElement[bool]:
    word, most = text(f"word{place}"), number(f"most{place}")
    long = func.char_length(term).between(func.char_length(word) - most, func.char_length(word) + most)
    has_piece = term.like(any_(texts(f"pieces{place}")))
    return and_(long, has_piece, _others(term, word, most), _others(word, term, most))


def _begins_alike(place: int, term: ColumnElement[str]) -> ColumnElement[bool]:
    word, one = text(f"word{place}"), constant(1)
    shorter = func.left(term, func.char_length(word) - one)
    longer = func.left(term, func.char_length(word) + one)
    has_piece = term.like(any_(texts(f"begun{place}")))
    return and_(has_piece, _others(shorter, word, one), _others(word, longer, one))


def _misbegun(place: int, unbegun: ColumnElement[bool]) -> Select[Any]:
    """The first terms that begin with what may be meant by a wrong first character."""
    meant = (
        func.unnest(texts(f"misbegun{place}")).table_valued(column("word", Rank)).render_derived(name="meant")
    )
    term = table_of(TermRow).alias().c
    begins = and_(term.term >= meant.c.word, term.term < meant.c.word + literal(END, Rank))
    mine = select(term.term).where(term.account_id == SOMEBODY.account_id, begins)
    some = mine.order_by(term.term).limit(constant(NEAR_MAX)).lateral()
    each = select(some.c.term).select_from(meant.join(some, true())).where(unbegun).distinct().subquery()
    return _first(each.c.term, place, NEAR_MAX)


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
