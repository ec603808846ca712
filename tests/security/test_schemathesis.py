"""Requests made from the OpenAPI document, good and bad, to a live server: the answers are those it documents."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
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

from entrypoints.container import Container, in_memory
from entrypoints.http.app import create_app
from tests.support.apps import served, settings_for
from tests.support.databases import Database

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


# Operations become tests while they are collected, before there are fixtures: the document needs no database.
schema = schemathesis.openapi.from_dict(
    create_app(in_memory(settings_for(Path(mkdtemp(prefix="remit-test-"))))).openapi()
)


@pytest.fixture(scope="module")
async def live(
    database: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, dict[str, str]]]:
    """A server's URL, and the headers of somebody with a valid token."""
    folder = tmp_path_factory.mktemp("live")
    settings = settings_for(folder, database)
    environment = {
        "REMIT_DATABASE_URL": database.app,
        "REMIT_DATA_DIR": str(folder),
        "REMIT_LIMIT_ACCOUNT": "1000000/minute",
        "REMIT_LIMIT_ADDRESS": "1000000/minute",
        "REMIT_LOG_LEVEL": "error",  # nobody reads its pipe while a test runs
    }
    async with served(environment) as server:
        container = Container(settings=settings)
        token = container.development_issuer().token(
            "schemathesis", expires_in=timedelta(hours=1), scopes=None, now=container.clock().now()
        )
        yield server.url, {"Authorization": f"Bearer {token}"}


@pytest.mark.rule("HTTP-3", "HTTP-5", "HTTP-6")
# An endless answer is no test case; tests/integration/test_streams.py has its errors and its events.
@schema.exclude(operation_id="stream_changes").parametrize()
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_documented(case: schemathesis.Case, live: tuple[str, dict[str, str]]) -> None:
    url, headers = live
    answer = case.call(base_url=url, headers=headers)
    case.validate_response(answer, checks=CHECKS)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == ["application/problem+json"]
        problem = json.loads(answer.content)
        assert set(problem) >= MEMBERS
        assert problem["status"] == answer.status_code
