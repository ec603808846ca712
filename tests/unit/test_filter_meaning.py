"""What is said about a filter: in English, by its cost, and in the tables of the specification."""

import re
from pathlib import Path

import pytest
from hypothesis import given

from domain.filters import (
    FIELDS,
    WORDS,
    Comparison,
    Cost,
    Not,
    Tree,
    Word,
    cost,
    describe,
    parse,
    terms,
)
from domain.filters.expansion import expanded
from tests.support.filters import CALM, trees

SPEC = (Path(__file__).parents[2] / "specs" / "features" / "filters.md").read_text()
SOURCES = [*(Path(__file__).parents[2] / "src" / "domain" / "filters").glob("*.py")]


@pytest.mark.rule("FLT-8")
def test_the_fields_are_those_of_the_table() -> None:
    expected = [
        f"| `{field.name}` | {field.type.name.lower()} | {' '.join(f'`{sign}`' for sign in field.operators if 'null' not in sign)}"
        f" | {'yes' if field.nullable else ''} | {field.description} |"
        for field in FIELDS.values()
    ]
    table = SPEC.partition("| field | type |")[2].partition("\n\n")[0].splitlines()[2:]
    assert table == expected


@pytest.mark.rule("FLT-9")
def test_the_words_are_those_of_the_table() -> None:
    table = SPEC.partition("| word | filter |")[2].partition("\n\n")[0].splitlines()[2:]
    assert table == [f"| `{name}` | `{meaning.text}` |" for name, meaning in WORDS.items()]


@pytest.mark.rule("FLT-5")
def test_the_reasons_are_those_of_the_table() -> None:
    table = SPEC.partition("| reason |")[2].partition("\n\n")[0]
    listed = re.findall(r"`(\w+)`", "\n".join(line.split("|")[1] for line in table.splitlines()[2:]))
    used = {
        reason
        for page in SOURCES
        for reason in re.findall(r'(?:FilterInvalid|_refused)\(\s*"(\w+)"', page.read_text())
    }
    assert sorted(listed) == sorted(used)


@pytest.mark.rule("FLT-9")
@pytest.mark.parametrize("name", WORDS)
def test_a_word_is_its_filter(name: str) -> None:
    (word,) = terms(parse(name))
    assert isinstance(word, Word)
    for term in terms(expanded(word)):
        assert isinstance(term, Comparison)
        assert term.span == word.span
    assert name not in FIELDS or parse(WORDS[name].text) == parse(f"{name} = true")


