"""What a field of a filter is: its type, and the operators that it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto


class Operator(StrEnum):
    """How a field is compared, as it is written."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    CONTAINS = "~"
    STARTS_WITH = "^="
    IN = "in"
    IS_NULL = "is null"
    IS_NOT_NULL = "is not null"


class Type(Enum):
    """What the values of a field are, which decides the operators."""

    ID = auto()
    TEXT = auto()
    BODY = auto()  # long text, only ever searched in
    NAME = auto()  # something that has a name, named by that or by its id
    CHOICE = auto()
    RANK = auto()  # a choice of which one is more than another
    KEY = auto()  # text that is compared code point by code point, as it is
    NUMBER = auto()
    BOOLEAN = auto()
    DATE = auto()  # a day without a time
    INSTANT = auto()


_EQUALITY = (Operator.EQUAL, Operator.NOT_EQUAL, Operator.IN)
_ORDER = (Operator.LESS, Operator.LESS_OR_EQUAL, Operator.GREATER, Operator.GREATER_OR_EQUAL)
_SUBSTRING = (Operator.CONTAINS, Operator.STARTS_WITH)
_NULLS = (Operator.IS_NULL, Operator.IS_NOT_NULL)

_OPERATORS: Mapping[Type, tuple[Operator, ...]] = {
    Type.ID: _EQUALITY,
    Type.TEXT: _EQUALITY + _SUBSTRING,
    Type.BODY: (Operator.CONTAINS,),
    Type.NAME: _EQUALITY + _SUBSTRING,
    Type.CHOICE: _EQUALITY,
    Type.RANK: _EQUALITY + _ORDER,
    Type.KEY: _EQUALITY + _ORDER,
    Type.NUMBER: _EQUALITY + _ORDER,
    Type.BOOLEAN: (Operator.EQUAL, Operator.NOT_EQUAL),
    Type.DATE: _EQUALITY + _ORDER,
    Type.INSTANT: _EQUALITY + _ORDER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that can be asked.

    `noun` is what plain English calls it; of a boolean, what it is when true. `attribute` is the value of
    Facts that it reads, `id_attribute` the one that holds the id of what has the name. `null_name` is a name
    that means no value. `many` fields hold any number of values, and a null is none of them. `indexed` says
    that an index which leads with the account finds its values.
    """

    name: str
    type: Type
    noun: str
    description: str
    attribute: str
    id_attribute: str | None = None
    null_name: str | None = None
    choices: tuple[StrEnum, ...] = ()
    nullable: bool = False
    many: bool = False
    indexed: bool = False

    @property
    def operators(self) -> tuple[Operator, ...]:
        """The operators it takes."""
        return _OPERATORS[self.type] + (_NULLS if self.nullable else ())

    @property
    def null_attribute(self) -> str:
        """The attribute whose absence is null."""
        return self.id_attribute or self.attribute
