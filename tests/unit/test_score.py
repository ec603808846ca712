"""How much speaks for a task."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from application.task_lists import Reading
from domain import score
from domain.score import Score, score_of
from domain.task import Priority, Status
from tests.support.actors import actor
from tests.support.things import NOW, task_of

ME = actor()
TODAY = NOW.date()
SPEC = (Path(__file__).parents[2] / "specs" / "features" / "views.md").read_text()


def of(waiting: int = 0, **values: Any) -> Score:
    return score_of(task_of(ME, **values), waiting, TODAY, NOW)


@pytest.mark.rule("VIEW-12")
@pytest.mark.parametrize(
    ("days", "points"), [(-400, 50), (-1, 50), (0, 40), (1, 20), (7, 20), (8, 0), (400, 0), (None, 0)]
)
def test_what_is_due_sooner_has_more_points(days: int | None, points: int) -> None:
    due = None if days is None else TODAY + timedelta(days=days)
    assert of(due_date=due) == Score(due=points, priority=0, started=0, unblocks=0, age=0)


@pytest.mark.rule("VIEW-12")
def test_each_reason_has_its_points() -> None:
    assert [of(priority=one).priority for one in Priority] == [0, 5, 12, 25, 40]
    assert of(status=Status.IN_PROGRESS).started == 15
    assert [of(waiting=n).unblocks for n in (0, 1, 3, 4, 5, 100)] == [0, 5, 15, 20, 20, 20]
    total = of(waiting=2, due_date=TODAY, priority=Priority.LOW, status=Status.IN_PROGRESS).total
    assert total == 40 + 5 + 15 + 10


@pytest.mark.rule("VIEW-12")
@pytest.mark.parametrize(
    ("age", "points"),
    [
        (timedelta(0), 0), (timedelta(days=7) - timedelta(microseconds=1), 0), (timedelta(days=7), 1),
        (timedelta(days=13, hours=23), 1), (timedelta(weeks=10), 10), (timedelta(weeks=500), 10), (timedelta(days=-9), 0),
    ],
)  # fmt: skip
def test_a_week_is_a_point(age: timedelta, points: int) -> None:
    assert of(created_at=NOW - age).age == points


@pytest.mark.rule("VIEW-12")
def test_the_points_are_those_of_the_spec() -> None:
    table = dict(re.findall(r"^\| `(due|priority|started|unblocks|age)` \| (.+) \|$", SPEC, re.MULTILINE))
    said = {
        name: [int(number) for number in re.findall(r"\*\*(\d+)\*\*", text)] for name, text in table.items()
    }
    assert said == {
        "due": [score.OVERDUE, score.DUE_TODAY, score.DUE_SOON],
        "priority": [score.PRIORITY[one] for one in list(Priority)[:0:-1]],
        "started": [score.STARTED],
        "unblocks": [score.UNBLOCKS, score.UNBLOCKS_MAX],
        "age": [1, score.AGE_MAX],
    }


@pytest.mark.rule("VIEW-13")
def test_today_is_the_readers() -> None:
    at = datetime.fromisoformat("2026-11-25T04:30:00Z")
    assert Reading(at, "America/Bogota", 1).today == date(2026, 11, 24)
    assert Reading(at, "Pacific/Kiritimati", 1).today == date(2026, 11, 25)
