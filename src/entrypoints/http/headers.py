"""A bound on what comes before the body."""

from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from entrypoints.http.problems import HttpProblem, problem

HEADER_MAX = 32 * 1024
"""Bytes."""


class HeaderLimit:
    """431 for a large header. h11's own limit is for what is incomplete: it lets pass what came at once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _header_bytes(scope) > HEADER_MAX:
            refusal = HttpProblem(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                "header_too_large",
                "The header is too large",
                f"Path, query and header fields have at most {HEADER_MAX} bytes together.",
                {"Connection": "close"},
            )
            await problem(scope, refusal)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _header_bytes(scope: Scope) -> int:
    fields = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
    return fields + len(scope["raw_path"]) + len(scope["query_string"])
