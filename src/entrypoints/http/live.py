"""Keeping a copy over REST: a snapshot as JSON Lines, and changes as server-sent events."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from application.filtered import FilteredPage
from application.following import Following
from application.ports import Authenticator
from application.views import ChangePage
from domain.access import Actor
from domain.change import EntityKind, journaled_as
from domain.errors import ChangesGone, Unauthenticated, Unavailable
from entrypoints.http.authentication import bearer
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import FilterProblem, problems
from entrypoints.http.filtered import FilterText, events_of, snapshot_of
from entrypoints.http.strict import StrictRoute
from entrypoints.http.told import ChangeOut

router = APIRouter(prefix="/api/v1", tags=["journal"], route_class=StrictRoute)

JSON_LINES = "application/jsonl"
EVENTS = "text/event-stream"
REAUTHENTICATE_SECONDS = 15.0
RETRY_MILLISECONDS = 2000


class SnapshotQuery(BaseModel):
    """What of everything."""

    model_config = ConfigDict(extra="forbid")

    types: list[EntityKind] = Field([], description="Only these things; repeat it for several")
    filter: FilterText = None


class StreamQuery(SnapshotQuery):
    """Which changes, from where on."""

    after: str | None = Field(None, max_length=512, description="`next` of a list or snapshot; else from now")


class Streamed(StreamingResponse):
    """Closes what it reads from, whatever happens: that may hold a connection."""

    def __init__(self, parts: AsyncGenerator[bytes], media_type: str) -> None:
        super().__init__(parts, HTTPStatus.OK, {"X-Accel-Buffering": "no"}, media_type)
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._parts):
            await super().__call__(scope, receive, send)


async def begun(parts: AsyncGenerator[bytes], media_type: str) -> Streamed:
    """The answer, once its first part is there: what is refused before that is a problem like any other."""
    first = await anext(parts)

    async def all_parts() -> AsyncGenerator[bytes]:
        async with aclosing(parts):
            yield first
            async for part in parts:
                yield part

    return Streamed(all_parts(), media_type)


_SNAPSHOT = {
    "description": "A line a thing: `entity`, `id`, `version`, `state`; the last one has `next` and `count`",
    "content": {JSON_LINES: {"schema": {"type": "string"}}},
}
_STREAM = {
    "description": "Events `change`, a change as data and its token as id; with a filter also `turned`, "
    "what time has moved; `resync` where a snapshot is due",
    "content": {EVENTS: {"schema": {"type": "string"}}},
}


@router.get(
    "/snapshot",
    response_class=StreamingResponse,
    responses={200: _SNAPSHOT, **problems(400, 403, 409, s422=FilterProblem)},
)
async def get_snapshot(
    query: Annotated[SnapshotQuery, Query()],
    caller: Caller,
    following: Following = use(lambda c: c.following),
) -> StreamingResponse:
    """Everything as it is at one moment, without the trash. A snapshot without its last line is not whole."""
    return await begun(_lines(following, caller, query), JSON_LINES)


@router.get(
    "/changes/stream",
    response_class=StreamingResponse,
    responses={200: _STREAM, **problems(400, 403, 409, s422=FilterProblem)},
)
async def stream_changes(
    query: Annotated[StreamQuery, Query()],
    caller: Caller,
    request: Request,
    last_event_id: Annotated[str | None, Header(max_length=512)] = None,
    following: Following = use(lambda c: c.following),
    authenticator: Authenticator = use(lambda c: c.authenticator),
) -> StreamingResponse:
    """What happens, as it happens, until the access token expires. `Last-Event-ID` goes on after it."""
    after = last_event_id or query.after
    watch = _Watch(authenticator, bearer(request.headers, request.scope))
    return await begun(_events(following, caller, after, query, watch), EVENTS)


async def _lines(following: Following, caller: Actor, query: SnapshotQuery) -> AsyncGenerator[bytes]:
    count = 0
    async with aclosing(following.snapshot(caller, query.types, query.filter)) as parts:
        async for part in parts:
            if isinstance(part, str):
                yield _line({"next": part, "count": count})
            else:
                count += len(part)
                yield b"".join(_line(_shown(entity)) for entity in part)


def _shown(entity: Any) -> dict[str, Any]:
    how = journaled_as(entity)
    return {
        "entity": how.kind,
        "id": str(entity.id),
        "version": entity.version,
        "state": how.codec.state(entity),
    }


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class _Watch:
    """Whether the access token that opened a stream is still believed."""

    def __init__(self, authenticator: Authenticator, token: str) -> None:
        self._authenticator = authenticator
        self._token = token
        self._next = asyncio.get_running_loop().time() + REAUTHENTICATE_SECONDS

    async def believed(self) -> bool:
        """Asks now and then; while the answer is not to be had, yes."""
        now = asyncio.get_running_loop().time()
        if now < self._next:
            return True
        self._next = now + REAUTHENTICATE_SECONDS
        try:
            await self._authenticator.authenticate(self._token)
        except Unauthenticated:
            return False
        except Unavailable:
            pass
        return True


async def _events(
    following: Following, caller: Actor, after: str | None, query: StreamQuery, watch: _Watch
) -> AsyncGenerator[bytes]:
    opening = f"retry: {RETRY_MILLISECONDS}\n".encode()
    try:
        async with aclosing(following.follow(caller, after, query.types, query.filter)) as pages:
            async for page in pages:
                yield opening + _told(following, caller, query.types, page)
                opening = b""
                if not await watch.believed():
                    break
    except ChangesGone:
        due = json.dumps({"snapshot": snapshot_of(query.filter, query.types)})
        yield opening + f"event: resync\ndata: {due}\n\n".encode()


def _told(
    following: Following, caller: Actor, kinds: Sequence[EntityKind], page: ChangePage | FilteredPage
) -> bytes:
    """The changes as events; and, with nothing to dispatch, the place to come back to."""
    if isinstance(page, FilteredPage):
        return f"{events_of(page)}id: {page.next}\n\n".encode()
    events = [
        f"id: {following.token(caller, kinds, change.seq)}\nevent: change\n"
        f"data: {ChangeOut.model_validate(change).model_dump_json()}\n\n"
        for change in page.items
    ]
    return "".join([*events, f"id: {page.next}\n\n"]).encode()
