"""A filter as it is sent: text, the same as JSON, or that as text."""

from collections.abc import Mapping
from typing import Any

from domain import ijson
from domain.errors import FilterInvalid
from domain.filters.canonical import parse
from domain.filters.jsonform import from_json
from domain.filters.tree import Tree

Sent = str | Mapping[str, Any]


def from_sent(sent: Sent) -> Tree:
    """The tree. No filter in the language begins with `{`: text that does is JSON. Raises FilterInvalid."""
    if not isinstance(sent, str):
        return from_json(sent)
    return from_json(_document(sent)) if sent.lstrip().startswith("{") else parse(sent)


def _document(text: str) -> Any:
    try:
        return ijson.read(text)
    except ijson.NotIJson as error:
        detail = f"A filter that begins with {{ is a tree in JSON, and this {error}"
        start, end = (0, len(text)) if error.at is None else (error.at, min(error.at + 1, len(text)))
        raise FilterInvalid("bad_form", detail, start=start, end=end) from None
