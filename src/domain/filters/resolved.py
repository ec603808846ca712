"""A filter of which nothing is relative any more: what interpreters and SQL compilers work on.

A test is about the values that an attribute has: none (null), one, or any number of a many-valued one. It is
true where at least one of them passes, so where there is none it is false, and only IS_NULL is true there.
Every test is true or false, never unknown; so a compiler to SQL does not negate by `NOT x`, which is null
where x is, but by `x IS NOT TRUE`. In texts no character is special: `%` and `_` are to be escaped for LIKE.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from typing import TypeAlias
from uuid import UUID

from domain.filters.tree import Term


class Check(Enum):
    """How the values of an attribute are tested, and by which operands."""

    IN = auto()  # it is one of the operands, of which there may be none
    WITHIN = auto()  # (low, high): low <= it < high; None leaves one side open
    CONTAINS = auto()  # (text,): the text is a part of it
    STARTS_WITH = auto()  # (text,): it begins with the text
    IS_NULL = auto()  # (): there is no value


Operand: TypeAlias = str | int | bool | UUID | date | datetime | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One test of one attribute (a name of `fields.ATTRIBUTES`).

    Operands are text that is folded (of TEXT_ATTRIBUTES), the members of the choices, int, bool, UUID, date,
    or datetime in UTC. Texts are compared folded: see `folding`.
    """

    attribute: str
    check: Check
    operands: tuple[Operand, ...] = ()


@dataclass(frozen=True, slots=True)
class Negation:
    """True exactly where the child is false."""

    child: "Node"


@dataclass(frozen=True, slots=True)
class AllOf:
    """True where all children are: two or more."""

    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True where any child is: two or more."""

    children: tuple["Node", ...]


Node: TypeAlias = Leaf | Negation | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class ResolvedTerm:
    """A term as it was written, what it came to, and whether an odd number of negations stands before it."""

    term: Term
    node: Node
    negated: bool


@dataclass(frozen=True, slots=True)
class Resolved:
    """The whole filter, as of one moment in one zone (its IANA name)."""

    root: Node
    terms: tuple[ResolvedTerm, ...]
    resolved_at: datetime
    time_zone: str


def attributes(node: Node) -> Iterator[str]:
    """What it reads, as it is met."""
    match node:
        case AllOf() | AnyOf():
            for child in node.children:
                yield from attributes(child)
        case Negation():
            yield from attributes(node.child)
        case Leaf():
            yield node.attribute
