"""A task: its values, its state machine, and the only ways it can change."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypedDict
from uuid import UUID

from domain.attached import ChecklistItem, Link, checked_items, checked_links
from domain.errors import Invalid, TransitionForbidden, Violation
from domain.ids import AccountId, LabelId, ProjectId, SectionId, TaskId
from domain.text import text_violations
from domain.thing import revised, trashed

TITLE_MAX = 500
DESCRIPTION_MAX = 16_384
LABELS_MAX = 50
BLOCKERS_MAX = 50
DUE_FIRST, DUE_LAST = date(2, 1, 1), date(9998, 12, 31)
"""The days that filters can name; a driver may take the very first and last of all for no end."""


class Status(StrEnum):
    """Where a task stands. `done` and `cancelled` are closed, the others open."""

    TODO = "todo"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """How much a task matters, from least to most."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class Verb(StrEnum):
    """What can be done to a task's status."""

    START = "start"
    COMPLETE = "complete"
    CANCEL = "cancel"
    REOPEN = "reopen"


OPEN = frozenset({Status.TODO, Status.IN_PROGRESS})
CLOSED = frozenset({Status.DONE, Status.CANCELLED})

# The state machine. A missing entry is a forbidden transition; an entry that leads to
# itself is why a repeated verb changes nothing.
TRANSITIONS: Mapping[Verb, Mapping[Status, Status]] = {
    Verb.START: {
        Status.TODO: Status.IN_PROGRESS,
        Status.IN_PROGRESS: Status.IN_PROGRESS,
    },
    Verb.COMPLETE: {
        Status.TODO: Status.DONE,
        Status.IN_PROGRESS: Status.DONE,
        Status.DONE: Status.DONE,
    },
    Verb.CANCEL: {
        Status.TODO: Status.CANCELLED,
        Status.IN_PROGRESS: Status.CANCELLED,
        Status.CANCELLED: Status.CANCELLED,
    },
    Verb.REOPEN: {
        Status.TODO: Status.TODO,
        Status.IN_PROGRESS: Status.IN_PROGRESS,
        Status.DONE: Status.TODO,
        Status.CANCELLED: Status.TODO,
    },
}


class TaskChanges(TypedDict, total=False):
    """A merge patch (RFC 7396): an absent field stays, None clears."""

    title: str | None
    description: str | None
    priority: Priority | None
    due_date: date | None
    labels: Collection[LabelId] | None
    blocked_by: Collection[TaskId] | None
    checklist: Sequence[ChecklistItem] | None
    links: Sequence[Link] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a task is: in a project (None: the Inbox), perhaps in a section, perhaps below another task.

    What has the same place are siblings; `rank` orders them.
    """

    project_id: ProjectId | None = None
    section_id: SectionId | None = None
    parent_id: TaskId | None = None


INBOX = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task of one account. Times are aware; `version` starts at 1 and grows by one a change.

    `due_date` is a whole day, the same one wherever it is read. A subtask has its parent's project
    and section. `blocked_by` are tasks that must be closed before.
    `deleted_at` is set while the task is in the trash, where only the trash can see it.
    """

    account_id: AccountId
    id: TaskId
    title: str
    description: str = ""
    status: Status = Status.TODO
    priority: Priority = Priority.NONE
    due_date: date | None = None
    project_id: ProjectId | None = None
    section_id: SectionId | None = None
    parent_id: TaskId | None = None
    rank: str
    labels: frozenset[LabelId] = frozenset()
    blocked_by: frozenset[TaskId] = frozenset()
    checklist: tuple[ChecklistItem, ...] = ()
    links: tuple[Link, ...] = ()
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    deleted_at: datetime | None = None
    deleted_with: UUID | None = None
    version: int = 1

    @classmethod
    def create(
        cls,
        account_id: AccountId,
        task_id: TaskId,
        values: TaskChanges,
        now: datetime,
        *,
        rank: str,
        place: Place = INBOX,
    ) -> "Task":
        """A new task to do. Raises Invalid."""
        return cls(
            account_id=account_id,
            id=task_id,
            project_id=place.project_id,
            section_id=place.section_id,
            parent_id=place.parent_id,
            rank=rank,
            created_at=now,
            updated_at=now,
            **_checked({"title": None, **values}),
        )

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(project_id=self.project_id, section_id=self.section_id, parent_id=self.parent_id)

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do."""
        return self.status in OPEN

    def edit(self, changes: TaskChanges, now: datetime) -> "Task":
        """The task with the changes; the very same task where nothing differs. Raises Invalid."""
        return revised(self, now, **_checked(changes))

    def apply(self, verb: Verb, now: datetime) -> "Task":
        """The task after the verb; the very same task where it was so already. Raises TransitionForbidden."""
        target = TRANSITIONS[verb].get(self.status)
        if target is None:
            raise TransitionForbidden(verb, self.status)
        if target is self.status:
            return self
        return revised(self, now, status=target, completed_at=now if target is Status.DONE else None)

    def move(self, place: Place, rank: str, now: datetime) -> "Task":
        """The task at the place; the very same where it was there already."""
        return revised(
            self,
            now,
            project_id=place.project_id,
            section_id=place.section_id,
            parent_id=place.parent_id,
            rank=rank,
        )

    def delete(self, now: datetime) -> "Task":
        """The task in the trash; the very same task where it was there already."""
        return trashed(self, now)

    def conflicts(self, changes: TaskChanges) -> tuple[str, ...]:
        """The names of the changes that would still change something."""
        return tuple(name for name, value in _checked(changes).items() if getattr(self, name) != value)


def _checked(changes: TaskChanges) -> dict[str, Any]:
    """The changes as they are kept: trimmed, cleared where None. Raises Invalid, naming every violation."""
    values: dict[str, Any] = {}
    found: list[Violation] = []
    if "title" in changes:
        values["title"] = (changes["title"] or "").strip()
        found += text_violations("/title", values["title"], at_least=1, at_most=TITLE_MAX)
    if "description" in changes:
        values["description"] = changes["description"] or ""
        found += text_violations("/description", values["description"], at_most=DESCRIPTION_MAX, lines=True)
    if "priority" in changes:
        values["priority"] = changes["priority"] or Priority.NONE
    if "due_date" in changes:
        values["due_date"] = changes["due_date"]
        found += _beyond_the_calendar("/due_date", values["due_date"])
    if "labels" in changes:
        values["labels"] = frozenset(changes["labels"] or ())
        found += _too_many("/labels", values["labels"], LABELS_MAX)
    if "blocked_by" in changes:
        values["blocked_by"] = frozenset(changes["blocked_by"] or ())
        found += _too_many("/blocked_by", values["blocked_by"], BLOCKERS_MAX)
    if "checklist" in changes:
        values["checklist"], wrong = checked_items(changes["checklist"] or ())
        found += wrong
    if "links" in changes:
        values["links"], wrong = checked_links(changes["links"] or ())
        found += wrong
    if found:
        raise Invalid(found)
    return values


def _beyond_the_calendar(pointer: str, day: date | None) -> list[Violation]:
    if day is None or DUE_FIRST <= day <= DUE_LAST:
        return []
    return [Violation(pointer, "out_of_range", f"Must be from {DUE_FIRST} to {DUE_LAST}.")]


def _too_many(pointer: str, ids: Collection[UUID], limit: int) -> list[Violation]:
    return [Violation(pointer, "too_long", f"Must name at most {limit}.")] if len(ids) > limit else []
