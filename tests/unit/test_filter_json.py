"""The tree as JSON."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import FilterInvalid
from domain.filters import MAX_TERMS, Tree, canonical, from_json, from_sent, parse, terms, to_json
from tests.support.filters import CALM, OFTEN, trees, tried

DONE = {"word": "done"}


def compared(field: Any, operator: Any, *values: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "values": list(values)}


def refused(document: Any) -> FilterInvalid:
    with pytest.raises(FilterInvalid) as caught:
        from_json(document)
    return caught.value


@pytest.mark.rule("FLT-7")
def test_the_form() -> None:
    tree = parse(
        '!done & (@home | due_date <= today+P1D | section is null) & version in (1, 2) & ready = true & "x"'
    )
    assert to_json(tree) == {
        "and": [
            {"not": {"word": "done"}},
            {
                "or": [
                    {"field": "label", "operator": "=", "values": ["home"]},
                    {"field": "due_date", "operator": "<=", "values": ["today+P1D"]},
                    {"field": "section", "operator": "is null"},
                ]
            },
            {"field": "version", "operator": "in", "values": [1, 2]},
            {"field": "ready", "operator": "=", "values": [True]},
            {"field": "text", "operator": "~", "values": ["x"]},
        ]
    }


@pytest.mark.rule("FLT-7")
@OFTEN
@given(trees)
def test_json_and_back(tree: Tree) -> None:
    document = json.loads(json.dumps(to_json(tree)))
    assert from_json(document) == tree
    assert to_json(from_json(document)) == document


@pytest.mark.rule("FLT-7")
@CALM
@given(trees)
def test_spans_are_places_in_the_canonical_text(tree: Tree) -> None:
    text = canonical(tree)
    assert [text[term.span.start : term.span.end] for term in terms(from_json(to_json(tree)))] == [
        canonical(term) for term in terms(tree)
    ]


@pytest.mark.rule("FLT-7")
def test_nested_lists_of_a_kind_are_one() -> None:
    assert from_json({"and": [DONE, {"and": [DONE, DONE]}]}) == parse("done & done & done")


@pytest.mark.rule("FLT-5", "FLT-7")
@pytest.mark.parametrize(
    ("document", "reason", "pointer"),
    [
        (None, "bad_form", ""),
        ("done", "bad_form", ""),
        ([], "bad_form", ""),
        ({}, "bad_form", ""),
        ({"xor": [DONE, DONE]}, "bad_form", ""),
        ({"and": [DONE, DONE], "or": [DONE, DONE]}, "bad_form", ""),
        ({"word": "done", "extra": 1}, "bad_form", ""),
        ({"and": DONE}, "bad_form", "/and"),
        ({"and": [DONE]}, "bad_form", "/and"),
        ({"or": [DONE, 1]}, "bad_form", "/or/1"),
        ({"not": [DONE]}, "bad_form", "/not"),
        ({"not": {"or": [DONE, {"word": "dnoe"}]}}, "unknown_word", "/not/or/1/word"),
        ({"word": 1}, "unknown_word", "/word"),
        ({"word": "DONE"}, "unknown_word", "/word"),
        ({"field": "title"}, "bad_form", ""),
        ({**compared("title", "=", "x"), "case": True}, "bad_form", ""),
        (compared("tilte", "=", "x"), "unknown_field", "/field"),
        (compared(["title"], "=", "x"), "unknown_field", "/field"),
        (compared("title", "<", "x"), "operator_not_allowed", "/operator"),
        (compared("title", ["="], "x"), "operator_not_allowed", "/operator"),
        (compared("title", "="), "bad_form", "/values"),
        (compared("title", "=", "x", "y"), "bad_form", "/values"),
        (compared("title", "in"), "bad_form", "/values"),
        ({"field": "title", "operator": "=", "values": "x"}, "bad_form", "/values"),
        ({"field": "title", "operator": "="}, "bad_form", "/values"),
        (compared("section", "is null"), "bad_form", "/values"),
        (compared("title", "=", 1), "bad_form", "/values/0"),
        (compared("title", "in", "x", None), "bad_form", "/values/1"),
        (compared("version", "=", "1"), "bad_form", "/values/0"),
        (compared("version", "=", True), "bad_form", "/values/0"),
        (compared("version", "=", 1.0), "bad_form", "/values/0"),
        (compared("version", "=", -1), "bad_number", "/values/0"),
        (compared("version", "=", 10**9), "bad_number", "/values/0"),
        (compared("version", "=", 10**5000), "bad_number", "/values/0"),
        (compared("ready", "=", 1), "bad_form", "/values/0"),
        (compared("ready", "=", "true"), "bad_form", "/values/0"),
        (compared("id", "=", "x"), "bad_id", "/values/0"),
        (compared("due_date", "=", "now"), "time_of_day", "/values/0"),
        (compared("due_date", "=", "0001-01-01"), "out_of_range", "/values/0"),
        (compared("title", "=", "a\x00"), "control_character", ""),
        (compared("title", "=", "\ud800"), "control_character", ""),
        (compared("title", "=", "x" * 1025), "too_long", ""),
        ({"or": [DONE] * 51}, "too_many_terms", ""),
    ],
)
def test_what_is_no_tree(document: Any, reason: str, pointer: str) -> None:
    error = refused(document)
    assert (error.reason, error.pointer, error.start, error.end) == (reason, pointer, None, None)


def nested(levels: int, *kinds: str) -> dict[str, Any]:
    document: dict[str, Any] = DONE
    for level in range(levels):
        kind = kinds[level % len(kinds)]
        document = {kind: document if kind == "not" else [document, DONE]}
    return document


@pytest.mark.rule("FLT-4", "FLT-7")
def test_depth() -> None:
    from_json(nested(8, "not"))
    assert refused(nested(9, "not")).reason == "too_deep"
    deepest = nested(18, "and", "or")  # the lowest `and` and the highest `or` need no parentheses
    assert canonical(from_json(deepest)).count("(") == 8
    assert refused(nested(19, "and", "or")).reason == "too_deep"
    assert refused(nested(100_000, "not")).reason == "too_deep"
    assert refused(nested(100_000, "and")).reason == "too_deep"


@pytest.mark.rule("FLT-4")
def test_as_many_terms_as_in_text() -> None:
    assert len([*terms(from_json({"or": [DONE] * MAX_TERMS}))]) == MAX_TERMS


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["title", "=", "done", "in", "due_date"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["and", "or", "not", "word", "field", "operator", "values", "x"]),
            inner,
            max_size=3,
        )
    ),
)


@pytest.mark.rule("FLT-5", "FLT-7")
@OFTEN
@given(anything)
def test_any_json_is_a_tree_or_refused_at_a_place(document: Any) -> None:
    made = tried(from_json, document)
    if not isinstance(made, FilterInvalid):
        assert from_json(to_json(made)) == made
        return
    assert made.pointer is not None
    place = document
    for step in made.pointer.split("/")[1:]:
        place = place[int(step)] if isinstance(place, list) else place[step]


@pytest.mark.rule("FLT-7")
@CALM
@given(trees)
def test_a_text_may_be_the_tree_in_json(tree: Tree) -> None:
    document = to_json(tree)
    for sent in (document, json.dumps(document), f" \n{json.dumps(document, ensure_ascii=False, indent=1)} "):
        read = from_sent(sent)
        assert read == tree
        assert [term.span.start for term in terms(read)] == [
            term.span.start for term in terms(parse(canonical(tree)))
        ]
        for term in terms(read):
            found = document
            for token in (term.span.pointer or "").split("/")[1:]:
                found = found[int(token)] if isinstance(found, list) else found[token]
            assert to_json(term) == found
    assert from_sent(canonical(tree)) == tree
    assert all(term.span.pointer is None for term in terms(from_sent(canonical(tree))))


@pytest.mark.rule("FLT-7")
@OFTEN
@given(st.sampled_from(["", " ", "\n\t", "\xa0"]), st.text())
def test_no_filter_of_the_grammar_begins_with_a_brace(white: str, rest: str) -> None:
    with pytest.raises(FilterInvalid):
        parse(f"{white}{{{rest}")


@pytest.mark.rule("FLT-7", "FLT-5")
@pytest.mark.parametrize(
    ("text", "reason", "place"),
    [
        ('{"word": "overdu"}', "unknown_word", (None, None, "/word")),
        ('{"and": [{"word": "open"}, {"not": 5}]}', "bad_form", (None, None, "/and/1/not")),
        ("{}", "bad_form", (None, None, "")),
        ("{overdue}", "bad_form", (1, 2, None)),
        ("{", "bad_form", (1, 1, None)),
        (' {"word": "open"} & p1', "bad_form", (18, 19, None)),
        ('{"word": "open", "word": "p1"}', "bad_form", (0, 30, None)),
        ('{"word": NaN}', "bad_form", (0, 13, None)),
        ('{"word": 1e999}', "bad_form", (0, 15, None)),
        ('{"not": ' * 20 + '{"word": "open"}' + "}" * 20, "too_deep", (None, None, "/not" * 19)),
        ('{"not": ' * 100_000, "bad_form", (0, 800_000, None)),
        ('{"word": ' + "9" * 5000 + "}", "bad_form", (0, 5010, None)),
        ('{"field": "title", "operator": "=", "values": ["\\ud800"]}', "control_character", (None, None, "")),
    ],
)
def test_what_is_no_tree_in_a_text(text: str, reason: str, place: tuple[Any, ...]) -> None:
    with pytest.raises(FilterInvalid) as caught:
        from_sent(text)
    error = caught.value
    assert (error.reason, (error.start, error.end, error.pointer)) == (reason, place)
