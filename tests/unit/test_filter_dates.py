"""What a date term comes to, for one reader at one moment."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import FilterInvalid
from domain.filters import Check, Leaf, matches, parse, resolve
from domain.filters.calendars import Calendar
from domain.filters.dates import Anchor, When
from tests.support.filters import OFTEN, at, task, tried, whens

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name)
    for name in [
        "UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Beirut", "Asia/Kolkata", "Asia/Kathmandu",
        "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana", "Pacific/Chatham",
    ]
]  # fmt: skip
WEDNESDAY = datetime(2026, 4, 15, 10, 20, 30, 400, tzinfo=UTC)
moments = st.datetimes(at("2012-01-01"), at("2037-01-01"), timezones=st.just(UTC))


def days(term: str, now: datetime = WEDNESDAY, zone: ZoneInfo = BERLIN, first: int = 1) -> list[str]:
    return [f"{day}" for day in Calendar(now, zone, first).days(When.parse(term))]


def instants(term: str, now: datetime = WEDNESDAY, zone: ZoneInfo = BERLIN) -> list[datetime]:
    return [*Calendar(now, zone, 1).instants(When.parse(term))]


@pytest.mark.rule("FLT-16")
@pytest.mark.parametrize(
    ("term", "first", "end"),
    [
        ("today", "2026-04-15", "2026-04-16"),
        ("tomorrow", "2026-04-16", "2026-04-17"),
        ("yesterday", "2026-04-14", "2026-04-15"),
        ("wednesday", "2026-04-15", "2026-04-16"),
        ("thursday", "2026-04-16", "2026-04-17"),
        ("tuesday", "2026-04-21", "2026-04-22"),
        ("sunday-P1W", "2026-04-12", "2026-04-13"),
        ("this_week", "2026-04-13", "2026-04-20"),
        ("next_week", "2026-04-20", "2026-04-27"),
        ("last_week", "2026-04-06", "2026-04-13"),
        ("this_month", "2026-04-01", "2026-05-01"),
        ("next_month", "2026-05-01", "2026-06-01"),
        ("last_month", "2026-03-01", "2026-04-01"),
        ("this_year", "2026-01-01", "2027-01-01"),
        ("next_year", "2027-01-01", "2028-01-01"),
        ("last_year", "2025-01-01", "2026-01-01"),
    ],
)
def test_anchors(term: str, first: str, end: str) -> None:
    assert days(term) == [first, end]
    assert days(term.upper()) == [first, end]


@pytest.mark.rule("FLT-16")
def test_every_anchor_has_a_period() -> None:
    for anchor in Anchor:
        low, high = Calendar(WEDNESDAY, BERLIN, 1).instants(When(anchor))
        assert low < high


@pytest.mark.rule("FLT-16")
@pytest.mark.parametrize(
    ("first", "begin"),
    [(1, "2026-04-13"), (7, "2026-04-12"), (6, "2026-04-11"), (3, "2026-04-15"), (4, "2026-04-09")],
)
def test_the_week_begins_where_the_caller_says(first: int, begin: str) -> None:
    assert days("this_week", first=first)[0] == begin
    assert days("this_week", first=first)[1] == f"{date.fromisoformat(begin) + timedelta(7)}"


@pytest.mark.rule("FLT-16")
@pytest.mark.parametrize(
    ("zone", "now", "today"),
    [
        ("America/Bogota", "2026-04-16T04:30Z", "2026-04-15"),  # UTC-5, 23:30
        ("America/Bogota", "2026-04-16T05:00Z", "2026-04-16"),
        ("Pacific/Kiritimati", "2026-04-15T10:00Z", "2026-04-16"),
        ("Pacific/Pago_Pago", "2026-04-15T10:59Z", "2026-04-14"),
        ("Asia/Kathmandu", "2026-04-15T18:15Z", "2026-04-16"),
        ("Asia/Kathmandu", "2026-04-15T18:14:59Z", "2026-04-15"),
    ],
)
def test_today_is_the_callers(zone: str, now: str, today: str) -> None:
    assert days("today", at(now), ZoneInfo(zone))[0] == today
    due = task(due_date=date.fromisoformat(today))
    assert matches(resolve(parse("today"), at(now), ZoneInfo(zone)), due)


@pytest.mark.rule("FLT-17")
@pytest.mark.parametrize(
    ("term", "first", "end"),
    [
        ("+P3D", "2026-04-18", "2026-04-19"),
        ("-P1W", "2026-04-08", "2026-04-09"),
        ("-p1w", "2026-04-08", "2026-04-09"),
        ("+P0D", "2026-04-15", "2026-04-16"),
        ("2026-01-31+P1M", "2026-02-28", "2026-03-01"),
        ("2026-01-31+P1M+P1M", "2026-03-28", "2026-03-29"),
        ("2026-01-31+P2M", "2026-03-31", "2026-04-01"),
        ("2026-03-31-P1M", "2026-02-28", "2026-03-01"),
        ("2024-02-29+P1Y", "2025-02-28", "2025-03-01"),
        ("2024-02-29+P4Y", "2028-02-29", "2028-03-01"),
        ("2026-12-15+P1M", "2027-01-15", "2027-01-16"),
        ("2026-01-15-P1M", "2025-12-15", "2025-12-16"),
        ("2026-01-31+P1M1D", "2026-03-01", "2026-03-02"),
        ("2026-03-31-P1M1D", "2026-02-27", "2026-02-28"),
        ("2026-01-01+P1Y2M3W4D", "2027-03-26", "2027-03-27"),
        ("this_month+P1M", "2026-05-01", "2026-06-01"),
        ("this_month-P2M", "2026-02-01", "2026-03-01"),
        ("this_week+P1D", "2026-04-14", "2026-04-21"),
    ],
)
def test_days_are_moved_on_the_calendar(term: str, first: str, end: str) -> None:
    assert days(term) == [first, end]


@pytest.mark.rule("FLT-17", "FLT-18")
@pytest.mark.parametrize(
    ("term", "zone", "instant"),
    [
        ("now", "Europe/Berlin", "2026-04-15T10:20:30.000400Z"),
        ("+PT0S", "Europe/Berlin", "2026-04-15T10:20:30.000400Z"),
        ("-P7D", "Europe/Berlin", "2026-04-08T10:20:30.000400Z"),
        ("now-P1DT2H", "Europe/Berlin", "2026-04-14T08:20:30.000400Z"),
        # Over the change to summer time the wall clock stays for days, and hours pass.
        ("now-P20D", "Europe/Berlin", "2026-03-26T11:20:30.000400Z"),
        ("now-PT480H", "Europe/Berlin", "2026-03-26T10:20:30.000400Z"),
        ("today+PT6H", "Europe/Berlin", "2026-04-15T04:00Z"),
        ("2026-03-29+PT6H", "Europe/Berlin", "2026-03-29T05:00Z"),
        ("2026-03-28+P1DT2H30M", "Europe/Berlin", "2026-03-29T01:30Z"),
        ("2026-01-02T10:00", "Europe/Berlin", "2026-01-02T09:00Z"),
        ("2026-01-02t10:00:01.5", "Europe/Berlin", "2026-01-02T09:00:01.500000Z"),
        ("2026-01-02T10:00Z", "Europe/Berlin", "2026-01-02T10:00Z"),
        ("2026-01-02T10:00-05:00", "Europe/Berlin", "2026-01-02T15:00Z"),
        ("2026-01-31T10:00Z+P1M", "Europe/Berlin", "2026-02-28T10:00Z"),
        ("2026-03-28T02:30+P1D", "Europe/Berlin", "2026-03-29T01:30Z"),
        # In a gap by the offset before it; of two the first.
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30Z"),
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30Z"),
        ("2026-10-24T02:30+P1D", "Europe/Berlin", "2026-10-25T00:30Z"),
    ],
)
def test_instants(term: str, zone: str, instant: str) -> None:
    assert instants(term, zone=ZoneInfo(zone)) == [at(instant), at(instant) + timedelta(microseconds=1)]


@pytest.mark.rule("FLT-17")
def test_hours_pass_where_the_clock_says_one_twice() -> None:
    second = at("2026-10-25T01:30Z")  # 02:30 for the second time
    assert instants("now+PT1H", second)[0] == at("2026-10-25T02:30Z")
    assert instants("now-PT1H", second)[0] == at("2026-10-25T00:30Z")
    assert instants("now+P1D", second)[0] == at("2026-10-26T01:30Z")


@pytest.mark.rule("FLT-15")
@pytest.mark.parametrize(
    ("term", "zone", "low", "high"),
    [
        ("2026-01-02", "Europe/Berlin", "2026-01-01T23:00Z", "2026-01-02T23:00Z"),
        ("2026-03-29", "Europe/Berlin", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),  # 23 hours
        ("2026-10-25", "Europe/Berlin", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),  # 25 hours
        ("2026-03-29", "Asia/Beirut", "2026-03-28T22:00Z", "2026-03-29T21:00Z"),  # begins at 01:00
        ("2026-11-01", "America/Havana", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),  # has 00:00 twice
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00Z", "2011-12-30T10:00Z"),  # never was
        ("this_month", "Europe/Berlin", "2026-03-31T22:00Z", "2026-04-30T22:00Z"),
    ],
)
def test_days_as_instants(term: str, zone: str, low: str, high: str) -> None:
    assert instants(term, zone=ZoneInfo(zone)) == [at(low), at(high)]


@pytest.mark.rule("FLT-15")
@pytest.mark.parametrize(
    ("operator", "low", "high"),
    [
        ("=", "2026-01-01T23:00Z", "2026-01-02T23:00Z"),
        ("<", None, "2026-01-01T23:00Z"),
        ("<=", None, "2026-01-02T23:00Z"),
        (">", "2026-01-02T23:00Z", None),
        (">=", "2026-01-01T23:00Z", None),
    ],
)
def test_an_instant_compared_with_a_day(operator: str, low: str | None, high: str | None) -> None:
    bounds = tuple(at(bound) if bound else None for bound in (low, high))
    root = resolve(parse(f"created_at {operator} 2026-01-02"), WEDNESDAY, BERLIN).root
    assert root == Leaf("created_at", Check.WITHIN, bounds)


@pytest.mark.rule("FLT-15")
@OFTEN
@given(moments, moments, st.sampled_from(ZONES))
def test_a_task_of_a_local_day_is_found_by_it(now: datetime, made: datetime, zone: ZoneInfo) -> None:
    local = made.astimezone(zone).date()
    facts = task(created_at=made)
    for operator, expected in {
        "=": True,
        "!=": False,
        "<": False,
        "<=": True,
        ">": False,
        ">=": True,
    }.items():
        assert matches(resolve(parse(f"created_at {operator} {local}"), now, zone), facts) is expected
    assert matches(resolve(parse("created_at = today"), now, zone), facts) is (
        local == now.astimezone(zone).date()
    )
    assert matches(resolve(parse("created_at < today"), now, zone), facts) is (
        local < now.astimezone(zone).date()
    )


@pytest.mark.rule("FLT-15")
@OFTEN
@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from(sorted(available_timezones())))
def test_days_follow_each_other_without_gap_or_overlap(day: date, name: str) -> None:
    zone = ZoneInfo(name)
    low, high = instants(f"{day}", zone=zone)
    assert instants(f"{day + timedelta(1)}", zone=zone)[0] == high
    assert low <= high
    assert high - low <= timedelta(hours=50)
    if low < high:
        assert low.astimezone(zone).date() == day


@pytest.mark.rule("FLT-18")
@OFTEN
@given(st.datetimes(at("1900-01-01"), at("2100-01-01")), st.sampled_from(sorted(available_timezones())))
def test_a_local_time_is_the_first_of_its_instants(wall: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    instant = instants(wall.isoformat(), zone=zone)[0]
    shown = instant.astimezone(zone)
    if shown.replace(tzinfo=None) == wall:
        assert shown.fold == 0
    else:  # in a gap: later, by as much as the clock jumped
        assert shown.replace(tzinfo=None) > wall


@pytest.mark.rule("FLT-5", "FLT-20")
@pytest.mark.parametrize(
    "term",
    ["today+P9999Y", "today-P9999Y", "9998-12-31+P1D", "0002-01-01-P1D", "now+P7900Y+P99Y", "9998-12-31T23:00+PT9999H", "9998-12-31T12:00Z+PT20H", "0002-01-01T12:00Z-PT20H", "0002-01-01T00:00-PT9999H",
     "today+P7900Y9999W", "9998-12-31+PT9999H", "today-P9999W-P9999W-P9999W-P9999W-P9999W-P9999W-P9999W-P9999W-P9999W-P9999W-P9999W"],
)  # fmt: skip
def test_too_far_away(term: str) -> None:
    with pytest.raises(FilterInvalid) as caught:
        resolve(parse(f"done & completed_at > {term}"), WEDNESDAY, BERLIN)
    assert (caught.value.reason, caught.value.start, caught.value.end) == ("out_of_range", 7, 22 + len(term))


@pytest.mark.rule("FLT-20")
@OFTEN
@given(whens(timed=True), whens(timed=False), moments, st.sampled_from(ZONES), st.integers(1, 7))
def test_any_term_has_a_period_or_is_refused(
    instant: When, day: When, now: datetime, zone: ZoneInfo, first: int
) -> None:
    calendar = Calendar(now, zone, first)
    match tried(calendar.instants, instant):
        case FilterInvalid() as error:
            assert error.reason == "out_of_range"
        case low, high:
            assert (low.tzinfo, high.tzinfo) == (UTC, UTC)
            assert low <= high
    match tried(calendar.days, day):
        case FilterInvalid() as error:
            assert error.reason == "out_of_range"
        case begin, end:
            assert (type(begin), type(end)) == (date, date)
            assert begin < end


@pytest.mark.rule("FLT-20")
def test_resolving_says_when_and_where() -> None:
    resolved = resolve(parse("today"), WEDNESDAY, BERLIN)
    assert (resolved.resolved_at, resolved.time_zone) == (WEDNESDAY, "Europe/Berlin")
