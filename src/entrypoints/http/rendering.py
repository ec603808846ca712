"""Answers as JSON, from things as they are: no model in between, which would cost more than all the rest.

The models of shown.py describe these answers; a test holds the two together.
"""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

import orjson
from fastapi import Response

from application.grouping import RankedTask
from application.shown import shown_of
from application.views import TaskView
from domain.api_token import ApiToken
from domain.builtin_views import BuiltinView
from domain.change import Change
from domain.comment import Comment
from domain.label import Label
from domain.preferences import Preferences
from domain.project import Project, Section
from domain.view import View

JSON = "application/json"


def answer(value: Any, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    """JSON of what `rendered` answers, and of dictionaries and lists of it."""
    return Response(dumped(value), status, headers, JSON)


def dumped(value: Any) -> bytes:
    """RFC 8259, in UTF-8; times as RFC 3339 in UTC."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z)


def rendered(thing: Any) -> Any:
    """The members of the answer that shows a thing."""
    return _RENDERED[type(thing)](thing)


def rendered_all(things: Sequence[Any]) -> Sequence[Any]:
    """Those of each, or the things themselves where they have been read to be shown."""
    return things if things and type(things[0]) is dict else list(map(rendered, things))


def _named(*names: str) -> Callable[[Any], dict[str, Any]]:
    return lambda thing: {name: getattr(thing, name) for name in names}


_TIMES = ("created_at", "updated_at")
_view = _named("id", "name", "filter", "sort", "grouping", "builtin", *_TIMES, "version")
_token = _named("id", "name", "kind", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at")
_score = _named("total", "due", "priority", "started", "unblocks", "age")
_change = _named(
    *("id", "seq", "at", "actor", "token_id", "via", "request_id", "batch_id", "reason", "entity"),
    *("entity_id", "verb", "version", "reverts", "before", "after"),
)
_RENDERED: Mapping[type[Any], Callable[[Any], Any]] = {
    TaskView: shown_of,
    dict: lambda shown: shown,  # it has been read to be shown
    RankedTask: lambda one: {**shown_of(one.view), "score": _score(one.score)},
    Project: _named(
        "id", "name", "description", "color", "parent_id", "rank", "archived_at", *_TIMES, "version"
    ),
    Section: _named("id", "project_id", "name", "rank", *_TIMES, "version"),
    Label: _named("id", "name", "color", *_TIMES, "version"),
    Comment: _named("id", "task_id", "author", "body", "edited_at", *_TIMES, "version"),
    View: _view,
    BuiltinView: _view,
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
