"""From a tree to one of which nothing is relative: once a request, with the reader's clock and calendar."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.errors import FilterInvalid
from domain.filters.calendars import Calendar
from domain.filters.dates import When
from domain.filters.expansion import expanded
from domain.filters.resolved import AllOf, AnyOf, Check, Leaf, Negation, Node, Operand, Resolved, ResolvedTerm
from domain.filters.tree import And, Comparison, Not, Or, Tree, Value, Word
from domain.filters.types import Field, Operator, Type
from domain.folding import folded

MONDAY = 1
_PARTS = {Operator.CONTAINS: Check.CONTAINS, Operator.STARTS_WITH: Check.STARTS_WITH}
_NEXT = "\x01"
"""Behind a text it makes the one that comes next: nothing that is kept has NUL in it."""
_NEGATED = {Operator.NOT_EQUAL, Operator.IS_NOT_NULL}


def resolve(tree: Tree, now: datetime, zone: ZoneInfo, first_day_of_week: int = MONDAY) -> Resolved:
    """The tree as of `now` (aware) in the zone; the week begins on a day from 1, Monday, to 7, Sunday.

    Raises FilterInvalid where a relative date comes to lie too far away.
    """
    resolver = _Resolver(Calendar(now, zone, first_day_of_week))
    root = resolver.node(tree, negated=False)
    return Resolved(root, tuple(resolver.terms), now, str(zone))


class _Resolver:
    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self.terms: list[ResolvedTerm] = []

    def node(self, tree: Tree, *, negated: bool) -> Node:
        """The tree resolved; its terms are kept on the way."""
        match tree:
            case And():
                return AllOf(tuple(self.node(child, negated=negated) for child in tree.children))
            case Or():
                return AnyOf(tuple(self.node(child, negated=negated) for child in tree.children))
            case Not():
                return Negation(self.node(tree.child, negated=not negated))
            case _:
                node = self._meaning(expanded(tree) if isinstance(tree, Word) else tree)
                self.terms.append(ResolvedTerm(tree, node, negated))
                return node

    def _meaning(self, tree: Tree) -> Node:
        match tree:
            case Comparison():
                return self._placed(tree)
            case And():
                return AllOf(tuple(map(self._meaning, tree.children)))
            case Or():
                return AnyOf(tuple(map(self._meaning, tree.children)))
            case Not():
                return Negation(self._meaning(tree.child))
            case Word():
                return self._meaning(expanded(tree))

    def _placed(self, term: Comparison) -> Node:
        try:
            return self._comparison(term)
        except FilterInvalid as refused:
            span = term.span
            placed = (
                refused.within(span.start, span.end) if span.pointer is None else refused.under(span.pointer)
            )
            raise placed from None

    def _comparison(self, term: Comparison) -> Node:
        match term.operator:
            case Operator.IS_NULL | Operator.IS_NOT_NULL:
                node: Node = Leaf(term.field.null_attribute, Check.IS_NULL)
            case Operator.EQUAL | Operator.NOT_EQUAL | Operator.IN:
                node = self._equal(term)
            case Operator.CONTAINS | Operator.STARTS_WITH:
                node = Leaf(term.field.attribute, _PARTS[term.operator], (folded(str(term.values[0])),))
            case _:
                node = self._ordered(term)
        return Negation(node) if term.operator in _NEGATED else node

    def _equal(self, term: Comparison) -> Node:
        field = term.field
        if field.type is Type.NAME:
            return _named(field, term.values)
        if field.type in {Type.DATE, Type.INSTANT}:
            ranges = dict.fromkeys(self._range(field, value) for value in term.values)
            return _any([Leaf(field.attribute, Check.WITHIN, each) for each in ranges])
        given = dict.fromkeys(_plain(field, value) for value in term.values)
        return Leaf(field.attribute, Check.IN, tuple(given))

    def _ordered(self, term: Comparison) -> Node:
        field, value = term.field, term.values[0]
        if field.type is Type.RANK:
            return Leaf(field.attribute, Check.IN, _ranks(field, term.operator, value))
        low, high = self._range(field, value)
        bounds: dict[Operator, tuple[Operand, Operand]] = {
            Operator.LESS: (None, low),
            Operator.LESS_OR_EQUAL: (None, high),
            Operator.GREATER: (high, None),
            Operator.GREATER_OR_EQUAL: (low, None),
        }
        return Leaf(field.attribute, Check.WITHIN, bounds[term.operator])

    def _range(self, field: Field, value: Value) -> tuple[Operand, Operand]:
        """From the begin of what the value says to its end, half open."""
        if isinstance(value, When):
            return self._calendar.days(value) if field.type is Type.DATE else self._calendar.instants(value)
        if field.type is Type.KEY:
            return str(value), str(value) + _NEXT
        number = cast("int", value)
        return number, number + 1


def _named(field: Field, values: Sequence[Value]) -> Node:
    """By id, by name, or by the name that means none."""
    ids = dict.fromkeys(value for value in values if isinstance(value, UUID))
    names = dict.fromkeys(folded(value) for value in values if isinstance(value, str))
    found: list[Node] = []
    if field.null_name is not None and folded(field.null_name) in names:
        del names[folded(field.null_name)]
        found.append(Leaf(field.null_attribute, Check.IS_NULL))
    if ids:
        found.append(Leaf(field.null_attribute, Check.IN, tuple(ids)))
    if names:
        found.append(Leaf(field.attribute, Check.IN, tuple(names)))
    return _any(found)


def _ranks(field: Field, operator: Operator, value: Value) -> tuple[Operand, ...]:
    at = field.choices.index(value)
    match operator:
        case Operator.LESS:
            return field.choices[:at]
        case Operator.LESS_OR_EQUAL:
            return field.choices[: at + 1]
        case Operator.GREATER:
            return field.choices[at + 1 :]
        case _:
            return field.choices[at:]


def _any(nodes: Sequence[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else AnyOf(tuple(nodes))


def _plain(field: Field, value: Value) -> Operand:
    if isinstance(value, When):
        raise TypeError("a date term is resolved by the calendar")
    return folded(value) if field.type is Type.TEXT and isinstance(value, str) else value
