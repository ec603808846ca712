"""Which tasks a filter selects, and why."""

from dataclasses import fields
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.filters import (
    ATTRIBUTES,
    FIELDS,
    RELATIONS,
    Comparison,
    Facts,
    Field,
    Operator,
    Type,
    Word,
    folded,
    related,
)
from domain.task import Priority, Status
from tests.support.filters import CALM, IDS, NOW, OFTEN, names, selects, task, texts

TODAY = date(2026, 3, 29)
_HELD = {
    Type.TEXT: "a", Type.ID: IDS[0], Type.CHOICE: Status.TODO, Type.RANK: Priority.LOW, Type.KEY: "a0", Type.NUMBER: 1, Type.DATE: TODAY, Type.INSTANT: NOW,
}  # fmt: skip
# Each has its null, or none of it.
NOTHING = task()
EVERYTHING = task(
    completed_at=NOW, due_date=TODAY, project_id=IDS[0], project_name="Work", section_id=IDS[1], section_name="Doing",
    label_ids=(IDS[2], IDS[3]), label_names=("Home", "Straße"), parent_id=IDS[1], blocked_by=(IDS[2],), comments=("a", "b"), checklist=("c",),
    related={name: [SimpleNamespace(**{field.attribute: _HELD[field.type] for field in one.fields})] for name, one in RELATIONS.items()},
    blocks=(IDS[3],), checked=("c",), unchecked=("d",), links=("https://a.test",), link_titles=("A",), link_rels=("related",),
)  # fmt: skip


