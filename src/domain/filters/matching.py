"""The interpreter: whether a resolved filter selects a task, and why."""

from dataclasses import dataclass
from typing import Any

from domain.filters.facts import Facts
from domain.filters.fields import TEXT_ATTRIBUTES
from domain.filters.resolved import AllOf, AnyOf, Check, Leaf, Negation, Node, Resolved
from domain.filters.tree import Term
from domain.folding import folded


@dataclass(frozen=True, slots=True)
class Finding:
    """One term as it was written: whether it is true of the task, and whether the filter negates it."""

    term: Term
    matched: bool
    negated: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether the filter selects the task, and what each of its terms says, in the order of the text."""

    matches: bool
    terms: tuple[Finding, ...]


def matches(resolved: Resolved, facts: Facts) -> bool:
    """Whether the filter selects the task."""
    return _holds(resolved.root, facts)


def explain(resolved: Resolved, facts: Facts) -> Explanation:
    """Which terms are true of the task."""
    found = [Finding(term.term, _holds(term.node, facts), term.negated) for term in resolved.terms]
    return Explanation(matches(resolved, facts), tuple(found))


def _holds(node: Node, facts: Facts) -> bool:
    match node:
        case AllOf():
            return all(_holds(child, facts) for child in node.children)
        case AnyOf():
            return any(_holds(child, facts) for child in node.children)
        case Negation():
            return not _holds(node.child, facts)
        case Leaf():
            return _passes(node, facts)


def _passes(leaf: Leaf, facts: Facts) -> bool:
    values = facts.values(leaf.attribute)
    if leaf.check is Check.IS_NULL:
        return not values
    if leaf.attribute in TEXT_ATTRIBUTES:
        values = tuple(map(folded, values))
    return any(_passing(leaf.check, value, leaf.operands) for value in values)


def _passing(check: Check, value: Any, operands: tuple[Any, ...]) -> bool:
    match check:
        case Check.IN:
            passes = value in operands
        case Check.CONTAINS:
            passes = operands[0] in value
        case Check.STARTS_WITH:
            passes = value.startswith(operands[0])
        case _:
            low, high = operands
            passes = (low is None or low <= value) and (high is None or value < high)
    return bool(passes)
