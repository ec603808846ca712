"""What is known about one task when a filter looks at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from domain.filters.fields import ATTRIBUTES
from domain.filters.related import related
from domain.task import Priority, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A task and what it belongs to, flat. Its names are the attributes that fields read.

    Times are aware. `project_id` is None in the Inbox. `label_ids` and `label_names` are of the same labels.
    `related` are the things that relations lead to, by their names.
    """

    id: UUID
    title: str
    description: str = ""
    status: Status = Status.TODO
    priority: Priority = Priority.NONE
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    due_date: date | None = None
    rank: str = ""
    version: int = 1
    project_id: UUID | None = None
    project_name: str | None = None
    project_archived: bool = False
    section_id: UUID | None = None
    section_name: str | None = None
    label_ids: tuple[UUID, ...] = ()
    label_names: tuple[str, ...] = ()
    parent_id: UUID | None = None
    has_subtasks: bool = False
    subtasks: int = 0
    subtasks_closed: int = 0
    blocked_by: tuple[UUID, ...] = ()
    blocks: tuple[UUID, ...] = ()
    ready: bool = True
    blocked: bool = False
    blocked_by_open: int = 0
    comments: tuple[str, ...] = ()
    checklist: tuple[str, ...] = ()
    checked: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    link_titles: tuple[str, ...] = ()
    link_rels: tuple[str, ...] = ()
    related: Mapping[str, Sequence[Any]] = field(default_factory=dict[str, Sequence[Any]])

    @property
    def text(self) -> tuple[str, ...]:
        return self.title, self.description

    def values(self, attribute: str) -> tuple[Any, ...]:
        """The values of an attribute: none of what is null."""
        if attribute not in ATTRIBUTES:
            raise KeyError(attribute)
        if over := related(attribute):
            relation, name = over
            found = (getattr(thing, name) for thing in self.related.get(relation.name, ()))
            return tuple(value for value in found if value is not None)
        value = getattr(self, attribute)
        if isinstance(value, tuple):
            return value  # pyright: ignore[reportUnknownVariableType]
        return () if value is None else (value,)
