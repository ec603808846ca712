"""The same across processes: LISTEN on a direct connection, NOTIFY after each commit.

NOTIFY is sent by a statement of its own, after the commit and for many commits at once: within the
transaction it would make all commits of the database wait for one lock. What is lost when a process dies
in between is found by the subscribers, who look for themselves now and then.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.notifier import LocalNotifier
from adapters.postgres.engine import pool
from adapters.postgres.url import DatabaseUrl
from application.ports import Subscription
from domain.ids import AccountId

CHANNEL = "remit_changes"
GATHER_SECONDS = 0.02
POLL_SECONDS = 3.0
PROBE_SECONDS = 30.0
RETRY_SECONDS = 1.0
_NOTIFY = text("SELECT pg_notify(:channel, account) FROM unnest(CAST(:accounts AS text[])) AS account")

log = structlog.get_logger("remit.notifier")


class PostgresNotifier(LocalNotifier):
    """Tells every process. `direct` leads past any transaction pooler; None where there is no such way."""

    def __init__(self, engine: AsyncEngine, direct: DatabaseUrl | None) -> None:
        super().__init__()
        self._engine = engine
        self._direct = direct
        self._pending: set[AccountId] = set()
        self._sending: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._heard = False

    @property
    def patience(self) -> float:
        return float("inf") if self._heard else POLL_SECONDS

    def notify(self, account_id: AccountId) -> None:
        super().notify(account_id)
        self._pending.add(account_id)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    @asynccontextmanager
    async def subscribe(self, account_id: AccountId) -> AsyncGenerator[Subscription]:
        async with super().subscribe(account_id) as subscription:
            if self._direct is not None and (self._listening is None or self._listening.done()):
                self._listening = asyncio.create_task(self._listen(self._direct))
            yield subscription

    async def aclose(self) -> None:
        """Send what is left, and hang up."""
        self.close()
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        if self._sending is not None:
            await self._sending

    async def _send(self) -> None:
        while self._pending:
            await asyncio.sleep(0 if self.closed else GATHER_SECONDS)
            accounts, self._pending = self._pending, set()
            values = {"channel": CHANNEL, "accounts": [str(account_id) for account_id in accounts]}
            try:
                async with self._engine.connect() as connection:
                    await connection.execute(_NOTIFY, values)
                    await connection.commit()
            except (SQLAlchemyError, OSError) as error:
                log.warning("not notified", problem=type(error).__name__, accounts=len(accounts))

    async def _listen(self, direct: DatabaseUrl) -> None:
        """While anybody follows anything."""
        engine = pool(direct, size=1, application_name="remit listener")
        try:
            while self._subscriptions:
                try:
                    await self._hear(engine)
                except (SQLAlchemyError, OSError) as error:
                    log.warning("not listening", problem=type(error).__name__)
                    await asyncio.sleep(RETRY_SECONDS)
                finally:
                    self._heard = False
        finally:
            await engine.dispose()

    async def _hear(self, engine: AsyncEngine) -> None:
        async with engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.add_listener(CHANNEL, self._told)
            self._heard = True
            self._wake()  # what was missed meanwhile
            while self._subscriptions:
                await asyncio.sleep(PROBE_SECONDS)
                await connection.execute(text("SELECT 1"))
                await connection.rollback()
            await driver.remove_listener(CHANNEL, self._told)

    def _told(self, *notification: Any) -> None:
        with suppress(ValueError):
            super().notify(AccountId(UUID(notification[-1])))

    def _wake(self) -> None:
        for account_id in self._subscriptions:
            super().notify(account_id)
