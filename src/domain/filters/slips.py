"""What was most likely meant where the order of things is wrong, as far as it can be told."""

import re
from collections.abc import Sequence

from domain.errors import FilterInvalid
from domain.filters.fields import FIELDS
from domain.filters.nearest import nearest
from domain.filters.tokens import Kind, Token
from domain.filters.words import WORDS, other_name

# What people of other languages write; a hint is worth more than a refusal.
ELSEWHERE = {"and": "&", "or": "|", "not": "!"}
_SIGNS = {
    "==": "=", "===": "=", "<>": "!=", "!==": "!=", "=<": "<=", "=>": ">=", "=~": "~", "~=": "~",
    "&&": "&", "||": "|",
}  # fmt: skip
_PARTS = {
    f"{thing}.{part}": thing for thing in ("project", "section", "label") for part in ("name", "title", "id")
} | {
    "parent.id": "parent", "parent.name": "parent.title",
    "blocker.id": "blocked_by", "blocker.name": "blocker.title",
    "comment.body": "comment", "comment.text": "comment",
}  # fmt: skip
"""What is asked without naming the part, or by another name."""
_MOST = 3
_SHIFT = re.compile(r"[+-](?:P[0-9A-Z]*)?", re.IGNORECASE)
_LONGEST = 3
_MARKS = {Kind.LABEL, Kind.PROJECT}


def near_fields(text: str) -> tuple[str, ...]:
    """Up to three fields that are most likely meant, best first."""
    part = _PARTS.get(text.lower())
    return _best([part] if part else [], nearest(text, FIELDS))


def near_words(text: str) -> tuple[str, ...]:
    """Up to three words that are most likely meant, best first."""
    return _best(other_name(text), nearest(text, WORDS))


def near_terms(text: str) -> tuple[str, ...]:
    """Up to three words and fields that are most likely meant, best first."""
    part = _PARTS.get(text.lower())
    return _best([part] if part else other_name(text), nearest(text, [*WORDS, *FIELDS]))


def _best(known: Sequence[str], near: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*known, *near]))[:_MOST]


def doubled(tokens: Sequence[Token], at: int) -> FilterInvalid | None:
    """The refusal of a sign that other languages have, which here begins as another; None if it is none."""
    run = [tokens[at]]
    for token in tokens[at + 1 : at + _LONGEST]:
        if token.span.start == run[-1].span.end and token.kind in {Kind.COMPARE, Kind.AND, Kind.OR}:
            run.append(token)
    meant = _SIGNS.get("".join(token.text for token in run))
    if meant is None:
        return None
    detail = f"This sign is written {meant} here."
    start, end = run[0].span.start, run[-1].span.end
    return FilterInvalid("unexpected", detail, start=start, end=end, suggestions=[meant])


def unjoined(tokens: Sequence[Token], at: int) -> FilterInvalid:
    """The refusal of what follows a whole term and does not go on with it."""
    token = tokens[at]
    meant = ELSEWHERE.get(token.text.lower()) if token.kind is Kind.WORD else None
    refused = FilterInvalid("unexpected", _reason(tokens, at), suggestions=[meant] if meant else [])
    return refused.within(token.span.start, token.span.end)


def unlisted(tokens: Sequence[Token], at: int) -> FilterInvalid:
    """The refusal of what follows a value within `in`, and is neither the next nor the end."""
    token = tokens[at]
    detail = f"Here {Kind.CLOSE.value} is missing."
    if token.kind in {Kind.WORD, Kind.TEXT}:
        detail = "Values are parted by commas. One of more than one word stands in quotes."
    if _is_shift(token):
        detail = _APART
    return FilterInvalid("unexpected", detail, start=token.span.start, end=token.span.end)


_APART = "A duration stands right behind what it moves, without a space, as in now-P7D."


def _reason(tokens: Sequence[Token], at: int) -> str:
    token = tokens[at]
    if token.kind is Kind.CLOSE:
        return "Here is one ) too many."
    if token.kind is Kind.COMMA:
        return "Terms are joined by & or |. Commas stand only between the values of in."
    if _is_shift(token):
        return _APART
    if token.kind is Kind.WORD and _after_bare_value(tokens, at) and not _begins_term(tokens, at):
        return 'A name or a text of more than one word stands in quotes, as in #"Big project".'
    return "Two terms are joined by & or |."


def _is_shift(token: Token) -> bool:
    return token.kind is Kind.WORD and _SHIFT.fullmatch(token.text) is not None


def _after_bare_value(tokens: Sequence[Token], at: int) -> bool:
    """Whether what is right before is a value, or a name behind its mark, without quotes."""
    before = tokens[at - 1]
    if before.kind in _MARKS:
        return before.span.end - before.span.start == len(before.text) + 1
    return before.kind is Kind.WORD and at > 1 and tokens[at - 2].kind is Kind.COMPARE


def _begins_term(tokens: Sequence[Token], at: int) -> bool:
    word, following = tokens[at].text.lower(), tokens[at + 1]
    if word in WORDS or word in FIELDS or word in ELSEWHERE or following.kind is Kind.COMPARE:
        return True
    return f"{word} {following.text.lower()}" in WORDS or following.text.lower() in {"in", "is"}
