"""The operator's list of subjects whose older tokens are not believed, and each process's copy of it."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.mapping import table_of
from adapters.postgres.tables import DenialRow
from application.ports import Clock, Denials
from domain.api_token import LIFETIME_MAX
from domain.errors import Unavailable

FRESH_SECONDS = 5.0
STALE_SECONDS = 60.0
PATIENCE_SECONDS = 0.5
# An API token lives for a year at most, so what was denied longer ago than this denies nobody any more.
MATTERS = LIFETIME_MAX + timedelta(days=1)

log = structlog.get_logger("remit.denials")

_TABLE = table_of(DenialRow)
_D = _TABLE.c


class PostgresDenials(Denials):
    """The list, read again at most every five seconds and by one request for all.

    Where it cannot be read for a minute, nobody is believed: better closed than open to whom it names.
    """

    def __init__(
        self, engine: AsyncEngine, clock: Clock, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._monotonic = monotonic
        self._reading: asyncio.Task[None] | None = None
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._listed: Mapping[tuple[str, str], datetime] = {}

    async def revoked_before(self, issuer: str, subject: str) -> datetime | None:
        if self._monotonic() - self._tried_at >= FRESH_SECONDS:
            self._tried_at = self._monotonic()
            self._reading = asyncio.create_task(self._read())
        if self._reading is not None and not self._reading.done():
            await self._wait(self._reading)
        if self._monotonic() - self._read_at > STALE_SECONDS:
            raise Unavailable("The list of denied tokens cannot be read at the moment.")
        return self._listed.get((issuer, subject))

    async def _wait(self, reading: asyncio.Task[None]) -> None:
        """A moment, for the new list; as long as it takes, where the old one is no longer good."""
        usable = self._monotonic() - self._read_at <= STALE_SECONDS
        waited = self._monotonic() - self._tried_at
        if not usable or waited < PATIENCE_SECONDS:
            await asyncio.wait({reading}, timeout=PATIENCE_SECONDS - waited if usable else None)

    async def _read(self) -> None:
        matters = _D.revoked_before > self._clock.now() - MATTERS
        began = self._monotonic()
        try:
            async with self._engine.connect() as connection:
                rows = (await connection.execute(select(_TABLE).where(matters))).all()
        except (SQLAlchemyError, OSError) as error:  # after a minute of it nobody is believed
            log.warning("the list of denied tokens was not read", problem=type(error).__name__)
        else:
            self._listed = {(row.issuer, row.subject): row.revoked_before for row in rows}
            self._read_at = began


async def deny(connection: AsyncConnection, issuer: str, subject: str, before: datetime) -> None:
    """Refuse the subject's tokens issued until then; an earlier time never replaces a later one.

    As the tables' owner. What denies nobody any more is removed in passing.
    """
    row = insert(_TABLE).values(issuer=issuer, subject=subject, revoked_before=before)
    later = func.greatest(_D.revoked_before, row.excluded.revoked_before)
    await connection.execute(
        row.on_conflict_do_update(index_elements=["issuer", "subject"], set_={"revoked_before": later})
    )
    await connection.execute(delete(_TABLE).where(_D.revoked_before < func.now() - MATTERS))


async def allow(connection: AsyncConnection, issuer: str, subject: str) -> bool:
    """Believe the subject's tokens again; whether they were denied."""
    gone = await connection.execute(delete(_TABLE).where(_D.issuer == issuer, _D.subject == subject))
    return gone.rowcount > 0


async def listed(connection: AsyncConnection) -> Sequence[tuple[str, str, datetime]]:
    """Issuer, subject and time of everybody on the list, the latest first."""
    rows = await connection.execute(select(_TABLE).order_by(_D.revoked_before.desc()))
    return [(row.issuer, row.subject, row.revoked_before) for row in rows]
