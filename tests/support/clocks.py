"""A clock that tests set."""

from datetime import UTC, datetime, timedelta

from application.ports import Clock


class FixedClock(Clock):
    """Stands still until it is told to go on."""

    def __init__(self, now: datetime = datetime(2026, 1, 31, 12, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, **time: float) -> None:
        self._now += timedelta(**time)

    def set(self, now: datetime) -> None:
        self._now = now
