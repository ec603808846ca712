"""What is said where the order of things is wrong and it can be told what was meant."""

import pytest

from domain.errors import FilterInvalid
from domain.filters import parse


def refused(text: str) -> FilterInvalid:
    with pytest.raises(FilterInvalid) as caught:
        parse(text)
    return caught.value


APART = "A duration stands right behind what it moves, without a space, as in now-P7D."
IN_QUOTES = 'A name or a text of more than one word stands in quotes, as in #"Big project".'
MARKED = "A value that begins with # or @ stands in quotes."
JOINED = "Two terms are joined by & or |."
COMMA = "Terms are joined by & or |. Commas stand only between the values of in."
PARTED = "Values are parted by commas. One of more than one word stands in quotes."


@pytest.mark.rule("FLT-28")
@pytest.mark.parametrize(
    ("text", "reason", "place", "detail"),
    [
        ("project.color = #ff0000", "value_expected", "#ff0000", MARKED),
        ("title ~ #1", "value_expected", "#1", MARKED),
        ("label in (@home)", "value_expected", "@home", f"{MARKED} A name stands here without its mark."),
        ("todo & created_at > now - P7D", "unexpected", "-", APART),
        ("created_at > today -P7D & todo", "unexpected", "-P7D", APART),
        ("due_date in (today, today +P1D)", "unexpected", "+P1D", APART),
        ("(todo))", "unexpected", ")", "Here is one ) too many."),
        ("#Home Sweet", "unexpected", "Sweet", IN_QUOTES),
        ("@at home & p1", "unexpected", "home", IN_QUOTES),
        ("(title = Buy milk)", "unexpected", "milk", IN_QUOTES),
        ('#"Home" Sweet', "unexpected", "Sweet", JOINED),
        ("#Home p1", "unexpected", "p1", JOINED),
        ("#Home no date", "unexpected", "no", JOINED),
        ("#Home titel = x", "unexpected", "titel", JOINED),
        ("#Home sction is null", "unexpected", "sction", JOINED),
        ("@a @b", "unexpected", "@b", JOINED),
        ("@a, @b", "unexpected", ",", COMMA),
        ("(p1, p2)", "unexpected", ",", COMMA),
        ("label in (at home)", "unexpected", "home", PARTED),
        ("label in (a", "unexpected", "", "Here ) is missing."),
    ],
)
def test_what_is_wrong_is_told_where_it_can_be(text: str, reason: str, place: str, detail: str) -> None:
    error = refused(text)
    assert (error.reason, error.detail) == (reason, detail)
    assert text[error.start : error.end] == place
    assert error.suggestions == ()


@pytest.mark.rule("FLT-28")
@pytest.mark.parametrize(
    ("text", "sign", "meant"),
    [
        ("due_date == today", "==", "="),
        ("due_date===today", "===", "="),
        ("due_date <> today", "<>", "!="),
        ("title <> x", "<>", "!="),
        ("version => 3", "=>", ">="),
        ("version =< 3", "=<", "<="),
        ("title =~ x", "=~", "~"),
        ("todo && p1", "&&", "&"),
        ("todo || p1", "||", "|"),
    ],
)
def test_signs_of_other_languages(text: str, sign: str, meant: str) -> None:
    error = refused(text)
    assert (error.reason, error.suggestions) == ("unexpected", (meant,))
    assert error.detail == f"This sign is written {meant} here."
    assert text[error.start : error.end] == sign
