"""The OpenAPI document, with what FastAPI cannot know."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from domain.access import REASON_MAX
from entrypoints.http.deps import SECURITY_SCHEME
from entrypoints.http.documented import Problem
from entrypoints.http.scopes import SCOPES
from entrypoints.http.strict import REASON
from entrypoints.http.tasks import StaleTaskProblem

_TEMPLATE = "#/components/schemas/{model}"
_WRITING = (
    {
        "name": REASON,
        "in": "header",
        "required": False,
        "schema": {"type": "string", "maxLength": REASON_MAX},
        "description": "Why it is done, for the journal",
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
            if method != "get":
                operation["parameters"] = [*operation.get("parameters", ()), *_WRITING]


def described(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for model in (Problem, StaleTaskProblem):
            schema = model.model_json_schema(ref_template=_TEMPLATE)
            schemas |= schema.pop("$defs", {}) | {model.__name__: schema}
        _name_scopes(document)
        _name_headers(document)
        # FastAPI's own error shape, which no route of ours answers.
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        app.openapi_schema = document
    return app.openapi_schema
