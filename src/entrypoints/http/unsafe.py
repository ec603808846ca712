"""What every operation that changes something can do: be sent twice, be tried, be planned. In one place."""

import json
import re
from collections.abc import Awaitable, Callable
from hashlib import sha256

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError

from application.once import Reply
from application.plans import Rehearsal
from application.ports import UnitsOfWork
from domain.access import Scope, held_of
from domain.answer import KEY_MAX
from entrypoints.http.documented import ChangedOut, RehearsalOut
from entrypoints.http.problems import malformed

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
QUESTIONS = frozenset({"compile_filter", "explain_task"})
"""Operations that change nothing, though what they ask is sent by POST."""
KEY = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
DRY_RUN, PLAN = "dry_run", "plan"
PARAMETERS = frozenset({DRY_RUN, PLAN})
_KEY = re.compile(rf"[\x21-\x7e]{{1,{KEY_MAX}}}")

Handle = Callable[[Request], Awaitable[Response]]


async def perform(request: Request, handle: Handle, scope: Scope | None) -> Response:
    """Handle a request that changes something, as its key and its parameters say."""
    container, actor = request.app.state.container, request.state.actor
    under = scope or held_of(actor, sorted(Scope))
    dry_run, plan = (_flag(request, name) for name in (DRY_RUN, PLAN))

    async def work(units: UnitsOfWork) -> Reply:
        request.state.units = units
        response = await handle(request)
        return Reply(response.status_code, dict(response.headers), bytes(response.body))

    if dry_run or plan:
        return _rehearsed(await container.plans().rehearse(actor, under, work, keep=plan))
    key = _key(request)
    if key is None:
        return await handle(request)
    return _response(await container.once().run(actor, under, key, await _fingerprint(request), work))


def _flag(request: Request, name: str) -> bool:
    given = request.query_params.getlist(name)
    if given in ([], ["false"]):
        return False
    if given == ["true"]:
        return True
    raise RequestValidationError([{"type": "bool_parsing", "loc": ("query", name)}])


def _key(request: Request) -> str | None:
    """With or without the quotes of a structured field (RFC 9651)."""
    given = request.headers.getlist(KEY)
    if not given:
        return None
    key = given[0].removeprefix('"').removesuffix('"')
    if len(given) > 1 or not _KEY.fullmatch(key):
        raise malformed("malformed_header", f"{KEY}: must be one key of 1 to {KEY_MAX} visible characters.")
    return key


async def _fingerprint(request: Request) -> bytes:
    """What is asked, and by whom: an answer may hold what a token of other scopes must not see."""
    asked = [
        request.method,
        request.scope["path"],
        sorted(request.query_params.multi_items()),
        request.headers.get("if-match"),
        sorted(request.state.actor.scopes),
    ]
    return sha256(json.dumps(asked).encode() + b"\n" + await request.body()).digest()


def _response(reply: Reply) -> Response:
    headers = {name: value for name, value in reply.headers.items() if name != "content-length"}
    if reply.replayed:
        headers[REPLAYED] = "true"
    return Response(reply.body, reply.status, headers)


def _rehearsed(rehearsal: Rehearsal) -> Response:
    shown = RehearsalOut(
        status=rehearsal.status,
        changes=[ChangedOut.model_validate(change) for change in rehearsal.changes],
        counts=dict(rehearsal.counts),
        warnings=list(rehearsal.warnings),
        plan=rehearsal.plan,
        expires_at=rehearsal.expires_at,
    )
    return Response(shown.model_dump_json(), media_type="application/json")
