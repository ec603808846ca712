"""A filter as a tree. What is relative in it (`today`) is still so: see `resolved`."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from domain.filters.dates import When
from domain.filters.types import Field, Operator

MAX_LENGTH = 1_024
MAX_DEPTH = 8
MAX_TERMS = 50


@dataclass(frozen=True, slots=True)
class Span:
    """A place in the text: code points, half open. `pointer` is where it is in the JSON that it came from."""

    start: int
    end: int
    pointer: str | None = dataclasses.field(default=None, compare=False)


NOWHERE = Span(0, 0)
Value: TypeAlias = str | int | bool | UUID | When


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field, an operator, and as many values as it takes: none for null, one, or for `in` one or more.

    Values are str (of a choice, its member), int, bool, UUID or When, by the field's type. `places` are where
    they stand, if the term was read from a text.
    """

    field: Field
    operator: Operator
    values: tuple[Value, ...] = ()
    span: Span = dataclasses.field(default=NOWHERE, compare=False)
    places: tuple[Span, ...] = dataclasses.field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Word:
    """One of WORDS."""

    name: str
    span: Span = dataclasses.field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """True exactly where the child is false."""

    child: "Tree"


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more, none of which is itself an And."""

    children: tuple["Tree", ...]

    def __post_init__(self) -> None:
        if len(self.children) < _FEWEST or any(isinstance(child, And) for child in self.children):
            raise ValueError("an And joins two or more that are no And")


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more, none of which is itself an Or."""

    children: tuple["Tree", ...]

    def __post_init__(self) -> None:
        if len(self.children) < _FEWEST or any(isinstance(child, Or) for child in self.children):
            raise ValueError("an Or joins two or more that are no Or")


_FEWEST = 2
Term: TypeAlias = Comparison | Word
Tree: TypeAlias = And | Or | Not | Comparison | Word


def joined(kind: type[And] | type[Or], children: list[Tree]) -> Tree:
    """The children joined: itself if it is one, and flat where one is already of this kind."""
    flat: list[Tree] = []
    for child in children:
        flat += child.children if isinstance(child, kind) else (child,)
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def terms(tree: Tree) -> Iterator[Term]:
    """The terms of the tree, as they are read."""
    match tree:
        case And() | Or():
            for child in tree.children:
                yield from terms(child)
        case Not():
            yield from terms(tree.child)
        case _:
            yield tree
