"""The unit of work: one transaction that belongs to one actor, rolled back unless committed."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Integer,
    LargeBinary,
    Row,
    Select,
    Text,
    Uuid,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from adapters.clock import SystemClock
from adapters.postgres import api_tokens
from adapters.postgres.arranged import PostgresArrangements
from adapters.postgres.changes import PostgresChanges
from adapters.postgres.entities import PostgresEntities
from adapters.postgres.errors import is_gone, translated
from adapters.postgres.flush import flush
from adapters.postgres.notes import PostgresNotes
from adapters.postgres.places import PostgresPlaces
from adapters.postgres.search import PostgresSearch
from adapters.postgres.snapshot import Snapshot
from adapters.postgres.source import PostgresSource
from adapters.postgres.tasks import PostgresTaskReads
from adapters.postgres.types import UtcDateTime
from application.entities import Entities
from application.integrity import check
from application.ports import ApiTokenLookup, Clock, Notifier, ReadUnit, UnitsOfWork, WriteUnit
from application.views import Mark, Rehearsed
from application.workspace import Workspace
from domain.access import Actor, Scope, require
from domain.answer import Answer
from domain.api_token import ApiToken
from domain.change import Change, Head
from domain.ids import AccountId, ApiTokenId
from domain.usage import LIMITS, Limits

# Row security compares with this setting, which lasts for the transaction.
_BEGIN_NOTE: Select[Any] = select(
    func.set_config("remit.account_id", func.cast(bindparam("account_id", type_=Uuid), Text), True)
)
# The same, and the account's row is made at its first write and locked: one writer at a time.
_BEGIN_WRITE: Select[Any] = select(
    func.remit.begin_write(
        bindparam("account_id", type_=Uuid),
        bindparam("issuer", type_=Text),
        bindparam("subject", type_=Text),
        bindparam("digest", type_=LargeBinary),
    ).table_valued(
        column("head_seq", BigInteger),
        column("head_hash", LargeBinary),
        column("head_at", UtcDateTime),
        column("counts", JSONB),
        column("fingerprint", LargeBinary),
        column("status", Integer),
        column("headers", JSONB),
        column("body", LargeBinary),
        column("expires_at", UtcDateTime),
    )
)
Begun = TypeVar("Begun")
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)


class PostgresReadUnit(ReadUnit):
    """A read-only snapshot."""

    def __init__(self, snapshot: Snapshot, actor: Actor) -> None:
        self.tasks = PostgresTaskReads(snapshot, actor)
        self.arranged = PostgresArrangements(snapshot, actor)
        self.search = PostgresSearch(snapshot, actor)
        self.changes = PostgresChanges(snapshot, actor)
        self.entities = PostgresEntities(snapshot, actor)
        self.places = PostgresPlaces(snapshot, actor)


class PostgresWriteUnit(WriteUnit):
    """A transaction that holds the account's lock."""

    def __init__(
        self,
        opened: "_Opened",
        actor: Actor,
        key: bytes | None,
        clock: Clock,
        notifier: Notifier | None,
        limits: Limits,
    ) -> None:
        self._session = opened.session
        self._connection = opened.connection
        self._head = Head(*opened.first[:3])
        self.answered = _answered(actor, key, opened.first)
        self._at = clock.now()
        self._notifier = notifier
        self._workspace = Workspace(actor, opened.first.counts)
        self.entities = Entities(self._workspace, PostgresSource(opened.connection, actor), limits)
        self.changes = PostgresChanges(opened.connection, actor)
        self.notes = PostgresNotes(opened.connection, self._workspace)

    def act_as(self, actor: Actor) -> None:
        self._workspace.act_as(actor)

    def mark(self) -> Mark:
        return self._workspace.mark()

    def rewind(self, mark: Mark) -> None:
        self._workspace.rewind(mark)

    def made(self) -> Sequence[Change]:
        return self._workspace.changes(self._head, self._at)

    async def rehearse(self) -> Rehearsed:
        await check(self.entities)
        changes = self.made()
        await flush(self._connection, self._workspace, self._head, changes)
        return Rehearsed(changes, self._workspace.seen_versions)

    async def commit(self) -> None:
        await check(self.entities)
        await flush(self._connection, self._workspace, self._head, self.made())
        with translated("The database's answer was lost: the change may or may not be kept. Read it again."):
            await self._session.commit()
        if self._notifier is not None and self._workspace.steps:
            self._notifier.notify(self._workspace.actor.account_id)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A transaction whose first statement has run, and what that answered."""

    session: AsyncSession
    connection: AsyncConnection
    first: Row[Any]


class PostgresUnits(UnitsOfWork, ApiTokenLookup):
    """Opens units of work on a pool. `deadline` is how long opening one may take, in seconds."""

    def __init__(
        self,
        engine: AsyncEngine,
        clock: Clock | None = None,
        notifier: Notifier | None = None,
        limits: Limits = LIMITS,
        *,
        deadline: float = 10.0,
    ) -> None:
        self._limits = limits
        self._engine = engine
        self._clock = clock or SystemClock()
        self._notifier = notifier
        self._deadline = deadline

    @asynccontextmanager
    async def reading(self, actor: Actor, scope: Scope) -> AsyncGenerator[ReadUnit]:
        require(actor, scope)
        async with self._snapshot(actor.account_id) as snapshot:
            yield PostgresReadUnit(snapshot, actor)

    @asynccontextmanager
    async def writing(
        self, actor: Actor, scope: Scope, key: bytes | None = None
    ) -> AsyncGenerator[WriteUnit]:
        require(actor, scope)
        identity = {
            "account_id": actor.account_id,
            "issuer": actor.issuer,
            "subject": actor.subject,
            "digest": key,
        }
        async with self._opened(_BEGIN_WRITE, identity) as opened:
            yield PostgresWriteUnit(opened, actor, key, self._clock, self._notifier, self._limits)

    async def find(self, account_id: AccountId, token_id: ApiTokenId) -> ApiToken | None:
        async with self._snapshot(account_id) as snapshot:
            return await api_tokens.find(snapshot, account_id, token_id)

    async def note_use(self, token: ApiToken, now: datetime) -> None:
        async with self._opened(_BEGIN_NOTE, {"account_id": token.account_id}) as opened:
            await api_tokens.note_use(opened.connection, token, now)
            await opened.session.commit()

    @asynccontextmanager
    async def _snapshot(self, account_id: AccountId) -> AsyncGenerator[Snapshot]:
        with translated():
            snapshot = await self._patiently(lambda: Snapshot.begin(self._engine, account_id))
            try:
                yield snapshot
            finally:
                await snapshot.close()

    @asynccontextmanager
    async def _opened(self, first: Select[Any], identity: dict[str, Any]) -> AsyncGenerator[_Opened]:
        with translated():
            opened = await self._patiently(lambda: self._begin(first, identity))
            try:
                yield opened
            finally:
                await opened.session.close()

    async def _begin(self, first: Select[Any], identity: dict[str, Any]) -> _Opened:
        session = AsyncSession(self._engine, autoflush=False, expire_on_commit=False)
        try:
            connection = await session.connection()
            return _Opened(session, connection, (await connection.execute(first, identity)).one())
        except BaseException:
            await session.close()
            raise

    async def _patiently(self, begin: Callable[[], Awaitable[Begun]]) -> Begun:
        """A transaction whose first statement has run.

        A connection that died while it idled shows only now, when nothing has been changed yet, so
        this much is tried again until the deadline, for reads and writes alike.
        """
        until = time.monotonic() + self._deadline
        attempt = 0
        async with asyncio.timeout(self._deadline):
            while True:
                try:
                    return await begin()
                except Exception as error:
                    pause = _PAUSES[min(attempt, len(_PAUSES) - 1)]
                    if not _is_worth_another_try(error) or time.monotonic() + pause > until:
                        raise
                    attempt += 1
                    await asyncio.sleep(pause)


def _answered(actor: Actor, key: bytes | None, first: Row[Any]) -> Answer | None:
    if key is None or first.fingerprint is None:
        return None
    return Answer(
        account_id=actor.account_id,
        digest=key,
        fingerprint=first.fingerprint,
        status=first.status,
        headers=first.headers,
        body=first.body,
        expires_at=first.expires_at,
    )


def _is_worth_another_try(error: BaseException) -> bool:
    """Not where the pool is exhausted: whoever waited for it would only join the end of the queue."""
    return is_gone(error) and not isinstance(error, PoolTimeoutError)
