"""However much belongs together: one request changes so many things at most."""

import pytest

from adapters.clock import UuidV7
from adapters.memory import MemoryUnits
from application.projects import Projects
from application.workspace import AFFECTED_MAX
from domain.access import Actor, Scope
from domain.change import EntityKind
from domain.errors import TooManyAffected
from domain.project import Project
from tests.support.actors import actor
from tests.support.clocks import FixedClock
from tests.support.things import NOW, task_of


async def filled(units: MemoryUnits, me: Actor, projects: Projects, count: int) -> Project:
    """A project with so many tasks, made by several units of work."""
    project: Project = await projects.create(me, {"name": "p"})
    for start in range(0, count, AFFECTED_MAX // 2):
        async with units.writing(me, Scope.TASKS_WRITE) as unit:
            for _ in range(start, min(count, start + AFFECTED_MAX // 2)):
                await unit.entities.add(task_of(me, project_id=project.id, created_at=NOW))
            await unit.commit()
    return project


@pytest.mark.rule("BATCH-10")
async def test_more_than_may_be_changed_at_once_is_not_changed() -> None:
    clock, me = FixedClock(), actor()
    units = MemoryUnits(clock)
    projects = Projects(units, clock, UuidV7())
    fits = await filled(units, me, projects, AFFECTED_MAX - 1)
    await projects.delete(me, fits.id)
    large = await filled(units, me, projects, AFFECTED_MAX)
    with pytest.raises(TooManyAffected) as refused:
        await projects.delete(me, large.id)
    assert refused.value.limit == AFFECTED_MAX
    async with units.reading(me, Scope.TASKS_READ) as unit:
        kept = await unit.entities.find(EntityKind.PROJECT, large.id)
    assert kept == large
