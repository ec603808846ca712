"""What tasks can be told apart by: in which order the groups are, and what a cursor keeps of them.

A group has a key: the id of a project or a label, a day, a priority or a status, or None for the tasks that
have no such thing. That one is last, whatever tasks are told apart by.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from application.sorting import PRIORITIES, STATUSES
from application.views import TaskView
from domain.filters import AllOf, Check, Leaf, Node
from domain.score import Score
from domain.task import Priority, Status
from domain.view import Grouping

LABEL_SORTED = 100
"""How many characters of a label's folded name are looked at, so that a cursor stays short."""
TASKS_MAX, GROUPS_MAX, GROUPS_MIN = 1000, 50, 5
URGENT_FIRST: Mapping[Priority, int] = {priority: -place for priority, place in PRIORITIES.items()}
INBOX = "Inbox"


@dataclass(frozen=True, slots=True)
class GroupPlace:
    """Where a group is among the others: what they are sorted by, and its key, which tells equals apart."""

    by: Any
    key: Any

    @property
    def sorted_as(self) -> tuple[Any, ...]:
        """For comparing places: the group without a key is last."""
        return (1,) if self.key is None else (0, self.by, self.key)


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """Some tasks that have the same key. `name` is the project's or the label's."""

    place: GroupPlace
    name: str | None
    items: Sequence[TaskView]


@dataclass(frozen=True, slots=True)
class RankedTask:
    """A task, and why it is where it is."""

    view: TaskView
    score: Score


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class _Kind:
    """The attribute of a filter that holds the key, and how key and order are written and read in JSON."""

    attribute: str
    load_key: Callable[[str], Any]
    load_by: Callable[[Any], Any] = _same


_KINDS: Mapping[Grouping, _Kind] = {
    Grouping.PROJECT: _Kind("project_id", UUID),
    Grouping.DAY: _Kind("due_date", date.fromisoformat, date.fromisoformat),
    Grouping.LABEL: _Kind("label_ids", UUID),
    Grouping.PRIORITY: _Kind("priority", Priority),
    Grouping.STATUS: _Kind("status", Status),
}
ORDERED: Mapping[Grouping, Mapping[Any, int]] = {
    Grouping.PRIORITY: URGENT_FIRST,
    Grouping.STATUS: STATUSES,
}
"""The groups that are always the same, by their place."""


def groups_at_once(limit: int) -> int:
    """How many groups an answer has at most, of `limit` tasks each: some 1,000 tasks, and 5 to 50 groups."""
    return max(GROUPS_MIN, min(GROUPS_MAX, TASKS_MAX // limit))


def within(by: Grouping, key: Any, root: Node | None) -> Node:
    """What selects the tasks of one group, among those that `root` selects."""
    attribute = _KINDS[by].attribute
    leaf = Leaf(attribute, Check.IS_NULL) if key is None else Leaf(attribute, Check.IN, (key,))
    return leaf if root is None else AllOf((root, leaf))


def dumped_key(key: Any) -> str | None:
    """The key as JSON."""
    return None if key is None else str(key)


def loaded_key(by: Grouping, key: str | None) -> Any:
    """The same from JSON."""
    return None if key is None else _KINDS[by].load_key(key)


def dumped_place(place: GroupPlace) -> list[Any]:
    """The place as JSON."""
    by = place.by.isoformat() if isinstance(place.by, date) else place.by
    return [by, dumped_key(place.key)]


def loaded_place(by: Grouping, dumped: Sequence[Any]) -> GroupPlace:
    """The same from JSON."""
    return GroupPlace(_KINDS[by].load_by(dumped[0]), loaded_key(by, dumped[1]))
