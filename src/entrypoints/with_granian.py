"""Granian, set up as Hypercorn is: over our own listening socket, in our own event loop. Not on Windows.

Its embedded server runs as a task of this process, so that processes, signals, the drain and the socket are
the same for both servers. Its own process manager would open one socket for each worker (SO_REUSEPORT): then
a port in use is not noticed, and what waits in the queue of a worker that ends is lost.
"""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from granian.constants import Interfaces
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]
from granian.server.embed import Server
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints import sockets
from entrypoints.http.headers import HEADER_MAX

# Granian takes no more connections than this; what bounds them is how many files a process may have.
_CONNECTIONS_MAX = 65_536
# Above our own bound, which answers with a problem; beyond this Granian says 431 by itself.
_HEAD_BUFFER = HEADER_MAX + 16 * 1024
# Only levels: its lines go where all of ours go.
_LOGS: dict[str, Any] = {"incremental": True, "formatters": {}, "handlers": {}, "loggers": {}}

log = structlog.get_logger("remit.server")


async def run(app: ASGIApp, listening: socket.socket, told: Callable[[], Awaitable[object]]) -> None:
    """Serve until `told` answers, then drain for DRAIN_SECONDS at most. Takes the socket over."""
    server = _Embedded(app, listening)
    serving = asyncio.ensure_future(server.serve())
    waiting = asyncio.ensure_future(told())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    server.stop()  # type: ignore[no-untyped-call]
    # Not cancelled: Granian's own callbacks would find their future gone.
    done, _ = await asyncio.wait({serving}, timeout=sockets.DRAIN_SECONDS)
    if done:
        await serving
    else:
        log.warning("requests under way were given up", seconds=sockets.DRAIN_SECONDS)


class _Embedded(Server):
    """Granian's embedded server over a socket that listens already."""

    def __init__(self, app: ASGIApp, listening: socket.socket) -> None:
        super().__init__(
            _Nameless(app),
            interface=Interfaces.ASGINL,
            websockets=False,
            backlog=sockets.BACKLOG,
            backpressure=_CONNECTIONS_MAX,
            http1_settings=HTTP1Settings(
                header_read_timeout=int(sockets.IDLE_SECONDS * 1000), max_buffer_size=_HEAD_BUFFER
            ),
            http2_settings=HTTP2Settings(
                keep_alive_interval=int(sockets.IDLE_SECONDS / 2 * 1000), max_headers_size=HEADER_MAX
            ),
            log_level=LogLevels.error,
            log_dictconfig=_LOGS,
        )
        self._listening = listening

    def _init_shared_socket(self) -> None:
        # Accepted connections inherit it; Granian sets it on sockets of its own only.
        self._listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        backlog = (sockets.BACKLOG,) if sys.platform.startswith(("linux", "freebsd")) else ()
        holder: Any = SocketHolder  # its type does not say what it takes
        self._shd = holder(self._listening.detach(), False, *backlog)


class _Nameless:
    """Granian names itself in each answer that has no `Server` field: ours says no more than whose it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def unnamed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"server", b"remit")]
            await send(message)

        await self._app(scope, receive, unnamed)
