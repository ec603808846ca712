"""What has been in the trash for thirty days goes for good, as a change like any other."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from adapters.clock import UuidV7
from adapters.memory import MemoryUnits, MemoryUpkeep
from adapters.postgres.engine import pool
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.upkeep import PostgresUpkeep
from adapters.postgres.url import DatabaseUrl
from adapters.seal import HmacSeal
from application.changes import Changes
from application.comments import Comments
from application.ports import Step
from application.projects import Projects
from application.tasks import Tasks
from application.trash import EXPIRED_AT_ONCE, KEPT, Expiry, Trash
from domain.access import Actor, Via
from domain.change import EntityKind
from domain.errors import TaskNotFound
from tests.support.actors import actor
from tests.support.clocks import FixedClock
from tests.support.databases import Databases

SEAL = HmacSeal(b"k" * 32)


@dataclass
class World:
    """Use cases by a clock that the test moves, and the worker by the same clock."""

    units: Any
    clock: FixedClock
    upkeep: Any
    due: Callable[[], Awaitable[None]]

    def __post_init__(self) -> None:
        ids = UuidV7()
        self.tasks = Tasks(self.units, self.clock, ids, SEAL)
        self.projects = Projects(self.units, self.clock, ids)
        self.comments = Comments(self.units, self.clock, ids)
        self.trash = Trash(self.units, self.clock, SEAL)
        self.changes = Changes(self.units, SEAL)
        self.expiry = Expiry(self.units, self.clock, ids, self.upkeep)

    async def work(self) -> int:
        """It is everybody's turn; how many things went."""
        await self.due()
        done = 0
        while (step := await self.expiry.step()) != Step(visited=False):
            done += step.done
        return done


@pytest.fixture(params=["memory", "postgres"])
async def world(request: pytest.FixtureRequest, databases: Databases) -> AsyncIterator[World]:
    clock = FixedClock()
    if request.param == "memory":
        units = MemoryUnits(clock)
        upkeep = MemoryUpkeep(units, clock)

        async def forget() -> None:
            upkeep._turns.clear()

        yield World(units, clock, upkeep, forget)
        return
    async with databases.clone() as database:
        engine = pool(DatabaseUrl.parse(database.app), size=2)

        async def let_come() -> None:
            admin = await asyncpg.connect(database.admin)
            await admin.execute("UPDATE remit.upkeep SET due_at = now()")
            await admin.close()

        yield World(PostgresUnits(engine, clock), clock, PostgresUpkeep(engine), let_come)
        await engine.dispose()


async def trashed(world: World, owner: Actor) -> set[str]:
    page = await world.trash.list(owner)
    return {getattr(one, "title", "") or one.name for one in page.items}


@pytest.mark.rule("TRASH-8")
async def test_what_was_deleted_thirty_days_ago_goes_with_all_that_is_in_it(world: World) -> None:
    owner, other = actor(), actor()
    project = await world.projects.create(owner, {"name": "old"})
    task = (await world.tasks.create(owner, {"title": "within"}, {"project_id": project.id})).task
    await world.comments.create(owner, task.id, "on it")
    waiting = (await world.tasks.create(owner, {"title": "waits", "blocked_by": [task.id]})).task
    kept = (await world.tasks.create(owner, {"title": "kept"})).task
    theirs = (await world.tasks.create(other, {"title": "theirs"})).task
    await world.projects.delete(owner, project.id)
    world.clock.advance(hours=1)
    young = (await world.tasks.create(owner, {"title": "young"})).task
    await world.tasks.delete(owner, young.id)
    world.clock.advance(seconds=(KEPT - timedelta(hours=1)).total_seconds() - 1)
    assert await world.work() == 0
    assert await trashed(world, owner) == {"old", "young"}
    world.clock.advance(seconds=1)
    assert await world.work() == 3
    assert await trashed(world, owner) == {"young"}
    assert (await world.tasks.get(owner, waiting.id)).task.blocked_by == frozenset()
    assert (await world.tasks.get(owner, kept.id)).task == kept
    assert (await world.tasks.get(other, theirs.id)).task == theirs
    with pytest.raises(TaskNotFound):
        await world.trash.restore(owner, EntityKind.TASK, task.id)
    told = (await world.changes.list(owner, limit=100)).items
    gone = [change for change in told if change.verb == "purge"]
    assert {(change.entity, change.after, change.via) for change in gone} == {
        (kind, None, Via.WORKER) for kind in (EntityKind.PROJECT, EntityKind.TASK, EntityKind.COMMENT)
    }
    assert (await world.changes.verify(owner)).broken_at is None


@pytest.mark.rule("TRASH-8")
async def test_however_much_it_is(world: World) -> None:
    owner = actor()
    many = EXPIRED_AT_ONCE + 10
    for number in range(many):
        task = (await world.tasks.create(owner, {"title": f"{number}"})).task
        await world.tasks.delete(owner, task.id)
    world.clock.advance(days=31)
    assert await world.work() == many
    assert await trashed(world, owner) == set()
    assert await world.work() == 0
