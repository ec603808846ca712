"""A task: its values, its state machine, and the only ways it can change."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypedDict

from domain.errors import Invalid, TransitionForbidden, Violation
from domain.ids import AccountId, TaskId
from domain.text import text_violations

TITLE_MAX = 500
DESCRIPTION_MAX = 16_384


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task of one account. Times are aware; `version` starts at 1 and grows by one a change.

    `deleted_at` is set while the task is in the trash, where only the trash can see it.
    """

    account_id: AccountId
    id: TaskId
    title: str
    description: str = ""
    status: Status = Status.TODO
    priority: Priority = Priority.NONE
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    deleted_at: datetime | None = None
    version: int = 1

    @classmethod
    def create(cls, account_id: AccountId, task_id: TaskId, values: TaskChanges, now: datetime) -> "Task":
        """A new task to do. Raises Invalid."""
        return cls(
            account_id=account_id,
            id=task_id,
            created_at=now,
            updated_at=now,
            **_checked({"title": None, **values}),
        )

    def edit(self, changes: TaskChanges, now: datetime) -> "Task":
        """The task with the changes; the very same task where nothing differs. Raises Invalid."""
        values = _checked(changes)
        if all(getattr(self, name) == value for name, value in values.items()):
            return self
        return replace(self, **values, updated_at=now, version=self.version + 1)

    def apply(self, verb: Verb, now: datetime) -> "Task":
        """The task after the verb; the very same task where it was so already. Raises TransitionForbidden."""
        target = TRANSITIONS[verb].get(self.status)
        if target is None:
            raise TransitionForbidden(verb, self.status)
        if target is self.status:
            return self
        completed_at = now if target is Status.DONE else None
        return replace(
            self, status=target, completed_at=completed_at, updated_at=now, version=self.version + 1
        )

    def delete(self, now: datetime) -> "Task":
        """The task in the trash; the very same task where it was there already."""
        if self.deleted_at is not None:
            return self
        return replace(self, deleted_at=now, updated_at=now, version=self.version + 1)

    def conflicts(self, changes: TaskChanges) -> tuple[str, ...]:
        """The names of the changes that would still change something."""
        return tuple(name for name, value in _checked(changes).items() if getattr(self, name) != value)


class _Values(TypedDict, total=False):
    title: str
    description: str
    priority: Priority


def _checked(changes: TaskChanges) -> _Values:
    """The changes as they are kept: trimmed, cleared where None. Raises Invalid, naming every violation."""
    values: _Values = {}
    violations: list[Violation] = []
    if "title" in changes:
        values["title"] = (changes["title"] or "").strip()
        violations += text_violations("/title", values["title"], at_least=1, at_most=TITLE_MAX)
    if "description" in changes:
        values["description"] = changes["description"] or ""
        violations += text_violations(
            "/description", values["description"], at_most=DESCRIPTION_MAX, lines=True
        )
    if "priority" in changes:
        values["priority"] = changes["priority"] or Priority.NONE
    if violations:
        raise Invalid(violations)
    return values
