"""Snippets: pieces of what is written, with exactly the matches marked."""

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.comment import Comment
from domain.errors import Invalid
from domain.search import (
    EXCERPT_MAX,
    Excerpt,
    Field,
    How,
    Lexicon,
    Snippet,
    Sought,
    Where,
    Written,
    asked,
    near,
    snippets,
    terms,
)
from domain.search.words import parted
from tests.support.actors import actor
from tests.support.clocks import FixedClock
from tests.support.texts import anything, texts

ME, NOW = actor(), FixedClock().now()


def comment(number: int, body: str) -> Comment:
    return Comment(
        account_id=ME.account_id, id=UUID(int=number), task_id=UUID(int=1), author="me", body=body, created_at=NOW, updated_at=NOW,  # type: ignore[arg-type]
    )  # fmt: skip


def sought(text: str, vocabulary: str = "") -> list[Sought]:
    return [Sought(word, near(word, terms(vocabulary))) for word in asked(text)]


def marked(excerpt: Excerpt) -> list[str]:
    return [excerpt.text[mark.start : mark.end] for mark in excerpt.marks]


def title(text: str, query: str) -> list[str]:
    found = snippets(Written(title=text), (), Lexicon(sought(query, text)))
    return marked(found[0].excerpt) if found else []


@pytest.mark.rule("SEARCH-6")
@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("Buy milk and milkshake", "milk", ["milk", "milk"]),
        ("Große Straße", "strasse", ["Straße"]),
        ("Große Straße", "gros", ["Groß"]),
        ("straßen", "stras", ["straß"]),
        ("E\u0301te\u0301s", "ete", ["E\u0301te\u0301"]),
        ("the reciept", "receipt", ["reciept"]),
        ("買牛奶", "牛奶", ["牛奶"]),
        ("買牛奶", "買牛奶", ["買牛奶"]),
        ("奶牛奶", "奶", ["奶", "奶"]),
        ("at №5", "no5", ["№5"]),
        ("half ½", "2", ["½"]),
        ("I ❤️ you", "❤", ["❤️"]),
        ("x" * 60, "x" * 45, ["x" * 40]),
        ("<b>milk</b>", "b", ["b", "b"]),
    ],
)
def test_what_matched_is_marked_as_it_is_written(text: str, query: str, found: list[str]) -> None:
    assert title(text, query) == found


@pytest.mark.rule("SEARCH-6")
def test_each_field_that_has_a_word_has_one() -> None:
    items = ("none", "milky", "milk and eggs", "eggs milk")
    one = Written("Milk", items, "no eggs")
    said = [comment(1, "milk"), comment(3, "eggs"), comment(2, "eggs"), comment(4, "eg")]
    found = snippets(one, said, Lexicon(sought("milk egg")))
    assert [(one.field, one.item, one.comment_id) for one in found] == [
        (Field.TITLE, None, None), (Field.CHECKLIST, 2, None), (Field.DESCRIPTION, None, None), (Field.COMMENT, None, UUID(int=1)),
    ]  # fmt: skip
    assert [marked(one.excerpt) for one in found] == [["Milk"], ["milk", "egg"], ["egg"], ["milk"]]
    assert snippets(Written(title="other"), (), Lexicon(sought("milk"))) == ()


@pytest.mark.rule("SEARCH-6")
def test_the_piece_has_the_most_different_words() -> None:
    far = "milk " * 3 + "filler words " * 40 + "milk with eggs" + " filler words" * 40
    (found,) = snippets(Written(title="-", description=far), (), Lexicon(sought("milk eggs")))
    assert marked(found.excerpt) == ["milk", "eggs"]
    assert len(found.excerpt.text) <= EXCERPT_MAX
    assert far[found.excerpt.start :].startswith(found.excerpt.text)
    assert not far[found.excerpt.start].isspace()


@pytest.mark.rule("SEARCH-5")
def test_places_and_ways_are_worth_what_is_said() -> None:
    assert [one.value for one in Where] == [8, 4, 2, 1]
    one = Sought("milk", {"mlik": 1, "mliks": 2})
    assert [one.worth(term) for term in ("milk", "milky", "mlik", "mliks", "mil")] == [6, 3, 2, 1, 0]
    assert [How.WHOLE, How.BEGINNING, How.ONE_EDIT, How.TWO_EDITS] == [6, 3, 2, 1]


def queried(text: str, known: str) -> list[Sought]:
    try:
        return sought(text, known)
    except Invalid:
        return []


@pytest.mark.rule("SEARCH-6")
@given(text=texts | anything, query=texts | anything, data=st.data())
def test_marks_cover_what_matched_and_nothing_else(text: str, query: str, data: st.DataObject) -> None:
    padded = f"{'filler ' * data.draw(st.sampled_from([0, 0, 40]))}{text}"
    wanted = queried(query, padded)
    found = snippets(Written(title="-", description=padded), (), Lexicon(wanted))
    matches = {term for term in terms(padded) if any(one.worth(term) for one in wanted)}
    assert bool(found) == bool(matches)
    for snippet in found:
        _is_in_order(snippet, padded)
        for mark in snippet.excerpt.marks:
            written = snippet.excerpt.text[mark.start : mark.end]
            if mark.end < len(snippet.excerpt.text):
                assert any(part in parted(written) for one in wanted for part in (one.word, *one.near)), (
                    written
                )
    if len(padded) <= EXCERPT_MAX:
        covered = parted("".join(map("".join, (marked(one.excerpt) for one in found))))
        assert all(one.word in covered for one in wanted if one.word in matches)


def _is_in_order(snippet: Snippet, text: str) -> None:
    excerpt = snippet.excerpt
    assert text[excerpt.start : excerpt.start + len(excerpt.text)] == excerpt.text
    assert 0 < len(excerpt.text) <= EXCERPT_MAX
    assert excerpt.marks
    assert all(0 <= mark.start < mark.end <= len(excerpt.text) for mark in excerpt.marks)
    assert all(one.end < other.start for one, other in pairwise(excerpt.marks))
