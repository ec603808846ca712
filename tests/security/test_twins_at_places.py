"""Two accounts whose things have the very same ids: what one's were once has nothing to do with the other's."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.access import Actor, Scope
from domain.change import EntityKind
from domain.ids import LabelId
from domain.task import Verb
from tests.security.test_walls import MODES, World, open_world
from tests.support.actors import actor
from tests.support.household import use_cases

__all__ = ["open_world"]
TASK, COMMENT = EntityKind.TASK, EntityKind.COMMENT
Look = Callable[[Any], Awaitable[Any]]


class Twins:
    """One has a few things, the other things with the same ids, tied otherwise, and a longer history of them."""

    def __init__(self) -> None:
        self.one, self.other = actor(), actor()
        self.task, self.child, self.project, self.label, self.comment = (uuid4() for _ in range(5))
        self.old, self.below, self.blocker = uuid4(), uuid4(), uuid4()
        self.seq = 0

    async def live(self, world: World) -> "Twins":
        make = use_cases(world.units)
        for task in (self.task, self.child, self.old, self.below, self.blocker):
            await make.tasks.create(self.one, {"title": "mine"}, {"project_id": None}, task)
            await make.tasks.apply(self.one, task, Verb.COMPLETE)
        await make.projects.create(self.one, {"name": "mine"}, None, self.project)
        await make.labels.create(self.one, {"name": "mine"}, self.label)
        await make.comments.create(self.one, self.child, "mine", self.comment)
        self.seq = (await self._extent(world)).head.seq
        await self._other(make)
        return self

    async def _other(self, make: Any) -> None:
        await make.tasks.create(self.other, {"title": "other's"}, {"project_id": None}, self.old)
        await make.tasks.create(self.other, {"title": "other's"}, {"project_id": None}, self.blocker)
        waits: Any = {"title": "other's", "blocked_by": [self.blocker]}
        await make.tasks.create(self.other, waits, {"parent_id": self.old}, self.below)
        for number in range(self.seq):
            await make.account.prefer(self.other, {"locale": ("de", "en")[number % 2]})
        await make.projects.create(self.other, {"name": "other's"}, None, self.project)
        await make.labels.create(self.other, {"name": "other's"}, self.label)
        values = {"title": "other's", "labels": [LabelId(self.label)]}
        await make.tasks.create(self.other, values, {"project_id": self.project}, self.task)
        await make.tasks.create(self.other, {"title": "other's"}, {"parent_id": self.task}, self.child)
        await make.comments.create(self.other, self.task, "other's", self.comment)
        await make.tasks.edit(self.other, self.task, {"title": "other's now"})
        await make.comments.edit(self.other, self.comment, "other's now")

    async def _extent(self, world: World) -> Any:
        async with world.units.reading(self.one, Scope.TASKS_READ) as unit:
            return await unit.changes.extent()

    def looks(self) -> dict[str, tuple[Look, Any]]:
        """By name: how to look, and what is seen where nothing of the other one is."""
        both, old = {self.task, self.child}, {self.old, self.below}

        async def texts(unit: Any, seq: int) -> Any:
            tasks = await unit.places.some(seq, TASK, both)
            comments = await unit.places.some(seq, COMMENT, {self.comment})
            return sorted((one.id, one.title, one.version) for one in tasks), [one.body for one in comments]

        def tied(kind: EntityKind, name: str, to: UUID) -> Look:
            return lambda unit: unit.places.tied(self.seq, kind, {name: {to}}, None, 9)

        whole = sorted((one, "mine", 2) for one in both)
        return {
            "what was": (lambda unit: texts(unit, self.seq), (whole, ["mine"])),
            "what was before its last change": (
                lambda unit: texts(unit, 3), (sorted([(self.task, "mine", 2), (self.child, "mine", 1)]), []),
            ),
            "tied to a project": (tied(TASK, "project_id", self.project), []),
            "tied to a label": (tied(TASK, "labels", self.label), []),
            "tied to a parent": (tied(TASK, "parent_id", self.task), []),
            "tied to a task": (tied(COMMENT, "task_id", self.task), []),
            "subtasks": (lambda unit: unit.places.subtasks(self.seq, old, {uuid4()}), {}),
            "blocking": (lambda unit: unit.places.blocking(self.seq, {self.blocker}, (), {uuid4()}), {}),
            "open": (lambda unit: unit.places.open(self.seq, old), set()),
        }  # fmt: skip


async def seen(world: World, twins: Twins, who: Actor) -> set[str]:
    found = set()
    for name, (look, expected) in twins.looks().items():
        async with world.units.reading(who, Scope.TASKS_READ) as unit:
            try:
                if await look(unit) != expected:
                    found.add(name)
            except Exception:  # noqa: BLE001 - whatever it is, it comes of the other one's things
                found.add(name)
    return found


@pytest.mark.rule("DB-1", "DB-4", "DB-5", "FSYNC-1")
@pytest.mark.parametrize("mode", MODES)
async def test_what_was_has_nothing_to_do_with_somebody_elses(
    open_world: Callable[[str], World], mode: str
) -> None:
    twins = await Twins().live(open_world("both"))
    assert await seen(open_world(mode), twins, twins.one) == set()


async def test_without_either_wall_each_look_would_show_it(open_world: Callable[[str], World]) -> None:
    twins = await Twins().live(open_world("both"))
    assert await seen(open_world("none"), twins, twins.one) == set(twins.looks())
