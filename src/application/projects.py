"""What people and agents do with projects."""

from functools import partial
from uuid import UUID

from application.copies import copy_project
from application.integrity import levels_below
from application.placing import put, sibling
from application.ports import Clock, Ids, UnitsOfWork
from application.things import Versions, change, discard, expect, read
from domain.access import Actor, Scope
from domain.change import UPDATE
from domain.ids import ProjectId
from domain.project import Project, ProjectChanges
from domain.thing import is_live

ARCHIVE, UNARCHIVE = "archive", "unarchive"


class Projects:
    """One method per use case; `expected` are the versions that the caller would accept."""

    def __init__(self, units: UnitsOfWork, clock: Clock, ids: Ids) -> None:
        self._units = units
        self._clock = clock
        self._ids = ids

    async def create(
        self,
        actor: Actor,
        values: ProjectChanges,
        parent_id: UUID | None = None,
        project_id: UUID | None = None,
    ) -> Project:
        """A new project, the last of its siblings. Raises Invalid, IdTaken, LimitReached, TooDeep."""
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            project = Project.create(
                actor.account_id,
                ProjectId(project_id or self._ids.new()),
                values,
                self._clock.now(),
                parent_id=None if parent_id is None else ProjectId(parent_id),
                rank=unit.entities.next_rank(),
            )
            await unit.entities.add(project)
            await unit.commit()
        return project

    async def get(self, actor: Actor, project_id: UUID) -> Project:
        """One project. Raises ProjectNotFound."""
        return await read(self._units, actor, Project, project_id)

    async def edit(
        self, actor: Actor, project_id: UUID, changes: ProjectChanges, expected: Versions | None = None
    ) -> Project:
        """A merge patch. Raises ProjectNotFound, Invalid, StaleVersion."""
        now = self._clock.now()
        edit = partial(Project.edit, changes=changes, now=now)
        return await change(self._units, actor, Project, project_id, edit, UPDATE, expected)

    async def archive(self, actor: Actor, project_id: UUID, expected: Versions | None = None) -> Project:
        """Out of the way, with the projects in it; repeatable. Raises ProjectNotFound, StaleVersion."""
        return await self._archived(actor, project_id, ARCHIVE, expected)

    async def unarchive(self, actor: Actor, project_id: UUID, expected: Versions | None = None) -> Project:
        """Back in use, with what was archived along; repeatable. Raises ProjectNotFound, StaleVersion."""
        return await self._archived(actor, project_id, UNARCHIVE, expected)

    async def move(
        self,
        actor: Actor,
        project_id: UUID,
        parent: tuple[UUID | None] | None = None,
        before: UUID | None = None,
        after: UUID | None = None,
        expected: Versions | None = None,
    ) -> Project:
        """Into another project, or to the top by (None,), and before or after a sibling, else to the end.

        Raises ProjectNotFound, Invalid, StaleVersion, NestingCycle, TooDeep.
        """
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            project = await unit.entities.get(Project, project_id)
            expect(project, expected)
            other = await sibling(unit.entities, project, before, after)
            chosen = parent or ((other or project).parent_id,)
            now = self._clock.now()
            place = {"parent_id": chosen[0]}
            moved = await put(unit.entities, project, place, now, other, is_before=before is not None)
            await unit.commit()
        return moved

    async def delete(self, actor: Actor, project_id: UUID, expected: Versions | None = None) -> None:
        """Into the trash, with all that is in it; repeatable. Raises ProjectNotFound, StaleVersion."""
        await discard(self._units, actor, Project, project_id, self._clock.now(), expected)

    async def duplicate(
        self, actor: Actor, project_id: UUID, *, tree: bool, new_id: UUID | None = None
    ) -> Project:
        """Another one like it, right after it; `tree` copies what is in it, too. Raises ProjectNotFound."""
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            project = await unit.entities.get(Project, project_id)
            copied = await copy_project(
                unit.entities, project, self._ids, self._clock.now(), tree=tree, new_id=new_id
            )
            await unit.commit()
        return copied

    async def _archived(
        self, actor: Actor, project_id: UUID, verb: str, expected: Versions | None
    ) -> Project:
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            project = await unit.entities.get(Project, project_id)
            expect(project, expected)
            now = self._clock.now()
            levels = await levels_below(unit.entities, Project, [project])
            below = [one for level in levels for one in level if is_live(one)]
            if verb == UNARCHIVE:  # what was archived by itself has another time, and stays
                below = [one for one in below if one.archived_at == project.archived_at]
            changed = [
                (one, one.archive(now) if verb == ARCHIVE else one.unarchive(now))
                for one in [project, *below]
            ]
            await unit.entities.save_all(changed, verb)
            await unit.commit()
        return changed[0][1]
