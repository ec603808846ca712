"""Nothing under /api is reached without a verified access token: RFC 6750."""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from application.ports import Authenticator
from domain.errors import RemitError, Unauthenticated
from entrypoints.http.limits import Limits
from entrypoints.http.problems import HttpProblem, MissingToken, problem

PROTECTED = "/api"


class Admission:
    """Puts the actor into the request's state, before a body is read or a route is looked for.

    Every request is counted: with a valid token for its account, otherwise for the client's address.
    So somebody else's bad tokens never lock out a valid one from the same address.
    """

    def __init__(self, app: ASGIApp, authenticator: Callable[[], Authenticator], limits: Limits) -> None:
        self._app = app
        self._authenticator = authenticator
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = await self._authenticate(scope) if _is_protected(scope["path"]) else None
        refusal = await self._limits.count(scope) or refusal
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await problem(scope, refusal)(scope, receive, send)

    async def _authenticate(self, scope: Scope) -> RemitError | HttpProblem | None:
        try:
            token = bearer(Headers(scope=scope), scope)
            scope["state"]["actor"] = await self._authenticator().authenticate(token)
        except (RemitError, HttpProblem) as error:
            scope["state"]["refused"] = getattr(error, "reason", error.code)
            return error
        return None


def _is_protected(path: str) -> bool:
    return path == PROTECTED or path.startswith(f"{PROTECTED}/")


def bearer(headers: Headers, scope: Scope) -> str:
    """The request's one access token. Raises MissingToken, Unauthenticated."""
    given = headers.getlist("authorization")
    if not given:
        if b"access_token=" in scope.get("query_string", b""):
            raise Unauthenticated("token_in_query")
        raise MissingToken
    if len(given) > 1:
        raise Unauthenticated("several_credentials")
    scheme, _, token = given[0].partition(" ")
    if scheme.lower() != "bearer":
        raise MissingToken
    return token.strip(" ")
