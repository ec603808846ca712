"""What reads answer: pages and the caller's own account."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypedDict, TypeVar
from uuid import UUID

from domain.change import Change, EntityKind, Head
from domain.filters import Resolved
from domain.search import COMPARED_MAX, LOOKED_AT_MAX, Ceiling, Snippet, Sought
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
    """Of a task, what was asked for. Ids are text; sets are sequences, sorted; choices are their values."""

    id: str
    title: str
    description: str
    status: str
    priority: str
    project_id: str | None
    section_id: str | None
    parent_id: str | None
    rank: str
    labels: Sequence[str]
    blocked_by: Sequence[str]
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


MATCHES_MAX = 5_000
LOOKED_UP_MAX = 1_000
FEW_MAX = 500
LOOKS = (128, 1_024)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """Which tasks, by their words. Tasks of archived projects are left out, unless `everywhere` is so.

    `beyond` is a place in the order: a score, and a task's id. At most so many matches are read, of all words
    together, and words that are not read are looked up in at most so many. Unless there are `few`, or few
    that others are looked up in, the newest are looked at before: so many, and perhaps then so many.

    For what is near, so many terms are `looked_at`, and so many of them `compared`, for all words together.
    """

    words: tuple[str, ...]
    filter: Resolved | None = None
    everywhere: bool = False
    limit: int
    beyond: tuple[int, UUID] | None = None
    few: int = FEW_MAX
    looks: tuple[int, ...] = LOOKS
    matches: int = MATCHES_MAX
    looked_up: int = LOOKED_UP_MAX
    looked_at: int = LOOKED_AT_MAX
    compared: int = COMPARED_MAX

    @property
    def ceiling(self) -> Ceiling:
        """What that is for each word."""
        return Ceiling.of(self.words, self.looked_at, self.compared)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A task that was found, all that TaskShown has; of each word that comments have, the greatest id."""

    task: Mapping[str, Any]
    score: int
    comment_ids: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """The best ones first: by score, then by id, both descending. `sought` is what the words were taken for.

    `truncated` where a match that was not looked at might have come among them.
    """

    hits: Sequence[Ranked]
    sought: tuple[Sought, ...]
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A task that was found, what that is worth, and where."""

    task: Mapping[str, Any]
    score: int
    snippets: Sequence[Snippet]


@dataclass(frozen=True, slots=True)
class SearchPage(Page[Hit]):
    """Some of what was found; the filter as it was read, if any."""

    truncated: bool = False
    resolved: Resolved | None = None


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
