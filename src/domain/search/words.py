"""The terms of a text, under which it is found, and the words of what is asked. No language is assumed.

A word is a run of letters, digits and marks, folded; a symbol such as an emoji is a word of its own. Scripts
that put no spaces between words are cut into pairs of neighbouring characters, and the last character of a
run is a term, too: so one character is the beginning of a term wherever it stands. Stores keep terms: whoever
changes what they are has to make those that are kept anew.
"""

import re
import unicodedata
from collections.abc import Iterator

from domain.errors import Invalid, Violation
from domain.folding import folded
from domain.text import text_violations

WORD_MAX = 40
"""Characters of a word that count: what is longer is found by its beginning."""
QUERY_MAX = 200
WORDS_MAX = 16
NO_WORDS = "Must have a letter, a digit or an emoji; punctuation and signs such as % do not count."
# Thai, Lao, Myanmar, Khmer; Han with its marks, Hiragana, Katakana, Bopomofo, Yi.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\uaa60-\uaa7f"
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b\u3041-\u30ff\u3100-\u312f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\ua4cf\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_RUN = re.compile(f"(?P<unspaced>[{_UNSPACED}]+)|[^\\s{_UNSPACED}]+")

WORD = re.compile(r"\S+")
"""A term of a parted text that is all ASCII, but for its length."""


class _Signs(dict[int, str]):
    """By code point, what stands for it where words are told apart: itself, or space for what parts words."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        category = unicodedata.category(sign)
        if category == "So":
            kept = f" {sign} "
        elif category[0] not in "LMN":
            kept = " "
        else:  # variation selectors are marks by name only
            kept = "" if unicodedata.name(sign, "").startswith("VARIATION SELECTOR") else sign
        self[code] = kept
        return kept


_SIGNS = _Signs()


def parted(text: str) -> str:
    """The folded text with nothing but words, and space between them. It is so character by character."""
    return folded(text).translate(_SIGNS)


def runs(separated: str) -> Iterator[tuple[int, str, bool]]:
    """Of a parted text, where each run of one manner of writing begins, the run, and whether it is spaced."""
    for found in _RUN.finditer(separated):
        yield found.start(), found[0], found["unspaced"] is None


def terms_of(run: str, *, spaced: bool) -> Iterator[tuple[int, str]]:
    """Of a run, where each of its terms begins, and the term."""
    if spaced:
        yield 0, run[:WORD_MAX]
    else:
        for place in range(len(run)):
            yield place, run[place : place + 2]


def terms(text: str) -> Iterator[str]:
    """The terms of a text, in its order; some come twice."""
    separated = parted(text)
    if separated.isascii():
        for word in separated.split():
            yield word[:WORD_MAX]
        return
    for _, run, spaced in runs(separated):
        for _, term in terms_of(run, spaced=spaced):
            yield term


def asked(text: str) -> tuple[str, ...]:
    """The words that must all be found, each once. Raises Invalid."""
    wrong = text_violations("/q", text, at_least=1, at_most=QUERY_MAX)
    if wrong:
        raise Invalid(wrong)
    found = (word for _, run, spaced in runs(parted(text)) for word in _asked(run, spaced=spaced))
    words = tuple(dict.fromkeys(found))
    if not words:
        raise Invalid([Violation("/q", "no_words", NO_WORDS)])
    if len(words) > WORDS_MAX:
        raise Invalid([Violation("/q", "too_many_words", f"Must have at most {WORDS_MAX} words.")])
    return words


def _asked(run: str, *, spaced: bool) -> Iterator[str]:
    """Of what is not spaced one pair after the other; of an odd number, the last two at the end."""
    if spaced:
        yield run[:WORD_MAX]
        return
    for place in range(0, len(run), 2):
        pair = run[place : place + 2]
        yield pair if len(pair) > 1 else run[-2:]
