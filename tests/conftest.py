"""Fixtures that every folder shares."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.engine import pool
from adapters.postgres.url import DatabaseUrl
from tests.support.databases import Database, Databases, Server, server


@pytest.fixture(scope="session")
def database_server() -> Iterator[Server]:
    with TemporaryDirectory(prefix="remit-test-") as directory:
        # PostgreSQL does not run as root: whoever it runs as must be able to pass through.
        Path(directory).chmod(0o711)
        with server(Path(directory) / "postgres") as running:
            print(f"\ndatabase server: {running.kind}")
            yield running


@pytest.fixture(scope="session")
async def databases(database_server: Server) -> Databases:
    made = Databases(database_server)
    await made.prepare()
    return made


@pytest.fixture(scope="session")
async def database(databases: Databases) -> AsyncIterator[Database]:
    """A migrated database that tests share: each uses accounts of its own."""
    async with databases.clone() as clone:
        yield clone


@pytest.fixture
async def fresh_database(databases: Databases) -> AsyncIterator[Database]:
    """A migrated database for one test alone."""
    async with databases.clone() as clone:
        yield clone


@pytest.fixture(scope="session")
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """The shared database, as the plain role."""
    made = pool(DatabaseUrl.parse(database.app), size=20)
    yield made
    await made.dispose()
