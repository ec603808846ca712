"""What a request's head must be, before anything in it is believed."""

import re
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

from entrypoints.http.problems import HttpProblem, malformed, problem

HEADER_MAX = 32 * 1024
"""Bytes."""
# RFC 9110, 5.5: HTAB, SP and visible characters. The parser leaves the others to us.
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_ONCE = (
    *(b"content-type", b"content-length", b"content-encoding", b"host"),
    *(b"if-match", b"if-none-match", b"remit-reason", b"last-event-id"),
)

_UTF_8 = "UTF-8, percent-encoded: send caf%C3%A9, not caf\xe9 or caf%E9."


class HeadCheck:
    """431 for a large header: h11's own limit is for what is incomplete, and lets pass what came at once.

    400 where two readers could understand the head in two ways: RFC 9112, 6.1 and 11.2; RFC 3986, 2.5.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _refusal(scope) if scope["type"] == "http" else None
        if refusal is not None:
            await problem(scope, refusal)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _refusal(scope: Scope) -> HttpProblem | None:
    if _header_bytes(scope) > HEADER_MAX:
        return HttpProblem(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            "header_too_large",
            "The header is too large",
            f"Path, query and header fields have at most {HEADER_MAX} bytes together.",
            {"Connection": "close"},
        )
    return _ill_encoded(scope) or _ambiguous(scope)


def _ill_encoded(scope: Scope) -> HttpProblem | None:
    if not _is_utf_8(scope["raw_path"].partition(b"?")[0]):
        return malformed("malformed_path", f"The path is not {_UTF_8}")
    if not _is_utf_8(scope["query_string"]):
        return malformed("malformed_query", f"The query is not {_UTF_8}")
    return None


def _ambiguous(scope: Scope) -> HttpProblem | None:
    names = [name for name, _ in scope["headers"]]
    for name in _ONCE:
        if names.count(name) > 1:
            return malformed("malformed_header", f"{name.decode()}: must be sent once.")
    if b"transfer-encoding" in names and b"content-length" in names:
        return malformed("malformed_header", "Send Content-Length or Transfer-Encoding, not both.")
    if any(_CONTROL.search(value) for _, value in scope["headers"]):
        return malformed("malformed_header", "A header field holds a control character.")
    return None


def _is_utf_8(sent: bytes) -> bool:
    """What is not UTF-8, percent-encoded (RFC 3986, 2.5), each server would read in its own way."""
    if not sent.isascii():
        return False
    if b"%" in sent:
        try:
            unquote_to_bytes(sent).decode()
        except UnicodeDecodeError:
            return False
    return True


def _header_bytes(scope: Scope) -> int:
    fields = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
    return fields + len(scope["raw_path"]) + len(scope["query_string"])
