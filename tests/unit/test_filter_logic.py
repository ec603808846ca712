"""What holds for all filters and all tasks."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from domain.filters import (
    ATTRIBUTES,
    TEXT_ATTRIBUTES,
    AllOf,
    And,
    AnyOf,
    Check,
    Comparison,
    Facts,
    Leaf,
    Negation,
    Node,
    Not,
    Operator,
    Or,
    Tree,
    explain,
    folded,
    terms,
)
from domain.filters.dates import When
from domain.filters.tree import joined
from tests.support.filters import (
    CALM,
    IDS,
    NOW,
    OFTEN,
    comparisons,
    facts,
    near,
    reachable,
    resolved,
    selects,
    task,
)


@pytest.mark.rule("FLT-13")
@OFTEN
@given(reachable, reachable, facts())
def test_the_laws_of_logic(a: Tree, b: Tree, facts: Facts) -> None:
    assert selects(Not(Not(a)), facts) is selects(a, facts)
    assert selects(Not(a), facts) is not selects(a, facts)
    assert selects(Not(joined(And, [a, b])), facts) is selects(joined(Or, [Not(a), Not(b)]), facts)
    assert selects(Not(joined(Or, [a, b])), facts) is selects(joined(And, [Not(a), Not(b)]), facts)
    assert selects(joined(And, [a, b]), facts) is (selects(a, facts) and selects(b, facts))
    assert selects(joined(Or, [a, b]), facts) is (selects(a, facts) or selects(b, facts))


ORDERED = {Operator.LESS_OR_EQUAL: Operator.LESS, Operator.GREATER_OR_EQUAL: Operator.GREATER}


def assert_apart(term: Comparison, found: bool, rest: bool, *, null: bool) -> None:
    """Of a value exactly one is true; of many both may be, each of another value."""
    assert (found or rest) is not null
    assert term.field.many or not (found and rest)


@pytest.mark.rule("FLT-13", "FLT-14", "FLT-15")
@OFTEN
@given(comparisons().filter(near), facts())
def test_how_operators_relate(term: Comparison, facts: Facts) -> None:
    def other(operator: Operator, *values: object) -> bool:
        return selects(Comparison(term.field, operator, values or term.values), facts)

    found, null = selects(term, facts), selects(Comparison(term.field, Operator.IS_NULL), facts)
    match term.operator:
        case Operator.NOT_EQUAL:
            assert found is not other(Operator.EQUAL)
        case Operator.IN:
            assert found is any(other(Operator.EQUAL, value) for value in term.values)
        case Operator.LESS_OR_EQUAL | Operator.GREATER_OR_EQUAL:
            assert found is (other(ORDERED[term.operator]) or other(Operator.EQUAL))
        case Operator.LESS:
            assert_apart(term, found, other(Operator.GREATER_OR_EQUAL), null=null)
        case Operator.GREATER:
            assert_apart(term, found, other(Operator.LESS_OR_EQUAL), null=null)
        case Operator.IS_NOT_NULL:
            assert found is not null
        case Operator.STARTS_WITH:
            assert not found or other(Operator.CONTAINS)
        case _:
            pass


def leaves(node: Node) -> list[Leaf]:
    match node:
        case AllOf(children) | AnyOf(children):
            assert len(children) >= 2
            return [leaf for child in children for leaf in leaves(child)]
        case Negation(child):
            return leaves(child)
        case _:
            return [node]


NUMBERS = {Check.WITHIN: 2, Check.CONTAINS: 1, Check.STARTS_WITH: 1, Check.IS_NULL: 0}


@pytest.mark.rule("FLT-20")
@OFTEN
@given(reachable)
def test_nothing_relative_is_left(tree: Tree) -> None:
    for leaf in leaves(resolved(tree).root):
        assert leaf.attribute in ATTRIBUTES
        assert NUMBERS.get(leaf.check, len(leaf.operands)) == len(leaf.operands)
        for operand in leaf.operands:
            assert not isinstance(operand, When)
            if isinstance(operand, datetime):
                assert operand.tzinfo is UTC
            if isinstance(operand, str) and leaf.attribute in TEXT_ATTRIBUTES:
                assert operand == folded(operand)
        if leaf.check is Check.WITHIN:
            assert leaf.operands != (None, None)


@pytest.mark.rule("FLT-21")
def test_an_explanation() -> None:
    text = "(overdue | @home) & !(blocked | !p1)"
    facts = task(due_date=NOW.date(), label_names=("Home",), label_ids=(IDS[0],), blocked=True)
    told = explain(resolved(text), facts)
    assert told.matches is False
    assert [(text[f.term.span.start : f.term.span.end], f.matched, f.negated) for f in told.terms] == [
        ("overdue", False, False),
        ("@home", True, False),
        ("blocked", True, True),
        ("p1", False, False),
    ]


@pytest.mark.rule("FLT-21")
@OFTEN
@given(reachable, facts())
def test_an_explanation_is_of_every_term(tree: Tree, facts: Facts) -> None:
    told = explain(resolved(tree), facts)
    assert told.matches is selects(tree, facts)
    assert [finding.term for finding in told.terms] == [*terms(tree)]
    for finding in told.terms:
        assert finding.matched is selects(finding.term, facts)


@pytest.mark.rule("FLT-21")
@CALM
@given(reachable, facts())
def test_what_is_negated_holds_the_other_way_round(tree: Tree, facts: Facts) -> None:
    """If every term says what the filter asks of it, the filter selects; if none does, it does not."""
    told = explain(resolved(tree), facts)
    helping = {finding.matched is not finding.negated for finding in told.terms}
    if helping == {True}:
        assert told.matches
    if helping == {False}:
        assert not told.matches
