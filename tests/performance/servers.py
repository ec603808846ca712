"""Servers in processes of their own, on loopback, ended by SIGTERM."""

import asyncio
import re
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.performance.cpu import spent
from tests.performance.sizes import Sizes
from tests.support.apps import clean_environment

_ROOT = Path(__file__).parents[2]
_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Server:
    """One that runs."""

    pid: int
    port: int

    def cpu(self) -> float:
        """Seconds of CPU so far, of all its processes."""
        return spent(self.pid)


def environment_for(data: Path, url: str, sizes: Sizes) -> Mapping[str, str]:
    """As in production: JSON logs, one line a request; but limits that nothing here reaches."""
    return {
        "REMIT_DATA_DIR": str(data),
        "REMIT_DATABASE_URL": url,
        "REMIT_DATABASE_POOL_SIZE": str(sizes.connections),
        "REMIT_LIMIT_ACCOUNT": "1000000/second",
        "REMIT_LIMIT_ADDRESS": "1000000/second",
        "REMIT_LOG_FORMAT": "json",
    }


@asynccontextmanager
async def running(
    name: str, server: str, workers: int, environment: Mapping[str, str]
) -> AsyncGenerator[Server]:
    """`remit` is `remit serve`, every other name one of serving.py. Their logs are written and thrown away."""
    command = ("-m", "entrypoints", "serve", "--port", "0", "--server", server, "--workers", str(workers))
    if name != "remit":
        command = ("-m", "tests.performance.serving", name, server, str(workers))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *command),
        env=clean_environment() | environment,
        cwd=_ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        url = await asyncio.wait_for(_url(name, process), _START_SECONDS)
        yield Server(process.pid, urlsplit(url).port or 0)
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.communicate(), _START_SECONDS)


async def _url(name: str, process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        if found := re.search(r"[Ss]erv(?:es|ing) on (http://\S+:\d+)", line.decode()):
            return found[1]
    raise RuntimeError(f"{name} ended at its start")
