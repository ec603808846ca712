"""Tasks as they are shown: read for no other purpose, so nothing is made of them in between."""

from collections.abc import Sequence
from typing import Any, cast

from application.views import TaskShown, TaskView
from domain.task import Task

FIELDS: tuple[str, ...] = tuple(TaskShown.__annotations__)
"""All that can be asked for, in the order in which it is answered."""


def shown_of(view: TaskView, fields: Sequence[str] = FIELDS) -> TaskShown:
    """The fields of a task that is known."""
    task = view.task
    found: dict[str, Any] = {name: _shown(view, task, name) for name in fields}
    return cast(TaskShown, found)


def _shown(view: TaskView, task: Task, name: str) -> Any:
    match name:
        case "status" | "priority":
            return getattr(task, name).value
        case "labels" | "blocked_by":
            return tuple(map(str, sorted(getattr(task, name))))
        case "id" | "project_id" | "section_id" | "parent_id":
            one = getattr(task, name)
            return None if one is None else str(one)
        case "subtasks":
            return {"total": view.progress.total, "closed": view.progress.closed}
        case "blocked_by_open" | "ready":
            return getattr(view, name)
        case _:
            return getattr(task, name)
