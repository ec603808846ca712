"""The load generator, a process of its own: HTTP/1.1 over kept connections, one request at a time on each.

Reads one JSON line for each measurement, connects, warms up, writes `ready`, waits for a line, sends for so
many seconds, and writes the result as one JSON line.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import uvloop

from tests.performance.requests import Asked

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CONNECT_SECONDS = 10
_LAST_ANSWER_SECONDS = 30


class Client(asyncio.Protocol):
    """One connection. `spent` are the seconds that each answer took, `statuses` what they were."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._buffer = bytearray()
        self._wanted = 0
        self._until = 0.0
        self._left = 0
        self._sent = 0.0
        self._done: asyncio.Future[None] | None = None
        self.spent: list[float] = []
        self.statuses: Counter[int] = Counter()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def run(self, until: float, most: int = sys.maxsize) -> asyncio.Future[None]:
        """Ask until the time has come, or so many times."""
        self._until, self._left = until, most
        self._done = asyncio.get_running_loop().create_future()
        self._ask()
        return self._done

    def forget(self) -> None:
        """What was before does not count."""
        self.spent.clear()
        self.statuses.clear()

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._wanted:
            end = self._buffer.find(_HEAD_END)
            if end < 0:
                return
            self.statuses[int(self._buffer[9:12])] += 1
            length = _LENGTH.search(self._buffer, 0, end)
            self._wanted = end + len(_HEAD_END) + (int(length[1]) if length else 0)
        if len(self._buffer) >= self._wanted:
            self.spent.append(time.perf_counter() - self._sent)
            self._buffer.clear()
            self._wanted = 0
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(error or ConnectionError("the server hung up"))

    def _ask(self) -> None:
        request = None
        if self._left > 0 and time.perf_counter() < self._until:
            self._left -= 1
            request = next(self._requests, None)
        if request is not None:
            self._sent = time.perf_counter()
            self._transport.write(request)
        elif self._done is not None and not self._done.done():
            self._done.set_result(None)


async def measured(plan: dict[str, Any]) -> dict[str, Any]:
    """Connect, warm up, wait for the word, and measure."""
    requests = Asked(**plan["asked"]).requests(plan["operation"])
    loop = asyncio.get_running_loop()
    clients: list[Client] = []
    async with asyncio.timeout(_CONNECT_SECONDS):
        for _ in range(plan["connections"]):
            made = await loop.create_connection(lambda: Client(requests), "127.0.0.1", plan["port"])
            clients.append(made[1])
    await _all(clients, plan["seconds"], plan["warm"])
    warm = sum(len(client.spent) for client in clients)
    for client in clients:
        client.forget()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    cpu, began = time.process_time(), time.perf_counter()
    await _all(clients, plan["seconds"])
    seconds = time.perf_counter() - began
    cpu = time.process_time() - cpu
    for client in clients:
        client.close()
    return _result(clients, seconds, cpu, warm)


async def _all(clients: list[Client], seconds: float, most: int = sys.maxsize) -> None:
    until = time.perf_counter() + seconds
    async with asyncio.timeout(seconds + _LAST_ANSWER_SECONDS):
        await asyncio.gather(*(client.run(until, most) for client in clients))


def _result(clients: list[Client], seconds: float, cpu: float, warm: int) -> dict[str, Any]:
    spent = sorted(took for client in clients for took in client.spent)
    statuses = sum((client.statuses for client in clients), Counter[int]())
    return {
        "requests": len(spent),
        "seconds": seconds,
        "p50": spent[len(spent) // 2] if spent else 0.0,
        "p99": spent[int(len(spent) * 0.99)] if spent else 0.0,
        "cpu": cpu,
        "sent": len(spent) + warm,
        "refused": {str(status): number for status, number in statuses.items() if not 200 <= status < 300},
    }


def main() -> None:
    while line := sys.stdin.readline():
        print(json.dumps(uvloop.run(measured(json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
