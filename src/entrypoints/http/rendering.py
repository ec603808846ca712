"""Answers as JSON, from things as they are: no model in between, which would cost more than all the rest.

The models of shown.py describe these answers; a test holds the two together.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, cast

import orjson
from fastapi import Response

from application.views import TaskView
from domain.api_token import ApiToken
from domain.change import Change
from domain.comment import Comment
from domain.label import Label
from domain.preferences import Preferences
from domain.project import Project, Section

JSON = "application/json"


def answer(value: Any, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    """JSON of what `rendered` answers, and of dictionaries and lists of it."""
    return Response(dumped(value), status, headers, JSON)


def dumped(value: Any) -> bytes:
    """RFC 8259, in UTF-8; times as RFC 3339 in UTC."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z)


def rendered(thing: Any) -> dict[str, Any]:
    """The members of the answer that shows a thing."""
    return _RENDERED[type(thing)](thing)


def _task(view: TaskView) -> dict[str, Any]:
    task, progress = view.task, view.progress
    return {
        "id": task.id,
        "title": task.title,
        "description": task.description,
        "status": task.status.value,
        "priority": task.priority.value,
        "project_id": task.project_id,
        "section_id": task.section_id,
        "parent_id": task.parent_id,
        "rank": task.rank,
        "labels": sorted(task.labels) if task.labels else (),
        "blocked_by": sorted(task.blocked_by) if task.blocked_by else (),
        "checklist": task.checklist,
        "links": task.links,
        "subtasks": {"total": progress.total, "closed": progress.closed},
        "blocked_by_open": view.blocked_by_open,
        "ready": view.ready,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "completed_at": task.completed_at,
        "due_date": task.due_date,
        "version": task.version,
    }


def _named(*names: str) -> Callable[[Any], dict[str, Any]]:
    return lambda thing: {name: getattr(thing, name) for name in names}


_TIMES = ("created_at", "updated_at")
_token = _named("id", "name", "kind", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at")
_change = _named(
    *("id", "seq", "at", "actor", "token_id", "via", "request_id", "batch_id", "reason", "entity"),
    *("entity_id", "verb", "version", "reverts", "before", "after"),
)
_RENDERED: Mapping[type[Any], Callable[[Any], dict[str, Any]]] = {
    TaskView: _task,
    Project: _named(
        "id", "name", "description", "color", "parent_id", "rank", "archived_at", *_TIMES, "version"
    ),
    Section: _named("id", "project_id", "name", "rank", *_TIMES, "version"),
    Label: _named("id", "name", "color", *_TIMES, "version"),
    Comment: _named("id", "task_id", "author", "body", "edited_at", *_TIMES, "version"),
    Preferences: _named(
        "time_zone", "locale", "first_day_of_week", "default_project_id", "updated_at", "version"
    ),
    ApiToken: _token,
    tuple: lambda made: {**_token(made[0]), "token": made[1]},
    Change: lambda change: {**_change(change), "hash": change.hash.hex()},
}


def _plain(value: Any) -> Any:
    """What orjson does not know: sets, and the driver's own UUIDs."""
    return sorted(cast("frozenset[str]", value)) if isinstance(value, frozenset) else str(value)
