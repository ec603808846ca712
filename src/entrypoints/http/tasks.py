"""Tasks over REST."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from application.past import Past
from application.tasks import Tasks
from application.views import PAGE_DEFAULT, PAGE_MAX
from domain.task import DESCRIPTION_MAX, TITLE_MAX, Priority, Status, Task, TaskChanges, Verb
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import ETAG, LINK, Problem, problems
from entrypoints.http.pages import link_next
from entrypoints.http.preconditions import IfMatch, IfNoneMatch, entity_tag
from entrypoints.http.strict import MERGE_PATCH, Digits, Moment, StrictRoute

router = APIRouter(prefix="/api/v1/tasks", tags=["tasks"], route_class=StrictRoute)

# The domain enforces these limits, after trimming; here they are only said.
Title = Annotated[
    str,
    WithJsonSchema(
        {"type": "string", "minLength": 1, "maxLength": TITLE_MAX, "examples": ["Water the plants"]}
    ),
]
Description = Annotated[
    str, WithJsonSchema({"type": "string", "maxLength": DESCRIPTION_MAX, "description": "Markdown"})
]


class TaskCreate(BaseModel):
    """A new task. Fields that are left out, or null, take their defaults."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = Field(None, description="Your own id for it; a UUIDv7 is made if you send none")
    title: Title
    description: Description | None = None
    priority: Priority | None = None


class TaskPatch(BaseModel):
    """RFC 7396: a field that is left out stays as it is, null clears it."""

    model_config = ConfigDict(extra="forbid")

    title: Title | None = Field(None, description="Cannot be cleared")
    description: Description | None = None
    priority: Priority | None = None


AsOf = Annotated[Moment | None, Query(description="As it was then, within what the journal keeps")]


class TaskOut(BaseModel):
    """A task."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    title: Title
    description: Description
    status: Status
    priority: Priority
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = Field(description="When it was completed, while it is done")
    version: int = Field(description="Grows by one with every change", ge=1)


class TaskPage(BaseModel):
    """Some tasks, newest first."""

    items: list[TaskOut]
    next_cursor: str | None = Field(description="Where the next page begins; null at the end")


class TaskListQuery(BaseModel):
    """Which tasks."""

    model_config = ConfigDict(extra="forbid")

    status: list[Status] = Field([], description="Only tasks of this status; repeat it for several")
    limit: Digits = Field(PAGE_DEFAULT, ge=1, le=PAGE_MAX)
    cursor: str | None = Field(None, max_length=512, description="next_cursor of the page before")
    as_of: Moment | None = Field(None, description="As they were then, within what the journal keeps")


class StaleTaskProblem(Problem):
    """The precondition failed: how the task is now, and which of your changes it does not have."""

    current: TaskOut
    conflicts: list[str] = Field(description="JSON Pointers into your request")


CHANGED = problems(400, 403, 404, 412, 413, s412=StaleTaskProblem)


def sent(values: TaskCreate | TaskPatch) -> TaskChanges:
    """What was sent, and nothing that was left out."""
    return cast(TaskChanges, values.model_dump(exclude_unset=True, exclude={"id"}))


def _answer(response: Response, task: Task) -> TaskOut:
    response.headers["ETag"] = entity_tag(task.version)
    return TaskOut.model_validate(task)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses={
        201: {"headers": {**ETAG, "Location": {"description": "The task", "schema": {"type": "string"}}}},
        **problems(400, 403, 409, 413, 415),
    },
)
async def create_task(
    values: TaskCreate,
    caller: Caller,
    request: Request,
    response: Response,
    tasks: Tasks = use(lambda c: c.tasks),
) -> TaskOut:
    """Make a task to do. Sending the same `id` twice makes one task: the second answer is 409."""
    task = await tasks.create(caller, sent(values), values.id)
    response.headers["Location"] = request.url_for("get_task", task_id=task.id).path
    return _answer(response, task)


@router.get(
    "",
    responses={
        200: {"headers": LINK},
        **problems(400, 403, 409, 410),
    },
)
async def list_tasks(
    query: Annotated[TaskListQuery, Query()],
    caller: Caller,
    request: Request,
    response: Response,
    tasks: Tasks = use(lambda c: c.tasks),
    past: Past = use(lambda c: c.past),
) -> TaskPage:
    """A page of tasks, newest first. Whatever is added meanwhile, no task comes twice or is left out."""
    if query.as_of is None:
        page = await tasks.list(caller, query.status, query.limit, query.cursor)
    else:
        page = await past.tasks(caller, query.as_of, query.status, query.limit, query.cursor)
    link_next(request, response, page.next_cursor)
    return TaskPage(items=[TaskOut.model_validate(task) for task in page.items], next_cursor=page.next_cursor)


@router.get(
    "/{task_id}",
    response_model=TaskOut,
    responses={
        200: {"headers": ETAG},
        304: {"description": "You have this version", "headers": ETAG},
        **problems(400, 403, 404, 410),
    },
)
async def get_task(
    task_id: UUID,
    caller: Caller,
    held: IfNoneMatch,
    response: Response,
    as_of: AsOf = None,
    tasks: Tasks = use(lambda c: c.tasks),
    past: Past = use(lambda c: c.past),
) -> TaskOut | Response:
    """One task, now or as it was."""
    task = await (tasks.get(caller, task_id) if as_of is None else past.task(caller, task_id, as_of))
    if held.has(task.version):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": entity_tag(task.version)})
    return _answer(response, task)


@router.patch(
    "/{task_id}",
    responses={200: {"headers": ETAG}, **CHANGED, **problems(415)},
    openapi_extra={
        "requestBody": {"content": {MERGE_PATCH: {"schema": {"$ref": "#/components/schemas/TaskPatch"}}}}
    },
)
async def edit_task(
    task_id: UUID,
    changes: TaskPatch,
    caller: Caller,
    expected: IfMatch,
    response: Response,
    tasks: Tasks = use(lambda c: c.tasks),
) -> TaskOut:
    """Change some fields. The status is changed by complete, reopen, start and cancel."""
    return _answer(response, await tasks.edit(caller, task_id, sent(changes), expected))


@router.delete("/{task_id}", status_code=HTTPStatus.NO_CONTENT, response_class=Response, responses=CHANGED)
async def delete_task(
    task_id: UUID, caller: Caller, expected: IfMatch, tasks: Tasks = use(lambda c: c.tasks)
) -> None:
    """Move a task to the trash. Repeating it changes nothing."""
    await tasks.delete(caller, task_id, expected)


VERBS = {
    Verb.START: "An open task becomes in_progress.",
    Verb.COMPLETE: "An open task becomes done.",
    Verb.CANCEL: "An open task becomes cancelled.",
    Verb.REOPEN: "A closed task becomes todo again.",
}


def _verb_route(verb: Verb) -> Callable[..., Awaitable[TaskOut]]:
    async def apply_verb(
        task_id: UUID,
        caller: Caller,
        expected: IfMatch,
        response: Response,
        tasks: Tasks = use(lambda c: c.tasks),
    ) -> TaskOut:
        return _answer(response, await tasks.apply(caller, task_id, verb, expected))

    return apply_verb


for _verb, _description in VERBS.items():
    router.add_api_route(
        f"/{{task_id}}/{_verb}",
        _verb_route(_verb),
        methods=["POST"],
        name=f"{_verb}_task",
        summary=f"{_verb.title()} Task",
        description=f"{_description} Repeating it changes nothing. Any other status refuses it: 409.",
        responses={200: {"headers": ETAG}, **CHANGED, **problems(409)},
    )
