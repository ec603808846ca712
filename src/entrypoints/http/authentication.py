"""Nothing under /api is reached without a verified access token: RFC 6750."""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from application.ports import Authenticator
from domain.errors import RemitError, Unauthenticated
from entrypoints.http.problems import HttpProblem, MissingToken, problem

PROTECTED = "/api"


class Authentication:
    """Puts the actor into the request's state, before a body is read or a route is looked for."""

    def __init__(self, app: ASGIApp, authenticator: Callable[[], Authenticator]) -> None:
        self._app = app
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_protected(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            token = _bearer(Headers(scope=scope), scope)
            scope["state"]["actor"] = await self._authenticator().authenticate(token)
        except (RemitError, HttpProblem) as error:
            scope["state"]["refused"] = getattr(error, "reason", error.code)
            await problem(scope, error)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_protected(path: str) -> bool:
    return path == PROTECTED or path.startswith(f"{PROTECTED}/")


def _bearer(headers: Headers, scope: Scope) -> str:
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
