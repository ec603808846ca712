"""The OpenAPI document, with what FastAPI cannot know."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from domain.access import REASON_MAX
from domain.answer import KEY_MAX
from entrypoints.http.batch import FailedBatchProblem
from entrypoints.http.changes import RevertConflictProblem
from entrypoints.http.deps import SECURITY_SCHEME
from entrypoints.http.documented import FilterProblem, Problem, RehearsalOut
from entrypoints.http.health import UnreadyProblem
from entrypoints.http.scopes import SCOPES
from entrypoints.http.strict import REASON
from entrypoints.http.unsafe import DRY_RUN, KEY, PLAN, QUESTIONS, REPLAYED
from entrypoints.http.verbs import STALE_MODELS

_TEMPLATE = "#/components/schemas/{model}"
# What answers are made of that FastAPI is not told of.
_NAMED: tuple[type[BaseModel], ...] = (
    Problem,
    FailedBatchProblem,
    FilterProblem,
    RevertConflictProblem,
    UnreadyProblem,
    RehearsalOut,
)
_LIMITS = {
    "RateLimit-Policy": {
        "description": "The limit: name, quota, window",
        "schema": {"type": "string"},
    },
    "RateLimit": {"description": "What it leaves, and when there is more", "schema": {"type": "string"}},
}
_WRITING = (
    {
        "name": REASON,
        "in": "header",
        "required": False,
        "schema": {"type": "string", "maxLength": REASON_MAX},
        "description": "Why it is done, for the journal",
    },
    {
        "name": KEY,
        "in": "header",
        "required": False,
        "schema": {"type": "string", "minLength": 1, "maxLength": KEY_MAX, "pattern": "^[!-~]+$"},
        "description": "Sent again with the same key within 24 hours, it is done once and answered alike",
    },
    {
        "name": DRY_RUN,
        "in": "query",
        "required": False,
        "schema": {"type": "boolean", "default": False},
        "description": "Do nothing, and answer what would happen",
    },
    {
        "name": PLAN,
        "in": "query",
        "required": False,
        "schema": {"type": "boolean", "default": False},
        "description": "The same, and keep a plan to make exactly these changes",
    },
)


def _name_scopes(document: dict[str, Any]) -> None:
    """Each operation's scope, as the role that OpenAPI 3.1 lets a bearer token be asked for."""
    for operations in document["paths"].values():
        for operation in operations.values():
            scope = SCOPES.get(operation["operationId"])
            if scope is not None:
                operation["security"] = [{SECURITY_SCHEME: [scope.value]}]


def _name_headers(document: dict[str, Any]) -> None:
    """What any operation that changes something takes."""
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if method != "get" and operation["operationId"] not in QUESTIONS:
                operation["parameters"] = [*operation.get("parameters", ()), *_WRITING]
                _may_be_rehearsed(operation["responses"])


def _name_limits(document: dict[str, Any]) -> None:
    """Every answer says what the rate limit leaves."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                response["headers"] = {**_LIMITS, **response.get("headers", {})}


def _may_be_rehearsed(responses: dict[str, Any]) -> None:
    rehearsal = {"$ref": "#/components/schemas/RehearsalOut"}
    content = responses.setdefault("200", {"description": "The rehearsal, with dry_run or plan"})
    schema = content.setdefault("content", {}).setdefault("application/json", {}).get("schema")
    content["content"]["application/json"]["schema"] = {"anyOf": [schema, rehearsal]} if schema else rehearsal
    for status, response in responses.items():
        if status.startswith("2"):
            response.setdefault("headers", {})[REPLAYED] = {
                "description": "`true` where it was answered before",
                "schema": {"type": "string", "enum": ["true"]},
            }


def described(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for model in (*_NAMED, *STALE_MODELS.values()):
            schema = model.model_json_schema(ref_template=_TEMPLATE)
            schemas |= schema.pop("$defs", {}) | {model.__name__: schema}
        _name_scopes(document)
        _name_headers(document)
        _name_limits(document)
        # FastAPI's own error shape, which no route of ours answers.
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        app.openapi_schema = document
    return app.openapi_schema
