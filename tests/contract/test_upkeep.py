"""The contract of Upkeep: what is old goes, the rest stays as it is and can be verified."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import asyncpg
import pytest

from adapters.clock import SystemClock, UuidV7
from adapters.memory import MemoryUnits, MemoryUpkeep
from adapters.postgres.engine import pool
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.upkeep import PostgresUpkeep
from adapters.postgres.url import DatabaseUrl
from adapters.seal import HmacSeal
from application.changes import Changes
from application.past import Past
from application.ports import Step, Upkeep
from application.tasks import Tasks
from application.undo import Undo
from domain.access import Actor, Scope
from domain.change import Head
from domain.errors import ChangeNotFound, ChangesGone
from domain.retention import EXPIRED_KEPT, RETENTION_DEFAULT, RETENTION_MIN, Purgeable
from tests.contract.test_journal import journal
from tests.contract.test_notes import answer_of, held, keep, plan_of, planned
from tests.support.actors import actor
from tests.support.clocks import FixedClock
from tests.support.databases import Database, Databases

CHANGES, ANSWERS, PLANS = Purgeable.CHANGES, Purgeable.ANSWERS, Purgeable.PLANS
YEAR = RETENTION_DEFAULT


@dataclass
class World:
    """Units whose clock is 400 days back until it is told to go on, and upkeep by the real time."""

    units: Any
    clock: FixedClock
    upkeep: Upkeep
    due: Callable[[], Awaitable[None]]
    """It is everybody's turn."""

    @property
    def tasks(self) -> Tasks:
        return Tasks(self.units, self.clock, UuidV7(), SEAL)

    @property
    def changes(self) -> Changes:
        return Changes(self.units, SEAL)

    @property
    def past(self) -> Past:
        return Past(self.units, SEAL)

    async def make(self, owner: Actor, count: int = 1) -> None:
        for number in range(count):
            await self.tasks.create(owner, {"title": f"task {number}"})
            self.clock.advance(minutes=1)

    def today(self) -> None:
        """From here on, what is written is new."""
        self.clock.advance(days=400)

    async def purge(self, what: Purgeable = CHANGES, keep: timedelta = YEAR, limit: int = 500) -> list[int]:
        """All that is old; what each step removed."""
        await self.due()
        steps: list[Step] = []
        while (step := await self.upkeep.purge(what, keep, limit)).visited:
            steps.append(step)
        assert [step.problem for step in steps if step.problem] == []
        return [step.done for step in steps if step.done]

    async def floor(self, owner: Actor) -> Head:
        async with self.units.reading(owner, Scope.TASKS_READ) as unit:
            extent = await unit.changes.extent()
        return extent.floor

    async def seqs(self, owner: Actor) -> list[int]:
        return [change.seq for change in await journal(self.units, owner, limit=10_000)]


SEAL = HmacSeal(b"k" * 32)
LONG_AGO = datetime.now(UTC) - timedelta(days=400)


@asynccontextmanager
async def world_on(database: Database) -> AsyncIterator[World]:
    clock = FixedClock(LONG_AGO)
    admin = await asyncpg.connect(database.admin)
    engine = pool(DatabaseUrl.parse(database.app), size=10)

    async def turn() -> None:
        await admin.execute("UPDATE remit.upkeep SET due_at = now()")

    try:
        yield World(PostgresUnits(engine, clock), clock, PostgresUpkeep(engine), turn)
    finally:
        await engine.dispose()
        await admin.close()


@pytest.fixture(params=["memory", "postgres"])
async def world(request: pytest.FixtureRequest, databases: Databases) -> AsyncIterator[World]:
    if request.param == "postgres":
        async with databases.clone() as database, world_on(database) as made:
            yield made
    else:
        clock = FixedClock(LONG_AGO)
        units = MemoryUnits(clock)

        async def nothing() -> None: ...

        yield World(units, clock, MemoryUpkeep(units, SystemClock()), nothing)


