"""What is asked of a store beside the use cases of any account: to stay small."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from domain.ids import AccountId
from domain.retention import Purgeable


@dataclass(frozen=True, slots=True)
class Step:
    """A small piece of work. `visited`: it was some account's turn, so there may be more to do.

    `done` counts what was done; `problem` is a word for what stood in the way of this account alone.
    """

    visited: bool
    done: int = 0
    problem: str | None = None


class Upkeep(Protocol):
    """Removes what has been kept for long enough, and says whose turn it is."""

    @abstractmethod
    async def trash_turn(self) -> AccountId | None:
        """An account whose trash is to be looked through; its next turn is in a day. Raises Unavailable."""

    @abstractmethod
    async def purge(self, what: Purgeable, keep: timedelta, limit: int) -> Step:
        """Remove at most `limit` (1 to 1000) of one account whose turn it is, the oldest first.

        Only what is older than `keep` by the store's own clock goes; of the journal a beginning, and the
        floor moves along in the same transaction. An account that somebody is writing to is left for later.
        Any number may do so at once. Raises ValueError where `keep` is shorter than allowed, Unavailable.
        """
