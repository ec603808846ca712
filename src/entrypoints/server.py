"""Hypercorn, set up for a service: bounded waits, a drain on SIGTERM, no name of its own in answers."""

import asyncio
import ipaddress
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

import structlog
from fastapi import FastAPI
from hypercorn.asyncio import serve as hypercorn_serve  # pyright: ignore[reportUnknownVariableType]
from hypercorn.config import Config
from hypercorn.utils import LifespanFailureError

from entrypoints.container import Container, environment_problems
from entrypoints.http.app import create_app
from entrypoints.http.headers import HEADER_MAX
from entrypoints.logs import configure
from entrypoints.settings import load
from entrypoints.signals import when_told

BACKLOG = 2048
DRAIN_SECONDS = 30
IDLE_SECONDS = 60
# A worker process that fails sooner than this could not start; another one would not either.
START_SECONDS = 15

log = structlog.get_logger("remit.server")


class AddressInUse(Exception):
    """Something else listens there."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises AddressInUse."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise AddressInUse(
            f"cannot listen on {host}:{port} ({reason}): choose another --port or --host"
        ) from error
    # Accepted connections inherit it: end those whose other side neither reads nor answers (RFC 5482).
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, IDLE_SECONDS * 1000)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return listening


def url_of(listening: socket.socket) -> str:
    """The address as a browser on this machine would write it."""
    host, port = listening.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        host = "::1" if address.version == 6 else "127.0.0.1"  # noqa: PLR2004 - IPv6
    if ":" in host:
        host = f"[{host}]"
    return f"http://{host}:{port}"


def configuration(listening: socket.socket) -> Config:
    """Hypercorn's settings. Takes the socket over."""
    config = Config()
    config.bind = [f"fd://{listening.detach()}"]
    config.backlog = BACKLOG
    config.include_server_header = False
    config.graceful_timeout = DRAIN_SECONDS
    config.shutdown_timeout = DRAIN_SECONDS
    config.keep_alive_timeout = IDLE_SECONDS
    # It would end an answer that takes longer, such as a stream, while the client has nothing to send. Who is
    # slow with a request's head is idle to Hypercorn; to bodies and answers the application sees itself.
    config.read_timeout = None
    config.keep_alive_max_requests = 100_000
    config.h11_max_incomplete_size = HEADER_MAX
    config.h2_max_header_list_size = HEADER_MAX
    config.websocket_max_message_size = 1
    config.errorlog = logging.getLogger("hypercorn.error")  # ours: its own would not be JSON
    return config


def worker() -> FastAPI:
    """The application of one worker process, from the environment alone."""
    settings = load(environment_problems)
    configure(settings.log_format, settings.log_level)
    return create_app(Container(settings=settings))


def serve(listening: socket.socket, workers: int, when_ready: Callable[[], None]) -> int:
    """Serve until a signal; answers the exit code."""
    threading.Thread(target=_announce, args=(url_of(listening), when_ready), daemon=True).start()
    return _serve(listening) if workers == 1 else _Workers(listening, workers).run()


def _serve(listening: socket.socket) -> int:
    """Serve in this process."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_until_told(worker(), configuration(listening)))
    except LifespanFailureError as error:
        log.error("not serving", problem=str(error).strip().splitlines()[-1])  # noqa: TRY400 - in plain words
        return 1
    return 0


async def _until_told(app: FastAPI, config: Config) -> None:
    """Serve until SIGTERM or SIGINT; streams end at once, so that the drain waits for requests alone."""
    told = asyncio.Event()
    when_told(told.set)

    async def stopping() -> None:
        await told.wait()
        app.state.container.notifier().close()

    await hypercorn_serve(app, config, shutdown_trigger=stopping)  # type: ignore[arg-type]


class _Workers:
    """Processes that accept from one socket, which this one holds and does not serve."""

    def __init__(self, listening: socket.socket, count: int) -> None:
        self._listening = listening
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
            process = multiprocessing.get_context("spawn").Process(target=_work, args=(self._listening,))
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


def _work(listening: socket.socket) -> None:
    """One worker process: drains at SIGTERM, and when the process that started it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    sys.exit(_serve(listening))


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
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
