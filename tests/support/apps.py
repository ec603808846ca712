"""The application as tests run it: in this process, or as a server of its own behind a socket."""

import asyncio
import atexit
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.types import Message, Receive, Scope, Send

from entrypoints.container import Container, in_memory
from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from tests.support.databases import Database


def settings_for(directory: Path, database: Database | None = None, **values: object) -> Settings:
    """Development settings that read nothing from the environment."""
    named = {"database_url": SecretStr(database.app)} if database else {}
    plenty = {"limit_account": "1000000/minute", "limit_address": "1000000/minute"}
    return Settings.model_construct(**{"data_dir": directory, **plenty, **named, **values})


@dataclass
class App:
    """An application and a way to speak to it as anybody."""

    container: Container
    asgi: FastAPI

    def token(self, subject: str, scopes: list[str] | None = None, minutes: float = 15) -> str:
        issuer = self.container.development_issuer()
        return issuer.token(
            subject, expires_in=timedelta(minutes=minutes), scopes=scopes, now=self.container.clock().now()
        )

    def client(self, subject: str | None = None, scopes: list[str] | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.token(subject, scopes)}"} if subject else {}
        transport = httpx.ASGITransport(Leaving(self.asgi))
        return httpx.AsyncClient(transport=transport, base_url="http://remit.test", headers=headers)


class Leaving:
    """An application as a client sees it that leaves an endless answer after its first words."""

    def __init__(self, asgi: FastAPI) -> None:
        self._asgi = asgi

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endless = left = False

        async def say(message: Message) -> None:
            nonlocal endless, left
            if message["type"] == "http.response.start":
                kind = dict(message["headers"]).get(b"content-type", b"")
                endless = kind.startswith(b"text/event-stream")
            if not left:
                left = endless and message["type"] == "http.response.body"
                await send(message | ({"more_body": False} if left else {}))

        await self._asgi(scope, receive, say)


@asynccontextmanager
async def app_on(settings: Settings) -> AsyncIterator[App]:
    """On PostgreSQL where the settings name a database, else in memory; started and stopped as a server does."""
    container = Container(settings=settings) if settings.database_url else in_memory(settings)
    asgi = create_app(container)
    async with asgi.router.lifespan_context(asgi):
        yield App(container, asgi)


@asynccontextmanager
async def served(
    environment: Mapping[str, str], *arguments: str, cwd: Path | None = None
) -> AsyncIterator["Served"]:
    """`remit serve` in a process group of its own on a free port, ended by SIGTERM."""
    with TemporaryDirectory() as nowhere:
        process = await command(
            "serve", "--port", "0", *arguments, environment=environment, cwd=cwd or nowhere
        )
        running = Served(process)
        try:
            await asyncio.wait_for(running.wait_until_ready(), 60)
            yield running
        finally:
            if process.returncode is None:
                process.terminate()
            await running.ended()


async def command(
    *arguments: str, environment: Mapping[str, str], cwd: Path | str
) -> asyncio.subprocess.Process:
    """`remit` with these arguments and, of the variables that speak to it, these alone."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "entrypoints", *arguments),
        env=clean_environment() | environment,
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


@dataclass(frozen=True)
class Finished:
    """What a command answered: its exit code, standard output and standard error."""

    code: int
    output: str
    log: str


async def remit(*arguments: str, environment: Mapping[str, str] = {}, cwd: Path | None = None) -> Finished:
    """Run a command to its end, in an empty folder unless another is named."""
    with TemporaryDirectory() as nowhere:
        process = await command(*arguments, environment=environment, cwd=cwd or nowhere)
        output, log = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return Finished(process.returncode, output.decode(), log.decode())


def clean_environment() -> dict[str, str]:
    """This process's variables, without any that speak to Remit."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("REMIT_", "BETTER_AUTH"))
        and name not in {"COLUMNS", "PYTHONDONTWRITEBYTECODE"}
    }
    return kept | {"NO_COLOR": "1", **_kept_bytecode()}


@cache
def _kept_bytecode() -> dict[str, str]:
    """Where nothing may be written beside the sources, each command would compile all of them anew."""
    if not sys.dont_write_bytecode:
        return {}
    folder = tempfile.mkdtemp(prefix="remit-test-bytecode-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return {"PYTHONPYCACHEPREFIX": folder}


class Served:
    """A running server. `output` and `log` are its standard output and standard error so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.output = ""
        self.log = ""
        self.url = ""
        self._readers = [asyncio.create_task(self._read("output")), asyncio.create_task(self._read("log"))]

    async def _read(self, name: str) -> None:
        stream = self.process.stdout if name == "output" else self.process.stderr
        assert stream is not None
        while line := await stream.readline():
            setattr(self, name, getattr(self, name) + line.decode())

    async def wait_until_ready(self) -> None:
        while not (found := re.search(r"[Ss]erv(?:es|ing) on (http://\S+:\d+)", self.output)):
            if self.process.returncode is not None:
                await asyncio.gather(*self._readers)
                raise RuntimeError(f"the server ended: {self.log}")
            await asyncio.sleep(0.02)
        self.url = found[1]

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        """Over the real socket."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False, timeout=30)

    def signal_group(self, number: signal.Signals) -> None:
        """As a terminal does at Ctrl-C: to the process and those it started."""
        os.killpg(self.process.pid, number)

    async def ended(self) -> int:
        """The exit code, once the process has ended and nobody holds its output."""
        code = await asyncio.wait_for(self.process.wait(), 60)
        await asyncio.wait_for(asyncio.gather(*self._readers), 60)
        return code
