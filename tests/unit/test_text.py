"""Texts: what is left without case and accents, and what a colour is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.folding import folded
from domain.text import color_violations


@pytest.mark.parametrize(("one", "other"), [
    ("Café", "cafe"), ("cafe\N{COMBINING ACUTE ACCENT}", "CAFÉ"), ("STRASSE", "straße"), ("Äpfel", "apfel"),
    ("ΣΊΣΥΦΟΣ", "σισυφος"), ("ΟΔΟΣ", "οδος"), ("İstanbul", "istanbul"), ("ﬁn", "FIN"), ("\N{FULLWIDTH LATIN CAPITAL LETTER F}ull", "full"),
    ("한국", unicodedata.normalize("NFD", "한국")), ("ガ", unicodedata.normalize("NFD", "ガ")), ("Ångström", "angstrom"),
])  # fmt: skip
def test_case_accents_and_composition_do_not_count(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [
    ("a", "b"), ("日本", "日木"), ("\N{LATIN SMALL LETTER DOTLESS I}", "i"), ("o", "ø"), ("work", "works"), ("a b", "ab"), ("1", "2"), ("🙂", "🙃"),
])  # fmt: skip
def test_letters_do(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text())
def test_however_it_is_composed(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert folded(unicodedata.normalize(form, text)) == folded(text)


@pytest.mark.parametrize("color", [None, "#000000", "#0a1b2c", "#ffffff"])
def test_colors(color: str | None) -> None:
    assert color_violations("/color", color) == []


@pytest.mark.parametrize(
    "color", ["", "#FFFFFF", "#fff", "ffffff", "#fffffg", "#ffffff ", "#ffffff\n", "red", "#0a1b2c3d"]
)
def test_what_is_no_color(color: str) -> None:
    (violation,) = color_violations("/color", color)
    assert (violation.pointer, violation.code) == ("/color", "not_a_color")
