"""Projects over REST."""

from typing import Any, Literal, cast
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from application.views import Criteria
from domain.change import EntityKind
from domain.project import Project, ProjectChanges
from entrypoints.http.direct import DirectRoute
from entrypoints.http.lists import PageQuery, add_get, add_list, equal
from entrypoints.http.refs import ProjectRef
from entrypoints.http.shown import Color, Description, ProjectName, ProjectOut
from entrypoints.http.task_verbs import CHANGED, Duplicate
from entrypoints.http.values import Flag
from entrypoints.http.verbs import Given, Verb, add_route, stale

router = APIRouter(prefix="/api/v1/projects", tags=["projects"], route_class=DirectRoute)


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Named(_Sent):
    name: ProjectName


class _Renamed(_Sent):
    name: ProjectName | None = Field(None, description="Cannot be cleared")


class _Values(_Sent):
    description: Description | None = None
    color: Color | None = None


class ProjectPatch(_Values, _Renamed):
    """RFC 7396: a field that is left out stays as it is, null clears it."""


class ProjectCreate(_Values, _Named):
    """A new project."""

    id: UUID | None = Field(None, description="Your own id for it; a UUIDv7 is made if you send none")
    parent_id: ProjectRef | None = Field(None, description="The project that it shall be in")


class ProjectMove(BaseModel):
    """Where it shall be: what is left out follows from the rest, or stays."""

    model_config = ConfigDict(extra="forbid")

    parent_id: ProjectRef | None = Field(None, description="null: the top")
    before: ProjectRef | None = Field(None, description="The sibling that it shall stand before")
    after: ProjectRef | None = Field(None, description="The sibling that it shall stand after")


class ProjectListQuery(PageQuery):
    """Which projects. Those that are archived are left out, unless they are asked for."""

    parent_id: UUID | Literal["none"] | None = Field(
        None, description="Only those in this one; none: those at the top"
    )
    archived: Flag = Field(False, description="Those that are archived, too")

    @property
    def where(self) -> Criteria:
        """Also what is about the archive."""
        where = equal(self.model_dump(include={"parent_id"}, exclude_none=True))
        return where if self.archived else {**where, "archived_at": {None}}


def _changes(values: _Values) -> ProjectChanges:
    return cast(ProjectChanges, values.model_dump(exclude_unset=True, exclude={"id", "parent_id"}))


async def _create(given: Given) -> Any:
    projects = given.use(lambda c: c.projects)
    return await projects.create(given.actor, _changes(given.args), given.args.parent_id, given.id)


async def _update(given: Given) -> Any:
    projects = given.use(lambda c: c.projects)
    return await projects.edit(given.actor, given.id, _changes(given.args), given.expected)


async def _move(given: Given) -> Any:
    to = given.args
    parent = (to.parent_id,) if "parent_id" in to.model_fields_set else None
    projects = given.use(lambda c: c.projects)
    return await projects.move(given.actor, given.id, parent, to.before, to.after, given.expected)


async def _archive(given: Given) -> Any:
    return await given.use(lambda c: c.projects).archive(given.actor, given.id, given.expected)


async def _unarchive(given: Given) -> Any:
    return await given.use(lambda c: c.projects).unarchive(given.actor, given.id, given.expected)


async def _duplicate(given: Given) -> Any:
    projects = given.use(lambda c: c.projects)
    return await projects.duplicate(given.actor, given.id, tree=given.args.tree, new_id=given.args.new_id)


async def _delete(given: Given) -> None:
    await given.use(lambda c: c.projects).delete(given.actor, given.id, given.expected)


CREATE = Verb(
    name="project.create",
    operation="create_project",
    summary="Make a project, the last of its siblings.",
    run=_create,
    args=ProjectCreate,
    made=Project,
    errors=(400, 403, 409, 413),
)
UPDATE = Verb(
    name="project.update",
    operation="edit_project",
    summary="Change some fields.",
    run=_update,
    args=ProjectPatch,
    kind=Project,
    errors=CHANGED,
)
ACTS = (
    Verb(
        name="project.move",
        operation="move_project",
        summary="Move a project into another one, or before or after a sibling; else to the end.",
        run=_move,
        args=ProjectMove,
        kind=Project,
        errors=CHANGED,
    ),
    Verb(
        name="project.archive",
        operation="archive_project",
        summary="Put a project out of the way, with those in it: lists leave out its tasks. Repeatable.",
        run=_archive,
        kind=Project,
        errors=CHANGED,
    ),
    Verb(
        name="project.unarchive",
        operation="unarchive_project",
        summary="Take a project back into use, with those archived along. Repeatable.",
        run=_unarchive,
        kind=Project,
        errors=CHANGED,
    ),
)
DUPLICATE = Verb(
    name="project.duplicate",
    operation="duplicate_project",
    summary=(
        "Make another project like it, right after it; with its sections, tasks and projects, "
        "unless told not to."
    ),
    run=_duplicate,
    args=Duplicate,
    kind=Project,
    made=Project,
    errors=(400, 403, 404, 409, 413),
)
DELETE = Verb(
    name="project.delete",
    operation="delete_project",
    summary="Move a project to the trash, with all that is in it. Repeating it changes nothing.",
    run=_delete,
    kind=Project,
    errors=CHANGED,
)
VERBS = (CREATE, UPDATE, *ACTS, DUPLICATE, DELETE)

STALE = stale(ProjectOut)
add_route(router, CREATE, "POST", "", ProjectOut, {})
add_list(
    router,
    EntityKind.PROJECT,
    ProjectOut,
    "list_projects",
    "A page of projects, in the order of rank.",
    ProjectListQuery,
)
add_get(router, Project, ProjectOut, "/{project_id}", "get_project")
add_route(router, UPDATE, "PATCH", "/{project_id}", ProjectOut, STALE)
add_route(router, DELETE, "DELETE", "/{project_id}", None, STALE)
for _act in ACTS:
    add_route(
        router, _act, "POST", f"/{{project_id}}/{_act.name.removeprefix('project.')}", ProjectOut, STALE
    )
add_route(router, DUPLICATE, "POST", "/{project_id}/duplicate", ProjectOut, {})
