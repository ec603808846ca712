"""What was sent to the database."""

from types import TracebackType
from typing import Any, NamedTuple, Self

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


class Query(NamedTuple):
    """A statement as the driver got it."""

    text: str
    parameters: Any


class QueryRecorder:
    """Records every statement of an engine while it is entered; BEGIN, COMMIT and ROLLBACK are not among them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.sync_engine
        self.queries: list[Query] = []

    @property
    def statements(self) -> list[str]:
        """Those of requests: what tells of commits is sent later, for many of them at once."""
        return [query.text for query in self.queries if "pg_notify" not in query.text]

    def __enter__(self) -> Self:
        event.listen(self._engine, "before_cursor_execute", self._record)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        event.remove(self._engine, "before_cursor_execute", self._record)

    def _record(
        self, connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        self.queries.append(Query(statement, parameters))
