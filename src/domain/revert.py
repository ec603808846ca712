"""Taking a change back, and looking at how things were: pure, and by the journal alone."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from domain.change import JOURNALED, Change, EntityKind
from domain.errors import NotRevertible, Overwritten, RevertConflict
from domain.state import Json
from domain.task import Status, Task

# They follow from the others: nobody sets them.
_FOLLOWS = frozenset({"updated_at", "completed_at"})
_TASKS = JOURNALED[EntityKind.TASK].codec


def reverted(task: Task, change: Change, force: Collection[str], now: datetime) -> Task:
    """The task without what the change did; the very same where it is so already.

    What was made goes to the trash. Raises NotRevertible; RevertConflict where a field that the change has
    set has another value by now, unless `force` names the field.
    """
    if change.entity is not EntityKind.TASK:
        raise NotRevertible
    state = _TASKS.state(task)
    wanted, expected = _sides(change, now)
    if change.before is None and task.deleted_at is not None:
        return task
    if wanted.get("deleted_at") is not None and task.deleted_at is not None:
        wanted = {**wanted, "deleted_at": state["deleted_at"]}  # in the trash is in the trash
    conflicts = [
        Overwritten(change.id, change.entity, change.entity_id, name, state[name], wanted.get(name))
        for name in expected
        if state[name] not in (expected[name], wanted.get(name, expected[name])) and name not in force
    ]
    if conflicts:
        raise RevertConflict(conflicts)
    if all(state[name] == value for name, value in wanted.items()):
        return task
    values = _TASKS.values(wanted)
    status = values.get("status", task.status)
    values["completed_at"] = _completed_at(task, change, status)
    return replace(task, **values, updated_at=now, version=task.version + 1)


def _sides(change: Change, now: datetime) -> tuple[Mapping[str, Json], Mapping[str, Json]]:
    """What the fields shall be, and what they must be by now for nobody to be overruled."""
    after = {name: value for name, value in (change.after or {}).items() if name not in _FOLLOWS}
    if change.before is None:
        return _TASKS.dumped_some({"deleted_at": now}), after
    wanted = {name: value for name, value in change.before.items() if name not in _FOLLOWS}
    expected = {name: after[name] for name in wanted}
    if wanted.get("deleted_at") is not None:  # into the trash again, but as of now
        wanted |= _TASKS.dumped_some({"deleted_at": now})
    return wanted, {"deleted_at": None} | expected


def _completed_at(task: Task, change: Change, status: Status) -> datetime | None:
    if status is not Status.DONE:
        return None
    before = _TASKS.values(change.before or {}).get("completed_at")
    return before or task.completed_at or task.updated_at


def before(task: Task | None, change: Change) -> Task | None:
    """The task as it was before the change; None where it was not there."""
    if task is None or change.before is None:
        return None
    return replace(task, **_TASKS.values(change.before), version=change.version - 1)
