"""What can be asked of what a task belongs to and is tied to: a relation, and something of what it leads to.

A new relation is an entry here, what it leads to in Surroundings, and how the SQL compiler gets there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from domain.filters.own import OWN
from domain.filters.types import Field, Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A way from a task to other things.

    `kind` is what they are. `tie` is the field of the task that says which they are, or theirs that says of
    which task. `of` is how plain English calls one of them. `named` is the attribute of a task that is a text
    of theirs, and which one. `trashes`: they can go to the trash without the task, and then do not count.
    """

    name: str
    kind: str
    tie: str
    of: str
    fields: tuple[Field, ...]
    named: tuple[str, str] | None = None
    many: bool = False
    trashes: bool = False

    @property
    def of_tasks(self) -> bool:
        """Whether tasks say what they are tied to."""
        return self.kind != "comment"


def _field(name: str, type_: Type, noun: str, attribute: str | None = None, *, indexed: bool = True) -> Field:
    """As of the thing itself."""
    return Field(
        name=name, type=type_, noun=noun, attribute=attribute or name, description="", indexed=indexed
    )


def _own(names: Iterable[str]) -> tuple[Field, ...]:
    found = {field.name: field for field in OWN}
    return tuple(found[name] for name in names)


_COLOR = _field("color", Type.TEXT, "color")
_RANK = _field("rank", Type.KEY, "rank")
_MADE = (
    _field("created_at", Type.INSTANT, "creation"),
    _field("updated_at", Type.INSTANT, "last change"),
    _field("version", Type.NUMBER, "version"),
)
_OF_TASK = _own(
    (
        *("title", "description", "status", "priority", "due_date", "rank"),
        *("created_at", "updated_at", "completed_at", "version"),
    )
)
_ALL = (
    Relation(
        name="project", kind="project", tie="project_id", of="its project", named=("project_name", "name"),
        fields=(
            _field("description", Type.TEXT, "description"), _COLOR,
            _field("parent", Type.ID, "parent", "parent_id"),
            _field("archived_at", Type.INSTANT, "archiving"), _RANK, *_MADE,
        ),
    ),
    Relation(
        name="section", kind="section", tie="section_id", of="its section", named=("section_name", "name"),
        fields=(_RANK, *_MADE),
    ),
    Relation(
        name="label", kind="label", tie="labels", of="one of its labels", named=("label_names", "name"),
        fields=(_COLOR, *_MADE), many=True,
    ),
    Relation(
        name="parent", kind="task", tie="parent_id", of="the task that it is a subtask of", fields=_OF_TASK,
    ),
    Relation(
        name="blocker", kind="task", tie="blocked_by", of="a task to be closed before, open or not",
        fields=_OF_TASK, many=True, trashes=True,
    ),
    Relation(
        name="comment", kind="comment", tie="task_id", of="one of its comments", named=("comments", "body"),
        fields=(
            _field("author", Type.TEXT, "author", indexed=False),
            _field("created_at", Type.INSTANT, "creation", indexed=False),
            _field("updated_at", Type.INSTANT, "last change", indexed=False),
            _field("edited_at", Type.INSTANT, "last edit", indexed=False),
            _field("version", Type.NUMBER, "version", indexed=False),
        ),
        many=True, trashes=True,
    ),
)  # fmt: skip
RELATIONS: Mapping[str, Relation] = {relation.name: relation for relation in _ALL}


def _asked(relation: Relation, field: Field) -> Field:
    """The field as one of tasks: null where there is nothing, or nothing has a value."""
    return replace(
        field,
        name=f"{relation.name}.{field.name}",
        noun=f"{relation.name} {field.noun}",
        attribute=f"{relation.name}.{field.attribute}",
        description=f"The {field.noun} of {relation.of}.",
        nullable=True,
        many=relation.many,
    )


RELATED = tuple(_asked(relation, field) for relation in _ALL for field in relation.fields)


def related(attribute: str) -> tuple[Relation, str] | None:
    """The relation that an attribute is asked over, and what is asked of each thing; None of a task's own."""
    name, dot, of_each = attribute.partition(".")
    return (RELATIONS[name], of_each) if dot else None
