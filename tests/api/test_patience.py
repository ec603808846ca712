"""Slow clients, and streams whose token is no longer believed: with the waits made short."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from application import following
from domain.errors import LimitReached
from entrypoints import sockets
from entrypoints.http import context, live, strict
from entrypoints.values import LogFormat
from tests.api.test_http import logging_as
from tests.support.actors import actor
from tests.support.apps import App

TASKS, TOKENS = "/api/v1/tasks", "/api/v1/tokens"


@pytest.mark.rule("HTTP-4")
async def test_a_body_that_does_not_end_is_given_up(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strict, "BODY_SECONDS", 0.05)

    async def dribble() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    began = time.monotonic()
    answer = await client.post(TASKS, content=dribble(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (408, "request_timeout")
    assert answer.headers["connection"] == "close"
    assert time.monotonic() - began < 5


@asynccontextmanager
async def serving(
    by: str, app: ASGIApp, monkeypatch: pytest.MonkeyPatch, **waits: float
) -> AsyncIterator[int]:
    """The port where a server serves the application, with some of its waits made short."""
    module = pytest.importorskip(f"entrypoints.with_{by}")
    listening, told = sockets.listen("127.0.0.1", 0), asyncio.Event()
    port = listening.getsockname()[1]
    for name, seconds in waits.items():
        monkeypatch.setattr(sockets, name, seconds)
    running = asyncio.create_task(module.run(app, listening, told.wait))
    try:
        yield port
    finally:
        told.set()
        await asyncio.wait_for(running, 20)


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that nobody shall reach; it starts and stops."""
    assert scope["type"] == "lifespan", scope
    for phase in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{phase}.complete"})


BY = pytest.mark.parametrize("by", ["hypercorn", "granian"])


