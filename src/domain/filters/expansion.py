"""Words as the trees that they stand for."""

from dataclasses import replace
from functools import cache

from domain.filters.canonical import parse
from domain.filters.tree import And, Comparison, Not, Or, Span, Tree, Word
from domain.filters.words import WORDS


def expanded(word: Word) -> Tree:
    """What the word stands for, without words; every comparison of it is where the word is."""
    return _placed(_meaning(word.name), word.span)


@cache
def _meaning(name: str) -> Tree:
    return parse(WORDS[name].text)


def _placed(tree: Tree, span: Span) -> Tree:
    match tree:
        case And() | Or():
            return type(tree)(tuple(_placed(child, span) for child in tree.children))
        case Not():
            return Not(_placed(tree.child, span))
        case Word():
            return _placed(_meaning(tree.name), span)
        case Comparison():
            return replace(tree, span=span)
