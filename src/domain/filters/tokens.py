"""The text of a filter as tokens, each with its place."""

import re
from dataclasses import dataclass
from enum import Enum

from domain.errors import FilterInvalid
from domain.filters.tree import MAX_LENGTH, Span
from domain.text import hidden


class Kind(Enum):
    """What a token is. Its value is how people call it."""

    WORD = "a word"
    TEXT = "a quoted text"
    LABEL = "a label"
    PROJECT = "a project"
    COMPARE = "an operator"
    OPEN = "("
    CLOSE = ")"
    COMMA = ","
    OR = "|"
    AND = "&"
    NOT = "!"
    END = "the end"


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its kind, what it says (without quotes, escapes and marks), and where it is."""

    kind: Kind
    text: str
    span: Span


_SPECIAL = r"()|&!=<>~^,\"\\"
_BARE = re.compile(rf"[^\s@#{_SPECIAL}][^\s{_SPECIAL}]*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_ESCAPE = re.compile(r"\\([\"\\])")
_COMPARE = re.compile(r"!=|<=|>=|\^=|[=<>~]")
_SINGLE = {kind.value: kind for kind in (Kind.OPEN, Kind.CLOSE, Kind.COMMA, Kind.OR, Kind.AND, Kind.NOT)}
_MARKS = {"@": Kind.LABEL, "#": Kind.PROJECT}
_SPACE = re.compile(r"\s*")


def bare(text: str) -> bool:
    """Whether the text is one word without quotes."""
    return _BARE.fullmatch(text) is not None


def quoted(text: str) -> str:
    """The text in quotes, so that it is read as it is."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def tokenize(text: str) -> list[Token]:
    """The tokens, the last of which is the end. Raises FilterInvalid."""
    _check(text)
    tokens: list[Token] = []
    at = _skipped(text, 0)
    while at < len(text):
        token = _token(text, at)
        tokens.append(token)
        at = _skipped(text, token.span.end)
    return [*tokens, Token(Kind.END, "", Span(len(text), len(text)))]


def _check(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise too_long().within(MAX_LENGTH, len(text))
    for at, character in enumerate(text):
        if hidden(character, lines=True):
            raise FilterInvalid(
                "control_character", "A filter has no control characters or surrogates.", start=at, end=at + 1
            )


def too_long(*, canonical: bool = False) -> FilterInvalid:
    """The refusal of a filter that is too long: as it was sent, or in the canonical form."""
    what = "The canonical form of a filter" if canonical else "A filter"
    return FilterInvalid("too_long", f"{what} has at most {MAX_LENGTH:,} characters.")


def _skipped(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _token(text: str, at: int) -> Token:
    character = text[at]
    if character in _MARKS:
        return _marked(text, at, _MARKS[character])
    if character == '"':
        return _text(text, at)
    if match := _COMPARE.match(text, at):
        return Token(Kind.COMPARE, match[0], Span(at, match.end()))
    if character in _SINGLE:
        return Token(_SINGLE[character], character, Span(at, at + 1))
    if match := _BARE.match(text, at):
        return Token(Kind.WORD, match[0], Span(at, match.end()))
    raise FilterInvalid("unexpected", "This character can stand only in quotes.", start=at, end=at + 1)


def _marked(text: str, at: int, kind: Kind) -> Token:
    """A label or a project: the mark, and right behind it a word or a quoted text."""
    if text.startswith('"', at + 1):
        inner = _text(text, at + 1)
        return Token(kind, inner.text, Span(at, inner.span.end))
    match = _BARE.match(text, at + 1)
    if match is None:
        raise FilterInvalid(
            "name_expected",
            "A name follows @ and # without a space, in quotes if need be.",
            start=at,
            end=at + 1,
        )
    return Token(kind, match[0], Span(at, match.end()))


def _text(text: str, at: int) -> Token:
    match = _QUOTED.match(text, at)
    if match is None:
        raise _broken(text, at)
    return Token(Kind.TEXT, _ESCAPE.sub(r"\1", match[1]), Span(at, match.end()))


def _broken(text: str, at: int) -> FilterInvalid:
    """Why no quoted text begins here: an escape that is none, or no end."""
    place = at + 1
    while place < len(text):
        if text[place] == "\\":
            if text[place + 1 : place + 2] not in {'"', "\\"}:
                return FilterInvalid(
                    "bad_escape", 'In quotes, \\ stands only before " and \\.', start=place, end=place + 1
                )
            place += 1
        place += 1
    return FilterInvalid("unclosed_quote", "This quote is not closed.", start=at, end=len(text))
