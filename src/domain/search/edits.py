"""How far two words are apart, and which words of an account may be meant by a misspelt one."""

from collections.abc import Iterable, Mapping

NEAR_MAX = 20
"""Words that one misspelt word may stand for, the nearest ones."""
_ONE_FROM, _TWO_FROM = 4, 8


def tolerance(word: str) -> int:
    """How many edits a word may be away. Numbers mean what they say, and short words are all alike."""
    if len(word) < _ONE_FROM or any(character.isnumeric() for character in word):
        return 0
    return 1 if len(word) < _TWO_FROM else 2


def distance(one: str, other: str, most: int) -> int | None:
    """Edits from one to the other, None beyond `most`: a character more, less, or another, or two swapped.

    Optimal string alignment: neighbours are swapped, and no part is edited twice.
    """
    if abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, mine in enumerate(one, 1):
        current = [row]
        for column, theirs in enumerate(other, 1):
            cost = min(above[column] + 1, current[-1] + 1, above[column - 1] + (mine != theirs))
            if row > 1 < column and mine == other[column - 2] and theirs == one[row - 2]:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > most and min(above) > most:
            return None
        before, above = above, current
    return above[-1] if above[-1] <= most else None


def near(word: str, vocabulary: Iterable[str]) -> Mapping[str, int]:
    """Words that may be meant, with their distances: the nearest ones, then in their order.

    The first character counts as right. What begins with the word is found without this.
    """
    most = tolerance(word)
    if not most:
        return {}
    found = [
        (edits, other)
        for other in vocabulary
        if other[:1] == word[0]
        and not other.startswith(word)
        and (edits := distance(word, other, most)) is not None
    ]
    return {other: edits for edits, other in sorted(found)[:NEAR_MAX]}
