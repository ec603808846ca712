"""From tree to text, in the one form that all equal trees share."""

from domain.filters import parser, tokens
from domain.filters.tree import MAX_LENGTH, And, Comparison, Not, Or, Tree, Word
from domain.filters.types import Operator
from domain.filters.values import written

_SUGAR = {("label", Operator.EQUAL): "@", ("project", Operator.EQUAL): "#"}


def parse(text: str) -> Tree:
    """The tree that the text says; spans are places in this text. Raises FilterInvalid."""
    tree = parser.read(text)
    if len(canonical(tree)) > MAX_LENGTH:
        raise tokens.too_long(canonical=True).within(0, len(text))
    return tree


def reread(tree: Tree) -> Tree:
    """The same tree with spans in its canonical text, all limits checked. Raises FilterInvalid."""
    text = canonical(tree)
    if len(text) > MAX_LENGTH:
        raise tokens.too_long(canonical=True).within(0, len(text))
    return parse(text)


def canonical(tree: Tree) -> str:
    """The text of the tree. `parse` reads the same tree from it."""
    match tree:
        case Or():
            return " | ".join(canonical(child) for child in tree.children)
        case And():
            return " & ".join(_enclosed(child, Or) for child in tree.children)
        case Not():
            return "!" + _enclosed(tree.child, And, Or)
        case Word():
            return tree.name
        case Comparison():
            return comparison_text(tree)


def comparison_text(term: Comparison) -> str:
    """One comparison as text: the short form where there is one."""
    name, operator = term.field.name, term.operator
    if (name, operator) == ("text", Operator.CONTAINS):
        return tokens.quoted(str(term.values[0]))
    if mark := _SUGAR.get((name, operator)):
        value = str(term.values[0])
        return mark + (value if tokens.bare(value) else tokens.quoted(value))
    if operator is Operator.IN:
        return f"{name} in ({', '.join(map(written, term.values))})"
    if operator in {Operator.IS_NULL, Operator.IS_NOT_NULL}:
        return f"{name} {operator}"
    return f"{name} {operator} {written(term.values[0])}"


def _enclosed(tree: Tree, *kinds: type[Tree]) -> str:
    return f"({canonical(tree)})" if isinstance(tree, kinds) else canonical(tree)