@pytest.mark.rule("JRN-20")
async def test_old_changes_go_and_the_floor_is_the_last_of_them(world: World) -> None:
    owner, other = actor(), actor()
    await world.make(owner, 3)
    third = (await journal(world.units, owner))[-1]
    world.today()
    await world.make(owner, 2)
    await world.make(other, 2)
    assert await world.purge() == [3]
    assert await world.seqs(owner) == [4, 5]
    assert await world.floor(owner) == Head(3, third.hash, third.at)
    found = await world.changes.verify(owner)
    assert (found.first, found.last, found.broken_at) == (4, 5, None)
    assert (await world.seqs(other), await world.floor(other)) == ([1, 2], Head())
    assert await world.purge() == []


@pytest.mark.rule("JRN-20")
async def test_all_of_a_journal_can_go_and_it_goes_on(world: World) -> None:
    owner = actor()
    await world.make(owner, 3)
    assert await world.purge() == [3]
    assert await world.seqs(owner) == []
    async with world.units.reading(owner, Scope.TASKS_READ) as unit:
        extent = await unit.changes.extent()
    assert extent.floor == extent.head
    assert extent.head.seq == 3
    verified = await world.changes.verify(owner)
    assert (verified.first, verified.last, verified.broken_at) == (4, 3, None)
    world.today()
    await world.make(owner, 2)
    assert await world.seqs(owner) == [4, 5]
    assert (await world.changes.verify(owner)).broken_at is None


@pytest.mark.rule("JRN-20")
async def test_it_goes_in_small_steps_and_each_leaves_a_whole_journal(world: World) -> None:
    owner = actor()
    await world.make(owner, 5)
    seen = []
    await world.due()
    while (step := await world.upkeep.purge(CHANGES, YEAR, 2)).visited:
        seen.append((step.done, (await world.floor(owner)).seq, await world.seqs(owner)))
        assert (await world.changes.verify(owner)).broken_at is None
    assert seen == [(2, 2, [3, 4, 5]), (2, 4, [5]), (1, 5, [])]


@pytest.mark.rule("JRN-21")
@pytest.mark.parametrize("what", Purgeable)
async def test_what_is_too_young_or_too_much_is_refused(world: World, what: Purgeable) -> None:
    owner = actor()
    await world.make(owner, 1)
    await keep(world.units, owner, answer_of(owner), plan_of(owner))
    await world.due()
    least = RETENTION_MIN if what is CHANGES else timedelta()
    for short in (least - timedelta(microseconds=1), timedelta(days=-1)):
        with pytest.raises(ValueError, match="not purged"):
            await world.upkeep.purge(what, short, 100)
    for limit in (0, -1, 1001):
        with pytest.raises(ValueError, match="not purged"):
            await world.upkeep.purge(what, YEAR, limit)
    assert await world.seqs(owner) == [1]
    assert await held(world.units, owner) is not None


@pytest.mark.rule("JRN-21")
async def test_the_least_that_is_kept_is_a_day(world: World) -> None:
    owner = actor()
    await world.make(owner, 1)
    world.clock.advance(days=398, hours=23)  # 25 hours and a minute ago
    await world.make(owner, 1)
    world.clock.advance(hours=2)
    await world.make(owner, 1)
    assert await world.purge(keep=RETENTION_MIN) == [2]
    assert await world.seqs(owner) == [3]


@pytest.mark.rule("JRN-22")
async def test_expired_answers_and_plans_go_and_others_stay(world: World) -> None:
    owner, other = actor(), actor()
    now = datetime.now(UTC)
    old, fresh, future = now - 2 * EXPIRED_KEPT, now - EXPIRED_KEPT / 2, now + EXPIRED_KEPT
    keys = [sha256(bytes([number])).digest() for number in range(3)]
    answers = [
        answer_of(owner, digest=key, expires_at=at)
        for key, at in zip(keys, (old, fresh, future), strict=True)
    ]
    plans = [plan_of(owner, expires_at=at) for at in (old, fresh, future)]
    theirs = plan_of(other, expires_at=future)
    await keep(world.units, owner, *answers, *plans)
    await keep(world.units, other, answer_of(other, digest=keys[0], expires_at=future), theirs)
    assert await world.purge(ANSWERS, EXPIRED_KEPT) == [1]
    assert [await held(world.units, owner, key) is None for key in keys] == [True, False, False]
    assert await planned(world.units, owner, plans[0]) is not None
    assert await world.purge(PLANS, EXPIRED_KEPT) == [1]
    assert [await planned(world.units, owner, plan) is None for plan in plans] == [True, False, False]
    assert await held(world.units, other, keys[0]) is not None
    assert await planned(world.units, other, theirs) == theirs


