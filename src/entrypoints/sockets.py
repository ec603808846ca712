"""The socket that both servers listen on, and how long they wait for whoever uses it."""

import ipaddress
import os
import socket

BACKLOG = 2048
DRAIN_SECONDS = 30
IDLE_SECONDS = 60


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
