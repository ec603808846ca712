"""From text to tree and back."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import FilterInvalid, Kind
from domain.filters import (
    FIELDS,
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_TERMS,
    WORDS,
    And,
    Comparison,
    Not,
    Operator,
    Or,
    Tree,
    Word,
    canonical,
    from_json,
    parse,
    terms,
)
from tests.support.filters import CALM, OFTEN, trees, tried, words

SPEC = (Path(__file__).parents[2] / "specs" / "features" / "filters.md").read_text()
A, B, C = Word("today"), Word("done"), Word("p1")


def refused(text: str) -> FilterInvalid:
    with pytest.raises(FilterInvalid) as caught:
        parse(text)
    return caught.value


@pytest.mark.rule("FLT-1")
@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("today", A),
        ("  TODAY\n", A),
        ("today|done&p1", Or((A, And((B, C))))),
        ("(today|done)&p1", And((Or((A, B)), C))),
        ("!today&done", And((Not(A), B))),
        ("!(today&done)", Not(And((A, B)))),
        ("!!today", Not(Not(A))),
        ("today & (done & p1)", And((A, B, C))),
        ("((today | done)) | p1", Or((A, B, C))),
        ("no  DATE & today", And((Word("no date"), A))),
        ("PRIORITY>=High", Comparison(FIELDS["priority"], Operator.GREATER_OR_EQUAL, ("high",))),
        ("Parent.Title=x", Comparison(FIELDS["parent.title"], Operator.EQUAL, ("x",))),
        ("section IS NOT null", Comparison(FIELDS["section"], Operator.IS_NOT_NULL)),
        ("status In(todo,done)", Comparison(FIELDS["status"], Operator.IN, ("todo", "done"))),
    ],
)
def test_how_it_binds(text: str, tree: Tree) -> None:
    assert parse(text) == tree


@pytest.mark.rule("FLT-2")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('title = "today | !(x)  , y"', "today | !(x)  , y"),
        (r'title = "a \"b\" \\c"', r'a "b" \c'),
        ('title = " \t\n"', " \t\n"),
        ('title = ""', ""),
        ("title=naïve@x.y#1", "naïve@x.y#1"),
        ("title = 'x'", "'x'"),
        ('title = "null"', "null"),
        ("title = today", "today"),
    ],
)
def test_a_text_is_what_it_says(text: str, value: str) -> None:
    (term,) = terms(parse(text))
    assert isinstance(term, Comparison)
    assert term.values == (value,)
    assert parse(canonical(term)) == term


@pytest.mark.rule("FLT-2", "FLT-6")
@CALM
@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=500))
@example("ﬁ ́̈ İ")
@example('"')
@example("\\")
def test_nothing_in_quotes_is_changed(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    tree = parse(f'!title="{escaped}"')
    assert tree == Not(Comparison(FIELDS["title"], Operator.EQUAL, (text,)))
    assert parse(canonical(tree)) == tree


@pytest.mark.rule("FLT-3")
@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("@home", "label = home"),
        ('@"at home"', 'label = "at home"'),
        ("#Work", "project = Work"),
        ('#"Big project"', 'project = "Big project"'),
        ('"milk"', "text ~ milk"),
        ("@null", 'label = "null"'),
        ('@"@x"', 'label = "@x"'),
    ],
)
def test_short_forms(short: str, long: str) -> None:
    assert parse(short) == parse(long)
    assert canonical(parse(long)) == short


@pytest.mark.rule("FLT-4")
@pytest.mark.parametrize(
    ("fits", "breaks", "reason", "figure", "place"),
    [
        (f'"{"x" * 1022}"', f'"{"x" * 1023}"', "too_long", "1,024", (1024, 1025)),
        ("(" * 8 + "done" + ")" * 8, "(" * 9 + "done" + ")" * 9, "too_deep", "8", (8, 9)),
        ("!" * 8 + "done", "!" * 9 + "done", "too_deep", "8", (8, 9)),
        ("|".join(["p1"] * 50), "|".join(["p1"] * 51), "too_many_terms", "50", (150, 152)),
    ],
)
def test_limits(fits: str, breaks: str, reason: str, figure: str, place: tuple[int, int]) -> None:
    parse(fits)
    error = refused(breaks)
    assert (error.reason, (error.start, error.end)) == (reason, place)
    assert figure in error.detail
    assert (MAX_LENGTH, MAX_DEPTH, MAX_TERMS) == (1_024, 8, 50)


@pytest.mark.rule("FLT-4")
def test_the_canonical_form_is_limited_too() -> None:
    text = f"title in({','.join('x' * 500)})"
    assert len(text) < MAX_LENGTH
    assert (refused(text).reason, refused(text).start, refused(text).end) == ("too_long", 0, len(text))
    assert refused(text).detail == "The canonical form of a filter has at most 1,024 characters."
    assert refused(text * 2).detail == "A filter has at most 1,024 characters."
    with pytest.raises(FilterInvalid) as caught:
        from_json({"field": "title", "operator": "in", "values": ["x" * 500] * 3})
    assert caught.value.detail == "The canonical form of a filter has at most 1,024 characters."


@pytest.mark.rule("FLT-11")
def test_the_fields_of_many_values_are_those_that_the_rule_lists() -> None:
    [rule] = re.findall(r"FLT-11\*\* A field of many values \((.*?)\) passes", SPEC)
    own, parts = rule.split(", and of two parts all of ")
    many = {name for name, field in FIELDS.items() if field.many}
    assert set(re.findall("`(.*?)`", own)) == {name for name in many if "." not in name}
    assert set(re.findall("`(.*?)`", parts)) == {name.partition(".")[0] for name in many if "." in name}


@pytest.mark.rule("FLT-4")
def test_levels_end_where_they_are_closed() -> None:
    assert isinstance(parse(" & ".join(["!(today | done)"] * 20)), And)


@pytest.mark.rule("FLT-5")
@pytest.mark.parametrize(
    ("text", "reason", "start", "end"),
    [
        ("", "empty", 0, 0),
        ("  ", "empty", 2, 2),
        ("done &", "term_expected", 6, 6),
        ("done & | p1", "term_expected", 7, 8),
        ("()", "term_expected", 1, 2),
        ("done p1", "unexpected", 5, 7),
        ("(done p1)", "unexpected", 6, 8),
        ("(done", "unexpected", 5, 5),
        ("done)", "unexpected", 4, 5),
        ("a\x00", "control_character", 1, 2),
        ('"\ud800"', "control_character", 1, 2),
        ("done ^ p1", "unexpected", 5, 6),
        ('done & "x', "unclosed_quote", 7, 9),
        ('"x\\"', "unclosed_quote", 0, 4),
        ('"x\\n"', "bad_escape", 2, 3),
        ('"x\\', "bad_escape", 2, 3),
        ('"\\\\x', "unclosed_quote", 0, 4),
        ("@ home", "name_expected", 0, 1),
        ("#", "name_expected", 0, 1),
        ("@#x", "name_expected", 0, 1),
        ('@""', "empty_value", 0, 3),
        ('"  "', "empty_value", 0, 4),
        ("title ~ \u0301", "empty_value", 8, 9),
        ("title =", "value_expected", 7, 7),
        ("title = = x", "value_expected", 8, 9),
        ("label = @x", "value_expected", 8, 10),
        ("label in x", "unexpected", 9, 10),
        ("label in ()", "value_expected", 10, 11),
        ("label in (a b)", "unexpected", 12, 13),
        ("section is x", "null_expected", 11, 12),
        ('section is "null"', "null_expected", 11, 17),
        ("section = null", "null_value", 10, 14),
        ("title", "operator_expected", 0, 5),
        ("todya", "unknown_word", 0, 5),
        ("done and p1", "unexpected", 5, 8),
        ("due_dat < today", "unknown_field", 0, 7),
        ("parent.label = x", "unknown_field", 0, 12),
        ("parent.parent.title = x", "unknown_field", 0, 19),
        ("parent.title", "operator_expected", 0, 12),
        ("parent.status < done", "operator_not_allowed", 14, 15),
        ("title < x", "operator_not_allowed", 6, 7),
        ("comment = x", "operator_not_allowed", 8, 9),
        ("title is null", "operator_not_allowed", 6, 13),
        ("ready in (true)", "operator_not_allowed", 6, 8),
        ("id = x", "bad_id", 5, 6),
        ("status = dne", "bad_choice", 9, 12),
        ("version > -1", "bad_number", 10, 12),
        ("version > \u0663", "bad_number", 10, 11),
        ("version > 1000000000", "bad_number", 10, 20),
        ("ready = yes", "bad_boolean", 8, 11),
        ("due_date = 2026-02-30", "bad_date", 11, 21),
        ("due_date in (today, 1.2.)", "bad_date", 20, 24),
        ("due_date = now", "time_of_day", 11, 14),
        ("due_date = 10000-01-01", "bad_date", 11, 22),
        ("due_date = 0001-12-31", "out_of_range", 11, 21),
    ],
)
def test_what_is_no_filter(text: str, reason: str, start: int, end: int) -> None:
    error = refused(text)
    assert (error.reason, error.start, error.end, error.pointer) == (reason, start, end, None)
    assert (error.code, error.kind) == ("invalid_filter", Kind.INVALID)


@pytest.mark.rule("FLT-5")
@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("status > todo", "The field status is compared by one of =, !=, in."),
        ("due_date", "After a field comes an operator: of due_date one of =, !=, in, <, <=, >, >=, is null, is not null."),
        ("label in x", "Here ( is missing."),
        ("done & ", "Here a term is missing: a word, a text in quotes, @label, #project or a comparison."),
        ("title =", "Here a value is missing. It stands in quotes where it is more than a word."),
        ("section = null", "Ask by is null or is not null. The text null stands in quotes."),
        ("status = dne", "The status is one of todo, in_progress, done, cancelled."),
        ("todya", "There is no such word or field. A text to look for stands in quotes."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_short_sentences(text: str, detail: str) -> None:
    assert refused(text).detail == detail


@pytest.mark.rule("FLT-5")
@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("todya", "today"),
        ("over", "overdue"),
        ("parnt.status = done", "parent.status"),
        ("project.colour = x", "project.color"),
        ("color = x", "label.color"),
        ("blocker = x", "blocked"),
        ("LABLE = x", "label"),
        ("due < today", "due_date"),
        ("status = dne", "done"),
        ("due_date = mon", "monday"),
        ("due_date = tomorow", "tomorrow"),
        ("done and p1", "&"),
        ("not done", "!"),
        ("title < x", "~"),
        ("ready = ture", "true"),
    ],
)
def test_suggestions(text: str, suggestion: str) -> None:
    error = refused(text)
    assert suggestion in error.suggestions
    if error.reason != "operator_not_allowed":
        assert len(error.suggestions) <= 3


@pytest.mark.rule("FLT-5")
@pytest.mark.parametrize(
    "text", ["{} = x", "{}", "status = {}", "id = {}", "due_date = {}", "title = x {}", "version = {}"]
)
def test_an_error_never_repeats_the_text(text: str) -> None:
    error = refused(text.format("q7w8e9r"))
    assert "q7w8" not in error.detail + str(error) + "".join(error.suggestions)


# Pieces that make it likely to come far into the grammar.
PIECES = [
    *WORDS, *FIELDS, *Operator, "(", ")", ",", "|", "&", "!", "@", "#", '"', "\\", "^", "+P1D", "-PT1H", "now-P7D",
    "2026-01-02", "2026-01-02T10:00Z", "null", "no", "x", "ü", " ", "\n", "high", "true", "7", "\x00", "\ud800",
]  # fmt: skip


@pytest.mark.rule("FLT-5", "FLT-6")
@OFTEN
@given(
    st.text()
    | st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
    | st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join)
)
def test_any_text_is_a_filter_or_refused_at_a_place(text: str) -> None:
    made = tried(parse, text)
    if isinstance(made, FilterInvalid):
        assert made.start is not None
        assert made.end is not None
        assert 0 <= made.start <= made.end <= len(text)
    else:
        again = parse(canonical(made))
        assert again == made
        assert canonical(again) == canonical(made)
        assert all(0 <= term.span.start < term.span.end <= len(text) for term in terms(made))


@pytest.mark.rule("FLT-6")
@OFTEN
@given(trees)
def test_every_tree_is_read_from_its_text(tree: Tree) -> None:
    text = canonical(tree)
    assert parse(text) == tree
    assert canonical(parse(text)) == text


@pytest.mark.rule("FLT-6")
@CALM
@given(trees)
def test_each_term_stands_where_its_span_says(tree: Tree) -> None:
    text = canonical(tree)
    for term in terms(parse(text)):
        assert text[term.span.start : term.span.end] == canonical(term)


@pytest.mark.rule("FLT-1")
@CALM
@given(words, words, words)
def test_parentheses_stay_where_they_are_needed(a: Word, b: Word, c: Word) -> None:
    assert canonical(And((Or((a, b)), Not(And((b, c)))))) == f"({a.name} | {b.name}) & !({b.name} & {c.name})"
    assert canonical(Or((And((a, b)), c))) == f"{a.name} & {b.name} | {c.name}"


def test_a_tree_is_flat() -> None:
    for broken in (
        lambda: And((A,)),
        lambda: Or((A,)),
        lambda: And((A, And((B, C)))),
        lambda: Or((A, Or((B, C)))),
    ):
        with pytest.raises(ValueError):
            broken()
