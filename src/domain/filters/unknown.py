"""Names in a filter that nothing has: such a term is never true, and most likely a slip."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.filters.nearest import nearest
from domain.filters.resolved import Check, Leaf, Negation, Node, Resolved
from domain.filters.tree import Comparison, Span, Term
from domain.folding import folded

MAX_SUGGESTED = 5
"""For how many unknown names near ones are looked for: it takes time by all the names that there are."""


class Named(StrEnum):
    """What has names that filters ask for."""

    PROJECT = "project"
    SECTION = "section"
    LABEL = "label"


_ATTRIBUTES: Mapping[str, Named] = {
    "project_name": Named.PROJECT,
    "section_name": Named.SECTION,
    "label_names": Named.LABEL,
}
Names = Mapping[Named, Sequence[str]]
"""All names that there are, as they are written."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Where in the filter a name stands that nothing has, and names that are near to it.

    None are looked for beyond the first MAX_SUGGESTED of a filter.
    """

    what: Named
    span: Span
    suggestions: tuple[str, ...]


def asked_by_name(resolved: Resolved) -> frozenset[Named]:
    """What the filter asks for by whole names."""
    return frozenset(what for term in resolved.terms for what, _ in _names(term.node))


def unknown_names(resolved: Resolved, known: Names) -> list[Unknown]:
    """Those of the filter's whole names that are not known, in the order of the text."""
    by_folded = {what: {folded(name): name for name in names} for what, names in known.items()}
    found: list[Unknown] = []
    for term in resolved.terms:
        for what, name in _names(term.node):
            if name not in by_folded[what]:
                near = nearest(name, by_folded[what]) if len(found) < MAX_SUGGESTED else ()
                suggestions = tuple(by_folded[what][one] for one in near)
                found.append(Unknown(what, _place(term.term, name), suggestions))
    return found


def _place(term: Term, name: str) -> Span:
    """Where the name stands, which may be one of several in its term."""
    if isinstance(term, Comparison):
        for value, place in zip(term.values, term.places, strict=False):
            if folded(str(value)) == name:
                return place
    return term.span


def _names(node: Node) -> Iterator[tuple[Named, str]]:
    match node:
        case Leaf():
            if node.attribute in _ATTRIBUTES and node.check is Check.IN:
                yield from ((_ATTRIBUTES[node.attribute], str(name)) for name in node.operands)
        case Negation():
            yield from _names(node.child)
        case _:
            for child in node.children:
                yield from _names(child)
