"""How a date term is written."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import FilterInvalid
from domain.filters import Comparison, parse
from domain.filters.dates import Anchor, Duration, When
from tests.support.filters import CALM, OFTEN, at, tried, whens


@pytest.mark.rule("FLT-6")
@CALM
@given(whens(timed=True))
def test_a_date_term_is_read_as_it_is_written(when: When) -> None:
    assert When.parse(str(when)) == when


@pytest.mark.rule("FLT-5", "FLT-6")
@OFTEN
@given(st.datetimes(), st.integers(-24 * 60, 24 * 60))
@example(at("0001-01-01"), 14 * 60)
@example(at("0002-01-01"), 14 * 60)
@example(at("9998-12-31T23:59"), -12 * 60)
@example(at("9999-12-31T23:59"), -12 * 60)
def test_an_instant_is_read_as_it_is_written(wall: datetime, offset: int) -> None:
    sign, (hours, minutes) = "-" if offset < 0 else "+", divmod(abs(offset), 60)
    made = tried(When.parse, f"{wall.isoformat()}{sign}{hours:02}:{minutes:02}")
    if isinstance(made, FilterInvalid):
        assert made.reason in {"out_of_range", "bad_date"}
        assert hours == 24 or not 2 < wall.year < 9998
    else:
        assert When.parse(str(made)) == made
        assert made.base == wall.replace(tzinfo=timezone(timedelta(minutes=offset)))


@pytest.mark.rule("FLT-5")
@pytest.mark.parametrize(
    "text",
    ["", "P1D", "+P", "+PT", "+P1", "+1D", "+P1H", "+P1D2M", "+P10000D", "+P1.5D", "+P-1D", "+P\u0661D", "today+", "today +P1D",
     "2026-1-2", "20260102", "2026-W01-1", "2026-02-29", "2026-01-01T24:00", "2026-01-01T10", "2026-01-01 10:00", "2026-01-01T10:00:60",
     "2026-01-01T10:00:00.1234567", "2026-01-01T10:00+0100", "2026-01-01T10:00+25:00", "0000-01-01", "week", "1"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(FilterInvalid) as caught:
        When.parse(text)
    assert caught.value.reason == "bad_date"


FORMS = (
    "A date is written as 2026-01-31, 2026-01-31T09:30, today, monday, "
    "this_week, last_month, +P7D or now-P7D."
)
NO_DAY = "There is no such day in the calendar."
DIGITS = "A number in a duration has at most four digits."
ALONE = "A weekday is written alone, and is the first from today on: the one after is monday+P7D."


@pytest.mark.rule("FLT-28")
@pytest.mark.parametrize(
    ("text", "detail", "suggestions"),
    [
        ("2026-02-30", NO_DAY, ()),
        ("2026-02-29T10:00Z", NO_DAY, ()),
        ("2026-13-01+P1D", NO_DAY, ()),
        ("2026-02-28T10:00+25:00", FORMS, ()),
        ("+P10000D", DIGITS, ()),
        ("today+P1DT12345M", DIGITS, ()),
        ("today+P1X", FORMS, ("today",)),
        ("next_monday", ALONE, ("monday",)),
        ("Last_Friday-P1D", ALONE, ("friday",)),
        ("this_sunday", ALONE, ("sunday",)),
        ("2026-1-2", FORMS, ()),
        ("soon", FORMS, ()),
    ],
)
def test_why_it_is_no_date(text: str, detail: str, suggestions: tuple[str, ...]) -> None:
    with pytest.raises(FilterInvalid) as caught:
        When.parse(text)
    assert (caught.value.reason, caught.value.detail) == ("bad_date", detail)
    assert caught.value.suggestions[: len(suggestions)] == suggestions


@pytest.mark.rule("FLT-17")
def test_canonical_durations() -> None:
    assert str(When.parse("+p0y1m0dT60M")) == "+P1MT60M"
    assert str(Duration(negative=True)) == "-P0D"


@pytest.mark.rule("FLT-19")
@pytest.mark.parametrize(
    "term",
    ["now", "now-P7D", "2026-01-02T10:00", "2026-01-02T10:00Z", "+PT1H", "today+PT1M", "today+P1D-PT1S"],
)
def test_a_day_takes_no_time(term: str) -> None:
    with pytest.raises(FilterInvalid) as caught:
        parse(f"due_date < {term}")
    assert caught.value.reason == "time_of_day"
    parse(f"created_at < {term}")


def test_a_comparison_holds_its_date() -> None:
    assert parse("due_date = today-P1D") == Comparison(
        parse("due_date is null").field,
        parse("due_date = today").operator,
        (When(Anchor.TODAY, (Duration(True, days=1),)),),
    )
