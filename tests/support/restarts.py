"""A service whose server is stopped again and again, in order or not, and clients that insist on an answer."""

import asyncio
import random
import signal
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import httpx

from tests.support.apps import Served, served


class Restarted:
    """One server at a time at the same address, stopped when so many requests have been answered, and replaced."""

    def __init__(
        self,
        environment: Mapping[str, str],
        stops: Sequence[tuple[int, signal.Signals]] = (),
        *arguments: str,
    ) -> None:
        self._environment = environment
        self._arguments = arguments
        self._stops = sorted(stops)
        self._counted = asyncio.Condition()
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.answered = self.started = 0
        self._up = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Restarted"]:
        """From its first server's start on. One that does not start ends the wait for its answers, too."""
        async with asyncio.TaskGroup() as group:
            servers = group.create_task(self._run())
            await self.up()
            yield self
            servers.cancel()

    async def insist(
        self, client: httpx.AsyncClient, method: str, path: str, **request: Any
    ) -> httpx.Response:
        """Send until it is answered, with the same key."""
        headers = {"Idempotency-Key": str(uuid4()), **request.pop("headers", {})}
        while True:
            with suppress(httpx.TransportError):
                answer = await client.request(method, self.url + path, headers=headers, **request)
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    await self.count()
                    return answer
            await asyncio.sleep(0.02)

    async def reached(self, count: int) -> None:
        """Until so many requests have been answered."""
        async with self._counted:
            await self._counted.wait_for(lambda: self.answered >= count)

    async def up(self) -> None:
        """Until a server serves."""
        await self._up.wait()

    async def count(self) -> None:
        """One more request has been answered."""
        async with self._counted:
            self.answered += 1
            self._counted.notify_all()

    async def _run(self) -> None:
        for count, number in self._stops:
            async with self._served() as server:
                await self.reached(count)
                self._up.clear()
                server.signal_group(number)
                await server.process.wait()
        async with self._served():
            await asyncio.Event().wait()

    @asynccontextmanager
    async def _served(self) -> AsyncIterator[Served]:
        async with served(self._environment, "--port", str(self._port), *self._arguments) as server:
            self.started += 1
            self._up.set()
            yield server


def free_port() -> int:
    """Below those that systems hand out by themselves, so that nobody takes it between two servers."""
    while True:
        port = random.SystemRandom().randrange(20_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
