"""What only PostgreSQL can show of the journal: its grants, and tampering by whoever may write to the tables."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.clock import SystemClock, UuidV7
from adapters.postgres.engine import pool
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.url import DatabaseUrl
from adapters.seal import HmacSeal
from application.changes import Changes
from application.tasks import Tasks
from domain.access import Actor
from domain.errors import ChangesGone
from tests.integration.test_postgres import connected
from tests.support.actors import actor
from tests.support.apps import remit
from tests.support.databases import Database


@dataclass
class World:
    tasks: Tasks
    changes: Changes
    owner: Actor


@pytest.fixture
async def world(fresh_database: Database) -> AsyncIterator[World]:
    engine = pool(DatabaseUrl.parse(fresh_database.app), size=4)
    units, seal = PostgresUnits(engine), HmacSeal(b"k" * 32)
    world = World(Tasks(units, SystemClock(), UuidV7(), seal), Changes(units, seal), actor())
    for number in range(6):
        await world.tasks.create(world.owner, {"title": f"task {number}"})
    yield world
    await engine.dispose()


@pytest.mark.rule("JRN-5")
@pytest.mark.parametrize("statement", [
    "UPDATE remit.change SET actor = 'somebody else'",
    "DELETE FROM remit.change",
    "TRUNCATE remit.change",
])  # fmt: skip
async def test_the_role_that_serves_can_only_add(
    fresh_database: Database, world: World, statement: str
) -> None:
    async with connected(fresh_database.app) as app, app.transaction():
        await app.execute("SELECT set_config('remit.account_id', $1, true)", str(world.owner.account_id))
        assert await app.fetchval("SELECT count(*) FROM remit.change") == 6
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement)


TAMPERING = {
    "a changed field": (
        "UPDATE remit.change SET after = jsonb_set(after, '{title}', '\"x\"') WHERE seq = 3",
        3,
    ),
    "another actor": ("UPDATE remit.change SET actor = 'x' WHERE seq = 4", 4),
    "another time": ("UPDATE remit.change SET at = at + interval '1 microsecond' WHERE seq = 1", 1),
    "a removed change": ("DELETE FROM remit.change WHERE seq = 2", 2),
    "the last ones removed": ("DELETE FROM remit.change WHERE seq > 4", 5),
    "everything removed": ("DELETE FROM remit.change", 1),
    "a hash": ("UPDATE remit.change SET hash = sha256('x') WHERE seq = 5", 5),
    "another end": ("UPDATE remit.account SET head_hash = sha256('x')", 7),
}


@pytest.mark.rule("JRN-12", "JRN-13")
@pytest.mark.parametrize("what", TAMPERING)
async def test_tampering_is_found_at_its_place(fresh_database: Database, world: World, what: str) -> None:
    statement, place = TAMPERING[what]
    assert (await world.changes.verify(world.owner)).broken_at is None
    async with connected(fresh_database.admin) as admin:
        await admin.execute(statement)
    assert (await world.changes.verify(world.owner)).broken_at == place


async def audited(database: Database, account: UUID) -> tuple[int, str]:
    environment = {
        "REMIT_DATABASE_URL": database.app, "REMIT_MIGRATION_DATABASE_URL": database.owner,
    }  # fmt: skip
    done = await remit("audit", "verify", "--account", str(account), environment=environment)
    return done.code, done.output


@pytest.mark.rule("JRN-13", "RUN-30")
async def test_the_command_finds_it_too(fresh_database: Database, world: World) -> None:
    code, said = await audited(fresh_database, world.owner.account_id)
    assert (code, said.startswith("ok  changes 1 to 6")) == (0, True)
    async with connected(fresh_database.admin) as admin:
        await admin.execute(TAMPERING["another actor"][0])
    code, said = await audited(fresh_database, world.owner.account_id)
    assert (code, "number 4" in said) == (1, True)
    code, said = await audited(fresh_database, uuid4())
    assert (code, said.startswith("NONE")) == (1, True)


@pytest.mark.rule("JRN-9")
async def test_a_place_that_is_not_kept_is_gone(fresh_database: Database, world: World) -> None:
    page = await world.changes.list(world.owner, limit=2)
    end = (await world.changes.list(world.owner)).next
    async with connected(fresh_database.admin) as admin:
        await admin.execute("DELETE FROM remit.change WHERE seq <= 3")
        await admin.execute(
            "UPDATE remit.account SET floor_seq = 3, floor_hash = h.hash "
            "FROM (SELECT sha256('x') AS hash) AS h"
        )
    for token in (None, page.next):
        with pytest.raises(ChangesGone):
            await world.changes.list(world.owner, token)
    assert (await world.changes.list(world.owner, end)).items == []
    async with connected(fresh_database.admin) as admin:
        await admin.execute("UPDATE remit.account SET head_seq = 5")  # restored from a backup
    with pytest.raises(ChangesGone):
        await world.changes.list(world.owner, end)
