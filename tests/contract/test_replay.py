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

from adapters.clock import UuidV7
from application.api_tokens import ApiTokens
from domain.access import Actor, Scope
from domain.api_token import ApiTokenKind
from domain.change import Change
from domain.errors import RemitError
from tests.support.actors import actor
from tests.support.acts import ACTS, BEGINNING, NUMBERS
from tests.support.clocks import FixedClock
from tests.support.replica import Replica, fetched
from tests.support.world import Units, World

NAMES = (*ACTS, "issue", "revoke", "take_back")
numbers = st.integers(0, 2**32).map(lambda seed: random.Random(seed).choice(NUMBERS))
acts = st.lists(st.tuples(st.sampled_from(NAMES), numbers, numbers, numbers), min_size=3, max_size=30)
Acted = tuple[str, int, int, int]
CALM = {"deadline": None, "suppress_health_check": list(HealthCheck)}


class Followed(World):
    """An account that also has API tokens, and takes back what it has done."""

    def __init__(self, units: Units, clock: FixedClock) -> None:
        super().__init__(units, clock)
        self.tokens = ApiTokens(units, clock, UuidV7())
        self.issued: list[UUID] = []
        self.done: list[Actor] = []

    def replica(self) -> Replica:
        return Replica(self.changes, self.following, self.me)

    async def begin(self) -> None:
        for act in BEGINNING:
            await self.act(*act)

    async def act(self, name: str, a: int, b: int, c: int) -> Actor | None:
        if name in ACTS:
            asked = await super().act(name, a, b, c)
            self.done += [asked] if asked else []
            return asked
        with suppress(RemitError):  # nothing to revoke, or to take back: then nothing has changed
            await self._act(name, a)
        return None

    async def _act(self, name: str, number: int) -> None:
        if name == "issue":
            made, _ = await self.tokens.create(
                self.asking(), name=f"token {number}", kind=ApiTokenKind.AGENT, scopes=[Scope.TASKS_READ],
                lifetime=timedelta(hours=1),
            )  # fmt: skip
            self.issued.append(made.id)
        elif name == "revoke":
            await self.tokens.revoke(
                self.asking(), self.issued[number % len(self.issued)] if self.issued else uuid4()
            )
        elif self.done:
            self.done.append(await self.take_back(self.done[-1 - number % min(5, len(self.done))]))


@pytest.mark.rule("JRN-15")
@given(before=acts, after=acts)
@settings(max_examples=40, **CALM)
async def test_old_state_and_changes_are_the_new_state(
    units: Units, clock: FixedClock, before: Sequence[Acted], after: Sequence[Acted]
) -> None:
    world = Followed(units, clock)
    await world.begin()
    for act in before:
        await world.act(*act)
    replica = world.replica()
    await replica.start()
    for act in after:
        await world.act(*act)
    await replica.catch_up()
    assert replica.things == await fetched(world.following, world.me)


@pytest.mark.rule("JRN-2", "JRN-10", "JRN-15")
async def test_eight_writers_at_once_and_a_reader_that_misses_nothing(
    units: Units, clock: FixedClock
) -> None:
    world, dice = Followed(units, clock), random.Random(7)
    await world.begin()
    replica, seen = world.replica(), list[Change]()
    await replica.start()
    note = replica.apply
    replica.apply = lambda change: (seen.append(change), note(change))[1]  # type: ignore[method-assign]
    done = asyncio.Event()

    async def write() -> None:
        for _ in range(25):
            await world.act(dice.choice(("create_task", *NAMES)), *(dice.choice(NUMBERS) for _ in range(3)))

    async def read() -> None:
        while not done.is_set():
            await replica.catch_up(limit=dice.randint(1, 20))
            await asyncio.sleep(0)

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write() for _ in range(8)))
    done.set()
    await reader
    await replica.catch_up()
    assert [change.seq for change in seen] == list(range(seen[0].seq, seen[0].seq + len(seen)))
    assert len(seen) > 50
    assert replica.things == await fetched(world.following, world.me)
    assert (await world.changes.verify(world.me)).broken_at is None


def reader_of(owner: Actor) -> Actor:
    return actor(owner.subject, frozenset({Scope.TASKS_READ}))


@pytest.mark.rule("JRN-14")
async def test_a_reader_of_tasks_sees_no_tokens(units: Units, clock: FixedClock) -> None:
    world = Followed(units, clock)
    for act in ("create_task", "issue", "create_task"):
        await world.act(act, 1, 1, 1)
    assert {kind for kind, _ in await fetched(world.following, world.me)} == {"task", "api_token"}
    assert {kind for kind, _ in await fetched(world.following, reader_of(world.me))} == {"task"}
