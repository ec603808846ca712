"""Every error as an RFC 9457 problem. Never a rejected value, SQL, a constraint's name or a stack."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from uuid import UUID

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from domain.change import journaled_as
from domain.errors import (
    Blocked,
    ChangesGone,
    CountMismatch,
    DependencyCycle,
    FilterInvalid,
    InsufficientScope,
    Invalid,
    Kind,
    LimitReached,
    Moved,
    OpenSubtasks,
    Overwritten,
    PlanOutdated,
    RemitError,
    RevertConflict,
    StaleVersion,
    TooDeep,
    TooManyAffected,
    Unauthenticated,
    Unavailable,
    Violation,
)
from entrypoints.http.rendering import dumped

MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[Kind, HTTPStatus] = {
    Kind.MALFORMED: HTTPStatus.BAD_REQUEST,
    Kind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.GONE: HTTPStatus.GONE,
    Kind.STALE: HTTPStatus.PRECONDITION_FAILED,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


class HttpProblem(HTTPException):
    """A refusal that only HTTP knows: of a route, a method, a media type, a size, a header."""

    def __init__(
        self, status: HTTPStatus, code: str, title: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, headers)
        self.code = code
        self.title = title


class MissingToken(HttpProblem):
    """No credentials at all, which RFC 6750, 3.1 answers without an error code."""

    def __init__(self) -> None:
        super().__init__(
            HTTPStatus.UNAUTHORIZED,
            "missing_token",
            "An access token is needed",
            "Send one access token in the header: Authorization: Bearer <token>.",
            {"WWW-Authenticate": "Bearer"},
        )


def malformed(code: str, detail: str) -> HttpProblem:
    """400: the request cannot be read."""
    return HttpProblem(HTTPStatus.BAD_REQUEST, code, "The request cannot be read", detail)


def internal_error() -> HttpProblem:
    """500: our own fault; the log has the rest under the request id."""
    return HttpProblem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "Something went wrong here",
        "The fault is on this side and has been logged. Name the request_id when you report it.",
    )


def problem(scope: Scope, error: RemitError | HttpProblem, **members: Any) -> Response:
    """The answer to an error. `members` are the problem's own extension members."""
    status = status_of(error)
    body = {
        "type": f"urn:remit:problem:{error.code}",
        "title": error.title,
        "status": status,
        "detail": error.detail,
        "instance": scope.get("raw_path", b"").decode("ascii", "replace").partition("?")[0],
        "code": error.code,
        "request_id": scope.get("state", {}).get("request_id"),
        **_placed(scope, members_of(error)),
        **members,
    }
    response = Response(dumped(body), status, media_type=MEDIA_TYPE)
    _add(response.headers, _own_headers(error))
    return response


def _placed(scope: Scope, members: dict[str, Any]) -> dict[str, Any]:
    """What a use case finds wrong with a GET was in its query: no body is read."""
    if scope["method"] == "GET" and "errors" in members:
        members["errors"] = [{**one, "in": "query"} for one in members["errors"]]
    return members


def violations(found: Sequence[Violation], where: str = "body") -> list[dict[str, str]]:
    """The `errors` member: where each value stood, its RFC 6901 pointer there, and what is wrong."""
    return [{"in": where, "pointer": v.pointer, "code": v.code, "message": v.message} for v in found]


def status_of(error: RemitError | HttpProblem) -> int:
    """The status that an error is answered with."""
    return error.status_code if isinstance(error, HttpProblem) else STATUS[error.kind].value


def members_of(error: RemitError | HttpProblem) -> dict[str, Any]:
    """The members that a problem has beside those that all have."""
    members = _MEMBERS.get(type(error))
    return {} if members is None else members(error)


def _overwritten(one: Overwritten) -> dict[str, Any]:
    return {name: _plain(value) for name, value in asdict(one).items()}


def _plain(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value


def _named(one: Any) -> dict[str, Any]:
    return {"entity": journaled_as(one).kind, "entity_id": str(one.id)}


def _moved(one: Moved) -> dict[str, Any]:
    return {
        "entity": one.entity,
        "entity_id": str(one.entity_id),
        "seen_version": one.seen or None,
        "current_version": one.current or None,
    }


def _filter_members(error: FilterInvalid) -> dict[str, Any]:
    """Wherever a filter is sent it is the member or the parameter `filter`."""
    pointer = f"/filter{error.pointer or ''}"
    place = {"start": error.start, "end": error.end}
    return {
        "reason": error.reason,
        "pointer": pointer,
        **{name: value for name, value in place.items() if value is not None},
        "suggestions": list(error.suggestions),
        "errors": violations([Violation(pointer, error.reason, error.detail)]),
    }


_MEMBERS: Mapping[type[Any], Callable[[Any], dict[str, Any]]] = {
    Invalid: lambda error: {"errors": violations(error.violations)},
    InsufficientScope: lambda error: {"scope": error.scope},
    PlanOutdated: lambda error: {"moved": [_moved(one) for one in error.moved]},
    RevertConflict: lambda error: {
        "conflicts": [_overwritten(one) for one in error.conflicts],
        "left": [_named(one) for one in error.left],
    },
    StaleVersion: lambda error: {"conflicts": [f"/{name}" for name in error.conflicts]},
    FilterInvalid: _filter_members,
    LimitReached: lambda error: {"what": error.what, "limit": error.limit},
    TooDeep: lambda error: {"limit": error.limit},
    TooManyAffected: lambda error: {"affected": error.affected, "limit": error.limit},
    OpenSubtasks: lambda error: {"count": error.count},
    CountMismatch: lambda error: {"count": error.count},
    Blocked: lambda error: {"blockers": [str(one) for one in error.blockers]},
    DependencyCycle: lambda error: {"path": [str(one) for one in error.path]},
}


def _own_headers(error: RemitError | HttpProblem) -> Mapping[str, str]:
    match error:
        case HttpProblem():
            return error.headers or {}
        case Unauthenticated():
            return {"WWW-Authenticate": f'Bearer error="{error.code}"'}
        case InsufficientScope():
            return {"WWW-Authenticate": f'Bearer error="{error.code}", scope="{error.scope}"'}
        case ChangesGone():
            return {"Link": '</api/v1/snapshot>; rel="alternate"'}
        case Unavailable():
            return {"Retry-After": str(error.retry_after)}
        case _:
            return {}


def _add(headers: MutableHeaders, more: Mapping[str, str]) -> None:
    for name, value in more.items():
        headers[name] = value
