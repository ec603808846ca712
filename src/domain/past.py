"""What of a task, as it was once, others follow from: small, so that many can be held at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.change import JOURNALED, Change, EntityKind
from domain.state import Json
from domain.task import OPEN, Status, Task

_TASKS = JOURNALED[EntityKind.TASK].codec
_FIELDS = frozenset({"created_at", "status", "deleted_at", "parent_id", "project_id"})


@dataclass(frozen=True, slots=True)
class Trace:
    """A task without what people wrote."""

    created_at: datetime
    status: Status
    deleted: bool
    parent_id: UUID | None
    project_id: UUID | None

    @classmethod
    def of(cls, task: Task) -> "Trace":
        """What is left of a task."""
        return cls(task.created_at, task.status, task.deleted_at is not None, task.parent_id, task.project_id)

    @classmethod
    def then(cls, now: "Trace | None", undone: Mapping[str, Json]) -> "Trace | None":
        """As it was before changes were made; None where it is gone for good and they do not tell all."""
        values = _TASKS.values(undone)
        if now is None and not values.keys() >= _FIELDS:
            return None
        known = {} if now is None else {name: getattr(now, name) for name in _FIELDS - {"deleted_at"}}
        deleted = (
            values["deleted_at"] is not None if "deleted_at" in values else now is not None and now.deleted
        )
        values.pop("deleted_at", None)
        return cls(deleted=deleted, **(known | values))


def traced(change: Change) -> dict[str, Json]:
    """What of these fields the change has changed, as they were."""
    return {name: value for name, value in (change.before or {}).items() if name in _FIELDS}


def progress_then(task_id: UUID, then: Mapping[UUID, Trace | None]) -> tuple[int, int]:
    """How many subtasks it had, and how many of them were closed."""
    children = [one for one in then.values() if one and not one.deleted and one.parent_id == task_id]
    return len(children), sum(child.status not in OPEN for child in children)


def open_blockers_then(task: Task, then: Mapping[UUID, Trace | None]) -> int:
    """How many open tasks blocked it."""
    blockers = [then.get(blocker) for blocker in task.blocked_by]
    return sum(one is not None and not one.deleted and one.status in OPEN for one in blockers)
