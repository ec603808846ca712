"""The filter language: from text or JSON to a tree, resolved for one moment and zone, and its interpreter."""

from domain.filters.canonical import canonical, parse
from domain.filters.costs import Cost, cost
from domain.filters.english import describe
from domain.filters.facts import Facts
from domain.filters.fields import ATTRIBUTES, FIELDS, TEXT_ATTRIBUTES
from domain.filters.jsonform import from_json, to_json
from domain.filters.matching import Explanation, Finding, explain, matches
from domain.filters.related import RELATIONS, Relation, related
from domain.filters.resolved import (
    AllOf,
    AnyOf,
    Check,
    Leaf,
    Negation,
    Node,
    Resolved,
    ResolvedTerm,
    attributes,
)
from domain.filters.resolving import resolve
from domain.filters.sent import Sent, from_sent
from domain.filters.tree import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_TERMS,
    And,
    Comparison,
    Not,
    Or,
    Span,
    Term,
    Tree,
    Word,
    terms,
)
from domain.filters.types import Field, Operator, Type
from domain.filters.unknown import Named, Unknown, asked_by_name, unknown_names
from domain.filters.words import WORDS, Meaning
from domain.folding import folded

__all__ = [
    "ATTRIBUTES",
    "FIELDS",
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_TERMS",
    "RELATIONS",
    "TEXT_ATTRIBUTES",
    "WORDS",
    "AllOf",
    "And",
    "AnyOf",
    "Check",
    "Comparison",
    "Cost",
    "Explanation",
    "Facts",
    "Field",
    "Finding",
    "Leaf",
    "Meaning",
    "Named",
    "Negation",
    "Node",
    "Not",
    "Operator",
    "Or",
    "Relation",
    "Resolved",
    "ResolvedTerm",
    "Sent",
    "Span",
    "Term",
    "Tree",
    "Type",
    "Unknown",
    "Word",
    "asked_by_name",
    "attributes",
    "canonical",
    "cost",
    "describe",
    "explain",
    "folded",
    "from_json",
    "from_sent",
    "matches",
    "parse",
    "related",
    "resolve",
    "terms",
    "to_json",
    "unknown_names",
]
