"""The same tree as JSON.

`{"and": [...]}`, `{"or": [...]}`, `{"not": ...}`, `{"word": "today"}`, and of a comparison
`{"field": "due_date", "operator": "<=", "values": ["today+P1D"]}`; `values` is left out with `is null`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from domain.errors import FilterInvalid
from domain.filters import values
from domain.filters.canonical import reread
from domain.filters.dates import When
from domain.filters.fields import FIELDS
from domain.filters.parser import unfit
from domain.filters.slips import near_fields, near_words
from domain.filters.tree import MAX_DEPTH, And, Comparison, Not, Or, Tree, Value, Word, joined
from domain.filters.types import Field, Operator, Type
from domain.filters.words import WORDS

Json = Any

# As deep as a tree of MAX_DEPTH can be: an `or` and an `and` within each level, and outside of the first.
_DEEPEST = 2 * MAX_DEPTH + 2
_FEWEST = 2
_NULLS = {Operator.IS_NULL, Operator.IS_NOT_NULL}
_COMPARED = frozenset({"field", "operator", "values"})


def to_json(tree: Tree) -> dict[str, Json]:
    """The tree as JSON objects, lists, strings, numbers and booleans."""
    match tree:
        case And():
            return {"and": [to_json(child) for child in tree.children]}
        case Or():
            return {"or": [to_json(child) for child in tree.children]}
        case Not():
            return {"not": to_json(tree.child)}
        case Word():
            return {"word": tree.name}
        case Comparison():
            own = {"field": tree.field.name, "operator": str(tree.operator)}
            return own | ({"values": [_dumped(value) for value in tree.values]} if tree.values else {})


def from_json(document: Json) -> Tree:
    """The tree, its spans in its canonical text and in the document. Raises FilterInvalid with a pointer."""
    tree = _node(document, "", 0)
    try:
        return _placed(reread(tree), _places(document, ""))
    except FilterInvalid as refused:  # a limit, or a character, of the whole
        raise refused.under("") from None


def _placed(tree: Tree, places: Iterator[str]) -> Tree:
    """The tree whose terms are at these places of the document."""
    match tree:
        case And() | Or():
            return type(tree)(tuple(_placed(child, places) for child in tree.children))
        case Not():
            return Not(_placed(tree.child, places))
        case _:
            return replace(tree, span=replace(tree.span, pointer=next(places)))


def _places(document: Json, at: str) -> Iterator[str]:
    """Where the terms are, as they are read."""
    kind, inside = next(iter(document.items()))
    if kind in {"and", "or"}:
        for n, child in enumerate(inside):
            yield from _places(child, f"{at}/{kind}/{n}")
    elif kind == "not":
        yield from _places(inside, f"{at}/not")
    else:
        yield at


def _node(document: Json, at: str, depth: int) -> Tree:
    if depth > _DEEPEST:
        raise _refused("too_deep", f"A filter nests at most {MAX_DEPTH} deep.", at)
    members = _members(document, at)
    match tuple(members):
        case ("and",):
            return joined(And, _nodes(members["and"], f"{at}/and", depth))
        case ("or",):
            return joined(Or, _nodes(members["or"], f"{at}/or", depth))
        case ("not",):
            return Not(_node(members["not"], f"{at}/not", depth + 1))
        case ("word",):
            return _word(members["word"], f"{at}/word")
        case _:
            return _comparison(members, at)


def _members(document: Json, at: str) -> Mapping[str, Json]:
    if not isinstance(document, Mapping):
        raise _refused("bad_form", "A filter in JSON is an object.", at)
    return document  # pyright: ignore[reportUnknownVariableType]


def _nodes(document: Json, at: str, depth: int) -> list[Tree]:
    children = _list(document, at)
    if len(children) < _FEWEST:
        raise _refused("bad_form", "Here are two or more filters.", at)
    return [_node(child, f"{at}/{n}", depth + 1) for n, child in enumerate(children)]


def _list(document: Json, at: str) -> Sequence[Json]:
    if not isinstance(document, list):
        raise _refused("bad_form", "This is a list.", at)
    return document  # pyright: ignore[reportUnknownVariableType]


def _word(document: Json, at: str) -> Word:
    if not isinstance(document, str) or document not in WORDS:
        near = near_words(document) if isinstance(document, str) else ()
        raise _refused("unknown_word", "There is no such word. In JSON it is written exactly.", at, *near)
    return Word(document)


def _comparison(members: Mapping[str, Json], at: str) -> Comparison:
    if not {"field", "operator"} <= set(members) <= _COMPARED:
        raise _refused(
            "bad_form", "An object has one of and, or, not and word; or field, operator and values.", at
        )
    field = _field(members["field"], f"{at}/field")
    operator = _operator(field, members["operator"], f"{at}/operator")
    given = _list(members.get("values", []), f"{at}/values")
    if not _fits(operator, len(given), given="values" in members):
        raise _refused(
            "bad_form",
            "There is one value; with in one or more; with is null and is not null no member values.",
            f"{at}/values",
        )
    read = [_value(field, operator, value, f"{at}/values/{n}") for n, value in enumerate(given)]
    return Comparison(field, operator, tuple(read))


def _field(document: Json, at: str) -> Field:
    if not isinstance(document, str) or document not in FIELDS:
        near = near_fields(document) if isinstance(document, str) else ()
        raise _refused("unknown_field", "There is no such field. In JSON it is written exactly.", at, *near)
    return FIELDS[document]


def _operator(field: Field, document: Json, at: str) -> Operator:
    if not isinstance(document, str) or document not in field.operators:
        raise unfit(field).under(at)
    return Operator(document)


def _fits(operator: Operator, many: int, *, given: bool) -> bool:
    if operator in _NULLS:
        return not given
    return many >= 1 if operator is Operator.IN else many == 1


def _value(field: Field, operator: Operator, document: Json, at: str) -> Value:
    kind = {Type.NUMBER: int, Type.BOOLEAN: bool}.get(field.type, str)
    if type(document) is not kind:
        raise _refused("bad_form", f"The value is a {_CALLED[kind]}.", at)
    try:
        return values.read(field, operator, _text(document))
    except FilterInvalid as refused:
        raise refused.under(at) from None


_TOO_MUCH = 10**9
_CALLED = {int: "number", bool: "boolean", str: "string"}


def _text(document: Json) -> str:
    match document:
        case bool():
            return str(document).lower()
        case int():  # Python refuses to write out thousands of digits
            return str(max(-1, min(document, _TOO_MUCH)))
        case _:
            return str(document)


def _dumped(value: Value) -> Json:
    return str(value) if isinstance(value, UUID | When | str) else value


def _refused(reason: str, detail: str, at: str, *suggestions: str) -> FilterInvalid:
    return FilterInvalid(reason, detail, pointer=at, suggestions=suggestions)
