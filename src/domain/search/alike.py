"""Which of an account's terms a misspelt word is compared with: those that are alike, up to a ceiling.

A database says the same in its own words, so that only these leave it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.search.edits import NEAR_MAX, is_typed, misbegun, tolerance

LOOKED_AT_MAX = 160_000
"""Terms that are looked at for all words of a query together."""
COMPARED_MAX = 2_000
"""Of those that are alike, how many are compared."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How many terms are looked at for each word, and how many of those that are alike are compared."""

    looked_at: int
    compared: int

    @classmethod
    def of(cls, words: Sequence[str], looked_at: int, compared: int) -> "Ceiling":
        """What the words that may be misspelt share evenly; beginnings of one that is typed are one more."""
        shares = max(1, sum(tolerance(word) > 0 for word in words) + is_typed(words[-1]))
        return cls(max(1, looked_at // shares), max(1, compared // shares))


def compared(word: str, vocabulary: Iterable[str], ceiling: Ceiling, *, typed: bool = False) -> Sequence[str]:
    """Of these terms the ones that may be near the word, each once, in their order.

    Of those with its first character the first ones that are alike; what may be meant by a wrong one. Of a
    word that is typed what it begins; if there is none, what has a beginning that is alike.
    """
    if not tolerance(word):
        return []
    known, wrong = sorted(set(vocabulary)), frozenset(misbegun(word))
    looked_at = [term for term in known if term[:1] == word[0]][: ceiling.looked_at]
    found = set([term for term in looked_at if is_alike(word, term)][: ceiling.compared])
    found.update([term for term in known if term in wrong][:NEAR_MAX])
    begun = [term for term in known if term.startswith(word)][:1] if typed else []
    if typed and not begun:
        found.update([term for term in looked_at if begins_alike(word, term)][: ceiling.compared])
        found.update([term for term in known if term.startswith(tuple(wrong))][:NEAR_MAX])
    return sorted(found.union(begun))


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a word and where it is in a term: so many characters after its beginning, or at its end."""

    text: str
    start: int | None = None

    def is_in(self, term: str) -> bool:
        """Whether the term has it there."""
        return term.endswith(self.text) if self.start is None else term.startswith(self.text, self.start)


def pieces(word: str) -> Sequence[Piece]:
    """Whatever is near has one of these: an edit takes at most two neighbours, and moves the rest by one."""
    if tolerance(word) == 1:
        half = len(word) // 2
        return [Piece(word[:half], 0), Piece(word[half + 1 :])]
    third, rest = (len(word) + 1) // 3, len(word) - len(word) // 3
    middle = _moved(third + 1, word[third + 1 : rest - 1])
    return [Piece(word[:third], 0), Piece(word[rest:]), *middle]


def pieces_begun(word: str) -> Sequence[Piece]:
    """Whatever has a beginning that is one edit away has one of these."""
    half = len(word) // 2
    return [Piece(word[:half], 0), *_moved(half + 1, word[half + 1 :])]


def _moved(start: int, text: str) -> Sequence[Piece]:
    return [Piece(text, place) for place in (start - 1, start, start + 1)]


def is_alike(word: str, term: str) -> bool:
    """Whether it is about as long, and has about the same characters and a piece: all that is near is so."""
    most = tolerance(word)
    return (
        abs(len(term) - len(word)) <= most
        and any(piece.is_in(term) for piece in pieces(word))
        and _others(term, word) <= most
        and _others(word, term) <= most
    )


def begins_alike(word: str, term: str) -> bool:
    """Whether a beginning, a character shorter than the word, or as long, or longer, may be one edit away."""
    shorter, longer = term[: len(word) - 1], term[: len(word) + 1]
    return (
        any(piece.is_in(term) for piece in pieces_begun(word))
        and _others(shorter, word) <= 1
        and _others(word, longer) <= 1
    )


def _others(term: str, word: str) -> int:
    """Characters of the term that are none of the word's."""
    return sum(character not in word for character in term)
