"""Routes that refuse what they do not understand, instead of guessing or ignoring it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import replace
from email.message import Message
from http import HTTPStatus
from typing import Any, get_origin

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

from domain import ijson
from domain.access import Errand, require
from domain.errors import Invalid
from entrypoints.http.paths import is_protected
from entrypoints.http.preconditions import refuse_conditions, untaken_conditions
from entrypoints.http.problems import HttpProblem, malformed
from entrypoints.http.scopes import SCOPES
from entrypoints.http.unsafe import PARAMETERS, QUESTIONS, SAFE, perform

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
REASON = "Remit-Reason"
BODY_MAX = 256 * 1024
"""Bytes."""
BODY_SECONDS = 30


class StrictRequest(Request):
    """A bounded request, whose JSON is I-JSON (RFC 7493): UTF-8, no member twice, no NaN."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            self._body = await _bounded(self)
        return self._body

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = _decoded(await self.body())
        return self._json

    def replace_json(self, value: Any) -> None:
        """Let what is read next be this."""
        self._json = value


class StrictRoute(APIRoute):
    """Refuses a missing scope (403), unknown query parameters (422), other media types (415) and
    malformed JSON (400), in this order.
    """

    async def prepare(self, request: StrictRequest) -> None:
        """What is done before anything is read from the request."""

    def handler(self) -> Callable[[Request], Awaitable[Response]]:
        """What answers a request that was not refused."""
        return super().get_route_handler()

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = self.handler()
        scope = SCOPES[self.name] if is_protected(self.path) else None
        unsafe = self.name not in QUESTIONS and not SAFE.issuperset(self.methods or ())
        names = dict(_query_names(self.dependant))
        known = frozenset(names).union(PARAMETERS if unsafe else ())
        several = frozenset(name for name, is_list in names.items() if is_list)
        accepted = _media_types(self)
        needed = self.body_field is not None and self.body_field.field_info.is_required()
        conditions = untaken_conditions(self.dependant) if unsafe else frozenset[str]()

        async def strict(request: Request) -> Response:
            if scope is not None:
                require(request.state.actor, scope)
            _refuse_parameters(request, known, several)
            _refuse_encoding(request)
            refuse_conditions(request.headers, conditions)
            _note_errand(request)
            exact = StrictRequest(request.scope, request.receive)
            if accepted and (needed or _has_body(request)):
                _refuse_media_type(request, accepted)
            elif not accepted and _has_body(request):
                await _refuse_body(exact)
            await self.prepare(exact)
            if unsafe:
                return await perform(exact, handle, scope)
            return await handle(exact)

        return strict


def _note_errand(request: Request) -> None:
    """What the actor acts for, as the journal will say."""
    actor = getattr(request.state, "actor", None)
    if actor is None:
        return
    try:
        errand = Errand.of(request.state.request_id, _reason(request))
    except Invalid as error:
        raise malformed("malformed_header", f"{REASON}: {error.violations[0].message}") from None
    request.state.actor = replace(actor, errand=errand)


def _reason(request: Request) -> str | None:
    """The header as UTF-8; as ISO-8859-1, which is all that a browser can send, where it is not that."""
    given = request.headers.get(REASON)
    if given is None:
        return None
    try:
        return given.encode("latin-1").decode()
    except UnicodeDecodeError:
        return given


def _media_types(route: APIRoute) -> tuple[str, ...]:
    if route.body_field is None:
        return ()
    return (MERGE_PATCH, JSON) if "PATCH" in (route.methods or ()) else (JSON,)


def _query_names(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """Each parameter, and whether it may be repeated."""
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            fields = model.model_fields.items()
            yield from ((name, get_origin(one.annotation) is list) for name, one in fields)
        else:
            yield field.alias, get_origin(model) is list
    for inner in dependant.dependencies:
        yield from _query_names(inner)


def _refuse_parameters(request: Request, known: frozenset[str], several: frozenset[str]) -> None:
    given = [name for name, _ in request.query_params.multi_items()]
    twice = sorted(name for name in set(given) & known - several if given.count(name) > 1)
    if twice:
        raise RequestValidationError([{"type": "repeated", "loc": ("query", name)} for name in twice])
    unknown = sorted(set(given) - known)
    if unknown:
        raise RequestValidationError(
            [{"type": "extra_forbidden", "loc": ("query", name)} for name in unknown]
        )


def _refuse_encoding(request: Request) -> None:
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise HttpProblem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_content_encoding",
            "The body's encoding is not taken here",
            "Send the body as it is, without Content-Encoding.",
            {"Accept-Encoding": "identity"},
        )


def _refuse_media_type(request: Request, accepted: tuple[str, ...]) -> None:
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    charset = str(message.get_param("charset", "utf-8")).lower()
    if message.get_content_type() not in accepted or charset not in {"utf-8", "utf8"}:
        raise HttpProblem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "The body's media type is not taken here",
            f"Send Content-Type: {' or '.join(accepted)}, in UTF-8.",
            {f"Accept-{request.method.title()}": ", ".join(accepted)},
        )


async def _bounded(request: Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(request)
    except TimeoutError:
        raise HttpProblem(
            HTTPStatus.REQUEST_TIMEOUT,
            "request_timeout",
            "The body took too long",
            f"A body is sent within {BODY_SECONDS} seconds.",
            {"Connection": "close"},
        ) from None


async def _read(request: Request) -> bytes:
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > BODY_MAX:
        raise _too_large()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            raise _too_large()
    return bytes(body)


def _too_large() -> HttpProblem:
    return HttpProblem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "content_too_large",
        "The body is too large",
        f"A body has at most {BODY_MAX} bytes.",
    )


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


async def _refuse_body(request: StrictRequest) -> None:
    """Where no body is taken, an empty one or an empty object is tolerated: it asks for nothing."""
    if await request.body() and await request.json() != {}:
        raise RequestValidationError([{"type": "no_body", "loc": ("body",)}])


def _decoded(body: bytes) -> Any:
    try:
        return ijson.read(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise malformed("malformed_json", "The body is not UTF-8.") from None
    except ijson.NotIJson as error:
        raise malformed("malformed_json", f"The body {error}") from None
