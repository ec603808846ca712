"""The contract of Denials, and what PostgreSQL's copy of the list costs and does when it cannot be read."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.clock import SystemClock
from adapters.memory import MemoryDenials
from adapters.postgres import denials as denial_list
from adapters.postgres.denials import FRESH_SECONDS, STALE_SECONDS, PostgresDenials
from adapters.postgres.engine import pool
from adapters.postgres.url import DatabaseUrl
from application.ports import Denials
from domain.errors import Unavailable
from tests.support.databases import Database
from tests.support.queries import QueryRecorder

ISSUER = "https://app.example.com"
NOW = datetime.now(UTC)


@dataclass
class Subject:
    denials: Denials
    deny: Callable[[str, str, datetime], Awaitable[None]]


@pytest.fixture(params=["memory", "postgres"])
async def listed(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[Subject]:
    if request.param == "memory":
        kept = MemoryDenials()

        async def deny_in_memory(issuer: str, subject: str, before: datetime) -> None:
            kept.deny(issuer, subject, before)

        yield Subject(kept, deny_in_memory)
        return
    owner = pool(DatabaseUrl.parse(database.owner), size=1)
    app = pool(DatabaseUrl.parse(database.app), size=2)

    async def deny(issuer: str, subject: str, before: datetime) -> None:
        async with owner.begin() as connection:
            await denial_list.deny(connection, issuer, subject, before)

    yield Subject(PostgresDenials(app, SystemClock()), deny)
    await owner.dispose()
    await app.dispose()


@pytest.mark.rule("IDENT-18")
async def test_only_who_is_named_is_denied(listed: Subject) -> None:
    await listed.deny(ISSUER, "contract", NOW)
    assert await listed.denials.revoked_before(ISSUER, "contract") == NOW
    assert await listed.denials.revoked_before(ISSUER, "contract2") is None
    assert await listed.denials.revoked_before("https://other.example.com", "contract") is None


@pytest.mark.rule("RUN-28")
async def test_an_earlier_time_never_replaces_a_later_one_and_what_is_old_goes(database: Database) -> None:
    owner = pool(DatabaseUrl.parse(database.owner), size=1)
    async with owner.begin() as connection:
        for hours in (1, 0, 1):
            await denial_list.deny(connection, ISSUER, "twice", NOW - timedelta(hours=hours))
        await denial_list.deny(connection, ISSUER, "long ago", NOW - timedelta(days=400))
        rows = {subject: before for _, subject, before in await denial_list.listed(connection)}
        assert rows["twice"] == NOW
        assert "long ago" not in rows
        assert await denial_list.allow(connection, ISSUER, "twice")
        assert not await denial_list.allow(connection, ISSUER, "twice")
    await owner.dispose()


class Monotonic:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.rule("IDENT-18")
async def test_a_thousand_questions_are_one_statement(engine: AsyncEngine) -> None:
    monotonic = Monotonic()
    denials = PostgresDenials(engine, SystemClock(), monotonic)
    with QueryRecorder(engine) as recorded:
        await asyncio.gather(*(denials.revoked_before(ISSUER, str(n)) for n in range(1000)))
        assert len(recorded.statements) == 1
        monotonic.now += FRESH_SECONDS
        await denials.revoked_before(ISSUER, "a")
        assert len(recorded.statements) == 2


@pytest.mark.rule("IDENT-18")
async def test_where_the_list_cannot_be_read_nobody_is_believed(database: Database) -> None:
    monotonic = Monotonic()
    engine = pool(DatabaseUrl.parse(database.app), size=1)
    denials = PostgresDenials(engine, SystemClock(), monotonic)
    assert await denials.revoked_before(ISSUER, "anybody") is None
    await engine.dispose()
    denials._engine = pool(DatabaseUrl.parse("postgresql://remit_app:x@127.0.0.1:1/remit"), size=1)
    monotonic.now += STALE_SECONDS
    assert await denials.revoked_before(ISSUER, "anybody") is None
    monotonic.now += FRESH_SECONDS
    with pytest.raises(Unavailable):
        await denials.revoked_before(ISSUER, "anybody")
    never = PostgresDenials(denials._engine, SystemClock(), monotonic)
    with pytest.raises(Unavailable):
        await never.revoked_before(ISSUER, "anybody")
    await denials._engine.dispose()


@pytest.mark.rule("IDENT-18")
async def test_a_database_that_hangs_keeps_nobody_waiting_while_the_list_is_good(database: Database) -> None:
    monotonic = Monotonic()
    engine = pool(DatabaseUrl.parse(database.app), size=1)
    denials = PostgresDenials(engine, SystemClock(), monotonic)
    await denials.revoked_before(ISSUER, "anybody")

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    over = asyncio.Event()
    hanging = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = hanging.sockets[0].getsockname()[1]
    denials._engine = pool(DatabaseUrl.parse(f"postgresql://remit_app:x@127.0.0.1:{port}/remit"), size=1)
    monotonic.now += FRESH_SECONDS
    async with asyncio.timeout(2):
        assert await denials.revoked_before(ISSUER, "anybody") is None
    assert denials._reading is not None
    over.set()
    await denials._reading
    hanging.close()
    await hanging.wait_closed()
    await denials._engine.dispose()
    await engine.dispose()
