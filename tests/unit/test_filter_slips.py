"""What is said where the order of things is wrong and it can be told what was meant."""

import pytest

from domain.errors import FilterInvalid
from domain.filters import from_json, parse


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


@pytest.mark.rule("FLT-5")
@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("project.name = x", "project"),
        ("Section.Name ~ x", "section"),
        ("label.name is null", "label"),
        ("label.id = x", "label"),
        ("parent.id is null", "parent"),
        ("parent.name ~ x", "parent.title"),
        ("blocker.id is null", "blocked_by"),
        ("comment.body ~ x", "comment"),
        ("project.name", "project"),
        ("todo & urgent", "p1"),
        ("High", "p2"),
        ("priority = p1", "urgent"),
        ("blocker.priority >= P4", "low"),
    ],
)
def test_what_is_meant_is_suggested_first(text: str, first: str) -> None:
    found = refused(text).suggestions
    assert found[0] == first
    assert len(found) <= 3


@pytest.mark.rule("FLT-5")
@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("status = p1", ("todo", "in_progress", "done", "cancelled")),
        ("priority > 1", ("none", "low", "medium", "high", "urgent")),
        ("has_subtasks = yes", ("true", "false")),
        ("ready = fasle", ("false",)),
        ("status = tood", ("todo",)),
    ],
)
def test_all_choices_are_suggested_where_none_is_near(text: str, choices: tuple[str, ...]) -> None:
    assert refused(text).suggestions == choices


@pytest.mark.rule("FLT-5", "FLT-7")
@pytest.mark.parametrize(
    ("tree", "first"),
    [
        ({"field": "section.name", "operator": "=", "values": ["x"]}, "section"),
        ({"word": "urgent"}, "p1"),
        ({"field": "status", "operator": "=", "values": ["zz"]}, "todo"),
    ],
)
def test_what_is_meant_is_suggested_in_json(tree: object, first: str) -> None:
    with pytest.raises(FilterInvalid) as caught:
        from_json(tree)
    assert caught.value.suggestions[0] == first