@pytest.mark.rule("JRN-22")
async def test_many_expired_answers_go_in_steps(world: World) -> None:
    owner = actor()
    keys = [sha256(bytes([number])).digest() for number in range(5)]
    expired = datetime.now(UTC) - timedelta(days=2)
    await keep(world.units, owner, *(answer_of(owner, digest=key, expires_at=expired) for key in keys))
    assert await world.purge(ANSWERS, EXPIRED_KEPT, limit=2) == [2, 2, 1]
    assert [await held(world.units, owner, key) for key in keys] == [None] * 5
    await keep(world.units, owner, answer_of(owner, digest=keys[0]))
    assert await held(world.units, owner, keys[0]) is not None


@pytest.mark.rule("JRN-20")
async def test_clients_below_the_floor_hear_of_it_and_can_begin_anew(world: World) -> None:
    owner = actor()
    await world.make(owner, 3)
    below = (await world.changes.list(owner, limit=2)).next
    at = (await world.changes.list(owner)).next
    world.today()
    await world.make(owner, 1)
    await world.purge()
    for token in (None, below):
        with pytest.raises(ChangesGone):
            await world.changes.list(owner, token)
    page = await world.changes.list(owner, at)
    assert [change.seq for change in page.items] == [4]
    assert (page.floor.seq, page.floor) == (3, await world.floor(owner))


@pytest.mark.rule("JRN-20", "PAST-2")
async def test_the_past_ends_at_the_floor_and_is_right_there(world: World) -> None:
    owner = actor()
    task = (await world.tasks.create(owner, {"title": "first"})).task
    made = world.clock.now()
    world.clock.advance(minutes=1)
    await world.tasks.edit(owner, task.id, {"title": "second"})
    then = world.clock.now()
    world.today()
    await world.tasks.edit(owner, task.id, {"title": "third"})
    before = await world.past.task(owner, task.id, then)
    await world.purge()
    assert (await world.floor(owner)).at == then
    for moment in (then, then + timedelta(days=1)):
        assert await world.past.task(owner, task.id, moment) == before
        assert (await world.past.tasks(owner, moment)).items == [before]
    assert (await world.past.task(owner, task.id, world.clock.now())).task.title == "third"
    for gone in (made, then - timedelta(microseconds=1)):
        with pytest.raises(ChangesGone):
            await world.past.task(owner, task.id, gone)
        with pytest.raises(ChangesGone):
            await world.past.tasks(owner, gone)
    history = await world.past.history(owner, task.id)
    assert ([change.seq for change in history.items], set(history.fields)) == ([3], {"title"})


@pytest.mark.rule("JRN-11", "JRN-20", "UNDO-5")
async def test_what_is_purged_is_neither_found_nor_taken_back(world: World) -> None:
    owner = actor()
    await world.make(owner, 2)
    first, second = await journal(world.units, owner)
    await world.purge(limit=1)
    undo = Undo(world.units, world.clock)
    for change in (first, second):
        with pytest.raises(ChangeNotFound):
            await world.changes.get(owner, change.id)
        with pytest.raises(ChangeNotFound):
            await undo.revert(owner, change.id)


@pytest.mark.rule("JRN-20")
async def test_the_answer_of_a_step_counts_and_names_nobody(world: World) -> None:
    owner = actor()
    await world.make(owner, 1)
    await world.due()
    assert await world.upkeep.purge(CHANGES, YEAR, 10) == Step(visited=True, done=1)
    while (step := await world.upkeep.purge(CHANGES, YEAR, 10)).visited:
        assert step.done == 0
    assert step == Step(visited=False)
