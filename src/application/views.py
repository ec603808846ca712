"""What reads answer: pages and the caller's own account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from domain.change import Change, EntityKind, Head
from domain.task import Status

PAGE_DEFAULT = 50
PAGE_MAX = 200
CHANGES_DEFAULT = 100
CHANGES_MAX = 500

Item = TypeVar("Item", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some of a list. `next_cursor` is None at its end."""

    items: Sequence[Item]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the list of tasks: the sort key of the last one seen."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """Which tasks, newest first. No statuses means every status."""

    statuses: frozenset[Status] = frozenset()
    limit: int = PAGE_DEFAULT
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class Extent:
    """How far an account's journal reaches: the changes after the floor, up to the head, are there."""

    floor: Head
    head: Head


Mark = tuple[int, int]
"""How many changes and how many notes a unit of work has."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a unit of work would keep: its changes, and the version of each thing it has looked at."""

    changes: Sequence[Change]
    seen: Mapping[tuple[EntityKind, UUID], int]


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Some of a journal. `next` is where to go on, now or later; `left` is how far that is from the end.

    `floor` is the last change that is not kept any more.
    """

    items: Sequence[Change]
    next: str
    has_more: bool
    left: int
    floor: Head
