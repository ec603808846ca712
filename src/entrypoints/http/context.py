"""The outermost layer: a request id, one log line, the headers of every answer, and no naked error."""

import asyncio
import os
import re
import time
from contextlib import suppress
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import RemitError
from entrypoints.http.limits import fields
from entrypoints.http.problems import internal_error, problem

log = structlog.get_logger("remit.http")

# W3C Trace Context, 3.2: version, trace-id, parent-id, flags.
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)
SEND_SECONDS = 30
READ_OFF_SECONDS = 5
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_HSTS = "max-age=31536000; includeSubDomains"


class RequestContext:
    """Wraps the whole application. The request id is the caller's trace-id, or a new one of the same form."""

    def __init__(self, app: ASGIApp, proxies: int = 0) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, secure=_is_secure(scope, self._proxies))
        try:
            await self._app(exchange.scope, exchange.receive, exchange.send)
        except Exception as error:
            if exchange.status and (exchange.given_up or isinstance(error.__cause__, RemitError)):
                # No fault of ours. Left without its end, so the server hangs up.
                why = type(error.__cause__ or error).__name__
                log.warning("answer broken off", problem=why, **exchange.described())
            else:
                log.exception("request failed", **exchange.described())
                if exchange.status:  # the answer has begun: only breaking off can say that it is not whole
                    raise
                await problem(scope, internal_error())(scope, exchange.receive, exchange.send)
        log.info("request", **exchange.described())


class _Exchange:
    """One request and what became of it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, secure: bool) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._secure = secure
        self._began = time.perf_counter()
        self._unread = _has_body(scope)
        self._ended = False
        self.status = 0
        self.given_up = False
        state = scope["state"] = dict(scope.get("state") or {})
        state["request_id"] = _request_id(Headers(scope=scope))
        self._without_content = scope["method"] == "HEAD"
        # RFC 9110, 9.3.2: HEAD is GET without the content.
        self.scope: Scope = {**scope, "method": "GET"} if self._without_content else scope

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            self._unread = False
        return message

    async def send(self, message: Message) -> None:
        if self._ended:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._complete(MutableHeaders(scope=message))
            if self._unread and self._scope["http_version"] == "2":
                await self._read_off()
        elif self._without_content:
            message, self._ended = {"type": "http.response.body"}, True
        # A client that does not read is given up, rather than waited for with all that it keeps busy.
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send(message)
        except TimeoutError:
            self.given_up = True
            raise

    async def _read_off(self) -> None:
        """Frames of a body that nobody reads would reach a stream that is closed, and end the connection."""
        with suppress(TimeoutError):
            async with asyncio.timeout(READ_OFF_SECONDS):
                while self._unread:
                    await self.receive()

    def _complete(self, headers: MutableHeaders) -> None:
        headers["X-Request-Id"] = self._scope["state"]["request_id"]
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers.setdefault("Content-Security-Policy", _NOTHING)
        headers.setdefault("Cache-Control", "no-store")
        allowance = self._scope["state"].get("allowance")
        if allowance is not None:
            for name, value in fields(allowance).items():
                headers[name] = value
        if self._secure:
            headers["Strict-Transport-Security"] = _HSTS

    def described(self) -> dict[str, Any]:
        """For the log: the route's template, never the path with its ids or the query with its values."""
        state = self._scope["state"]
        actor = state.get("actor")
        return {
            "request_id": state["request_id"],
            "method": self._scope["method"],
            "route": getattr(self.scope.get("route"), "path", None),
            "status": int(self.status or 500),
            "duration_ms": round((time.perf_counter() - self._began) * 1000, 1),
            "account_id": str(actor.account_id) if actor else None,
            **({"reason": state["refused"]} if "refused" in state else {}),
        }


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return (
        "transfer-encoding" in headers
        or headers.get("content-length", "") not in {"", "0"}
        or (scope["http_version"] == "2" and scope["method"] not in {"GET", "HEAD", "OPTIONS", "DELETE"})
    )


def _is_secure(scope: Scope, proxies: int) -> bool:
    """Whether the client came by TLS: to this server, or to the last proxy that is believed."""
    named = Headers(scope=scope).get("x-forwarded-proto", "").rpartition(",")[2].strip()
    return bool(scope.get("scheme") == "https" or (proxies and named == "https"))


def _request_id(headers: Headers) -> str:
    given = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return given[1] if given else os.urandom(16).hex()
