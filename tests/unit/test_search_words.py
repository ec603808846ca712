"""The words of texts and of what is asked, and how far words are apart."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.folding import folded
from domain.search import (
    NEAR_MAX,
    QUERY_MAX,
    WORD_MAX,
    WORDS_MAX,
    Ceiling,
    asked,
    begins_alike,
    begins_nearly,
    compared,
    distance,
    is_alike,
    is_typed,
    misbegun,
    near,
    terms,
    tolerance,
)
from domain.search.words import parted
from tests.support.texts import anything, texts

short = st.text("abc", max_size=7)


@pytest.mark.rule("SEARCH-1")
@pytest.mark.parametrize(
    ("text", "found"),
    {
        "Buy milk, eggs": "buy milk eggs",
        "don't L'été": "don t l ete",
        "ÜBUNG u\u0308bung STRASSE Straße": "ubung ubung strasse strasse",
        "e-mail a_b c++ 50%": "e mail a b c 50",
        "🎉party❤️ 🎉🎉": "🎉 party ❤ 🎉 🎉",
        "किताब पढ़ना": "किताब पढना",
        "№5 ½ ﬁne": "no5 1 2 fine",
        "x" * 50: "x" * WORD_MAX,
        "... --- !": "",
    }.items(),
)
def test_a_text_is_parted_into_words(text: str, found: str) -> None:
    assert " ".join(terms(text)) == found


@pytest.mark.rule("SEARCH-2")
@pytest.mark.parametrize(
    ("text", "found", "words"),
    [
        ("買牛奶", "買牛 牛奶 奶", "買牛 牛奶"),
        ("東京都庁", "東京 京都 都庁 庁", "東京 都庁"),
        ("牛", "牛", "牛"),
        ("iPhone手机壳 new", "iphone 手机 机壳 壳 new", "iphone 手机 机壳 new"),
        ("データ", "テー ータ タ", "テー ータ"),
        ("นม ซื้อ", "นม ม ซื ือ อ", "นม ซื ือ"),
    ],
)
def test_what_has_no_spaces_is_parted_into_pairs(text: str, found: str, words: str) -> None:
    assert " ".join(terms(text)) == found
    assert " ".join(asked(text)) == words


@pytest.mark.rule("SEARCH-2")
@given(text=st.text("買牛奶東京都", min_size=1, max_size=12), data=st.data())
def test_any_part_of_what_has_no_spaces_is_found(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    known = set(terms(text))
    for word in asked(part):
        assert any(term.startswith(word) for term in known)


@pytest.mark.rule("SEARCH-1")
@given(one=texts | anything, other=texts | anything)
def test_words_are_those_of_the_characters_whatever_they_are(one: str, other: str) -> None:
    assert parted(one) == "".join(map(parted, one))
    assert folded(one) == "".join(map(folded, one))
    found = list(terms(one))
    assert all(0 < len(term) <= WORD_MAX and term == term.strip() and " " not in term for term in found)
    assert list(terms(f"{one} {other}")) == [*found, *terms(other)]
    assert list(terms(folded(one))) == found


@pytest.mark.rule("SEARCH-3")
def test_each_word_is_asked_for_once() -> None:
    assert asked('"Milk" & (eggs | MILK)') == ("milk", "eggs")
    assert asked("!🎉") == ("🎉",)


@pytest.mark.rule("SEARCH-3")
@pytest.mark.parametrize(
    ("text", "code"),
    {
        "": "too_short",
        "  ": "no_words",
        "?!": "no_words",
        "% + $ € < ^": "no_words",
        "a" * (QUERY_MAX + 1): "too_long",
        "a\u0000": "control_character",
        "\ud800": "control_character",
        " ".join(f"w{n}" for n in range(WORDS_MAX + 1)): "too_many_words",
    }.items(),
)
def test_what_cannot_be_asked(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        asked(text)
    assert code in {one.code for one in refused.value.violations}
    assert {one.pointer for one in refused.value.violations} == {"/q"}


@pytest.mark.rule("SEARCH-3")
@given(text=texts | anything)
def test_whatever_is_asked_is_words_or_refused(text: str) -> None:
    try:
        words = asked(text)
    except Invalid:
        return
    known = set(terms(text))
    assert words
    assert all(any(term.startswith(word) for term in known) for word in words)


def once_edited(word: str) -> set[str]:
    """By the words of SEARCH-4, over the letters of `short`."""
    return edited(word, "abc")


def edited(word: str, letters: str) -> set[str]:
    """What is one edit away, over some letters."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    found = {head + tail[1:] for head, tail in cuts if tail}
    found |= {head + letter + tail for head, tail in cuts for letter in letters}
    found |= {head + letter + tail[1:] for head, tail in cuts if tail for letter in letters}
    return found | {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}


@pytest.mark.rule("SEARCH-4")
@given(one=short, other=short)
def test_one_edit_is_what_it_is_said_to_be(one: str, other: str) -> None:
    assert (distance(one, other, 1) is not None) == (other in once_edited(one) | {one})
    assert distance(one, other, 9) == distance(other, one, 9)
    exact = distance(one, other, 9)
    assert exact is not None
    for most in range(4):
        assert distance(one, other, most) == (exact if exact <= most else None)


