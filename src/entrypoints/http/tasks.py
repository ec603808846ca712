"""Tasks over REST."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field

from application.past import Past
from application.tasks import Tasks
from application.views import Criteria
from domain.task import Status
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import ETAG, LINK, problems
from entrypoints.http.lists import NOT_MODIFIED, PageOut, PageQuery, answered, conditional, equal
from entrypoints.http.preconditions import IfNoneMatch
from entrypoints.http.shown import TaskOut
from entrypoints.http.strict import Moment, StrictRoute
from entrypoints.http.task_verbs import ACTS, CREATE, DELETE, DUPLICATE, PLACE, UPDATE
from entrypoints.http.verbs import add_route, stale

router = APIRouter(prefix="/api/v1/tasks", tags=["tasks"], route_class=StrictRoute)

AsOf = Annotated[Moment | None, Query(description="As it was then, within what the journal keeps")]


class TaskListQuery(PageQuery):
    """Which tasks. Those of archived projects are left out, unless their place is named."""

    status: list[Status] = Field([], description="Only tasks of this status; repeat it for several")
    project_id: UUID | Literal["none"] | None = Field(
        None, description="Only of this project; none: the Inbox"
    )
    section_id: UUID | Literal["none"] | None = Field(
        None, description="Only of this section; none: of no one"
    )
    parent_id: UUID | Literal["none"] | None = Field(
        None, description="Only subtasks of it; none: no subtasks"
    )
    label_id: UUID | None = Field(None, description="Only those that have this label")
    as_of: Moment | None = Field(None, description="As they were then, within what the journal keeps")

    @property
    def where(self) -> Criteria:
        """What of this is about places and labels."""
        where = equal(self.model_dump(include=set(PLACE), exclude_none=True))
        return {**where, "labels": {self.label_id}} if self.label_id is not None else where


STALE = stale(TaskOut)
add_route(router, CREATE, "POST", "", TaskOut, {})


@router.get(
    "", responses={200: {"headers": LINK}, **problems(400, 403, 409, 410)}, response_model=PageOut[TaskOut]
)
async def list_tasks(
    query: Annotated[TaskListQuery, Query()],
    caller: Caller,
    request: Request,
    tasks: Tasks = use(lambda c: c.tasks),
    past: Past = use(lambda c: c.past),
) -> Any:
    """A page of tasks, newest first. Whatever is added meanwhile, no task comes twice or is left out."""
    if query.as_of is None:
        page = await tasks.list(caller, query.status, query.limit, query.cursor, query.where)
    elif query.where:
        raise RequestValidationError([{"type": "extra_forbidden", "loc": ("query", "as_of")}])
    else:
        page = await past.tasks(caller, query.as_of, query.status, query.limit, query.cursor)
    return answered(request, page)


@router.get(
    "/{task_id}",
    response_model=TaskOut,
    responses={
        200: {"headers": ETAG},
        **NOT_MODIFIED,
        **problems(400, 403, 404, 409, 410),
    },
)
async def get_task(
    task_id: UUID,
    caller: Caller,
    held: IfNoneMatch,
    as_of: AsOf = None,
    tasks: Tasks = use(lambda c: c.tasks),
    past: Past = use(lambda c: c.past),
) -> Any:
    """One task, now or as it was."""
    task = await (tasks.get(caller, task_id) if as_of is None else past.task(caller, task_id, as_of))
    return conditional(task, held)


add_route(router, UPDATE, "PATCH", "/{task_id}", TaskOut, STALE)
add_route(router, DELETE, "DELETE", "/{task_id}", None, STALE)
for _act in ACTS:
    add_route(router, _act, "POST", f"/{{task_id}}/{_act.name.removeprefix('task.')}", TaskOut, STALE)
add_route(router, DUPLICATE, "POST", "/{task_id}/duplicate", TaskOut, {})
