"""The load generator, seen from here."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from tests.performance.requests import Asked
from tests.support.apps import clean_environment

_LINE_BYTES = 16 * 1024 * 1024
_PATIENCE_SECONDS = 60
# Requests of each connection before anything counts. What takes more to warm up does so in a round of its own.
_WARM = 1


@dataclass(frozen=True, slots=True)
class Load:
    """What was asked for in one round, and how it went. Times in seconds; `cpu` is the generator's own."""

    requests: int
    seconds: float
    p50: float
    p99: float
    cpu: float
    sent: int


class LoadGenerator:
    """A process that asks. `prepare` connects it to a port, `go` measures."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def prepare(
        self, port: int, operation: str, asked: Asked, connections: int, seconds: float
    ) -> None:
        """Connect and warm up."""
        plan = {
            "port": port,
            "operation": operation,
            "asked": asdict(asked),
            "connections": connections,
            "seconds": seconds,
            "warm": _WARM,
        }
        await self._say(json.dumps(plan))
        said = await self._hear()
        if said != "ready":
            raise RuntimeError(f"the load generator is not ready: {said}")

    async def go(self) -> Load:
        """Ask. Raises RuntimeError where anything was refused."""
        await self._say("go")
        result: dict[str, Any] = json.loads(await self._hear())
        refused = result.pop("refused")
        if refused or not result["requests"]:
            raise RuntimeError(f"not every request was answered as it should: {refused or 'none at all'}")
        return Load(**result)

    async def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()

    async def _hear(self) -> str:
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), _PATIENCE_SECONDS)
        if not line:
            raise RuntimeError("the load generator ended")
        return line.decode().strip()


@asynccontextmanager
async def generator() -> AsyncGenerator[LoadGenerator]:
    """Start it; it ends when nobody speaks to it any more."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.performance.load"),
        env=clean_environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_BYTES,
    )
    try:
        yield LoadGenerator(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()
