"""What can be asked about a task: one entry a field.

A new field is an entry here, a value of Facts, and what the SQL compiler reads for its attribute.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from domain.task import Priority, Status


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


_ALL = (
    Field(name="id", type=Type.ID, noun="id", attribute="id", indexed=True, description="The task's id."),
    Field(name="title", type=Type.TEXT, noun="title", attribute="title", description="The title."),
    Field(
        name="description", type=Type.TEXT, noun="description", attribute="description",
        description="The description, perhaps empty.",
    ),
    Field(
        name="text", type=Type.BODY, noun="title or description", attribute="text",
        description="Title or description; a quoted text alone means this.",
    ),
    Field(
        name="status", type=Type.CHOICE, noun="status", attribute="status", choices=tuple(Status),
        indexed=True, description="Where the task stands.",
    ),
    Field(
        name="priority", type=Type.RANK, noun="priority", attribute="priority", choices=tuple(Priority),
        description="From none, the least, to urgent.",
    ),
    Field(
        name="created_at", type=Type.INSTANT, noun="creation", attribute="created_at", indexed=True,
        description="When it was made.",
    ),
    Field(
        name="updated_at", type=Type.INSTANT, noun="last change", attribute="updated_at",
        description="When it was last changed.",
    ),
    Field(
        name="completed_at", type=Type.INSTANT, noun="completion", attribute="completed_at", nullable=True,
        description="When it was completed; null unless done.",
    ),
    Field(
        name="due_date", type=Type.DATE, noun="due date", attribute="due_date", nullable=True, indexed=True,
        description="The day it is due.",
    ),
    Field(
        name="version", type=Type.NUMBER, noun="version", attribute="version",
        description="How often it was changed, and one.",
    ),
    Field(
        name="project", type=Type.NAME, noun="project", attribute="project_name", id_attribute="project_id",
        null_name="Inbox", nullable=True, indexed=True,
        description="Its project, by name or id; the Inbox is null.",
    ),
    Field(
        name="project_archived", type=Type.BOOLEAN, noun="in an archived project",
        attribute="project_archived", description="Whether its project is archived; false in the Inbox.",
    ),
    Field(
        name="section", type=Type.NAME, noun="section", attribute="section_name", id_attribute="section_id",
        nullable=True, indexed=True, description="Its section, by name or id.",
    ),
    Field(
        name="label", type=Type.NAME, noun="label", attribute="label_names", id_attribute="label_ids",
        nullable=True, many=True, indexed=True, description="Its labels, by name or id; null is none.",
    ),
    Field(
        name="parent", type=Type.ID, noun="parent", attribute="parent_id", nullable=True, indexed=True,
        description="The id of the task that it is a subtask of.",
    ),
    Field(
        name="has_subtasks", type=Type.BOOLEAN, noun="a parent of subtasks", attribute="has_subtasks",
        description="Whether it has subtasks.",
    ),
    Field(
        name="blocked_by", type=Type.ID, noun="blocker", attribute="blocked_by", nullable=True, many=True,
        indexed=True, description="The ids of the tasks to be closed before, open or not; null is none.",
    ),
    Field(
        name="ready", type=Type.BOOLEAN, noun="ready", attribute="ready",
        description="Whether it can be begun: open, and nothing open blocks it.",
    ),
    Field(
        name="blocked", type=Type.BOOLEAN, noun="blocked", attribute="blocked",
        description="Whether a task that is still open blocks it.",
    ),
    Field(
        name="comment", type=Type.BODY, noun="comment", attribute="comments", nullable=True, many=True,
        description="Its comments; null is none.",
    ),
    Field(
        name="checklist", type=Type.BODY, noun="checklist item", attribute="checklist", nullable=True,
        many=True, description="The texts of its checklist; null is none.",
    ),
)  # fmt: skip

FIELDS: Mapping[str, Field] = {field.name: field for field in _ALL}

TEXT_ATTRIBUTES = frozenset(
    field.attribute for field in _ALL if field.type in {Type.TEXT, Type.BODY, Type.NAME}
)
"""The attributes that are compared folded."""

ATTRIBUTES = frozenset(field.attribute for field in _ALL) | {
    field.id_attribute for field in _ALL if field.id_attribute
}
"""All that a resolved filter can read."""
