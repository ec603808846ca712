"""What a filter costs to answer, before it is asked."""

from enum import IntEnum

from domain.filters.expansion import expanded
from domain.filters.tree import And, Comparison, Not, Or, Tree, Word
from domain.filters.types import Operator


class Cost(IntEnum):
    """From cheap to dear. All of it is within one account."""

    INDEXED = 1  # an index finds the rows, or few enough that the rest can be looked at
    SCAN = 2  # every task of the account is looked at
    TEXT = 3  # texts of every task of the account are searched in


# What is there, and what is not: an index has the one in no order, and mostly not the other.
_OF_ALL = {Operator.NOT_EQUAL, Operator.IS_NULL, Operator.IS_NOT_NULL}


def cost(tree: Tree) -> Cost:
    """The cost of the tree: of an And that of its cheapest part, which leaves little; of an Or the dearest.

    What is negated is found by looking at what there is, so it is a scan at least.
    """
    match tree:
        case And():
            return min(cost(child) for child in tree.children)
        case Or():
            return max(cost(child) for child in tree.children)
        case Not():
            return max(Cost.SCAN, cost(tree.child))
        case Word():
            return cost(expanded(tree))
        case Comparison():
            return _of(tree)


def _of(term: Comparison) -> Cost:
    if term.operator is Operator.CONTAINS:
        return Cost.TEXT
    if term.operator is Operator.IS_NULL and term.field.null_name:
        return Cost.INDEXED  # places are kept of all tasks, in the Inbox, too
    if term.operator in _OF_ALL or not term.field.indexed:
        return Cost.SCAN
    return Cost.INDEXED
