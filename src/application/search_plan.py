"""How a search is gone about, by how many matches its words have: the same in every store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate

from application.views import Ranked
from domain.search import How, Part, Sought, Where

Counts = Sequence[Mapping[Part, int]]
"""Of each word, how many matches each part has, up to some number."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which words are read, by their places; which are looked up in the tasks that these find; and how many
    matches of the one that is read are looked at, where that is not all.
    """

    read: Sequence[int]
    looked_up: Sequence[int]
    most: int | None = None


def planned(counted: Counts, matches: int, looked_up: int) -> Plan:
    """Those with the fewest are read, as many as there is room for in `matches`; one is.

    If others are looked up, in at most so many. Counted up to the greater of the two is enough.
    """
    enough = max(matches, looked_up) + 1
    totals = [min(sum(of.values()), enough) for of in counted]
    order = sorted(range(len(totals)), key=lambda place: (totals[place], place))
    sums = accumulate(totals[place] for place in order)
    room = max(1, sum(so_far <= matches for so_far in sums))
    read, rest = order[:room], order[room:]
    most = looked_up if rest else matches
    return Plan(read[:1], order[1:], most) if totals[read[0]] > most else Plan(read, rest)


def driving(counted: Counts, words: Sequence[str]) -> int:
    """The place of the word whose newest matches are looked at: the one with the fewest, as far as that is
    known; of those with as many the longest, which is likely the rarest.
    """
    return min(range(len(words)), key=lambda place: (sum(counted[place].values()), -len(words[place]), place))


def best_score(counted: Counts, sought: Sequence[Sought]) -> int:
    """More than this no task can be worth."""
    return Where.TITLE * sum(map(_best, counted, sought))


def _best(counted: Mapping[Part, int], sought: Sought) -> int:
    if counted.get(Part.WHOLE):
        return How.WHOLE
    if counted.get(Part.BEGINNING):
        return How.BEGINNING
    return How.ONE_EDIT if sought.edited else How.TWO_EDITS


class Verdict(Enum):
    """What the best of the newest say about all there is."""

    PROVEN = "these are the best"
    LIKELY = "so many more of the newest would show it"
    UNKNOWN = "there may be others"


def verdict(hits: Sequence[Ranked], best: int, limit: int, looks: Sequence[int]) -> Verdict:
    """Whether the hits come first in all there is: as many as asked for, each worth the most that any can be.
    What was not looked at has lesser ids, so it comes after them. `looks`: how many were looked at, and then
    how many might be.
    """
    best_ones = sum(hit.score >= best for hit in hits)
    if best_ones == limit:
        return Verdict.PROVEN
    likely = len(looks) > 1 and best_ones * looks[1] >= limit * looks[0]
    return Verdict.LIKELY if likely else Verdict.UNKNOWN
