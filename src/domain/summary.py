"""How much there is to do and how much is done: an account's tasks counted, by the days of one reader."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.filters.calendars import Calendar
from domain.filters.dates import Anchor, When
from domain.ids import ProjectId
from domain.task import Status

DUE_DAYS = 28
"""Today and the days after it that are counted one by one."""
COMPLETED_DAYS = 90
"""Today and the days before it."""
NO_DATE, OVERDUE, LATER = -2, -1, DUE_DAYS
"""Where open tasks are counted that are due on none of these days."""


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a summary, as filters know them. `began` are the instants at which the COMPLETED_DAYS
    begin, in their order, and the one at which today ends.
    """

    today: date
    began: tuple[datetime, ...]

    @classmethod
    def of(cls, now: datetime, zone: ZoneInfo) -> "Days":
        """Those of a reader in the zone."""
        calendar = Calendar(now, zone, 1)
        today, _ = calendar.days(When(Anchor.TODAY))
        spans = [calendar.instants(When(day)) for day in _up_to(today)]
        return cls(today, (*(begin for begin, _ in spans), spans[-1][1]))

    def due_place(self, day: date | None) -> int:
        """Where an open task is counted: how many days on it is due, or NO_DATE, OVERDUE, LATER."""
        if day is None:
            return NO_DATE
        return max(OVERDUE, min(LATER, (day - self.today).days))

    def completed_place(self, instant: datetime) -> int:
        """On which of the days, from 1; 0 before them, one more than there are after them."""
        return bisect_right(self.began, instant)


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many on a day."""

    day: date
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCount:
    """How many in a project, not in those within it. Without id and name it is the Inbox."""

    project_id: ProjectId | None
    name: str | None
    open: int
    closed: int
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All counts are of the same tasks.

    Those that are open are either overdue, due on one of the days, due later, or without a date.
    """

    today: date
    by_status: Mapping[Status, int]
    overdue: int
    due_by_day: Sequence[DayCount]
    due_later: int
    no_due_date: int
    completed_by_day: Sequence[DayCount]
    by_project: Sequence[ProjectCount]

    @classmethod
    def of(
        cls,
        days: Days,
        statuses: Mapping[Status, int],
        due: Mapping[int, int],
        completed: Mapping[int, int],
        projects: Sequence[ProjectCount],
    ) -> "Summary":
        """From what was counted by status, by due_place, by completed_place and by project."""
        return cls(
            today=days.today,
            by_status={status: statuses.get(status, 0) for status in Status},
            overdue=due.get(OVERDUE, 0),
            due_by_day=[
                DayCount(days.today + timedelta(place), due.get(place, 0)) for place in range(DUE_DAYS)
            ],
            due_later=due.get(LATER, 0),
            no_due_date=due.get(NO_DATE, 0),
            completed_by_day=[
                DayCount(day, completed.get(place, 0)) for place, day in enumerate(_up_to(days.today), 1)
            ],
            by_project=sorted(projects, key=_most_open_first),
        )

    @property
    def total(self) -> int:
        """How many tasks there are."""
        return sum(self.by_status.values())


def _up_to(today: date) -> list[date]:
    return [today - timedelta(back) for back in reversed(range(COMPLETED_DAYS))]


def _most_open_first(one: ProjectCount) -> tuple[int, int, str]:
    """Equal ones by id, the Inbox before all."""
    return -one.open, -one.closed, "" if one.project_id is None else str(one.project_id)