@pytest.mark.rule("FLT-8", "FLT-10", "FLT-11", "FLT-12", "FLT-14", "FLT-25", "FLT-26")
@pytest.mark.parametrize(
    ("values", "true", "false"),
    [
        (
            {"id": IDS[1]},
            [f"id = {IDS[1]}", f"id in ({IDS[0]}, {IDS[1]})"],
            [f"id = {IDS[0]}", f"id != {IDS[1]}"],
        ),
        (
            {"title": "Die STRASSE übergueren"},
            [
                'title = "die straße ubergueren"',
                'title ^= "dié"',
                "title ~ Über",
                'title in (x, "Die Strasse übergueren")',
                "title != die",
            ],
            ["title = die", 'title ^= "Straße"', "title ~ strase"],
        ),
        (
            {"title": "100% _x\\"},
            ['title ~ "% _"', r'title ~ "\\"', 'title ^= "100%"'],
            ['title ~ "%x"', 'title ~ "1__"'],
        ),
        (
            {"description": "Über\nzwei"},
            ['description ~ "uber"', '"ZWEI"', 'text ~ "milk"'],
            ["description = uber", 'title ~ "zwei"', '"milküber"'],
        ),
        ({}, ['description = ""'], ['description != ""', 'description ~ "x"']),
        (
            {"status": Status.IN_PROGRESS},
            ["status = in_progress", "status in (done, in_progress)", "status != todo"],
            ["status = todo"],
        ),
        (
            {"priority": Priority.HIGH},
            [
                "priority >= high",
                "priority <= high",
                "priority > medium",
                "priority < urgent",
                "priority != none",
                "priority in (high)",
            ],
            [
                "priority > high",
                "priority < high",
                "priority >= urgent",
                "priority <= medium",
                "priority < none",
                "priority > urgent",
            ],
        ),
        (
            {"version": 7},
            ["version = 7", "version > 6", "version <= 7", "version in (1, 7)"],
            ["version != 7", "version > 7", "version < 7"],
        ),
        (
            {"due_date": TODAY},
            ["due_date in (yesterday, today)", "due_date <= 2026-03-29", "due_date = this_month"],
            ["due_date > today", "due_date = next_week"],
        ),
        (
            {"completed_at": NOW},
            ["completed_at > now-PT1S", "completed_at in (today, 2020-01-01)", "completed_at = now"],
            ["completed_at > now", "completed_at < today"],
        ),
        ({"updated_at": NOW - timedelta(7)}, ["updated_at <= -P7D"], ["updated_at > -P7D"]),
        (
            {"project_id": IDS[1], "project_name": "Wörk & life"},
            [
                '#"work & LIFE"',
                f"#{IDS[1]}",
                "project ^= work",
                "project in (Inbox, x, " + str(IDS[1]) + ")",
                "project != Inbox",
                "project is not null",
            ],
            ["#work", "#Inbox", f"#{IDS[2]}", "project is null", 'project != "work & life"'],
        ),
        (
            {},
            ["#inbox", '#"ÍNBOX"', "project is null", "project != work", "project in (x, Inbox)"],
            ["project != INBOX", "project ~ inbox", "project ^= In", "#work"],
        ),
        ({"project_id": IDS[1], "project_name": "Inbox"}, [f"#{IDS[1]}", "project ~ inbox"], ["#Inbox"]),
        (
            {"project_archived": True},
            ["project_archived", "project_archived = true", "project_archived != false"],
            ["project_archived = false"],
        ),
        (
            {"section_id": IDS[1], "section_name": "Doing"},
            ["section = doing", f"section = {IDS[1]}"],
            ["section != Doing", "section is null"],
        ),
        (
            {"label_ids": (IDS[0], IDS[1]), "label_names": ("Home", "At work")},
            [
                "@home",
                '@"at work"',
                "label in (x, home)",
                "label != x",
                f"@{IDS[1]}",
                "label ~ wor",
                "label ^= at",
                "label is not null",
                "@home & !@x",
            ],
            ["@work", "label != home", f"label != {IDS[0]}", "no label", f"@{IDS[2]}", "label ^= work"],
        ),
        (
            {},
            [
                "no label",
                "label != home",
                "no date",
                "parent is null",
                "comment is null",
                "checklist is null",
                "blocked_by is null",
            ],
            ["@home", "label ~ o"],
        ),
        (
            {"parent_id": IDS[2]},
            [f"parent = {IDS[2]}", "parent is not null"],
            [f"parent != {IDS[2]}", f"parent in ({IDS[1]})"],
        ),
        (
            {"blocked_by": (IDS[1], IDS[2])},
            [f"blocked_by = {IDS[2]}", f"blocked_by in ({IDS[0]}, {IDS[1]})", f"blocked_by != {IDS[0]}"],
            [f"blocked_by = {IDS[0]}", f"blocked_by != {IDS[1]}", "blocked_by is null"],
        ),
        (
            {"has_subtasks": True, "ready": False, "blocked": True},
            ["has_subtasks", "blocked", "!ready", "ready = false"],
            ["ready", "blocked != true"],
        ),
        (
            {"comments": ("one", "Café")},
            ["comment ~ CAFE", "comment ~ n", "comment is not null"],
            ["comment ~ onecafe", '"one"'],
        ),
        ({"checklist": ("Eggs",)}, ["checklist ~ egg"], ["comment ~ egg", "checklist ~ milk"]),
        (
            {"checked": ("Éggs", "Milk"), "unchecked": ("Bread",)},
            ["checked ~ egg", "checked ~ milk", "unchecked ~ bread", "unchecked is not null"],
            ["checked ~ bread", "unchecked ~ milk", "checklist ~ egg"],
        ),
        (
            {
                "links": ("https://Example.test/a", "mailto:x"),
                "link_titles": ("Über",),
                "link_rels": ("related",),
            },
            [
                'link = "https://example.TEST/a"',
                "link ^= mailto:",
                "link != x",
                "link_title ~ uber",
                "link_rel = related",
            ],
            ["link = https://example.test", "link != mailto:x", 'link_title = ""', "link_rel != RELATED"],
        ),
        (
            {"subtasks": 3, "subtasks_closed": 2},
            ["subtasks = 3", "subtasks > 2", "subtasks_closed in (2, 5)", "subtasks_closed < 3"],
            ["subtasks != 3", "subtasks < 3", "subtasks_closed = 3"],
        ),
        (
            {"blocked_by_open": 2},
            ["blocked_by_open = 2", "blocked_by_open > 1", "blocked_by_open in (2, 5)"],
            ["blocked_by_open != 2", "blocked_by_open < 2"],
        ),
        (
            {},
            ["blocked_by_open = 0", "subtasks = 0", "subtasks_closed = 0", "subtasks < 1"],
            ["subtasks > 0"],
        ),
        (
            {"blocks": (IDS[1], IDS[2])},
            [f"blocks = {IDS[2]}", f"blocks in ({IDS[0]}, {IDS[1]})", f"blocks != {IDS[0]}"],
            [f"blocks = {IDS[0]}", f"blocks != {IDS[1]}", "blocks is null"],
        ),
        (
            {"rank": "aV"},
            [
                "rank = aV",
                "rank < ab",
                "rank > aUz",
                "rank <= aV",
                "rank >= aV",
                "rank < aV0",
                "rank in (a, aV)",
                "rank > a",
            ],
            ["rank = av", "rank > aV", "rank < aV", "rank != aV", "rank <= aU", "rank >= aV0"],
        ),
        (
            {
                "related": {
                    "project": [
                        SimpleNamespace(color="#ff0000", description="Über", parent_id=IDS[1], rank="aV")
                    ]
                }
            },
            [
                'project.color = "#FF0000"',
                "project.description ~ uber",
                f"project.parent = {IDS[1]}",
                "project.rank > aU",
                "project.color is not null",
            ],
            [
                'project.color != "#ff0000"',
                "project.description = x",
                "project.rank > aV",
                "project.color is null",
            ],
        ),
        (
            {
                "related": {
                    "blocker": [
                        SimpleNamespace(status=Status.DONE, due_date=None),
                        SimpleNamespace(status=Status.TODO, due_date=TODAY),
                    ]
                }
            },
            [
                "blocker.status = done",
                "blocker.status = todo",
                "blocker.status in (done)",
                "blocker.due_date = today",
                "blocker.due_date is not null",
                "blocker.status != cancelled",
            ],
            [
                "blocker.status != done",
                "blocker.status = cancelled",
                "blocker.due_date is null",
                "blocker.due_date != today",
            ],
        ),
        (
            {},
            ["blocker.status is null", "blocker.status != done", "parent.title is null", "!parent.title = x"],
            ["parent.title = x", "comment.author ~ m", "parent.priority < high"],
        ),
        ({"rank": "\U0001f4a9"}, ["rank > \uffee", "rank >= \U0001f4a9"], ["rank < \uffee"]),
    ],
)
def test_what_is_selected(values: dict[str, object], true: list[str], false: list[str]) -> None:
    facts = task(**values)
    assert [text for text in true if not selects(text, facts)] == []
    assert [text for text in false if selects(text, facts)] == []


