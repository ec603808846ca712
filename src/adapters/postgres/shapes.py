"""What of a query for tasks is the same whenever it is asked, and what are its values.

The first is a key for the statement, which is composed once; the others are its parameters.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, bindparam
from sqlalchemy.types import TypeEngine

from application.views import SortKey, TaskQuery
from domain.filters import Leaf, Negation, Node


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value goes."""

    name: str

    def parameter(self, type_: TypeEngine[Any] | None = None) -> BindParameter[Any]:
        """For a statement."""
        return bindparam(self.name, type_=type_, required=False)


@dataclass(frozen=True, slots=True)
class Shape:
    """A query without its values. Null, true and false are no values: what is asked depends on them.

    Neither is the limit: PostgreSQL would plan anew each time, not knowing how few rows are wanted.
    """

    statuses: tuple[Slot, ...]
    where: tuple[tuple[str, tuple[Slot | None, ...]], ...]
    root: Node | None
    everywhere: bool
    archived: Slot | None
    without: Slot | None
    sort: tuple[SortKey, ...]
    start: tuple[Slot | None, ...] | None
    limit: int


def shape_of(query: TaskQuery) -> tuple[Shape, dict[str, Any]]:
    """The shape, and by name the values that go into its slots."""
    values = _Values()
    shape = Shape(
        statuses=tuple(values.slot(status.value) for status in sorted(query.statuses)),
        where=tuple(
            (name, tuple(values.slot_or_none(one) for one in query.where[name])) for name in query.where
        ),
        root=None if query.filter is None else values.slotted(query.filter.root),
        everywhere=query.names_place or query.everywhere,
        archived=None if query.archived is None else values.slot(query.archived),
        without=values.slot(query.without) if query.without else None,
        sort=query.sort,
        start=None if query.start is None else tuple(values.slot_or_none(one) for one in query.start),
        limit=query.limit,
    )
    return shape, values.by_name


def parameters(operands: tuple[Any, ...], type_: TypeEngine[Any] | None = None) -> list[Any]:
    """What a leaf of a shape is compared with."""
    return [one.parameter(type_) if isinstance(one, Slot) else one for one in operands]


def constant(value: int) -> BindParameter[int]:
    """A number that is part of the statement's text."""
    return bindparam(None, value, type_=Integer, literal_execute=True)


def number(name: str) -> BindParameter[int]:
    """A parameter that is a number."""
    return bindparam(name, type_=Integer, required=False)


def among(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """That it is one of those, which are always the same: they are part of the statement's text."""
    return column.in_(
        bindparam(None, sorted(values), type_=column.type, expanding=True, literal_execute=True)
    )


class _Values:
    def __init__(self) -> None:
        self.by_name: dict[str, Any] = {}

    def slot(self, value: Any) -> Slot:
        slot = Slot(f"v{len(self.by_name)}")
        self.by_name[slot.name] = value
        return slot

    def slot_or_none(self, value: Any) -> Slot | None:
        return None if value is None else self.slot(value)

    def slotted(self, node: Node) -> Node:
        match node:
            case Leaf():
                return Leaf(node.attribute, node.check, tuple(map(self._operand, node.operands)))
            case Negation():
                return Negation(self.slotted(node.child))
            case _:
                return type(node)(tuple(map(self.slotted, node.children)))

    def _operand(self, value: Any) -> Any:
        return value if value is None or isinstance(value, bool) else self.slot(value)
