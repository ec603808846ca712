"""A filter in plain English."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import cast
from uuid import UUID

from domain.filters.dates import WEEKDAYS, Anchor, Duration, When
from domain.filters.tree import And, Comparison, Not, Or, Tree, Value, Word
from domain.filters.types import Field, Operator, Type
from domain.filters.words import WORDS

_ORDERED = {
    Operator.EQUAL: "is",
    Operator.LESS: "is less than",
    Operator.LESS_OR_EQUAL: "is at most",
    Operator.GREATER: "is more than",
    Operator.GREATER_OR_EQUAL: "is at least",
    Operator.CONTAINS: "contains",
    Operator.STARTS_WITH: "starts with",
}
_NEGATIVE = {
    "contains": "does not contain",
    "starts with": "does not start with",
    **{verb: verb.replace("is", "is not", 1) for verb in _ORDERED.values() if verb.startswith("is")},
}
_DATED = {
    Operator.LESS: ("before", "earlier than"),
    Operator.LESS_OR_EQUAL: ("no later than", "no later than"),
    Operator.GREATER: ("after", "later than"),
    Operator.GREATER_OR_EQUAL: ("no earlier than", "no earlier than"),
}
"""Of a date, and of one that is moved: `before 7 days after` would be hard to read."""
_EVENTS = {
    "created_at": ("was", "created"),
    "updated_at": ("was", "last changed"),
    "completed_at": ("was", "completed"),
    "archived_at": ("was", "archived"),
    "edited_at": ("was", "last edited"),
    "due_date": ("is", "due"),
}
"""What is said with a verb of its own."""
_ALWAYS = {"created_at", "updated_at"}
"""What all things have: where it is null, there is no such thing."""


def describe(tree: Tree) -> str:
    """The tree in words. It repeats values: it is for whoever wrote the filter."""
    told = _twice_negated(tree)
    match told:
        case Or():
            return " or ".join(_enclosed(child, And) for child in told.children)
        case And():
            return " and ".join(_enclosed(child, Or) for child in told.children)
        case Not():
            return _negated(told.child)
        case Word():
            return WORDS[told.name].english
        case Comparison():
            return _comparison(told)


def _twice_negated(tree: Tree) -> Tree:
    """What `!!` says nothing about."""
    while isinstance(tree, Not) and isinstance(tree.child, Not):
        tree = tree.child.child
    return tree


def _enclosed(tree: Tree, *kinds: type[Tree]) -> str:
    said = describe(tree)
    return f"({said})" if isinstance(_twice_negated(tree), kinds) else said


def _negated(tree: Tree) -> str:
    match tree:
        case Word():
            said = WORDS[tree.name].english
            return said.replace(" has no ", " has a ", 1).replace(" is ", " is not ", 1)
        case Comparison():
            return _comparison(tree, negated=True)
        case _:
            return f"it is not so that ({describe(tree)})"


def _comparison(term: Comparison, *, negated: bool = False) -> str:
    field, operator = term.field, term.operator
    if operator in {Operator.IS_NULL, Operator.IS_NOT_NULL}:
        return _presence(field, there=negated is (operator is Operator.IS_NULL))
    negated = negated is not (operator is Operator.NOT_EQUAL)
    if field.type is Type.BOOLEAN:
        return f"it is {'' if term.values[0] is not negated else 'not '}{field.noun}"
    if field.type in {Type.DATE, Type.INSTANT}:
        return _dated(field, operator, [cast("When", value) for value in term.values], negated=negated)
    said = _listed(_value(field, value) for value in term.values)
    verb = _ORDERED.get(operator, "is")
    subject, negated = _subject(field, field.noun, negated=negated)
    return f"{subject} {_NEGATIVE.get(verb, verb) if negated else verb} {said}"


def _presence(field: Field, *, there: bool) -> str:
    owner, _, name = field.name.rpartition(".")
    noun = owner if name in _ALWAYS else field.noun
    verb, done = _event(field)
    if not done or name in _ALWAYS or field.type is Type.DATE:
        return f"it has {_article(noun) if there else 'no'} {noun}"
    subject, negated = _subject(field, owner, negated=not there)
    return f"{subject} {verb} {'not ' if negated else ''}{done.removeprefix('last ')}"


def _event(field: Field) -> tuple[str, str]:
    """The verb, and what is done: nothing where the field is told by its noun."""
    owner, _, name = field.name.rpartition(".")
    told = name in _EVENTS and not (owner and field.type is Type.DATE)
    return _EVENTS[name] if told else ("is", "")


def _subject(field: Field, noun: str, *, negated: bool) -> tuple[str, bool]:
    """Of what something is said, and whether its verb is still to be negated: of many, none does it."""
    if not noun:
        return "it", negated
    if field.many:
        return f"{'no' if negated else _article(noun)} {noun}", False
    return f"the {noun}", negated


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def _dated(field: Field, operator: Operator, dates: Sequence[When], *, negated: bool) -> str:
    verb, done = _event(field)
    owner = field.name.rpartition(".")[0]
    subject, negated = _subject(field, owner if done else field.noun, negated=negated)
    said = _listed(f"{_relation(operator, when)} {_when(field, when)}".strip() for when in dates)
    return " ".join(part for part in (subject, verb, "not" if negated else "", done, said) if part)


def _relation(operator: Operator, when: When) -> str:
    if operator in _DATED:
        return _DATED[operator][bool(when.shifts)]
    if when.shifts or isinstance(when.base, Anchor | None):
        return "on" if not when.shifts and when.base in WEEKDAYS else ""
    return "at" if isinstance(when.base, datetime) else "on"


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
        if said == Anchor.NOW:
            said = f"{_duration(shift)} {'ago' if shift.negative else 'from now'}"
        else:
            said = f"{_duration(shift)} {'before' if shift.negative else 'after'} {said}"
    return said


def _base(field: Field, when: When) -> str:
    base = when.base
    if base is None:
        return Anchor.TODAY if field.type is Type.DATE else Anchor.NOW
    if isinstance(base, Anchor):
        return base.title() if base in WEEKDAYS else base.replace("_", " ")
    if isinstance(base, datetime):
        exact = "auto" if base.second or base.microsecond else "minutes"
        return base.replace(tzinfo=None).isoformat(" ", exact) + (" UTC" if base.tzinfo else " local time")
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
    *first, last = said or ["0 days"]
    return f"{', '.join(first)} and {last}" if first else last
