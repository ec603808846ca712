"""What reads answer: pages and the caller's own account."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypedDict, TypeVar
from uuid import UUID

from domain.change import Change, EntityKind, Head
from domain.filters import Resolved
from domain.task import Status, Task

PAGE_DEFAULT = 50
PAGE_MAX = 200
CHANGES_DEFAULT = 100
CHANGES_MAX = 500

Criteria = Mapping[str, Collection[Any]]
"""By field, the values that it may have, None among them perhaps; of a set, those that it may hold."""

Edge = tuple[UUID, UUID]
"""A task, and one that blocks it."""

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


@dataclass(frozen=True, slots=True)
class Order:
    """Fields to sort by, the id the last of them; a later one decides where those before are equal."""

    names: tuple[str, ...]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class SortKey:
    """A field that tasks are sorted by; application.sorting knows which there are."""

    name: str
    descending: bool = False


NEWEST_FIRST = (SortKey("created_at", descending=True),)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task's subtasks are: how many there are, and how many of them are closed."""

    total: int = 0
    closed: int = 0


NO_SUBTASKS = Progress()


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task, and what follows from others: its subtasks' progress, and how many open tasks block it."""

    task: Task
    progress: Progress = NO_SUBTASKS
    blocked_by_open: int = 0

    @property
    def ready(self) -> bool:
        """Whether it is open and nothing blocks it."""
        return self.task.is_open and not self.blocked_by_open


class Closed(TypedDict):
    """How far a task's subtasks are: how many there are, and how many of them are closed."""

    total: int
    closed: int


class TaskShown(TypedDict, total=False):
    """Of a task, what was asked for. Sets are sequences, sorted; choices are their values."""

    id: UUID
    title: str
    description: str
    status: str
    priority: str
    project_id: UUID | None
    section_id: UUID | None
    parent_id: UUID | None
    rank: str
    labels: Sequence[UUID]
    blocked_by: Sequence[UUID]
    checklist: Sequence[Any]
    links: Sequence[Any]
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    due_date: date | None
    version: int
    subtasks: Closed
    blocked_by_open: int
    ready: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """Which tasks, in which order. No statuses means every status, no criteria every place and label.

    Tasks of archived projects are left out, unless the criteria name a place or `everywhere` is so;
    `archived` are those that count as archived, if not those that are. `without` are left out, too.
    `after` is a place among the newest first, `beyond` one in any order.
    """

    statuses: frozenset[Status] = frozenset()
    where: Criteria = field(default_factory=dict[str, Collection[Any]])
    limit: int = PAGE_DEFAULT
    after: Position | None = None
    filter: Resolved | None = None
    everywhere: bool = False
    archived: frozenset[UUID] | None = None
    without: frozenset[UUID] = frozenset()
    sort: tuple[SortKey, ...] = NEWEST_FIRST
    beyond: tuple[Any, ...] | None = None

    @property
    def start(self) -> tuple[Any, ...] | None:
        """After which place in the order, if not at its begin: the values sorted by, and an id."""
        return self.beyond if self.after is None else (self.after.created_at, self.after.id)

    @property
    def names_place(self) -> bool:
        """Whether it is about one project, section or parent, archived or not."""
        within = (set(self.where.get(name, ())) - {None} for name in ("section_id", "parent_id"))
        return "project_id" in self.where or any(within)


@dataclass(frozen=True, slots=True)
class Included:
    """By kind (labels, projects, sections, tasks) each thing once, none from the trash.

    `complete` is false where something was left out: no more than PAGE_MAX are brought for each include.
    """

    things: Mapping[str, Sequence[Any]]
    complete: bool


@dataclass(frozen=True, slots=True)
class TaskPage(Page[TaskShown]):
    """Some tasks; how many there are in all, if that was asked; the filter as it was read, if any;
    and what they refer to, as far as that was asked.
    """

    count: int | None = None
    resolved: Resolved | None = None
    included: Included | None = None


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
