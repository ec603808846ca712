"""Where tasks go that are placed by some of project, section and parent."""

from typing import TypedDict
from uuid import UUID

from application.entities import Entities
from domain.ids import ProjectId, SectionId, TaskId
from domain.preferences import Preferences
from domain.project import Project, Section
from domain.task import Place, Task
from domain.thing import is_live


class Placing(TypedDict, total=False):
    """Where a task shall be: an absent field stays or follows from the others, None is Inbox or top level."""

    project_id: UUID | None
    section_id: UUID | None
    parent_id: UUID | None


async def new_place(entities: Entities, placing: Placing) -> Place:
    """Where a new task goes that is placed so: into the default project, where nothing is said."""
    if not placing and entities.count(Preferences):
        account = await entities.get(Preferences, entities.actor.account_id)
        project = account.default_project_id and await entities.find(Project, account.default_project_id)
        return Place(project_id=project.id if project and is_live(project) else None)
    return await _filled(entities, placing)


async def next_place(entities: Entities, task: Task, placing: Placing, other: Task | None) -> Place:
    """Where a task goes that is there, and is placed so."""
    if not placing:
        return task.place if other is None else other.place
    if placing.get("parent_id") is not None or "project_id" in placing:
        return await _filled(entities, placing)
    if placing.get("section_id") is not None:
        return await _filled(entities, {**placing, "parent_id": None})
    return await _filled(entities, {"project_id": task.project_id, "section_id": task.section_id, **placing})


async def _filled(entities: Entities, placing: Placing) -> Place:
    """The place, with what is not said: a parent's project and section, a section's project."""
    project_id, section_id = placing.get("project_id"), placing.get("section_id")
    parent_id = placing.get("parent_id")
    parent = None if parent_id is None else await entities.find(Task, parent_id)
    section = None if section_id is None else await entities.find(Section, section_id)
    if parent is not None:
        project_id = placing.get("project_id", parent.project_id)
        section_id = placing.get("section_id", parent.section_id)
    elif section is not None and "project_id" not in placing:
        project_id = section.project_id
    return Place(
        project_id=None if project_id is None else ProjectId(project_id),
        section_id=None if section_id is None else SectionId(section_id),
        parent_id=None if parent_id is None else TaskId(parent_id),
    )
