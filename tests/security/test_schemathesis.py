"""Requests made from the OpenAPI document, good and bad: the answers are those it documents."""

import json
from pathlib import Path
from tempfile import mkdtemp

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from entrypoints.container import in_memory
from entrypoints.http.app import create_app
from tests.support.apps import App, settings_for

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


def in_memory_app() -> App:
    """What is looked at here is the surface."""
    container = in_memory(settings_for(Path(mkdtemp(prefix="remit-test-"))))
    return App(container, create_app(container))


# Operations become tests while they are collected, before there are fixtures.
API = in_memory_app()
schema = schemathesis.openapi.from_asgi("/openapi.json", API.asgi)


@pytest.mark.rule("HTTP-3", "HTTP-5", "HTTP-6")
@schema.parametrize()
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_documented(case: schemathesis.Case) -> None:
    answer = case.call(headers={"Authorization": f"Bearer {API.token('ada')}"})
    case.validate_response(answer, checks=CHECKS)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == ["application/problem+json"]
        problem = json.loads(answer.content)
        assert set(problem) >= MEMBERS
        assert problem["status"] == answer.status_code
