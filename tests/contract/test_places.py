"""What was at a place of the journal: going back from the present comes to what going on from the start does."""

import random
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.access import Scope
from domain.change import EntityKind
from domain.thing import is_live
from tests.contract.test_replay import NAMES, Followed
from tests.support.acts import NUMBERS
from tests.support.clocks import FixedClock
from tests.support.filtered import Forwards, journal
from tests.support.world import Units

KINDS = (EntityKind.TASK, EntityKind.PROJECT, EntityKind.SECTION, EntityKind.LABEL, EntityKind.COMMENT)
TIES = {
    EntityKind.TASK: ("project_id", "section_id", "labels", "blocked_by", "parent_id"),
    EntityKind.COMMENT: ("task_id",),
}


class Places:
    """A random history, and all that there was at each place of it."""

    def __init__(self, units: Units, clock: FixedClock, seed: int) -> None:
        self.world = Followed(units, clock)
        self.dice = random.Random(seed)

    async def lived(self, acts: int) -> "Places":
        await self.world.begin()
        for _ in range(acts):
            await self.world.act(self.dice.choice(NAMES), *(self.dice.choice(NUMBERS) for _ in range(3)))
        self.changes = await journal(self.world.units, self.world.me)
        then = Forwards(self.world.me, self.changes)
        self.then = [dict(then._things(seq)) for seq in range(len(self.changes) + 1)]
        return self

    def at(self, seq: int, kind: EntityKind) -> dict[UUID, Any]:
        """The things of a kind."""
        return {thing_id: thing for (_, its, thing_id), thing in self.then[seq].items() if its is kind}

    def ever(self, kind: EntityKind) -> list[UUID]:
        """The ids of all that there ever was, and one that never was."""
        return sorted({one for seq in range(len(self.then)) for one in self.at(seq, kind)} | {uuid4()})

    def reading(self) -> Any:
        return self.world.units.reading(self.world.me, Scope.TASKS_READ)


def tied(things: Iterable[Any], name: str, thing_id: UUID) -> set[UUID]:
    return {
        thing.id
        for thing in things
        if (
            thing_id in getattr(thing, name)
            if name in {"labels", "blocked_by"}
            else thing_id == getattr(thing, name)
        )
    }


@pytest.mark.rule("FSYNC-1", "FSYNC-11")
@pytest.mark.parametrize("seed", range(4))
async def test_things_as_they_were(units: Units, clock: FixedClock, seed: int) -> None:
    lived = await Places(units, clock, seed).lived(60)
    async with lived.reading() as unit:
        for seq in range(0, len(lived.then), 5):
            for kind in KINDS:
                found = await unit.places.some(seq, kind, lived.ever(kind))
                assert {thing.id: thing for thing in found} == lived.at(seq, kind)
                some = set(lived.dice.sample(lived.ever(kind), min(2, len(lived.ever(kind)))))
                assert {one.id for one in await unit.places.some(seq, kind, some)} == some & lived.at(
                    seq, kind
                ).keys()


@pytest.mark.rule("FSYNC-4", "FSYNC-11")
@pytest.mark.parametrize("seed", range(4))
async def test_what_was_tied_at_the_place_or_since(units: Units, clock: FixedClock, seed: int) -> None:
    lived = await Places(units, clock, seed).lived(60)
    others = {"project_id": EntityKind.PROJECT, "section_id": EntityKind.SECTION, "labels": EntityKind.LABEL}
    met = 0
    async with lived.reading() as unit:
        for seq in range(0, len(lived.then), 9):
            for kind, name in ((kind, name) for kind, names in TIES.items() for name in names):
                for thing_id in lived.ever(others.get(name, EntityKind.TASK)):
                    wanted = sorted({
                        one
                        for place in range(seq, len(lived.then))
                        for one in tied(lived.at(place, kind).values(), name, thing_id)
                    })  # fmt: skip
                    met += len(wanted)
                    for start in (None, *wanted):
                        beyond = [one for one in wanted if start is None or one > start]
                        found = await unit.places.tied(seq, kind, {name: {thing_id}}, start, 2)
                        assert list(found) == beyond[:2]
    assert met > 20


@pytest.mark.rule("FSYNC-4")
async def test_what_is_tied_by_any_of_several(units: Units, clock: FixedClock) -> None:
    lived = await Places(units, clock, 9).lived(40)
    end = len(lived.changes)
    tasks = lived.at(end, EntityKind.TASK).values()
    project, label = lived.ever(EntityKind.PROJECT)[0], lived.ever(EntityKind.LABEL)[0]
    async with lived.reading() as unit:
        found = await unit.places.tied(
            end, EntityKind.TASK, {"project_id": {project}, "labels": {label}}, None, 100
        )
    assert list(found) == sorted(tied(tasks, "project_id", project) | tied(tasks, "labels", label))


@pytest.mark.rule("FSYNC-1", "FSYNC-11")
@pytest.mark.parametrize("seed", range(4))
async def test_who_had_subtasks_and_what_was_open(units: Units, clock: FixedClock, seed: int) -> None:
    lived = await Places(units, clock, seed).lived(60)
    ids = lived.ever(EntityKind.TASK)
    seen = set()
    async with lived.reading() as unit:
        for seq in range(0, len(lived.then), 3):
            live = [task for task in lived.at(seq, EntityKind.TASK).values() if is_live(task)]
            for without in (set(), set(lived.dice.sample(ids, 3))):
                there = [task for task in live if task.id not in without]
                found = await unit.places.subtasks(seq, ids, without)
                assert dict(found) == _counted(there)
                some = {one: of for one, of in _counted(there).items() if one in ids[:5]}
                assert await unit.places.subtasks(seq, ids[:5], without) == some
                seen |= set(found.values())
            is_open = {task.id for task in live if task.is_open}
            assert set(await unit.places.open(seq, ids)) == is_open
            assert set(await unit.places.open(seq, ids[:3])) == is_open & set(ids[:3])
    assert len(seen) > 1


def _counted(tasks: Iterable[Any]) -> dict[UUID, tuple[int, int]]:
    found: dict[UUID, tuple[int, int]] = {}
    for task in tasks:
        if task.parent_id is not None:
            total, closed = found.get(task.parent_id, (0, 0))
            found[task.parent_id] = total + 1, closed + (not task.is_open)
    return found


@pytest.mark.rule("FSYNC-1", "FSYNC-11")
@pytest.mark.parametrize("seed", range(4))
async def test_what_waited_for_what(units: Units, clock: FixedClock, seed: int) -> None:
    """All that is asked for by name, and one of the others."""
    lived = await Places(units, clock, seed).lived(60)
    ids, met = lived.ever(EntityKind.TASK), 0
    async with lived.reading() as unit:
        for seq in range(0, len(lived.then), 3):
            live = [task for task in lived.at(seq, EntityKind.TASK).values() if is_live(task)]
            without, named = set(lived.dice.sample(ids, 2)), set(lived.dice.sample(ids, 4))
            found = await unit.places.blocking(seq, ids, named, without)
            for blocker in ids:
                waiting = {task.id for task in live if blocker in task.blocked_by} - without
                told = list(found.get(blocker, ()))
                assert set(told) & named == waiting & named
                assert set(told) <= waiting
                assert len(set(told) - named) == len(told) - len(set(told) & named) == bool(waiting - named)
                met += len(waiting & named)
            some = await unit.places.blocking(seq, ids[:5], named, without)
            assert set(some) == set(found) & set(ids[:5])
    assert met
