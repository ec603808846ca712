"""How far two words are apart, and which words of an account may be meant by a misspelt one."""

from collections.abc import Container, Iterable, Mapping, Sequence
from functools import lru_cache

from domain.folding import folded

NEAR_MAX = 20
"""Words that one misspelt word may stand for, the nearest ones."""
_ONE_FROM, _TWO_FROM, _TYPED_FROM = 4, 8, 5
_BEGINS = 3
"""More than any distance: after these comes what begins nearly like a word."""
_LATIN_END = 0x180


def tolerance(word: str) -> int:
    """How many edits a word may be away. Numbers mean what they say, and short words are all alike."""
    if len(word) < _ONE_FROM or any(character.isnumeric() for character in word):
        return 0
    return 1 if len(word) < _TWO_FROM else 2


def distance(one: str, other: str, most: int) -> int | None:
    """Edits from one to the other, None beyond `most`: a character more, less, or another, or two swapped.

    Optimal string alignment: neighbours are swapped, and no part is edited twice. What is alike at both ends
    stays as it is, so some edit is where the rest begins: with few edits that is quicker than a table.
    """
    if one == other:
        return 0
    if not most or abs(len(one) - len(other)) > most:
        return None
    one, other = _unlike(one, other)
    if not one or not other:
        return len(one or other)
    swapped = one[:2] == other[1::-1]
    if most == 1:
        return 1 if len(one) == len(other) == 1 or (swapped and one[2:] == other[2:]) else None
    edits = [distance(one[1:], other[1:], most - 1)]
    edits += [distance(one[1:], other, most - 1), distance(one, other[1:], most - 1)]
    if swapped:
        edits.append(distance(one[2:], other[2:], most - 1))
    return min((1 + more for more in edits if more is not None), default=None)


def _unlike(one: str, other: str) -> tuple[str, str]:
    """Without what both begin with, and what both end with."""
    shorter, start, end = min(len(one), len(other)), 0, 0
    while start < shorter and one[start] == other[start]:
        start += 1
    while end < shorter - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return one[start : len(one) - end], other[start : len(other) - end]


def misbegun(word: str) -> Sequence[str]:
    """What may be meant where the first character is wrong, too many, missing or swapped with the next."""
    if not tolerance(word):
        return ()
    rest = word[1:]
    others = [letter for letter in _alphabet(ord(word[0])) if letter != word[0]]
    found = [*(letter + rest for letter in others), *(letter + word for letter in others)]
    swapped = word[1] + word[0] + word[2:]
    return [*found, rest, *([swapped] if swapped != word else [])]


@lru_cache(maxsize=1024)
def _alphabet(code: int) -> Sequence[str]:
    """The folded letters of the script that a character is of: of its block of 128 codes, or of the three
    that have Latin.
    """
    start, end = (0, _LATIN_END) if code < _LATIN_END else (code & ~127, (code & ~127) + 128)
    return [letter for letter in map(chr, range(start, end)) if letter.isalpha() and folded(letter) == letter]


def is_typed(word: str) -> bool:
    """Whether a word, the last one, may be looked for as the misspelt beginning of what is being typed."""
    return len(word) >= _TYPED_FROM and tolerance(word) > 0


def begins_nearly(word: str, term: str) -> bool:
    """Whether some beginning of the term is one edit away from the word."""
    place = next((at for at, pair in enumerate(zip(word, term, strict=False)) if pair[0] != pair[1]), None)
    if place is None:
        return len(term) == len(word) - 1
    mine, theirs = word[place:], term[place:]
    less = theirs.startswith(mine[1:]) or theirs[1:].startswith(mine[1:])
    return less or theirs[1:].startswith(mine) or theirs.startswith(mine[1::-1] + mine[2:])


def near(word: str, vocabulary: Iterable[str], *, typing: bool = False) -> Mapping[str, int]:
    """Words that may be meant, with their distances: the nearest ones, then in their order.

    The first character counts as right, or as all that is wrong. What begins with the word is found without
    this. If nothing does and the word is being typed, it may be misspelt already: then what begins nearly so
    counts as two edits away, after all that is.
    """
    most, wrong = tolerance(word), frozenset(misbegun(word))
    if not most:
        return {}
    known, found = set(vocabulary), list[tuple[int, str]]()
    unbegun = typing and is_typed(word) and not any(other.startswith(word) for other in known)
    for other in known:
        if other.startswith(word):
            continue
        alike = other[:1] == word[0]
        edits = distance(word, other, most) if alike else 1 if other in wrong else None
        if edits is None and unbegun:
            begins = begins_nearly(word, other) if alike else _begins_with(other, len(word), wrong)
            edits = _BEGINS if begins else None
        if edits is not None:
            found.append((edits, other))
    return {other: min(edits, _BEGINS - 1) for edits, other in sorted(found)[:NEAR_MAX]}


def _begins_with(term: str, length: int, words: Container[str]) -> bool:
    """Whether it begins with one of these, which are about as long."""
    return any(term[: length + more] in words for more in (-1, 0, 1))
