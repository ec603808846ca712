"""One account on the memory adapter, with short words for what tests do often."""

from typing import Any
from uuid import UUID

from adapters.memory import MemoryUnits
from domain.label import Label
from domain.project import Project
from domain.task import Task
from tests.support.clocks import FixedClock
from tests.support.invariants import everything
from tests.support.world import World


class Desk(World):
    """Short words for what tests do often."""

    def __init__(self) -> None:
        clock = FixedClock()
        super().__init__(MemoryUnits(clock), clock)
        self.tasks, self.projects, self.sections = self.uses.tasks, self.uses.projects, self.uses.sections
        self.labels, self.trash = self.uses.labels, self.uses.trash

    async def task(self, title: str = "t", parent: Task | None = None, **placing: UUID | None) -> Task:
        placed: Any = placing if parent is None else {"parent_id": parent.id, **placing}
        return (await self.tasks.create(self.asking(), {"title": title}, placed)).task

    async def project(self, name: str = "p", parent: Project | None = None) -> Project:
        return await self.projects.create(self.asking(), {"name": name}, parent and parent.id)

    async def label(self, name: str) -> Label:
        return await self.labels.create(self.asking(), {"name": name})

    async def now(self, task: Task) -> Task:
        return (await self.tasks.get(self.me, task.id)).task

    async def waits(self, task: Task, *blockers: Task) -> None:
        await self.tasks.edit(self.asking(), task.id, {"blocked_by": [one.id for one in blockers]})

    async def row(self, *tasks: Task) -> list[str]:
        """The titles of the siblings, in order."""
        found = (await everything(self.units, self.me)).live(Task)
        mine = [one for one in found if one.id in {task.id for task in tasks}]
        return [one.title for one in sorted(mine, key=lambda one: one.rank)]
