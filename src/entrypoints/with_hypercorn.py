"""Hypercorn, set up for a service: bounded waits, a drain when told, no name of its own in answers."""

import logging
import socket
from collections.abc import Awaitable, Callable

from hypercorn.asyncio import serve  # pyright: ignore[reportUnknownVariableType]
from hypercorn.config import Config
from starlette.types import ASGIApp

from entrypoints import sockets
from entrypoints.http.headers import HEADER_MAX


async def run(app: ASGIApp, listening: socket.socket, told: Callable[[], Awaitable[object]]) -> None:
    """Serve until `told` answers, then drain. Takes the socket over.

    Raises hypercorn.utils.LifespanFailureError where the application does not start.
    """
    await serve(app, configuration(listening), shutdown_trigger=told)  # type: ignore[arg-type]


def configuration(listening: socket.socket) -> Config:
    """Hypercorn's settings. Takes the socket over."""
    config = Config()
    config.bind = [f"fd://{listening.detach()}"]
    config.backlog = sockets.BACKLOG
    config.include_server_header = False
    config.graceful_timeout = sockets.DRAIN_SECONDS
    config.shutdown_timeout = sockets.DRAIN_SECONDS
    config.keep_alive_timeout = sockets.IDLE_SECONDS
    # It would end an answer that takes longer, such as a stream, while the client has nothing to send. Who is
    # slow with a request's head is idle to Hypercorn; to bodies and answers the application sees itself.
    config.read_timeout = None
    config.keep_alive_max_requests = 100_000
    config.h11_max_incomplete_size = HEADER_MAX
    config.h2_max_header_list_size = HEADER_MAX
    config.websocket_max_message_size = 1
    config.errorlog = logging.getLogger("hypercorn.error")  # ours: its own would not be JSON
    return config
