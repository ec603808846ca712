"""The OpenAPI document, with what FastAPI cannot know."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from entrypoints.http.documented import Problem
from entrypoints.http.tasks import StaleTaskProblem

_TEMPLATE = "#/components/schemas/{model}"


def described(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for model in (Problem, StaleTaskProblem):
            schema = model.model_json_schema(ref_template=_TEMPLATE)
            schemas |= schema.pop("$defs", {}) | {model.__name__: schema}
        # FastAPI's own error shape, which no route of ours answers.
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        app.openapi_schema = document
    return app.openapi_schema