@pytest.mark.rule("SEARCH-4")
@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("milk", "milk", 0), ("milk", "mlik", 1), ("milk", "mil", 1), ("milk", "silk", 1), ("receipt", "reciept", 1),
        ("groceries", "grocereis", 1), ("ca", "abc", 3), ("abcd", "badc", 2), ("kitten", "sitting", 3),
    ],
)  # fmt: skip
def test_known_distances(one: str, other: str, edits: int) -> None:
    assert distance(one, other, 3) == edits


@pytest.mark.rule("SEARCH-4")
@pytest.mark.parametrize(
    ("word", "edits"),
    {"abc": 0, "abcd": 1, "abcdefg": 1, "abcdefgh": 2, "abcd1": 0, "買牛": 0, "½½½½½": 0}.items(),
)
def test_how_many_edits_a_word_may_be_away(word: str, edits: int) -> None:
    assert tolerance(word) == edits


@pytest.mark.rule("SEARCH-4")
def test_the_nearest_words_may_be_meant() -> None:
    assert near("milk", ["mlik", "silk", "milk", "milky", "mill", "mkli"]) == {
        "mlik": 1,
        "mill": 1,
        "silk": 1,
    }
    assert near("grocereis", ["groceries", "grocery", "grocers"]) == {"groceries": 1, "grocers": 2}
    many = [f"word{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"] + ["wort"]
    found = near("worde", [*many, "worden"])
    assert (len(found), "wort" in found, "worden" in found, "worde" in found) == (
        NEAR_MAX,
        False,
        False,
        False,
    )
    assert list(found) == sorted(found)
    assert all(edits <= more for edits, more in pairwise(near("abcdefgh", ["abcdefxy", "abcdefgx"]).values()))


@pytest.mark.rule("SEARCH-4")
@given(word=st.text("abcd", min_size=4, max_size=9), other=st.text("abcde1", max_size=9))
def test_of_a_first_character_only_one_edit_may_be_wrong(word: str, other: str) -> None:
    swapped = word[1] + word[0] + word[2:]
    wrong = {word[1:], swapped} | {letter + rest for letter in "abcde" for rest in (word, word[1:])}
    meant = near(word, [other])
    if other[:1] != word[0]:
        assert meant == ({other: 1} if other in wrong else {})
    assert set(misbegun(word)) >= wrong - {word} - {word[0] + word}


@pytest.mark.rule("SEARCH-4")
@pytest.mark.parametrize(
    ("word", "known"),
    {
        "lodz": "łodz",
        "łodz": "lodz",
        "москва": "носква",
        "αθηνα": "βθηνα",
        "שלוםם": "חלוםם",
        "किताब": "गिताब",
    }.items(),
)
def test_letters_of_the_same_script_may_be_meant(word: str, known: str) -> None:
    assert near(folded(word), [folded(known), "1" + folded(word)[1:]]) == {folded(known): 1}
    assert len(misbegun(folded(word))) < 200


@pytest.mark.rule("SEARCH-4")
@given(word=st.text("abc", min_size=4, max_size=7), other=st.text("abc", max_size=9))
def test_a_beginning_may_be_one_edit_away(word: str, other: str) -> None:
    beginnings = (other[:length] for length in range(len(other) + 1))
    nearly = any(distance(word, one, 1) is not None for one in beginnings)
    if not other.startswith(word):
        assert begins_nearly(word, other) == nearly


@pytest.mark.rule("SEARCH-4", "SEARCH-9")
@given(word=st.text("abcd", min_size=4, max_size=14), dice=st.randoms(use_true_random=False))
def test_what_is_near_is_compared(word: str, dice: Random) -> None:
    ceiling = Ceiling(10_000, 10_000)
    once = [other for other in edited(word, "abcde") if other]
    known = {
        *once,
        *(twice for one in dice.sample(once, min(9, len(once))) for twice in edited(one, "abcde")),
    }
    known.discard("")
    known |= {one + "de" for one in once}
    for one in known:
        if one[0] == word[0] and distance(word, one, tolerance(word)) is not None:
            assert is_alike(word, one), one
        if one[0] == word[0] and is_typed(word) and begins_nearly(word, one):
            assert begins_alike(word, one), one
    assert near(word, compared(word, known, ceiling)) == near(word, known)
    typed = compared(word, known - {one for one in known if one.startswith(word)}, ceiling, typed=True)
    assert near(word, typed, typing=True) == near(
        word, {one for one in known if not one.startswith(word)}, typing=True
    )


@pytest.mark.rule("SEARCH-4")
def test_what_is_being_typed_may_be_misspelt_already() -> None:
    known = ["receipt", "reception", "recieved", "recipe"]
    assert near("recei", ["recieved"], typing=True) == {"recieved": 2}
    assert near("recei", ["recieved"]) == {}
    assert near("recei", known, typing=True) == {}
    assert near("reciep", known[:2], typing=True) == {"receipt": 2, "reception": 2}
    assert near("tecei", [*known[:2], "tea"], typing=True) == {"receipt": 2}
    assert near("reci", ["receipt"], typing=True) == {}
    assert near("rece1", ["receipt"], typing=True) == {}
