"""What is alike where the answers of large accounts are timed, within this process, among a million tasks."""

import statistics
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import md5
from uuid import UUID

import asyncpg

from adapters.postgres.engine import pool
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.url import DatabaseUrl
from domain.access import Actor
from domain.ids import AccountId
from tests.performance.bench import home
from tests.performance.database import Database, database
from tests.support.actors import actor

WARM = 3


@asynccontextmanager
async def seeded(seed: str) -> AsyncGenerator[tuple[Database, PostgresUnits]]:
    """A database with all that the statements make, asked as the role that serves."""
    with home() as folder:
        async with database(folder / "postgres") as on:
            connection = await asyncpg.connect(on.admin)
            try:
                await connection.execute(seed)
                await connection.execute("VACUUM (ANALYZE)")
            finally:
                await connection.close()
            engine = pool(DatabaseUrl.parse(on.app), size=2)
            yield on, PostgresUnits(engine)
            await engine.dispose()


def owner(number: int) -> Actor:
    """Of the account that a seed knows by the number."""
    account_id = AccountId(UUID(md5(f"a{number}".encode(), usedforsecurity=False).hexdigest()))
    return replace(actor(), account_id=account_id)


async def timed(on: Database, ask: Callable[[], Awaitable[object]], rounds: int) -> tuple[float, ...]:
    """Milliseconds: the shortest, the median and the longest of the rounds, and what of each is PostgreSQL's."""
    times: list[float] = []
    for turn in range(WARM + rounds):
        if turn == WARM:
            await on.forget()
        began = time.perf_counter()
        await ask()
        times.append(1000 * (time.perf_counter() - began))
    counted = times[WARM:]
    in_database = (await on.statements()).milliseconds / rounds
    return min(counted), statistics.median(counted), max(counted), in_database


def row(found: tuple[float, ...]) -> str:
    """As a table has them."""
    return " ".join(f"{one:8.1f}" for one in found)
