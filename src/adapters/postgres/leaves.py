"""What the tests of a filter come to in SQL."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func
from sqlalchemy.sql.selectable import FromClause

from adapters.postgres.shapes import parameters
from adapters.postgres.snapshot import Whose
from domain.filters import Check, Leaf

Condition = ColumnElement[bool]
Test = Callable[[Any], Condition]


def passes(leaf: Leaf) -> Test:
    """The test of one value, whose column is given."""
    operands = leaf.operands
    match leaf.check:
        case Check.IN:
            return lambda value: value.in_(parameters(operands, value.type)) if operands else false()
        case Check.CONTAINS:
            return lambda value: func.strpos(value, *parameters(operands, value.type)) > 0
        case Check.STARTS_WITH:
            return lambda value: func.starts_with(value, *parameters(operands, value.type))
        case Check.IS_NULL:
            return lambda value: value.is_(None)
        case Check.WITHIN:
            return lambda value: _within(value, *parameters(operands, value.type))


def _within(value: Any, low: Any, high: Any) -> Condition:
    return and_(*([] if low is None else [value >= low]), *([] if high is None else [value < high]))


def of(owner: Whose, *tables: FromClause) -> list[Condition]:
    """That all of them are the owner's."""
    return [table.c.account_id == owner.account_id for table in tables]
