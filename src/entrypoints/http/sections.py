"""Sections over REST."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from domain.change import EntityKind
from domain.project import Section
from entrypoints.http.direct import DirectRoute
from entrypoints.http.lists import PageQuery, add_get, add_list
from entrypoints.http.refs import ProjectRef, SectionRef
from entrypoints.http.shown import ProjectName, SectionOut
from entrypoints.http.task_verbs import CHANGED
from entrypoints.http.verbs import Given, Verb, add_route, stale

router = APIRouter(prefix="/api/v1/sections", tags=["projects"], route_class=DirectRoute)


class SectionPatch(BaseModel):
    """RFC 7396: a field that is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: ProjectName | None = Field(None, description="Cannot be cleared")


class SectionCreate(BaseModel):
    """A new section."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = Field(None, description="Your own id for it; a UUIDv7 is made if you send none")
    name: ProjectName
    project_id: ProjectRef | None = Field(None, description="null: the Inbox")


class SectionMove(BaseModel):
    """Where it shall be: what is left out follows from the rest, or stays."""

    model_config = ConfigDict(extra="forbid")

    project_id: ProjectRef | None = Field(None, description="null: the Inbox")
    before: SectionRef | None = Field(None, description="The section that it shall stand before")
    after: SectionRef | None = Field(None, description="The section that it shall stand after")


class SectionListQuery(PageQuery):
    """Which sections."""

    project_id: UUID | Literal["none"] | None = Field(
        None, description="Only of this project; none: the Inbox"
    )


async def _create(given: Given) -> Any:
    sent = given.args
    sections = given.use(lambda c: c.sections)
    return await sections.create(given.actor, {"name": sent.name}, sent.project_id, given.id)


async def _update(given: Given) -> Any:
    changes = given.args.model_dump(exclude_unset=True, exclude={"id"})
    return await given.use(lambda c: c.sections).edit(given.actor, given.id, changes, given.expected)


async def _move(given: Given) -> Any:
    to = given.args
    project = (to.project_id,) if "project_id" in to.model_fields_set else None
    sections = given.use(lambda c: c.sections)
    return await sections.move(given.actor, given.id, project, to.before, to.after, given.expected)


async def _delete(given: Given) -> None:
    await given.use(lambda c: c.sections).delete(given.actor, given.id, given.expected)


CREATE = Verb(
    name="section.create",
    operation="create_section",
    summary="Make a section, the last one of its project.",
    run=_create,
    args=SectionCreate,
    made=Section,
    errors=(400, 403, 409, 413),
)
UPDATE = Verb(
    name="section.update",
    operation="edit_section",
    summary="Change some fields.",
    run=_update,
    args=SectionPatch,
    kind=Section,
    errors=CHANGED,
)
MOVE = Verb(
    name="section.move",
    operation="move_section",
    summary=(
        "Move a section, with its tasks, to another project, or before or after another "
        "section; else to the end."
    ),
    run=_move,
    args=SectionMove,
    kind=Section,
    errors=CHANGED,
)
DELETE = Verb(
    name="section.delete",
    operation="delete_section",
    summary="Move a section to the trash, with its tasks. Repeating it changes nothing.",
    run=_delete,
    kind=Section,
    errors=CHANGED,
)
VERBS = (CREATE, UPDATE, MOVE, DELETE)

STALE = stale(SectionOut)
add_route(router, CREATE, "POST", "", SectionOut, {})
add_list(
    router,
    EntityKind.SECTION,
    SectionOut,
    "list_sections",
    "A page of sections, in the order of rank.",
    SectionListQuery,
)
add_get(router, Section, SectionOut, "/{section_id}", "get_section")
add_route(router, UPDATE, "PATCH", "/{section_id}", SectionOut, STALE)
add_route(router, DELETE, "DELETE", "/{section_id}", None, STALE)
add_route(router, MOVE, "POST", "/{section_id}/move", SectionOut, STALE)
