"""What people and agents do with the sections of projects and of the Inbox."""

from functools import partial
from uuid import UUID

from application import trees
from application.placing import put, sibling
from application.ports import Clock, Ids, UnitsOfWork
from application.things import Versions, change, discard, expect, read
from domain.access import Actor, Scope
from domain.change import UPDATE
from domain.ids import ProjectId, SectionId
from domain.project import Section, SectionChanges


class Sections:
    """The parts of projects, and of the Inbox."""

    def __init__(self, units: UnitsOfWork, clock: Clock, ids: Ids) -> None:
        self._units = units
        self._clock = clock
        self._ids = ids

    async def create(
        self,
        actor: Actor,
        values: SectionChanges,
        project_id: UUID | None = None,
        section_id: UUID | None = None,
    ) -> Section:
        """A new section, the last of its project. Raises Invalid, IdTaken, LimitReached."""
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            section = Section.create(
                actor.account_id,
                SectionId(section_id or self._ids.new()),
                values,
                self._clock.now(),
                project_id=None if project_id is None else ProjectId(project_id),
                rank=unit.entities.next_rank(),
            )
            await unit.entities.add(section)
            await unit.commit()
        return section

    async def get(self, actor: Actor, section_id: UUID) -> Section:
        """One section. Raises SectionNotFound."""
        return await read(self._units, actor, Section, section_id)

    async def edit(
        self, actor: Actor, section_id: UUID, changes: SectionChanges, expected: Versions | None = None
    ) -> Section:
        """A merge patch. Raises SectionNotFound, Invalid, StaleVersion."""
        edit = partial(Section.edit, changes=changes, now=self._clock.now())
        return await change(self._units, actor, Section, section_id, edit, UPDATE, expected)

    async def move(
        self,
        actor: Actor,
        section_id: UUID,
        project: tuple[UUID | None] | None = None,
        before: UUID | None = None,
        after: UUID | None = None,
        expected: Versions | None = None,
    ) -> Section:
        """Into another project, the Inbox by (None,), and before or after another section, else to the end.

        Its tasks go along. Raises SectionNotFound, Invalid, StaleVersion.
        """
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            entities, now = unit.entities, self._clock.now()
            section = await entities.get(Section, section_id)
            expect(section, expected)
            other = await sibling(entities, section, before, after)
            chosen = project or ((other or section).project_id,)
            place = {"project_id": chosen[0]}
            moved = await put(entities, section, place, now, other, is_before=before is not None)
            if moved.project_id != section.project_id:
                await trees.carry(entities, section, {"project_id": moved.project_id}, now)
            await unit.commit()
        return moved

    async def delete(self, actor: Actor, section_id: UUID, expected: Versions | None = None) -> None:
        """Into the trash, with its tasks; repeatable. Raises SectionNotFound, StaleVersion."""
        await discard(self._units, actor, Section, section_id, self._clock.now(), expected)
