"""What is asked of the actor's data as it was at a place of the journal: each answer by one statement."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from application.views import Criteria
from domain.change import EntityKind


class PlaceReads(Protocol):
    """The present, without the changes after a place: all of these must be kept."""

    @abstractmethod
    async def some(self, seq: int, kind: EntityKind, ids: Collection[UUID]) -> Sequence[Any]:
        """Those of these things that were there right after the change `seq`, in the trash or not."""

    @abstractmethod
    async def tied(
        self, seq: int, kind: EntityKind, ties: Criteria, after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        """At most `limit` ids after that one, by id, of things that fit a criterion at the place, or since.

        In the trash or not, and perhaps gone for good; for each field one id or more.
        """

    @abstractmethod
    async def subtasks(
        self, seq: int, ids: Collection[UUID], without: Collection[UUID]
    ) -> Mapping[UUID, tuple[int, int]]:
        """How many subtasks these tasks had at the place, and how many of them were closed.

        Without some, and without those in the trash; nothing of a task that had none.
        """

    @abstractmethod
    async def blocking(
        self, seq: int, ids: Collection[UUID], named: Collection[UUID], without: Collection[UUID]
    ) -> Mapping[UUID, Collection[UUID]]:
        """Which tasks had these as blockers at the place, none in the trash, without some.

        For each, those that are named, and one of the others.
        """

    @abstractmethod
    async def open(self, seq: int, ids: Collection[UUID]) -> Collection[UUID]:
        """Those of these tasks that were open at the place, and not in the trash."""
