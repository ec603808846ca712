"""Server-sent events, read from a real socket."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass
class Event:
    """One block of a stream. `name` is empty where nothing is dispatched."""

    id: str = ""
    name: str = ""
    data: Any = None


@asynccontextmanager
async def stream(
    client: httpx.AsyncClient, path: str = "/api/v1/changes/stream", **request: Any
) -> AsyncGenerator[AsyncGenerator[Event]]:
    """The events of an open stream."""
    async with client.stream("GET", path, **request) as answer:
        assert answer.status_code == 200, (await answer.aread()).decode()
        events = parsed(answer)
        try:
            yield events
        finally:
            await events.aclose()


async def parsed(answer: httpx.Response) -> AsyncGenerator[Event]:
    event = Event()
    async for line in answer.aiter_lines():
        field, _, value = line.partition(": ")
        match field:
            case "id":
                event.id = value
            case "event":
                event.name = value
            case "data":
                event.data = json.loads(value)
            case "":
                yield event
                event = Event()
            case _:
                pass


async def change(events: AsyncGenerator[Event]) -> Event:
    """The next event that is dispatched."""
    async for event in events:
        if event.name:
            return event
    raise EOFError
