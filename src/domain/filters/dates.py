"""Dates as a filter writes them: `2026-01-02`, `today`, `monday`, `now-P7D`, `this_month+P1M`."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeVar

from domain.errors import FilterInvalid
from domain.filters.nearest import nearest
from domain.state import moment

FIRST_YEAR = 2
LAST_YEAR = 9998  # so that every date has a day before and after it, in any zone
Dated = TypeVar("Dated", date, datetime)


class Anchor(StrEnum):
    """What a relative date starts from. Only NOW is an instant; the others are days, weeks, months, years."""

    NOW = "now"
    TODAY = "today"
    TOMORROW = "tomorrow"
    YESTERDAY = "yesterday"
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    THIS_WEEK = "this_week"
    NEXT_WEEK = "next_week"
    LAST_WEEK = "last_week"
    THIS_MONTH = "this_month"
    NEXT_MONTH = "next_month"
    LAST_MONTH = "last_month"
    THIS_YEAR = "this_year"
    NEXT_YEAR = "next_year"
    LAST_YEAR = "last_year"


WEEKDAYS = frozenset(
    {
        *(Anchor.MONDAY, Anchor.TUESDAY, Anchor.WEDNESDAY, Anchor.THURSDAY),
        *(Anchor.FRIDAY, Anchor.SATURDAY, Anchor.SUNDAY),
    }
)


@dataclass(frozen=True, slots=True)
class Duration:
    """An ISO 8601 duration with a sign, in whole numbers."""

    negative: bool = False
    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0
    seconds: int = 0

    @property
    def timed(self) -> bool:
        """Whether it has hours, minutes or seconds."""
        return bool(self.hours or self.minutes or self.seconds)

    def __str__(self) -> str:
        days = _counted(zip((self.years, self.months, self.weeks, self.days), "YMWD", strict=True))
        times = _counted(zip((self.hours, self.minutes, self.seconds), "HMS", strict=True))
        body = days + ("T" + times if times else "")
        return ("-" if self.negative else "+") + "P" + (body or "0D")


@dataclass(frozen=True, slots=True)
class When:
    """A date term: where it starts, and by what it is moved, in this order.

    `base` is an Anchor, a date (a day in the reader's zone), a datetime without a zone (a local time in the
    reader's zone) or one in UTC (an instant); None is the present: `now` for an instant, `today` for a date.
    """

    base: Anchor | date | datetime | None
    shifts: tuple[Duration, ...] = ()

    @property
    def timed(self) -> bool:
        """Whether it says a time of day, which an all-day date cannot be compared with."""
        named = self.base is Anchor.NOW or isinstance(self.base, datetime)
        return named or any(shift.timed for shift in self.shifts)

    def __str__(self) -> str:
        return _base_text(self.base) + "".join(map(str, self.shifts))

    @classmethod
    def parse(cls, text: str) -> "When":
        """The date term that the text says. Raises FilterInvalid without a place."""
        mark = _MARK.search(text)
        base, shifts = (text[: mark.start()], text[mark.start() :]) if mark else (text, "")
        if not text or not _SHIFTS.fullmatch(shifts):
            raise _unreadable(text, _TOO_MANY if _LONG.search(shifts) else _FORMS)
        return cls(_base(base) if base else None, tuple(map(_duration, _SHIFT.finditer(shifts))))


_PARTS = (("years", "Y"), ("months", "M"), ("weeks", "W"), ("days", "D"))
_TIMES = (("hours", "H"), ("minutes", "M"), ("seconds", "S"))


def _optional(parts: tuple[tuple[str, str], ...]) -> str:
    return "".join(rf"(?:(?P<{name}>[0-9]{{1,4}}){letter})?" for name, letter in parts)


_SHIFT = re.compile(
    rf"(?P<sign>[+-])P(?=[0-9T]){_optional(_PARTS)}(?:T(?=[0-9]){_optional(_TIMES)})?", re.IGNORECASE
)
_SHIFTS = re.compile(f"(?:{re.sub('[?]P<[a-z]+>', '?:', _SHIFT.pattern)})*", re.IGNORECASE)
_MARK = re.compile("[+-]P", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    _DATE.pattern
    + r"T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?",
    re.IGNORECASE,
)


def _base(text: str) -> Anchor | date | datetime:
    if text.lower() in {*Anchor}:
        return Anchor(text.lower())
    try:
        if _DATE.fullmatch(text):
            return in_range(date.fromisoformat(text))
        if _TIME.fullmatch(text):
            read = in_range(datetime.fromisoformat(text.upper()))
            return in_range(read.astimezone(UTC)) if read.tzinfo else read
    except ValueError:
        raise _unreadable(text, _FORMS if _is_day(text[:10]) else _NO_DAY) from None
    raise _unreadable(text, _FORMS)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def in_range(day: Dated) -> Dated:
    """The very date. Raises FilterInvalid without a place where it is too far away."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise out_of_range()
    return day


def _duration(match: re.Match[str]) -> Duration:
    counts = {name: int(match[name] or 0) for name, _ in _PARTS + _TIMES}
    return Duration(match["sign"] == "-", **counts)


def _counted(parts: "zip[tuple[int, str]]") -> str:
    return "".join(f"{count}{letter}" for count, letter in parts if count)


def _base_text(base: Anchor | date | datetime | None) -> str:
    if base is None:
        return ""
    if isinstance(base, Anchor):
        return base.value
    return moment(base) if isinstance(base, datetime) and base.tzinfo else base.isoformat()


_FORMS = (
    "A date is written as 2026-01-31, 2026-01-31T09:30, today, monday, "
    "this_week, last_month, +P7D or now-P7D."
)
_NO_DAY = "There is no such day in the calendar."
_TOO_MANY = "A number in a duration has at most four digits."
_ALONE = "A weekday is written alone, and is the first from today on: the one after is monday+P7D."
_LONG = re.compile("[0-9]{5}")
_BESIDE = ("this_", "next_", "last_")


def _unreadable(text: str, detail: str) -> FilterInvalid:
    mark = _MARK.search(text)
    base = (text[: mark.start()] if mark else text).lower()
    day = base.partition("_")[2]
    if base.startswith(_BESIDE) and day in WEEKDAYS:
        return FilterInvalid("bad_date", _ALONE, suggestions=[day])
    return FilterInvalid("bad_date", detail, suggestions=nearest(text, Anchor))


def out_of_range() -> FilterInvalid:
    """The refusal of a date that is too far away."""
    return FilterInvalid("out_of_range", f"A date is in the years {FIRST_YEAR} to {LAST_YEAR}.")
