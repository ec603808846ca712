"""A filter in plain English."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from domain.filters.dates import Anchor, Duration, When
from domain.filters.fields import Field, Operator, Type
from domain.filters.tree import And, Comparison, Not, Or, Tree, Value, Word
from domain.filters.words import WORDS

_ORDERED = {
    Operator.EQUAL: "is",
    Operator.NOT_EQUAL: "is not",
    Operator.LESS: "is less than",
    Operator.LESS_OR_EQUAL: "is at most",
    Operator.GREATER: "is more than",
    Operator.GREATER_OR_EQUAL: "is at least",
    Operator.CONTAINS: "contains",
    Operator.STARTS_WITH: "starts with",
}
_DATED = {
    Operator.EQUAL: "is",
    Operator.NOT_EQUAL: "is not",
    Operator.LESS: "is before",
    Operator.LESS_OR_EQUAL: "is not after",
    Operator.GREATER: "is after",
    Operator.GREATER_OR_EQUAL: "is not before",
}


def describe(tree: Tree) -> str:
    """The tree in words. It repeats values: it is for whoever wrote the filter."""
    match tree:
        case Or():
            return " or ".join(_enclosed(child, And) for child in tree.children)
        case And():
            return " and ".join(_enclosed(child, Or) for child in tree.children)
        case Not():
            return f"it is not so that {_enclosed(tree.child, And, Or)}"
        case Word():
            return WORDS[tree.name].english
        case Comparison():
            return _comparison(tree)


def _enclosed(tree: Tree, *kinds: type[Tree]) -> str:
    return f"({describe(tree)})" if isinstance(tree, kinds) else describe(tree)


def _comparison(term: Comparison) -> str:
    field, operator = term.field, term.operator
    if operator is Operator.IS_NULL:
        return f"it has no {field.noun}"
    if operator is Operator.IS_NOT_NULL:
        return f"it has a {field.noun}"
    if field.type is Type.BOOLEAN:
        true = term.values[0] is (operator is Operator.EQUAL)
        return f"it is {'' if true else 'not '}{field.noun}"
    said = _listed(_value(field, value) for value in term.values)
    if operator is Operator.NOT_EQUAL and field.many:
        return f"no {field.noun} is {said}"
    verbs = _DATED if field.type in {Type.DATE, Type.INSTANT} else _ORDERED
    return f"{'a' if field.many else 'the'} {field.noun} {verbs.get(operator, 'is')} {said}"


def _value(field: Field, value: Value) -> str:
    if isinstance(value, When):
        return _when(field, value)
    plain = isinstance(value, int | UUID) or field.type in {Type.CHOICE, Type.RANK}
    return str(value) if plain else f"“{value}”"


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _when(field: Field, when: When) -> str:
    said = _base(field, when)
    for shift in when.shifts:
        said = f"{_duration(shift)} {'before' if shift.negative else 'after'} {said}"
    return said


def _base(field: Field, when: When) -> str:
    base = when.base
    if base is None:
        return Anchor.TODAY if field.type is Type.DATE else Anchor.NOW
    if isinstance(base, Anchor):
        return base.replace("_", " ")
    if isinstance(base, datetime):
        return base.replace(tzinfo=None).isoformat(" ") + (" UTC" if base.tzinfo else " local time")
    return date.isoformat(base)


def _duration(shift: Duration) -> str:
    parts = [
        (shift.years, "year"),
        (shift.months, "month"),
        (shift.weeks, "week"),
        (shift.days, "day"),
        (shift.hours, "hour"),
        (shift.minutes, "minute"),
        (shift.seconds, "second"),
    ]
    said = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return ", ".join(said) or "0 days"
