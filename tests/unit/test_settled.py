"""What a server does before its first request."""

import gc
import socket
from collections.abc import Awaitable, Callable, Iterator

import pytest
from fastapi import FastAPI

from entrypoints import server


@pytest.fixture
def collector() -> Iterator[None]:
    """As it was, afterwards."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.mark.rule("PERF-6")
@pytest.mark.usefixtures("collector")
async def test_what_is_there_before_the_first_request_is_never_collected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[int] = []

    async def run(app: FastAPI, listening: socket.socket, told: Callable[[], Awaitable[None]]) -> None:
        seen.extend((gc.get_freeze_count(), gc.get_threshold()[0]))

    monkeypatch.setattr(server, "when_told", lambda _: None)
    with socket.socket() as listening:
        await server._until_told(run, FastAPI(), listening)
    frozen, threshold = seen
    assert frozen > 10_000
    assert threshold > 5_000
