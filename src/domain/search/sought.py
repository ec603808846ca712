"""What is sought, and what it is worth where it is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum


class Where(IntEnum):
    """What a match is worth by where it is."""

    TITLE = 8
    CHECKLIST = 4
    DESCRIPTION = 2
    COMMENT = 1


class How(IntEnum):
    """What it is worth by how it is: the two are multiplied."""

    WHOLE = 6
    BEGINNING = 3
    ONE_EDIT = 2
    TWO_EDITS = 1


class Part(IntEnum):
    """The matches of a word, in the order in which they are looked at where there are too many."""

    WHOLE = 0
    BEGINNING = 1
    NEAR = 2


BEGINNINGS_MAX = 200
"""Terms that a word may begin for its newest matches to be looked at."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A word that is asked for, and what may be meant by it, with how many edits that is away."""

    word: str
    near: Mapping[str, int] = field(default_factory=dict[str, int])

    def worth(self, term: str) -> int:
        """How the term matches; 0 if it does not."""
        if term == self.word:
            return How.WHOLE
        if term.startswith(self.word):
            return How.BEGINNING
        edits = self.near.get(term)
        return 0 if edits is None else How.ONE_EDIT if edits == 1 else How.TWO_EDITS

    def part(self, term: str) -> Part | None:
        """Which part of its matches the term is of; None if it is no match."""
        if term == self.word:
            return Part.WHOLE
        if term.startswith(self.word):
            return Part.BEGINNING
        return Part.NEAR if term in self.near else None

    def length(self, term: str) -> int:
        """How many characters of a term that matches are the match."""
        return len(self.word) if term.startswith(self.word) else len(term)

    @property
    def edited(self) -> Sequence[str]:
        """What is one edit away."""
        return sorted(term for term, edits in self.near.items() if edits == 1)
