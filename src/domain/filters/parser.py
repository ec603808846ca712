"""From text to tree, by recursive descent."""

from domain.errors import FilterInvalid
from domain.filters import values
from domain.filters.fields import FIELDS
from domain.filters.slips import ELSEWHERE, doubled, near_fields, near_terms, unjoined, unlisted
from domain.filters.tokens import Kind, Token, tokenize
from domain.filters.tree import (
    MAX_DEPTH,
    MAX_TERMS,
    And,
    Comparison,
    Not,
    Or,
    Span,
    Tree,
    Value,
    Word,
    joined,
)
from domain.filters.types import Field, Operator, Type
from domain.filters.words import WORDS


def read(text: str) -> Tree:
    """The tree that the text says. Raises FilterInvalid; knows all limits but that of the canonical text."""
    return _Parser(tokenize(text)).whole()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._terms = 0

    def whole(self) -> Tree:
        if len(self._tokens) == 1:
            raise _refused("empty", "A filter has at least one term.", self._next)
        tree = self._or()
        if self._next.kind is not Kind.END:
            raise unjoined(self._tokens, self._at)
        return tree

    def _or(self) -> Tree:
        children = [self._and()]
        while self._took(Kind.OR):
            children.append(self._and())
        return joined(Or, children)

    def _and(self) -> Tree:
        children = [self._not()]
        while self._took(Kind.AND):
            children.append(self._not())
        return joined(And, children)

    def _not(self) -> Tree:
        if self._next.kind not in {Kind.NOT, Kind.OPEN}:
            return self._term()
        token = self._take()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _refused("too_deep", f"Parentheses and ! nest at most {MAX_DEPTH} deep.", token)
        tree = Not(self._not()) if token.kind is Kind.NOT else self._enclosed()
        self._depth -= 1
        return tree

    def _enclosed(self) -> Tree:
        tree = self._or()
        if self._next.kind in {Kind.CLOSE, Kind.END}:
            self._expect(Kind.CLOSE)
            return tree
        raise unjoined(self._tokens, self._at)

    def _term(self) -> Tree:
        token = self._take()
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise _refused("too_many_terms", f"A filter has at most {MAX_TERMS} terms.", token)
        match token.kind:
            case Kind.TEXT:
                return self._sugar(FIELDS["text"], Operator.CONTAINS, token)
            case Kind.LABEL:
                return self._sugar(FIELDS["label"], Operator.EQUAL, token)
            case Kind.PROJECT:
                return self._sugar(FIELDS["project"], Operator.EQUAL, token)
            case Kind.WORD:
                return self._question(token)
            case _:
                self._refuse_doubled(max(0, self._at - 2))
                raise _refused(
                    "term_expected",
                    "Here a term is missing: a word, a text in quotes, @label, #project or a comparison.",
                    token,
                )

    def _sugar(self, field: Field, operator: Operator, token: Token) -> Comparison:
        return Comparison(field, operator, (_read(field, operator, token),), token.span, (token.span,))

    def _question(self, token: Token) -> Tree:
        """What a word begins: a comparison if an operator follows, or a word by itself."""
        if self._next.kind is Kind.COMPARE:
            return self._comparison(token)
        if self._next_says("in"):
            return self._membership(token)
        if self._next_says("is"):
            return self._null(token)
        return self._word(token)

    def _comparison(self, name: Token) -> Comparison:
        self._refuse_doubled(self._at)
        field, sign = _field(name), self._take()
        operator = _operator(field, Operator(sign.text), sign.span)
        value = self._take()
        span = Span(name.span.start, value.span.end)
        return Comparison(field, operator, (_value(field, operator, value),), span, (value.span,))

    def _membership(self, name: Token) -> Comparison:
        field, sign = _field(name), self._take()
        operator = _operator(field, Operator.IN, sign.span)
        self._expect(Kind.OPEN)
        tokens = [self._take()]
        found = [_value(field, operator, tokens[0])]
        while self._took(Kind.COMMA):
            tokens.append(self._take())
            found.append(_value(field, operator, tokens[-1]))
        if self._next.kind is not Kind.CLOSE:
            raise unlisted(self._tokens, self._at)
        span = Span(name.span.start, self._take().span.end)
        return Comparison(field, operator, tuple(found), span, tuple(token.span for token in tokens))

    def _null(self, name: Token) -> Comparison:
        field, sign = _field(name), self._take()
        operator = Operator.IS_NULL
        if self._next_says("not"):
            self._take()
            operator = Operator.IS_NOT_NULL
        last = self._take()
        if last.kind is not Kind.WORD or last.text.lower() != values.NULL:
            raise _refused("null_expected", "After is comes null or not null.", last)
        span = Span(sign.span.start, last.span.end)
        return Comparison(field, _operator(field, operator, span), (), Span(name.span.start, last.span.end))

    def _word(self, token: Token) -> Word:
        name, end = token.text.lower(), token.span.end
        if self._next.kind is Kind.WORD and f"{name} {self._next.text.lower()}" in WORDS:
            following = self._take()
            name, end = f"{name} {following.text.lower()}", following.span.end
        if name in WORDS:
            return Word(name, Span(token.span.start, end))
        if name in FIELDS:
            signs = FIELDS[name].operators
            raise _refused(
                "operator_expected",
                f"After a field comes an operator: of {name} one of {', '.join(signs)}.",
                token,
            )
        if name in ELSEWHERE:
            raise _refused(
                "unknown_word", "Terms are joined by & and |, and ! negates.", token, ELSEWHERE[name]
            )
        raise _refused(
            "unknown_word",
            "There is no such word or field. A text to look for stands in quotes.",
            token,
            *near_terms(name),
        )

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _next_says(self, word: str) -> bool:
        return self._next.kind is Kind.WORD and self._next.text.lower() == word

    def _take(self) -> Token:
        token = self._next
        if token.kind is not Kind.END:
            self._at += 1
        return token

    def _took(self, kind: Kind) -> bool:
        return self._next.kind is kind and self._take().kind is kind

    def _expect(self, kind: Kind) -> Token:
        token = self._take()
        if token.kind is not kind:
            raise _refused("unexpected", f"Here {kind.value} is missing.", token)
        return token

    def _refuse_doubled(self, at: int) -> None:
        if refused := doubled(self._tokens, at):
            raise refused


