"""What was sent to the database."""

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self

import asyncpg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.snapshot import Prepared, Snapshot
from application.ports import ReadUnit, WriteUnit

Fetch = Callable[..., Any]


class Query(NamedTuple):
    """A statement as the driver got it."""

    text: str
    parameters: Any


class QueryRecorder:
    """Records every statement of an engine while it is entered, whether SQLAlchemy sends it or a snapshot.

    What begins and ends a transaction is not among them.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._of = engine
        self._engine = engine.sync_engine
        self.queries: list[Query] = []

    @property
    def statements(self) -> list[str]:
        """Those of requests: what tells of commits is sent later, for many of them at once."""
        return [query.text for query in self.queries if "pg_notify" not in query.text]

    def __enter__(self) -> Self:
        event.listen(self._engine, "before_cursor_execute", self._record)
        self._fetch, Snapshot.fetch = Snapshot.fetch, self._spy(Snapshot.fetch)  # type: ignore[method-assign]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        Snapshot.fetch = self._fetch  # type: ignore[method-assign]
        event.remove(self._engine, "before_cursor_execute", self._record)

    def _spy(self, fetch: Fetch) -> Fetch:
        async def spied(snapshot: Snapshot, prepared: Prepared, values: Mapping[str, Any]) -> Any:
            if snapshot._engine is self._of:
                self.queries.append(Query(prepared.text, prepared.arguments(values)))
            return await fetch(snapshot, prepared, values)

        return spied

    def _record(
        self, connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        self.queries.append(Query(statement, parameters))


def beneath(unit: ReadUnit | WriteUnit) -> AsyncConnection:
    """The connection of a unit, which the ports do not show."""
    found = getattr(unit.changes, "_connection", None)
    connection = found.connection() if isinstance(found, Snapshot) else found
    assert isinstance(connection, AsyncConnection)
    return connection


async def settle(admin: asyncpg.Connection, *tables: str) -> None:
    """Vacuum until all rows are known to be visible to all: while the server's own analysis runs, they are not,
    and then an index costs as much as the table.
    """
    unseen = "SELECT sum(relpages - relallvisible) FROM pg_class WHERE oid = ANY ($1::text[]::regclass[])"
    for _ in range(60):
        await admin.execute("VACUUM ANALYZE")
        if not await admin.fetchval(unseen, [f"remit.{table}" for table in tables]):
            return
        await asyncio.sleep(0.5)
    raise AssertionError("Something keeps looking at old rows.")
