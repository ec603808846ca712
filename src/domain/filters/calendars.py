"""The calendar of one reader at one moment: what `today` is, and when a day begins and ends."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from domain.filters.dates import FIRST_YEAR, LAST_YEAR, Anchor, Duration, When, in_range, out_of_range

_TICK = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days from the first to the end, which is not among them: `months` long, or as many `days`."""

    first: date
    months: int = 0
    days: int = 0

    @property
    def end(self) -> date:
        return moved(self.first, self.months, self.days)


Place: TypeAlias = Days | datetime
_WEEK = (
    Anchor.MONDAY, Anchor.TUESDAY, Anchor.WEDNESDAY, Anchor.THURSDAY,
    Anchor.FRIDAY, Anchor.SATURDAY, Anchor.SUNDAY,
)  # fmt: skip
# Which unit, and how many on from the current one.
_PERIODS: Mapping[Anchor, tuple[str, int]] = {
    Anchor.YESTERDAY: ("day", -1),
    Anchor.TODAY: ("day", 0),
    Anchor.TOMORROW: ("day", 1),
    Anchor.LAST_WEEK: ("week", -1),
    Anchor.THIS_WEEK: ("week", 0),
    Anchor.NEXT_WEEK: ("week", 1),
    Anchor.LAST_MONTH: ("month", -1),
    Anchor.THIS_MONTH: ("month", 0),
    Anchor.NEXT_MONTH: ("month", 1),
    Anchor.LAST_YEAR: ("year", -1),
    Anchor.THIS_YEAR: ("year", 0),
    Anchor.NEXT_YEAR: ("year", 1),
}
_MONTHS_AND_DAYS = {"day": (0, 1), "week": (0, 7), "month": (1, 0), "year": (12, 0)}


class Calendar:
    """Resolves date terms for one moment, zone and first day of the week (ISO 8601: 1 Monday to 7 Sunday)."""

    def __init__(self, now: datetime, zone: ZoneInfo, first_day_of_week: int) -> None:
        self._now = now.astimezone(UTC)
        self._zone = zone
        self._today = today = now.astimezone(zone).date()
        self._begun = {
            "day": today,
            "week": today - (today.isoweekday() - first_day_of_week) % 7 * _DAY,
            "month": today.replace(day=1),
            "year": today.replace(month=1, day=1),
        }

    def days(self, when: When) -> tuple[date, date]:
        """The days of a term that says no time of day, half open. Raises FilterInvalid without a place."""
        place = self._place(when, self._anchor(Anchor.TODAY))
        if isinstance(place, datetime):
            raise TypeError("a term with a time of day is no day")
        return place.first, place.end

    def instants(self, when: When) -> tuple[datetime, datetime]:
        """From the begin of the term to its end in UTC, half open. Raises FilterInvalid without a place.

        A day begins at its first 00:00 in the zone, or when the clock jumps over that; an instant is a
        microsecond long.
        """
        place = self._place(when, self._now)
        if isinstance(place, datetime):
            return place, place + _TICK
        return self._utc(_midnight(place.first)), self._utc(_midnight(place.end))

    def _place(self, when: When, present: Place) -> Place:
        place = present if when.base is None else self._base(when.base)
        for shift in when.shifts:
            place = self._shifted(place, shift)
        return place

    def _base(self, base: Anchor | date | datetime) -> Place:
        if isinstance(base, Anchor):
            return self._anchor(base)
        if isinstance(base, datetime):
            return base if base.tzinfo else self._utc(base)
        return Days(base, days=1)

    def _anchor(self, anchor: Anchor) -> Place:
        if anchor is Anchor.NOW:
            return self._now
        if anchor in _WEEK:
            ahead = (_WEEK.index(anchor) - self._today.weekday()) % 7
            return Days(self._today + ahead * _DAY, days=1)
        unit, count = _PERIODS[anchor]
        months, days = _MONTHS_AND_DAYS[unit]
        return Days(moved(self._begun[unit], count * months, count * days), months, days)

    def _shifted(self, place: Place, shift: Duration) -> Place:
        """Moved on the wall clock by months, then days; and then by hours and less as they pass."""
        sign = -1 if shift.negative else 1
        months = sign * (12 * shift.years + shift.months)
        days = sign * (7 * shift.weeks + shift.days)
        passing = sign * timedelta(hours=shift.hours, minutes=shift.minutes, seconds=shift.seconds)
        if isinstance(place, Days):
            first = in_range(moved(place.first, months, days))
            if not shift.timed:
                return Days(first, place.months, place.days)
            return _passed(self._utc(_midnight(first)), passing)
        if months or days:
            wall = place.astimezone(self._zone)
            place = self._utc(datetime.combine(in_range(moved(wall.date(), months, days)), wall.time()))
        return _passed(place, passing)

    def _utc(self, wall: datetime) -> datetime:
        """The instant of a local time: in a gap by the offset before it, and of two the first."""
        return wall.replace(tzinfo=self._zone, fold=0).astimezone(UTC)


def moved(day: date, months: int, days: int) -> date:
    """The day so many months on, or the last of a month that is too short; then so many days on.

    Raises FilterInvalid without a place.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not FIRST_YEAR - 1 <= year <= LAST_YEAR + 1:
        raise out_of_range()
    last = monthrange(year, month + 1)[1]
    try:
        return date(year, month + 1, min(day.day, last)) + timedelta(days)
    except OverflowError:
        raise out_of_range() from None


def _passed(instant: datetime, passing: timedelta) -> datetime:
    try:
        return in_range(instant + passing)
    except OverflowError:
        raise out_of_range() from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
