"""An account that is followed by filters."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from adapters.seal import HmacSeal
from application.task_lists import Asked, TaskLists
from domain.access import Actor, Scope
from domain.change import EntityKind
from domain.errors import RemitError
from domain.scene import Effect
from tests.contract.test_replay import Followed
from tests.support.clocks import FixedClock
from tests.support.filtered import FilteredCopy, Forwards, Kept, journal, kept
from tests.support.world import Units


class Watched(Followed):
    """An account, some of which somebody follows by filters, now and then."""

    def __init__(self, units: Units, clock: FixedClock, texts: Sequence[str], limit: int) -> None:
        super().__init__(units, clock)
        self.limit = limit
        self.lists = TaskLists(units, clock, HmacSeal(b"k" * 32))
        self.copies = [FilteredCopy(self.filtered, self.me, text) for text in texts]

    async def act(self, name: str, a: int, b: int, c: int) -> Actor | None:
        if name == "wait":
            self.clock.advance(hours=1 + a % 30)
        elif name == "due":
            day = self.clock.now().date() + timedelta(days=b % 4 - 2)
            with suppress(RemitError):
                await self.uses.tasks.edit(
                    self.asking(), self.made.pick(EntityKind.TASK, a), {"due_date": day if c % 5 else None}
                )
        elif name == "sync":
            await self.follow()
        elif name == "step":
            await self.step(self.copies[a % len(self.copies)])
        else:
            return await super().act(name, a, b, c)
        return None

    async def step(self, copy: FilteredCopy) -> bool:
        """One page, at whose end the copy is as it should be; whether there is more."""
        page = await copy.step(self.limit)
        then = Forwards(self.me, await journal(self.units, self.me))
        assert copy.tasks == await then.selected(copy), copy.text
        return page.has_more

    async def follow(self) -> None:
        """Each to the end, where it is what the list is."""
        for copy in self.copies:
            while await self.step(copy):
                pass
            assert copy.tasks == await self.listed(copy.text), copy.text

    async def listed(self, text: str) -> Kept:
        """What the list has."""
        found: Kept = {}
        cursor, going_on = None, True
        while going_on:
            page = await self.lists.page(self.me, Asked(where={}, filter=text, limit=200, cursor=cursor))
            ids = {UUID(one["id"]) for one in page.items}
            async with self.units.reading(self.me, Scope.TASKS_READ) as unit:
                tasks = await unit.entities.some(EntityKind.TASK, {"id": ids})
            found |= {task.id: kept(task) for task in tasks}
            cursor = page.next_cursor
            going_on = cursor is not None
        return found


class Room(Watched):
    """An account with some tasks, and those who follow it by filters."""

    def __init__(self, units: Units, clock: FixedClock) -> None:
        super().__init__(units, clock, (), 100)
        self.tasks = self.uses.tasks

    def copy(self, text: str) -> FilteredCopy:
        copy = FilteredCopy(self.filtered, self.me, text)
        self.copies = [*self.copies, copy]
        return copy

    async def task(self, title: str = "t", place: Any = None, **values: Any) -> UUID:
        view = await self.tasks.create(self.asking(), {"title": title, **values}, place or {})
        return view.task.id

    async def told(self, copy: FilteredCopy, limit: int = 100) -> list[tuple[str, str, set[UUID], str]]:
        """The next page: whose change, its verb, and what became of which tasks."""
        page = await copy.step(limit)
        return [
            (told.change.entity, told.change.verb, {one.task_id for one in told.tasks if one.effect is effect}, effect)
            for told in page.items
            for effect in sorted({one.effect for one in told.tasks}, key=list(Effect).index)
        ]  # fmt: skip

    async def crowd(self, number: int) -> tuple[UUID, list[UUID]]:
        """A project, and so many tasks in it, by their ids."""
        project = await self.uses.projects.create(self.asking(), {"name": "Work"})
        return project.id, sorted(
            [await self.task(f"{one}", {"project_id": project.id}) for one in range(number)]
        )
