"""Nothing under /api is reached without a verified access token: RFC 6750."""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from application.ports import Authenticator
from domain.access import Actor
from domain.api_token_text import PREFIX
from domain.errors import RemitError, Unauthenticated, Unavailable
from entrypoints.http.limits import Limits
from entrypoints.http.paths import is_protected
from entrypoints.http.problems import HttpProblem, MissingToken, problem

ACQUAINTED_MAX = 10_000

Refusal = RemitError | HttpProblem


class Admission:
    """Puts the actor into the request's state, before a body is read or a route is looked for.

    Every request is counted: with a valid token for its account, otherwise for the client's address.
    So somebody else's bad tokens never lock out a valid one from the same address.
    """

    def __init__(self, app: ASGIApp, authenticator: Callable[[], Authenticator], limits: Limits) -> None:
        self._app = app
        self._authenticator = authenticator
        self._limits = limits
        self._acquainted = Acquainted()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = await self._admit(scope) if is_protected(scope["path"]) else None
        if not isinstance(refusal, Unavailable):  # that is not the client's doing
            refusal = await self._limits.count(scope) or refusal
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await problem(scope, refusal)(scope, receive, send)

    async def _admit(self, scope: Scope) -> Refusal | None:
        try:
            token = bearer(Headers(scope=scope), scope)
            await self._may_be_looked_up(scope, token)
            scope["state"]["actor"] = await self._believed(token)
        except (RemitError, HttpProblem) as error:
            scope["state"]["refused"] = getattr(error, "reason", error.code)
            return error
        return None

    async def _believed(self, token: str) -> Actor:
        try:
            actor = await self._authenticator().authenticate(token)
        except Unauthenticated:
            self._acquainted.forget(token)
            raise
        self._acquainted.note(token)
        return actor

    async def _may_be_looked_up(self, scope: Scope, token: str) -> None:
        """An API token costs a query: once an address has no requests left, only one that is known here."""
        if not token.startswith(PREFIX) or self._acquainted.knows(token):
            return
        refusal = await self._limits.exhausted(scope)
        if refusal is not None:
            raise refusal


class Acquainted:
    """Digests of the tokens that were believed last. It is no proof, only a reason to look."""

    def __init__(self) -> None:
        self._digests: OrderedDict[bytes, None] = OrderedDict()

    def note(self, token: str) -> None:
        """It was believed."""
        if not token.startswith(PREFIX):
            return
        digest = sha256(token.encode()).digest()
        self._digests[digest] = None
        self._digests.move_to_end(digest)
        if len(self._digests) > ACQUAINTED_MAX:
            self._digests.popitem(last=False)

    def forget(self, token: str) -> None:
        """It is believed no more: it was revoked, or has expired."""
        self._digests.pop(sha256(token.encode()).digest(), None)

    def knows(self, token: str) -> bool:
        """Whether it was believed, not too long ago."""
        return sha256(token.encode()).digest() in self._digests


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
