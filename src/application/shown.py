"""Tasks as they are shown: read for no other purpose, so nothing is made of them in between."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from application.views import TaskShown, TaskView

FIELDS: tuple[str, ...] = tuple(TaskShown.__annotations__)
"""All that can be asked for, in the order in which it is answered."""


def shown_of(view: TaskView, fields: Sequence[str] = FIELDS) -> TaskShown:
    """The fields of a task that is known."""
    found: dict[str, Any] = {
        name: _MADE[name](view) if name in _MADE else getattr(view.task, name) for name in fields
    }
    return cast(TaskShown, found)


_Make = Callable[[TaskView], Any]


def _each(make: Callable[[Any], Any], *names: str) -> dict[str, _Make]:
    """What is made of each of these attributes of a task."""

    def of(name: str) -> _Make:
        return lambda view: make(getattr(view.task, name))

    return {name: of(name) for name in names}


_MADE: Mapping[str, _Make] = {
    **_each(lambda one: None if one is None else str(one), "id", "project_id", "section_id", "parent_id"),
    **_each(lambda choice: choice.value, "status", "priority"),
    **_each(lambda ids: tuple(map(str, sorted(ids))), "labels", "blocked_by"),
    **_each(lambda parts: tuple(asdict(part) for part in parts), "checklist", "links"),
    "subtasks": lambda view: {"total": view.progress.total, "closed": view.progress.closed},
    "blocked_by_open": lambda view: view.blocked_by_open,
    "ready": lambda view: view.ready,
}
