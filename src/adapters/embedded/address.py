"""Where a PostgreSQL server listens."""

import socket
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens: a folder with its socket, or a loopback host."""

    host: str
    port: int

    def url(self, user: str, password: str, database: str) -> str:
        """As asyncpg and libpq read it."""
        who = f"{quote(user, safe='')}:{quote(password, safe='')}"
        if self.host.startswith("/"):
            return f"postgresql://{who}@/{database}?host={quote(self.host)}&port={self.port}"
        return f"postgresql://{who}@{self.host}:{self.port}/{database}"

    def accepts(self) -> bool:
        """Whether anything listens."""
        local = self.host.startswith("/")
        with socket.socket(socket.AF_UNIX if local else socket.AF_INET) as client:
            client.settimeout(1)
            target = f"{self.host}/.s.PGSQL.{self.port}" if local else (self.host, self.port)
            try:
                client.connect(target)
            except OSError:
                return False
        return True
