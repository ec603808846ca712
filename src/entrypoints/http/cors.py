"""Browsers of other origins: who may call is configured, and asking is limited like everything else."""

from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from entrypoints.http.limits import Limits
from entrypoints.http.problems import HttpProblem, problem


class Cors(CORSMiddleware):
    """Starlette's, with preflights that are counted and refused as everything here is."""

    def __init__(self, app: ASGIApp, /, *, limits: Limits, **options: Any) -> None:
        super().__init__(app, **options)
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        asks = scope.get("method") == "OPTIONS" and "access-control-request-method" in headers
        if not asks or "origin" not in headers:
            await super().__call__(scope, receive, send)
            return
        refusal = await self._limits.count_preflight(scope)
        answer = self.preflight_response(headers)
        if refusal is None and answer.status_code >= HTTPStatus.BAD_REQUEST:
            refusal = HttpProblem(
                HTTPStatus.BAD_REQUEST,
                "cors_refused",
                "This may not be called from there",
                "REMIT_CORS_ORIGINS lists who may call; methods and headers are in the document.",
                {"Vary": "Origin"},
            )
        await (answer if refusal is None else problem(scope, refusal))(scope, receive, send)
