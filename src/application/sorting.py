"""What lists of tasks can be sorted by, in which order, and what a cursor keeps of it.

Nulls come last, whichever the direction; what is equal in all keys is told apart by id, in the direction
of the last key.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from application.views import NEWEST_FIRST, SortKey
from domain.errors import Invalid, Violation
from domain.folding import folded
from domain.state import moment
from domain.task import Priority, Status, Task

KEYS_MAX = 5
TITLE_SORTED = 200
"""How many characters of a folded title are looked at, so that a cursor stays short."""
PRIORITIES = {priority: place for place, priority in enumerate(Priority)}
STATUSES = {status: place for place, status in enumerate(Status)}


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Sortable:
    """How a task is placed by a field, and how that is written in a cursor and read from it."""

    read: Callable[[Any], Any]
    dump: Callable[[Any], Any] = _same
    load: Callable[[Any], Any] = _same
    nullable: bool = False


SORTABLE: Mapping[str, Sortable] = {
    "created_at": Sortable(lambda task: task.created_at, moment, datetime.fromisoformat),
    "updated_at": Sortable(lambda task: task.updated_at, moment, datetime.fromisoformat),
    "completed_at": Sortable(lambda task: task.completed_at, moment, datetime.fromisoformat, nullable=True),
    "due_date": Sortable(lambda task: task.due_date, date.isoformat, date.fromisoformat, nullable=True),
    "priority": Sortable(lambda task: PRIORITIES[task.priority]),
    "status": Sortable(lambda task: STATUSES[task.status]),
    "title": Sortable(lambda task: folded(task.title)[:TITLE_SORTED]),
    "rank": Sortable(lambda task: task.rank),
    "version": Sortable(lambda task: task.version),
}


def parsed(text: str | None) -> tuple[SortKey, ...]:
    """`-priority,due_date` as keys, the newest first for None. Raises Invalid."""
    if text is None:
        return NEWEST_FIRST
    keys = tuple(SortKey(part.removeprefix("-"), part.startswith("-")) for part in text.split(","))
    names = [key.name for key in keys]
    if len(keys) > KEYS_MAX or len(set(names)) < len(names) or not SORTABLE.keys() >= set(names):
        raise Invalid([Violation("/sort", "not_a_sort", SORT_RULE)])
    return keys


SORT_RULE = f"Must be up to {KEYS_MAX} of {', '.join(SORTABLE)}, each once, with - before it for descending."


def written(sort: Sequence[SortKey]) -> str:
    """The keys as text."""
    return ",".join(f"{'-' if key.descending else ''}{key.name}" for key in sort)


def place_of(task: Any, sort: Sequence[SortKey]) -> tuple[Any, ...]:
    """Where it is in the order, by what it has of a task's fields: its values, and its id last."""
    return (*(SORTABLE[key.name].read(task) for key in sort), task.id)


def dumped(place: Sequence[Any], sort: Sequence[SortKey]) -> list[Any]:
    """The values of a place, without the id, as JSON."""
    values = zip(sort, place, strict=False)
    return [None if value is None else SORTABLE[key.name].dump(value) for key, value in values]


def loaded(values: Sequence[Any], sort: Sequence[SortKey]) -> list[Any]:
    """The same from JSON."""
    pairs = zip(sort, values, strict=True)
    return [None if value is None else SORTABLE[key.name].load(value) for key, value in pairs]


def in_order(tasks: Sequence[Task], sort: Sequence[SortKey]) -> list[Task]:
    """The tasks sorted."""
    found = sorted(tasks, key=lambda task: task.id, reverse=sort[-1].descending)
    for key in reversed(sort):
        read = SORTABLE[key.name].read
        there = [task for task in found if read(task) is not None]
        nulls = [task for task in found if read(task) is None]
        found = [*sorted(there, key=read, reverse=key.descending), *nulls]
    return found


def is_beyond(task: Task, place: Sequence[Any], sort: Sequence[SortKey]) -> bool:
    """Whether the task comes after the place."""
    *values, task_id = place_of(task, sort)
    for key, mine, other in zip(sort, values, place, strict=False):
        if mine != other:
            if mine is None or other is None:
                return mine is None
            return bool(mine < other if key.descending else mine > other)
    return bool(task_id < place[-1] if sort[-1].descending else task_id > place[-1])