@pytest.mark.rule("FLT-22")
@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("today & !done", "it is due today and it is not done"),
        ("(p1 | overdue) & @home", "(its priority is urgent or it is overdue) and a label is “home”"),
        ("p1 & done | ready", "(its priority is urgent and it is done) or it is ready"),
        ("!(p1 | done)", "it is not so that (its priority is urgent or it is done)"),
        ('"milk" & title ^= Buy', "the title or description contains “milk” and the title starts with “Buy”"),
        ("label != x & label in (a, b, c)", "no label is “x” and a label is “a”, “b” or “c”"),
        ("project != Inbox", "the project is not “Inbox”"),
        ("priority >= high & version < 3", "the priority is at least high and the version is less than 3"),
        ("status in (todo, done)", "the status is todo or done"),
        ("completed_at is not null & section is null", "it was completed and it has no section"),
        ("blocked = false & ready != false", "it is not blocked and it is ready"),
        ("created_at > now-P7D", "it was created later than 7 days ago"),
        ("created_at <= 2026-01-02T10:00Z & updated_at >= 2026-01-02T10:00", "it was created no later than 2026-01-02 10:00 UTC and it was last changed no earlier than 2026-01-02 10:00 local time"),
        ("due_date < this_week+P1M1D", "it is due earlier than 1 month and 1 day after this week"),
        ("due_date = +P1D & created_at = -PT1H", "it is due 1 day after today and it was created 1 hour ago"),
        ("due_date = 2026-01-02-P0D", "it is due 0 days before 2026-01-02"),
        ("unchecked is null & checked ~ x", "it has no checklist item to tick and a ticked checklist item contains “x”"),
        ("subtasks > 3 & subtasks_closed = 0", "the number of subtasks is more than 3 and the number of closed subtasks is 0"),
        ("blocks is not null & rank >= a0", "it has a task that waits for it and the rank is at least “a0”"),
        ("link_rel != related & link ^= https", "no link relation is “related” and a link starts with “https”"),
        ("parent.status = done & parent.due_date < today", "the parent status is done and the parent due date is before today"),
        ("blocker.status != done & blocker.title ~ x", "no blocker status is done and a blocker title contains “x”"),
        ("project.color is null & label.color is not null", "it has no project color and it has a label color"),
        ("comment.created_at > now-P7D", "a comment was created later than 7 days ago"),
        ("!comment.created_at > now-P7D & comment.edited_at != today", "no comment was created later than 7 days ago and no comment was last edited today"),
        ("blocker.due_date < today & !blocker.due_date < today", "a blocker due date is before today and no blocker due date is before today"),
        ("blocker.due_date != today & !blocker.due_date != today", "no blocker due date is today and a blocker due date is today"),
        ("!blocker.updated_at = today & !label.created_at in (today, 2026-01-02)", "no blocker was last changed today and no label was created today or on 2026-01-02"),
        ("comment.edited_at is null & comment.edited_at is not null", "no comment was edited and a comment was edited"),
        ("parent.completed_at is null & !parent.completed_at is null", "the parent was not completed and the parent was completed"),
        ("project.archived_at < now & !project.archived_at < now", "the project was archived before now and the project was not archived before now"),
        ("project.archived_at is null & project.created_at is null", "the project was not archived and it has no project"),
        ("!parent.due_date < today & !parent.due_date is null", "the parent due date is not before today and it has a parent due date"),
        ("comment ~ x & checklist is null", "a comment contains “x” and it has no checklist item"),
        ("!!done", "it is done"),
        ("!!!overdue & !!(p1 | ready)", "it is not overdue and (its priority is urgent or it is ready)"),
        ("!no date & !p1 & !has_subtasks", "it has a due date and its priority is not urgent and it is not a parent of subtasks"),
        ("!status in (todo, done) & !priority >= high", "the status is not todo or done and the priority is not at least high"),
        ("!title ^= x & !comment ~ x & !@a", "the title does not start with “x” and no comment contains “x” and no label is “a”"),
        ("!label != x & !section is null & !ready != false", "a label is “x” and it has a section and it is not ready"),
        ("!completed_at is not null & !due_date is not null", "it was not completed and it has no due date"),
        ("!due_date <= friday & created_at < today", "it is not due no later than Friday and it was created before today"),
        ("due_date in (today, monday, 2026-01-02) & due_date != this_week", "it is due today, on Monday or on 2026-01-02 and it is not due this week"),
        ("created_at = 2026-01-02T10:00:30 & updated_at > +PT2H", "it was created at 2026-01-02 10:00:30 local time and it was last changed later than 2 hours from now"),
    ],
)  # fmt: skip
def test_plain_english(text: str, english: str) -> None:
    assert describe(parse(text)) == english


@pytest.mark.rule("FLT-22")
@CALM
@given(trees)
def test_any_filter_can_be_told(tree: Tree) -> None:
    told = describe(tree)
    for term in terms(tree):
        assert describe(term) in told or describe(Not(term)) in told


@pytest.mark.rule("FLT-23")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", Cost.INDEXED),
        ("overdue", Cost.INDEXED),
        ("created_at > now-P7D", Cost.INDEXED),
        ("@home & title ~ x", Cost.INDEXED),
        ("@home | title ~ x", Cost.TEXT),
        ("title = x", Cost.SCAN),
        ("title ^= x", Cost.SCAN),
        ("p1", Cost.SCAN),
        ("label != x", Cost.SCAN),
        ("section is not null", Cost.SCAN),
        ("no date", Cost.SCAN),
        ("no date & today", Cost.INDEXED),
        ("#Inbox", Cost.INDEXED),
        ("project is null", Cost.INDEXED),
        ("section is null", Cost.SCAN),
        ("subtasks > 3", Cost.SCAN),
        ("rank < a0", Cost.SCAN),
        ("project.color = x", Cost.INDEXED),
        ("project.color != x", Cost.SCAN),
        ("parent.status = done", Cost.INDEXED),
        ("parent.priority = high", Cost.SCAN),
        ("blocker.title ~ x", Cost.TEXT),
        ("comment.created_at > now-P7D", Cost.SCAN),
        ("blocks is null", Cost.SCAN),
        ("blocked_by_open > 1", Cost.SCAN),
        ("unchecked ~ x", Cost.TEXT),
        ("!today", Cost.SCAN),
        ("!comment ~ x", Cost.TEXT),
        ('"milk"', Cost.TEXT),
        ("title ~ x & title = y", Cost.SCAN),
        ("today | title = x", Cost.SCAN),
    ],
)
def test_cost(text: str, expected: Cost) -> None:
    assert cost(parse(text)) is expected


@pytest.mark.rule("FLT-23")
@CALM
@given(trees)
def test_any_filter_has_a_cost(tree: Tree) -> None:
    assert cost(tree) in Cost
