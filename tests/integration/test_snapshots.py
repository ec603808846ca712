"""What reads leave on a connection, whatever becomes of them: nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.clock import SystemClock, UuidV7
from adapters.postgres.engine import pool
from adapters.postgres.snapshot import Prepared, Snapshot
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.url import DatabaseUrl
from adapters.seal import HmacSeal
from application.tasks import Tasks
from domain.access import Scope
from tests.support.actors import actor
from tests.support.databases import Database

SETTINGS = text("""
    SELECT current_setting('remit.account_id', true), current_setting('transaction_read_only'), pg_backend_pid()
""")
SLEEP = Prepared(select(func.pg_sleep(30)))
WRONG = Prepared(select(literal_column("1 / 0")))


@pytest.fixture
async def one(database: Database) -> AsyncIterator[AsyncEngine]:
    """A pool of one connection."""
    engine = pool(DatabaseUrl.parse(database.app), size=1)
    yield engine
    await engine.dispose()


async def left(engine: AsyncEngine) -> tuple[str, str, int]:
    """What the next one finds: the identity, whether it can only read, and which backend it is."""
    async with engine.connect() as connection:
        identity, read_only, backend = (await connection.execute(SETTINGS)).one()
    return identity or "", read_only, backend


@pytest.mark.rule("DB-8")
@pytest.mark.parametrize("by_driver", [True, False])
async def test_a_read_that_is_given_up_leaves_nothing(one: AsyncEngine, by_driver: bool) -> None:
    *before, _ = await left(one)

    async def read() -> None:
        async with PostgresUnits(one).reading(actor(), Scope.TASKS_READ) as unit:
            snapshot: Snapshot = unit.changes._connection
            await (snapshot.fetch(SLEEP, {}) if by_driver else snapshot.execute(SLEEP.statement))

    reading = asyncio.create_task(read())
    await asyncio.sleep(0.2)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert one.pool.checkedout() == 0
    *after, _ = await left(one)  # cancelled within SQLAlchemy, the connection is another one
    assert after == before


@pytest.mark.rule("DB-8")
@pytest.mark.parametrize("by_driver", [True, False])
async def test_a_read_that_fails_leaves_nothing(one: AsyncEngine, by_driver: bool) -> None:
    found = await left(one)
    with pytest.raises(Exception, match="division by zero"):
        async with PostgresUnits(one).reading(actor(), Scope.TASKS_READ) as unit:
            snapshot: Snapshot = unit.changes._connection
            await (snapshot.fetch(WRONG, {}) if by_driver else snapshot.execute(WRONG.statement))
    assert one.pool.checkedout() == 0
    assert await left(one) == found


@pytest.mark.rule("DB-8")
async def test_a_read_that_is_given_up_as_it_begins_leaves_nothing(one: AsyncEngine) -> None:
    """At every step of the event loop: before BEGIN is sent, while it is answered, and after."""
    me, tasks = actor(), Tasks(PostgresUnits(one), SystemClock(), UuidV7(), HmacSeal(b"k" * 32))
    await tasks.create(me, {"title": "t"})
    *before, _ = await left(one)
    for steps in range(40):
        reading = asyncio.create_task(tasks.list(me))
        for _ in range(steps):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert one.pool.checkedout() == 0
        *after, _ = await left(one)
        assert after == before, steps
        await tasks.create(me, {"title": "u"})


@pytest.mark.rule("DB-8")
async def test_a_connection_whose_transaction_cannot_be_ended_is_not_used_again(
    one: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    *before, backend = await left(one)
    with pytest.raises(asyncio.CancelledError):
        async with PostgresUnits(one).reading(actor(), Scope.TASKS_READ) as unit:
            driver = unit.changes._connection._driver
            ended = asyncio.create_task(unit.changes._connection.close())
            ended.cancel()  # while it says ROLLBACK
            await asyncio.gather(ended, return_exceptions=True)
            driver.terminate()
            raise asyncio.CancelledError
    *after, other = await left(one)
    assert (after, other != backend, one.pool.checkedout()) == (before, True, 0)


@pytest.mark.rule("LIST-13")
async def test_a_page_takes_three_messages(one: AsyncEngine) -> None:
    me, sent = actor(), []

    def note(query: Any) -> None:
        sent.append(query.query.split()[0])

    tasks = Tasks(PostgresUnits(one), SystemClock(), UuidV7(), HmacSeal(b"k" * 32))
    await tasks.create(me, {"title": "t"})
    await tasks.list(me)
    async with one.connect() as connection:
        (await connection.get_raw_connection()).driver_connection.add_query_logger(note)
    await tasks.list(me)
    await asyncio.sleep(0)
    assert sent == ["BEGIN", "SELECT", "ROLLBACK"]


@pytest.mark.rule("DB-4")
async def test_who_asks_is_only_ever_digits(one: AsyncEngine) -> None:
    class Forged:
        int = "0', true); SELECT set_config('remit.account_id', '"

    with pytest.raises(ValueError, match="format code"):
        await Snapshot.begin(one, Forged())  # type: ignore[arg-type]
    assert one.pool.checkedout() == 0
    assert (await left(one))[0] == ""
