"""A PostgreSQL connection URL as operators paste it, turned into what asyncpg understands.

Neon's own URL carries `sslmode` and `channel_binding`, which asyncpg's SQLAlchemy dialect would
refuse; so the query string is read here, and an unknown parameter is an error that names it.
"""

import ipaddress
import re
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from sqlalchemy import URL

_SCHEMES = {"postgresql", "postgres", "postgresql+asyncpg"}
_SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
_PLAINTEXT = {"disable", "allow", "prefer"}
_PARAMETERS = {
    "application_name",
    "channel_binding",  # asyncpg does SCRAM without it; TLS with a checked certificate covers the same attack
    "host",
    "pgbouncer",
    "port",
    "sslmode",
    "sslrootcert",
}


_WORD = re.compile("[a-z_]{1,40}")


class DatabaseUrlError(ValueError):
    """The URL cannot be used. The message never holds the URL, which holds a password."""


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """Where the database is and how to speak to it.

    `pooled` means a transaction pooler (PgBouncer, Neon's `-pooler` host) stands between, where
    nothing may outlive a transaction. `tls` is None on loopback and unix sockets alone.
    """

    url: URL
    pooled: bool
    tls: ssl.SSLContext | None

    @property
    def user(self) -> str:
        return self.url.username or ""

    @property
    def password(self) -> str | None:
        return None if self.url.password is None else str(self.url.password)

    @classmethod
    def parse(cls, text: str) -> "DatabaseUrl":
        """Read a URL. Raises DatabaseUrlError, also where a remote host would be reached without TLS."""
        try:
            parts = urlsplit(text.strip())
            port = parts.port
        except ValueError:
            raise DatabaseUrlError("is not a URL") from None
        if parts.scheme not in _SCHEMES:
            raise DatabaseUrlError("must begin with postgresql://")
        if parts.fragment or "@" in parts.query:
            # What follows may be the rest of a password, so it is neither read nor named.
            raise DatabaseUrlError("holds a ?, # or @ that must be percent-encoded")
        options = _options(parts.query)
        host = options.get("host") or _host(parts)
        port = _port(options) or port
        database = unquote(parts.path.removeprefix("/"))
        if not host or not parts.username or not database:
            raise DatabaseUrlError("must name a user, a host and a database")
        url = URL.create(
            "postgresql+asyncpg",
            username=unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
            host=None if host.startswith("/") else host,
            port=None if host.startswith("/") else port,
            database=database,
            query=_socket_query(host, port or 5432),
        )
        return cls(url, _is_pooled(host, options), _tls(host, options))

    def connect_args(self, application_name: str, timeout: float) -> dict[str, Any]:
        """asyncpg.connect's arguments beyond the URL."""
        arguments: dict[str, Any] = {"timeout": timeout, "ssl": self.tls or False}
        if self.pooled:
            # A statement prepared in one transaction may meet another server connection in the next;
            # unnamed ones live for one round trip. A pooler refuses settings at connect, too.
            arguments |= {
                "statement_cache_size": 0,
                "prepared_statement_cache_size": 0,
                "prepared_statement_name_func": lambda: "",
            }
        else:
            arguments["server_settings"] = {"application_name": application_name}
        return arguments


def _options(query: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(options.keys() - _PARAMETERS)
    if unknown:
        # What follows an unescaped "?" in a password would look like a parameter: show none of that.
        shown = (name if _WORD.fullmatch(name) else "(not a name)" for name in unknown)
        raise DatabaseUrlError(f"has unknown parameter(s) {', '.join(shown)}")
    mode = options.get("sslmode")
    if mode is not None and mode not in _SSL_MODES:
        raise DatabaseUrlError(f"has an unknown sslmode; use one of {', '.join(sorted(_SSL_MODES))}")
    return options


def _host(parts: SplitResult) -> str:
    place = parts.netloc.rpartition("@")[2]
    # `hostname` is in lower case, which the path of a socket is not.
    return unquote(place.partition(":")[0] if place[:3].lower() == "%2f" else parts.hostname or "")


def _port(options: dict[str, str]) -> int | None:
    port = options.get("port")
    if not port:
        return None
    if not re.fullmatch("[0-9]{1,5}", port) or not 0 < int(port) < 1 << 16:
        raise DatabaseUrlError("has a port that is none")
    return int(port)


def _socket_query(host: str, port: int) -> dict[str, str]:
    return {"host": host, "port": str(port)} if host.startswith("/") else {}


def _is_pooled(host: str, options: dict[str, str]) -> bool:
    if "pgbouncer" in options:
        return options["pgbouncer"].lower() in {"", "1", "true", "yes"}
    return "-pooler." in host


def _is_local(host: str) -> bool:
    if host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _tls(host: str, options: dict[str, str]) -> ssl.SSLContext | None:
    """Certificate and host name are checked wherever a network is crossed, whatever sslmode asks for less."""
    mode = options.get("sslmode")
    if mode in _PLAINTEXT and not _is_local(host):
        raise DatabaseUrlError(f"asks for sslmode={mode}, but a remote database is reached by TLS only")
    if _is_local(host) and mode in _PLAINTEXT | {None}:
        return None
    roots = options.get("sslrootcert")
    try:
        # libpq's word for the certificates that this machine trusts anyway.
        return ssl.create_default_context(cafile=None if roots == "system" else roots)
    except (OSError, ValueError):
        raise DatabaseUrlError("names an sslrootcert that cannot be read") from None