@pytest.mark.rule("FLT-13", "FLT-26")
@pytest.mark.parametrize(
    "field", [field for field in FIELDS.values() if field.nullable], ids=lambda field: field.name
)
def test_null(field: Field) -> None:
    values: dict[Type, Any] = {
        Type.DATE: "today",
        Type.INSTANT: "now",
        Type.ID: IDS[0],
        Type.NUMBER: 7,
        Type.CHOICE: "done",
        Type.RANK: "high",
    }
    name, value = field.name, values.get(field.type, "x")
    for operator in field.operators:
        written = {
            Operator.IN: f"in ({value})",
            Operator.IS_NULL: "is null",
            Operator.IS_NOT_NULL: "is not null",
        }.get(operator, f"{operator} {value}")
        expected = operator in {Operator.NOT_EQUAL, Operator.IS_NULL}
        assert selects(f"{name} {written}", NOTHING) is expected
        assert selects(f"!{name} {written}", NOTHING) is not expected
    assert selects(f"{name} is null", EVERYTHING) is False
    assert selects(f"{name} is not null", EVERYTHING) is True


@pytest.mark.rule("FLT-13")
def test_not_overdue_includes_what_has_no_date() -> None:
    assert selects("!overdue", NOTHING)
    assert selects("!(due_date < today)", NOTHING)


@pytest.mark.rule("FLT-12")
@pytest.mark.parametrize(
    ("text", "expected"),
    [("Übung", "ubung"), ("U\u0308BUNG", "ubung"), ("straße", "strasse"), ("ﬁ №", "fi no"), ("İstanbul", "istanbul"), ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
     ("ёЙ", "еи"), ("\uff21\uff22\uff23", "abc"), ("買い物", "買い物"), ("हिन्दी", "हिनदी"), ("तुम", "तुम"), ("á\u00a0b", "a b"), ("Łódź", "łodz"), ("👩\u200d💻", "👩\u200d💻")],
)  # fmt: skip
def test_folding(text: str, expected: str) -> None:
    assert folded(text) == expected


@pytest.mark.rule("FLT-12")
@OFTEN
@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert folded(normalize(form, text)) == folded(text)


@pytest.mark.rule("FLT-12")
@CALM
@given(texts, names, texts)
def test_a_part_is_found_whatever_stands_around_it(before: str, part: str, after: str) -> None:
    term = Comparison(FIELDS["title"], Operator.CONTAINS, (part.swapcase(),))
    assert selects(term, task(title=f"{before} {part} {after}"))


@pytest.mark.rule("FLT-8")
def test_every_attribute_is_a_fact() -> None:
    own = {attribute for attribute in ATTRIBUTES if related(attribute) is None}
    assert {field.name for field in fields(Facts)} - {"related"} | {"text"} == own
    for attribute in ATTRIBUTES:
        assert isinstance(EVERYTHING.values(attribute), tuple)
    with pytest.raises(KeyError):
        EVERYTHING.values("account_id")


@pytest.mark.rule("FLT-9")
@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("due", [None, *(TODAY + timedelta(n) for n in (-400, -1, 0, 1, 2, 400))])
def test_words_of_dates(status: Status, due: date | None) -> None:
    facts = task(status=status, due_date=due)
    found = {word for word in ("overdue", "today", "upcoming", "no date") if selects(Word(word), facts)}
    if status in {Status.TODO, Status.IN_PROGRESS}:
        assert len(found) == 1
        assert selects("open & !closed", facts)
    else:
        assert "overdue" not in found
        assert selects("closed & !open", facts)
    assert selects("tomorrow", facts) is (due == TODAY + timedelta(1))
    assert selects(status.value, facts)
