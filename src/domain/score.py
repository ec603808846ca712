"""What to do next: how much speaks for a task, in points that each have a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.task import Priority, Status, Task

OVERDUE, DUE_TODAY, DUE_SOON = 50, 40, 20
SOON = timedelta(days=7)
PRIORITY: Mapping[Priority, int] = {
    Priority.NONE: 0,
    Priority.LOW: 5,
    Priority.MEDIUM: 12,
    Priority.HIGH: 25,
    Priority.URGENT: 40,
}
STARTED = 15
UNBLOCKS, UNBLOCKS_MAX = 5, 20
"""For each open task that waits for it, and at most."""
AGE = timedelta(days=7)
AGE_MAX = 10
"""A point for each so long since it was made, and at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The points of a task, by reason. The more, the sooner."""

    due: int
    priority: int
    started: int
    unblocks: int
    age: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.due + self.priority + self.started + self.unblocks + self.age


def score_of(task: Task, waiting: int, today: date, now: datetime) -> Score:
    """The score of a task that `waiting` open tasks wait for. `today` is the reader's, `now` is aware."""
    return Score(
        due=_due(task.due_date, today),
        priority=PRIORITY[task.priority],
        started=STARTED if task.status is Status.IN_PROGRESS else 0,
        unblocks=min(waiting * UNBLOCKS, UNBLOCKS_MAX),
        age=max(0, min((now - task.created_at) // AGE, AGE_MAX)),
    )


def _due(day: date | None, today: date) -> int:
    if day is None or day > today + SOON:
        return 0
    if day == today:
        return DUE_TODAY
    return OVERDUE if day < today else DUE_SOON
