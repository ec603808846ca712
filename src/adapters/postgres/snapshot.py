"""A read-only transaction of one account, which is begun and ended by one round trip each.

What is asked for often is composed by SQLAlchemy once and run by the driver; everything else is run by
SQLAlchemy, on the same connection and in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast
from uuid import UUID

import asyncpg
from sqlalchemy import Connection, Executable, Select, Uuid, bindparam
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn

from adapters.postgres.mapping import DIALECT

# Row security compares with the setting, which lasts for the transaction. In one message, which cannot have
# parameters: the account is put in as a number in hexadecimal digits, and nothing else can be.
_BEGIN = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT set_config('remit.account_id', '{:032x}', true)"
)


class Runs(Protocol):
    """What runs statements: a connection of SQLAlchemy's, or a snapshot."""

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None, /
    ) -> CursorResult[Any]: ...


class Whose(Protocol):
    """Whose rows a statement is about."""

    @property
    def account_id(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Somebody:
    """An account, or the parameter that stands for one."""

    account_id: Any


SOMEBODY = Somebody(bindparam("account_id", type_=Uuid, required=False))
"""Whoever asks, when they ask."""


class Prepared:
    """A statement as the driver takes it. What it is about comes by name."""

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement
        compiled = statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
        self.text = compiled.string
        constants = compiled.params
        self._taken = [
            (name, constants[name], compiled.binds[name].type.dialect_impl(DIALECT).bind_processor(DIALECT))
            for name in compiled.positiontup or ()
        ]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """In the order of the text."""
        found: list[Any] = []
        for name, constant, process in self._taken:
            value = values.get(name, constant)
            found.append(value if process is None else process(value))
        return found


class Snapshot:
    """What is begun is ended by `close`, whatever happens in between."""

    def __init__(self, engine: AsyncEngine, pooled: PoolProxiedConnection) -> None:
        self._engine = engine
        self._pooled = pooled
        self._driver = _driver_of(pooled)
        self._connection: AsyncConnection | None = None

    @classmethod
    async def begin(cls, engine: AsyncEngine, account_id: UUID) -> "Snapshot":
        """On a connection of the pool: none that the server has closed while it idled."""
        pooled = await engine.raw_connection()
        while _driver_of(pooled).is_closed():
            await greenlet_spawn(pooled.invalidate)
            pooled = await engine.raw_connection()
        snapshot = cls(engine, pooled)
        try:
            await snapshot._driver.execute(_BEGIN.format(account_id.int))
        except BaseException as error:
            if not isinstance(error, asyncpg.PostgresError):  # its answer may be still to come
                snapshot._driver.terminate()
            await snapshot.close()
            raise
        return snapshot

    async def fetch(self, prepared: Prepared, values: Mapping[str, Any]) -> Sequence[asyncpg.Record]:
        """The rows as the driver answers them."""
        found: Sequence[asyncpg.Record] = await self._driver.fetch(prepared.text, *prepared.arguments(values))
        return found

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None, /
    ) -> CursorResult[Any]:
        """The rows as SQLAlchemy answers them."""
        return await self.connection().execute(statement, parameters)

    def connection(self) -> AsyncConnection:
        """SQLAlchemy's way to this transaction. It begins nothing, for that is done."""
        if self._connection is None:
            within = self._engine.execution_options(isolation_level="AUTOCOMMIT")
            self._connection = AsyncConnection(within, Connection(within.sync_engine, self._pooled))
        return self._connection

    async def close(self) -> None:
        """Give the connection back; where the transaction cannot be ended, end the connection."""
        try:
            if not self._driver.is_closed() and self._driver.is_in_transaction():
                await self._driver.execute("ROLLBACK")
        except BaseException:
            self._driver.terminate()
            raise
        finally:
            await greenlet_spawn(self._give_back)

    def _give_back(self) -> None:
        if self._driver.is_closed() and self._pooled.is_valid:
            self._pooled.invalidate()
        made = self._connection and self._connection.sync_connection
        (made or self._pooled).close()


def _driver_of(pooled: PoolProxiedConnection) -> asyncpg.Connection:
    return cast(asyncpg.Connection, pooled.driver_connection)
