"""A snapshot and the changes after it are what a fresh fetch answers: whatever was done, by however many."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.clock import SystemClock, UuidV7
from adapters.memory import MemoryUnits
from adapters.notifier import LocalNotifier
from adapters.postgres.uow import PostgresUnits
from adapters.seal import HmacSeal
from application.api_tokens import ApiTokens
from application.changes import Changes
from application.following import Following
from application.tasks import Tasks
from domain.access import Actor, Scope
from domain.api_token import ApiTokenKind
from domain.change import Change
from domain.errors import RemitError
from domain.task import Priority, Verb
from tests.support.actors import actor
from tests.support.replica import Replica, fetched

Units = MemoryUnits | PostgresUnits
ACTS = ("create", "edit", "delete", "issue", "revoke", *Verb)
acts = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 5)), min_size=3, max_size=30)
CALM = {"deadline": None, "suppress_health_check": list(HealthCheck)}


class World:
    """The use cases of one account, and what it has made."""

    def __init__(self, units: Units) -> None:
        seal, clock, ids = HmacSeal(b"k" * 32), SystemClock(), UuidV7()
        self.me = actor()
        self.tasks = Tasks(units, clock, ids, seal)
        self.tokens = ApiTokens(units, clock, ids, seal)
        self.changes = Changes(units, seal)
        self.following = Following(units, self.changes, LocalNotifier(), clock)
        self.made: list[UUID] = []
        self.issued: list[UUID] = []

    def replica(self) -> Replica:
        return Replica(self.changes, self.following, self.me)

    async def act(self, act: str, number: int) -> None:
        with suppress(RemitError):  # forbidden, or not there: then nothing has changed
            await self._act(act, number)

    async def _act(self, act: str, number: int) -> None:
        task = self.made[number % len(self.made)] if self.made else uuid4()
        token = self.issued[number % len(self.issued)] if self.issued else uuid4()
        match act:
            case "create":
                self.made.append((await self.tasks.create(self.me, {"title": f"task {number}"})).id)
            case "edit":
                priority = list(Priority)[number % 5]
                await self.tasks.edit(self.me, task, {"description": f"{number}", "priority": priority})
            case "delete":
                await self.tasks.delete(self.me, task)
            case "issue":
                made, _ = await self.tokens.create(
                    self.me, name=f"token {number}", kind=ApiTokenKind.AGENT, scopes=[Scope.TASKS_READ],
                    lifetime=timedelta(hours=1),
                )  # fmt: skip
                self.issued.append(made.id)
            case "revoke":
                await self.tokens.revoke(self.me, token)
            case verb:
                await self.tasks.apply(self.me, task, Verb(verb))


@pytest.mark.rule("JRN-15")
@given(before=acts, after=acts)
@settings(max_examples=40, **CALM)
async def test_old_state_and_changes_are_the_new_state(
    units: Units, before: Sequence[tuple[str, int]], after: Sequence[tuple[str, int]]
) -> None:
    world = World(units)
    for act in before:
        await world.act(*act)
    replica = world.replica()
    await replica.start()
    for act in after:
        await world.act(*act)
    await replica.catch_up()
    assert replica.things == await fetched(world.following, world.me)


@pytest.mark.rule("JRN-2", "JRN-10", "JRN-15")
async def test_eight_writers_at_once_and_a_reader_that_misses_nothing(units: Units) -> None:
    world, dice = World(units), random.Random(7)
    replica, seen = world.replica(), list[Change]()
    await replica.start()
    note = replica.apply
    replica.apply = lambda change: (seen.append(change), note(change))[1]  # type: ignore[method-assign]
    done = asyncio.Event()

    async def write() -> None:
        for _ in range(25):
            await world.act(dice.choice(("create", "create", *ACTS)), dice.randrange(6))

    async def read() -> None:
        while not done.is_set():
            await replica.catch_up(limit=dice.randint(1, 20))
            await asyncio.sleep(0)

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write() for _ in range(8)))
    done.set()
    await reader
    await replica.catch_up()
    assert [change.seq for change in seen] == list(range(1, len(seen) + 1))
    assert len(seen) > 50
    assert replica.things == await fetched(world.following, world.me)
    assert (await world.changes.verify(world.me)).broken_at is None


def reader_of(owner: Actor) -> Actor:
    return actor(owner.subject, frozenset({Scope.TASKS_READ}))


@pytest.mark.rule("JRN-14")
async def test_a_reader_of_tasks_sees_no_tokens(units: Units) -> None:
    world = World(units)
    for act in ("create", "issue", "create"):
        await world.act(act, 0)
    assert {kind for kind, _ in await fetched(world.following, world.me)} == {"task", "api_token"}
    assert {kind for kind, _ in await fetched(world.following, reader_of(world.me))} == {"task"}
