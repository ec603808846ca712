"""Serving until a signal: in this process, or in several that accept from one socket, by either server."""

import asyncio
import gc
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

import structlog
from fastapi import FastAPI
from hypercorn.utils import LifespanFailureError

from entrypoints import with_hypercorn
from entrypoints.container import Container, environment_problems
from entrypoints.http.app import StartupRefused, create_app
from entrypoints.logs import configure
from entrypoints.settings import load
from entrypoints.signals import when_told
from entrypoints.sockets import DRAIN_SECONDS, url_of
from entrypoints.values import ServerName

# A worker process that fails sooner than this could not start; another one would not either.
START_SECONDS = 15
# A page of tasks makes some hundreds of objects that can hold others.
_YOUNG_MAX = 10_000

log = structlog.get_logger("remit.server")

Run = Callable[[FastAPI, socket.socket, Callable[[], Awaitable[None]]], Awaitable[None]]
"""Serves the application on the socket until the callable answers, then drains."""


def worker() -> FastAPI:
    """The application of one worker process, from the environment alone."""
    settings = load(environment_problems)
    configure(settings.log_format, settings.log_level)
    return create_app(Container(settings=settings))


def missing(server: ServerName) -> str | None:
    """What to install, where a server is not there."""
    if server is ServerName.GRANIAN and not _is_there("granian"):
        return "Granian is not installed with Remit: pip install 'remit[granian]'"
    return None


def _is_there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def serve(listening: socket.socket, server: ServerName, workers: int, when_ready: Callable[[], None]) -> int:
    """Serve until a signal; answers the exit code."""
    threading.Thread(target=_announce, args=(url_of(listening), when_ready), daemon=True).start()
    return _serve(listening, server) if workers == 1 else _Workers(listening, server, workers).run()


def _serve(listening: socket.socket, server: ServerName) -> int:
    """Serve in this process."""
    run = _on_granian if server is ServerName.GRANIAN else with_hypercorn.run
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_until_told(run, worker(), listening))
    except (LifespanFailureError, StartupRefused) as error:
        log.error("not serving", problem=str(error).strip().splitlines()[-1])  # noqa: TRY400 - in plain words
        return 1
    return 0


async def _until_told(run: Run, app: FastAPI, listening: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; streams end at once, so that the drain waits for requests alone."""
    told = asyncio.Event()
    when_told(told.set)
    settled()

    async def stopping() -> None:
        await told.wait()
        app.state.container.notifier().close()

    await run(app, listening, stopping)


def settled() -> None:
    """Look for garbage less often, and never again among what is there before the first request.

    The modules and models of the application are hundreds of thousands of objects: to look through all of
    them took a fifth of the time of reads, and the longest of them as long as ten others.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_MAX, *gc.get_threshold()[1:])


async def _on_granian(app: FastAPI, listening: socket.socket, told: Callable[[], Awaitable[None]]) -> None:
    """The application's life is around the server here: Granian would tell of its end in its own words."""
    from entrypoints import with_granian  # noqa: PLC0415 - an extra

    async with app.router.lifespan_context(app):
        await with_granian.run(app, listening, told)


class _Workers:
    """Processes that accept from one socket, which this one holds and does not serve."""

    def __init__(self, listening: socket.socket, server: ServerName, count: int) -> None:
        self._listening = listening
        self._server = server
        self._count = count
        self._since: dict[BaseProcess, float] = {}
        self._stopped: float | None = None
        self._code = 0

    def run(self) -> int:
        """Until a signal. A worker that ends is replaced; one that cannot start ends all."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self._fill()
        while self._since:
            wait([process.sentinel for process in self._since], timeout=1)
            self._bury()
            self._fill()
            if self._stopped and time.monotonic() > self._stopped + 2 * DRAIN_SECONDS:
                for process in self._since:
                    process.kill()
        return self._code

    def _fill(self) -> None:
        while not self._stopped and len(self._since) < self._count:
            context = multiprocessing.get_context("spawn")
            process = context.Process(target=_work, args=(self._listening, self._server))
            process.start()
            self._since[process] = time.monotonic()
            if self._stopped:  # between the two lines above
                process.terminate()

    def _bury(self) -> None:
        for process in [process for process in self._since if process.exitcode is not None]:
            lived = time.monotonic() - self._since.pop(process)
            if self._stopped:
                continue
            log.warning("a worker process ended", pid=process.pid, exit_code=process.exitcode)
            if (process.exitcode or 0) > 0 and lived < START_SECONDS:
                self._code = 1
                self._stop()

    def _stop(self, *_: object) -> None:
        if self._stopped is None:
            self._stopped = time.monotonic()
            self._listening.close()
        for process in list(self._since):
            process.terminate()


def _work(listening: socket.socket, server: ServerName) -> None:
    """One worker process: drains at SIGTERM, and when the process that started it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    sys.exit(_serve(listening, server))


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where there is one."""
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 - not to be had on Windows

    return uvloop.new_event_loop


def _announce(url: str, when_ready: Callable[[], None]) -> None:
    """Wait for the first answer. The socket listens already, so this waits in its queue."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{url}/livez", timeout=60):
            when_ready()
    except (urllib.error.URLError, OSError):
        return