@pytest.mark.rule("HTTP-4")
@BY
async def test_a_head_that_does_not_end_is_given_up(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However slowly more of it comes: only a whole head ends the wait."""
    async with serving(by, nothing, monkeypatch, IDLE_SECONDS=0.3) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Any: ")
        ended = asyncio.create_task(reader.read())
        for _ in range(40):  # Hypercorn's own limit would be five seconds
            if ended.done():
                break
            writer.write(b"a")
            await asyncio.sleep(0.1)
        assert ended.done()
        ended.cancel()
        writer.close()


@pytest.mark.rule("RUN-36")
@BY
async def test_who_says_nothing_is_given_up_by_hypercorn_alone(
    by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Granian waits for the first byte for ever, to know which HTTP it is."""
    async with serving(by, nothing, monkeypatch, IDLE_SECONDS=0.2) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        said = asyncio.create_task(reader.read())
        done, _ = await asyncio.wait({said}, timeout=1.5)
        assert bool(done) == (by == "hypercorn")
    assert await asyncio.wait_for(said, 5) == b""  # but not beyond the server's end
    writer.close()


@pytest.mark.rule("RUN-20")
@BY
async def test_a_drain_does_not_wait_for_ever(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, let_go = asyncio.Event(), asyncio.Event()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await nothing(scope, receive, send)
        asked.set()
        await let_go.wait()
        return None

    began = time.monotonic()
    async with serving(by, endless, monkeypatch, DRAIN_SECONDS=0.3) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.wait_for(asked.wait(), 5)
        began = time.monotonic()
    assert 0.2 < time.monotonic() - began < 10
    let_go.set()
    writer.close()


@pytest.mark.rule("JRN-19")
async def test_who_does_not_read_is_cut_off(
    app: App, subject: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And costs the log one line: it is no fault of ours."""
    monkeypatch.setattr(context, "SEND_SECONDS", 0.05)
    headers = [(b"authorization", f"Bearer {app.token(subject)}".encode())]
    scope = {"type": "http", "method": "GET", "path": "/api/v1/changes/stream", "raw_path": b"", "query_string": b"",
             "headers": headers, "client": ("127.0.0.1", 1), "scheme": "http", "root_path": "",
             "http_version": "1.1", "server": ("remit.test", 80), "asgi": {"version": "3.0"}}  # fmt: skip

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    with logging_as(LogFormat.JSON):
        answering = asyncio.create_task(app.asgi(scope, receive, send))
        done, _ = await asyncio.wait({answering}, timeout=5)
    assert done == {answering}, "it would have waited for ever"
    assert answering.exception() is None
    logged = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["level"]) for line in logged] == [
        ("answer broken off", "warning"),
        ("request", "info"),
    ]
    account = (await me(app, subject))["account_id"]
    assert not [one for one in app.container.notifier()._subscriptions if str(one) == account]


async def me(app: App, subject: str) -> dict[str, str]:
    async with app.client(subject) as client:
        return dict((await client.get("/api/v1/me")).json())


class Listener:
    """What an endless answer says until the server ends it."""

    def __init__(self, asgi: Callable[[Scope, Receive, Send], object]) -> None:
        self._asgi = asgi
        self.said = b""
        self.ended = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def say(message: Message) -> None:
            self.said += message.get("body", b"")
            self.ended = message["type"] == "http.response.body" and not message.get("more_body")
            await send(message)

        await self._asgi(scope, receive, say)  # type: ignore[misc]


@pytest.mark.rule("JRN-18")
async def test_a_stream_ends_when_its_token_is_revoked(
    app: App, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "REAUTHENTICATE_SECONDS", 0.1)
    monkeypatch.setattr(following, "HEARTBEAT_SECONDS", 0.05)
    values = {"name": "n", "kind": "agent", "scopes": ["tasks:read"], "expires_in": 600}
    made = (await client.post(TOKENS, json=values)).json()
    listener = Listener(app.asgi)
    headers = {"Authorization": f"Bearer {made['token']}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(listener),
        base_url="http://remit.test",
        headers=headers,  # type: ignore[arg-type]
    ) as agent:
        answer = asyncio.create_task(agent.get("/api/v1/changes/stream"))
        await asyncio.sleep(0.5)
        assert not answer.done()
        assert listener.said.count(b"id: ") > 3  # it beats
        await client.delete(f"{TOKENS}/{made['id']}")
        assert (await asyncio.wait_for(answer, 5)).status_code == 200
    assert listener.ended


@pytest.mark.rule("JRN-18")
async def test_who_is_too_far_behind_is_told_to_start_anew(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = (await client.get("/api/v1/changes")).json()["next"]
    monkeypatch.setattr(following, "PAGE", 2)
    monkeypatch.setattr(following, "LAG_MAX", 3)
    for _ in range(6):
        await client.post(TASKS, json={"title": "t"})
    answer = await client.get("/api/v1/changes/stream", params={"after": first})
    assert "event: resync" in answer.text
    assert "event: change" not in answer.text


@pytest.mark.rule("JRN-19")
async def test_snapshots_wait_for_each_other_but_not_for_ever(
    app: App, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "SLOT_SECONDS", 0.05)
    slots = app.container.following()._slots
    held = 0
    while not slots.locked():
        await slots.acquire()
        held += 1
    try:
        answer = await client.get("/api/v1/snapshot")
    finally:
        for _ in range(held):
            slots.release()
    assert held == 5
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert (await client.get("/api/v1/snapshot")).status_code == 200
    monkeypatch.setattr(following, "SNAPSHOT_SECONDS", -1.0)
    assert (await client.get("/api/v1/snapshot")).status_code == 503
    assert slots._value == 5


@pytest.mark.rule("JRN-19")
async def test_one_account_cannot_keep_snapshots_from_the_others(
    app: App, client: httpx.AsyncClient, subject: str
) -> None:
    asked = app.container.following()
    slow = [asked.snapshot(actor("a slow reader")) for _ in range(following.SNAPSHOTS_MAX)]
    for one in slow:
        await anext(one)
    with pytest.raises(LimitReached):
        await anext(asked.snapshot(actor("a slow reader")))
    assert (await client.get("/api/v1/snapshot")).status_code == 200
    for one in slow:
        await one.aclose()
    again = asked.snapshot(actor("a slow reader"))
    await anext(again)
    await again.aclose()