def _field(token: Token) -> Field:
    field = FIELDS.get(token.text.lower())
    if field is None:
        raise _refused("unknown_field", "There is no such field.", token, *near_fields(token.text))
    return field


def _operator(field: Field, operator: Operator, span: Span) -> Operator:
    if operator not in field.operators:
        raise unfit(field).within(span.start, span.end)
    return operator


def unfit(field: Field) -> FilterInvalid:
    """The refusal of an operator that the field does not take."""
    return FilterInvalid(
        "operator_not_allowed",
        f"The field {field.name} is compared by one of {', '.join(field.operators)}.",
        suggestions=[str(operator) for operator in field.operators],
    )


def _value(field: Field, operator: Operator, token: Token) -> Value:
    if token.kind in {Kind.LABEL, Kind.PROJECT}:
        named = " A name stands here without its mark." if field.type is Type.NAME else ""
        raise _refused("value_expected", f"A value that begins with # or @ stands in quotes.{named}", token)
    if token.kind not in {Kind.WORD, Kind.TEXT}:
        raise _refused(
            "value_expected",
            "Here a value is missing. It stands in quotes where it is more than a word.",
            token,
        )
    if token.kind is Kind.WORD and token.text.lower() == values.NULL:
        raise _refused("null_value", "Ask by is null or is not null. The text null stands in quotes.", token)
    return _read(field, operator, token)


def _read(field: Field, operator: Operator, token: Token) -> Value:
    try:
        return values.read(field, operator, token.text)
    except FilterInvalid as refused:
        raise refused.within(token.span.start, token.span.end) from None


def _refused(reason: str, detail: str, token: Token, *suggestions: str) -> FilterInvalid:
    return FilterInvalid(reason, detail, start=token.span.start, end=token.span.end, suggestions=suggestions)
