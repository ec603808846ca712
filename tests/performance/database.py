"""The PostgreSQL that is measured: the project's own, with statement statistics."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from adapters.embedded import EmbeddedPostgres
from adapters.postgres.migrate import migrate
from adapters.postgres.url import DatabaseUrl
from tests.performance.cpu import parent_of, spent

_SETTINGS = {
    "max_connections": "400",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_planning": "on",
    # All of a million tasks is in memory: what PostgreSQL computes is measured, not what it reads again and again.
    "shared_buffers": "2GB",
    # One variant is not to pay for the dead rows of another.
    "autovacuum": "off",
    # For recording what is sent; nothing is logged else.
    "logging_collector": "on",
    "log_destination": "jsonlog",
    "max_wal_size": "4GB",
}
_TIME = "SELECT coalesce(sum(total_plan_time + total_exec_time), 0), coalesce(max(calls), 0)"
_APP = "FROM pg_stat_statements JOIN pg_roles ON pg_roles.oid = userid WHERE rolname = 'remit_app'"


@dataclass(frozen=True, slots=True)
class Statements:
    """What the role that serves had done since the last reset: milliseconds, and calls of the most called."""

    milliseconds: float
    calls: int


class Database:
    """A running server. `admin`, `app`: URLs of database remit as superuser and as the role that serves."""

    def __init__(self, admin: str, app: str, statistics: asyncpg.Connection, postmaster: int) -> None:
        self.admin = admin
        self.app = app
        self._statistics = statistics
        self._postmaster = postmaster

    def cpu(self) -> float:
        """Seconds of CPU of the whole server so far: backends, writers and all."""
        return spent(self._postmaster)

    async def execute(self, statement: str) -> None:
        """As a superuser."""
        await self._statistics.execute(statement)

    async def log(self) -> str:
        """The path of the file that it logs to, one JSON object a line."""
        where = "SELECT current_setting('data_directory') || '/' || pg_current_logfile('jsonlog')"
        return str(await self._statistics.fetchval(where))

    async def forget(self) -> None:
        """Begin to count statements anew."""
        await self._statistics.execute("SELECT pg_stat_statements_reset()")

    async def statements(self) -> Statements:
        """What was counted: planning and execution of whole statements, not the flush that COMMIT waits for."""
        return Statements(*await self._statistics.fetchrow(f"{_TIME} {_APP}"))


@asynccontextmanager
async def database(directory: Path) -> AsyncGenerator[Database]:
    """Start it, migrated and empty; stop it at the end."""
    with EmbeddedPostgres(directory, settings=_SETTINGS) as urls:
        await migrate(DatabaseUrl.parse(urls.owner), DatabaseUrl.parse(urls.app))
        connection = await asyncpg.connect(urls.admin)
        try:
            await connection.execute("CREATE EXTENSION pg_stat_statements")
            postmaster = parent_of(await connection.fetchval("SELECT pg_backend_pid()"))
            admin = urlsplit(urls.admin)._replace(path="/remit").geturl()
            yield Database(admin, urls.app, connection, postmaster)
        finally:
            await connection.close()
