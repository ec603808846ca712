"""Values as text: read by the type of their field, and written so that they are read again as the same."""

import re
from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from domain.errors import FilterInvalid
from domain.filters.dates import When
from domain.filters.nearest import nearest
from domain.filters.tokens import bare, quoted
from domain.filters.tree import Value
from domain.filters.types import Field, Operator, Type
from domain.filters.words import other_name
from domain.folding import folded

NULL = "null"
_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBER = re.compile("[0-9]{1,9}")
_BOOLEANS = {"true": True, "false": False}
_SUBSTRING = {Operator.CONTAINS, Operator.STARTS_WITH}


def read(field: Field, operator: Operator, text: str) -> Value:
    """The value that the text says. Raises FilterInvalid without a place."""
    return _substance(field, text) if operator in _SUBSTRING else _READERS[field.type](field, text)


def written(value: Value) -> str:
    """The value as text, in quotes where it would be read as something else without them."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value if bare(value) and value.lower() != NULL else quoted(value)
        case _:
            return str(value)


def _text(_: Field, text: str) -> str:
    return text


def _substance(_: Field, text: str) -> str:
    if not folded(text).strip():
        raise FilterInvalid("empty_value", "Here a name or a text to look for is missing.")
    return text


def _name(field: Field, text: str) -> UUID | str:
    return UUID(text) if _UUID.fullmatch(text) else _substance(field, text)


def _id(_: Field, text: str) -> UUID:
    if not _UUID.fullmatch(text):
        raise FilterInvalid("bad_id", "An id is a UUID of 32 hexadecimal digits and four hyphens.")
    return UUID(text)


def _choice(field: Field, text: str) -> str:
    for choice in field.choices:
        if choice == text.lower():
            return choice
    raise FilterInvalid(
        "bad_choice",
        f"The {field.noun} is one of {', '.join(field.choices)}.",
        suggestions=_near(text, field.choices),
    )


def _near(text: str, known: Collection[str]) -> tuple[str, ...]:
    """What is meant by one of few: whatever is near, or else any."""
    meant = [name for name in other_name(text) if name in known]
    return tuple(meant) or nearest(text, known) or tuple(map(str, known))


def _number(_: Field, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise FilterInvalid("bad_number", "A number is written in 1 to 9 digits.")
    return int(text)


def _boolean(_: Field, text: str) -> bool:
    if text.lower() not in _BOOLEANS:
        raise FilterInvalid("bad_boolean", "The value is true or false.", suggestions=_near(text, _BOOLEANS))
    return _BOOLEANS[text.lower()]


def _when(field: Field, text: str) -> When:
    when = When.parse(text)
    if field.type is Type.DATE and when.timed:
        raise FilterInvalid("time_of_day", f"The {field.noun} is a day: it has no time of day.")
    return when


_READERS: Mapping[Type, Callable[[Field, str], Value]] = {
    Type.TEXT: _text,
    Type.BODY: _text,
    Type.NAME: _name,
    Type.ID: _id,
    Type.CHOICE: _choice,
    Type.RANK: _choice,
    Type.KEY: _text,
    Type.NUMBER: _number,
    Type.BOOLEAN: _boolean,
    Type.DATE: _when,
    Type.INSTANT: _when,
}
