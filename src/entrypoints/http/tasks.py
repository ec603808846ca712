"""Tasks over REST."""

from typing import Annotated, Any, Literal, NoReturn
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from application.past import Past
from application.shown import FIELDS
from application.sorting import SORT_RULE, parsed
from application.task_groups import TaskGroups
from application.task_lists import Asked
from application.tasks import Tasks
from application.views import Criteria
from domain.errors import Invalid
from domain.task import Status
from domain.view import Grouping
from entrypoints.http.deps import Caller, use
from entrypoints.http.direct import DirectRoute
from entrypoints.http.documented import ETAG, LINK, FilterProblem, problems
from entrypoints.http.filter_language import filter_field
from entrypoints.http.grouped import AboutOut, GroupedOut, answer_of
from entrypoints.http.listed import IncludingOut, ListedTaskOut, ShownQuery
from entrypoints.http.lists import NOT_MODIFIED, PageOut, answered, conditional, equal
from entrypoints.http.preconditions import IfNoneMatch
from entrypoints.http.shown import TaskOut
from entrypoints.http.task_verbs import ACTS, CREATE, DELETE, DUPLICATE, PLACE, UPDATE
from entrypoints.http.values import Moment
from entrypoints.http.verbs import add_route, stale

router = APIRouter(prefix="/api/v1/tasks", tags=["tasks"], route_class=DirectRoute)

AsOf = Annotated[Moment | None, Query(description="As it was then, within what the journal keeps")]
NONE = "none"
CURSOR_MAX = 2048
"""Room for the values of five keys."""


def _sortable(given: str) -> str:
    try:
        parsed(given)
    except Invalid:
        raise PydanticCustomError("not_a_sort", "not a sort") from None
    return given


Sort = Annotated[str, AfterValidator(_sortable)]


Group = Grouping | Literal["none"] | None


class TaskListQuery(ShownQuery):
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
    filter: Annotated[
        str | None, filter_field("Only those that the filter selects", "overdue | (today & @home)")
    ] = None
    sort: Sort | None = Field(
        None,
        description=f"{SORT_RULE} Nulls are last, ties by id. The default is -created_at",
        examples=["-priority,due_date"],
    )
    group: Group = Field(
        None,
        description="Tell them apart: the first `limit` of each group, or with its cursor more of one; "
        "none: not at all",
    )
    count: Literal["exact", "none"] = Field("none", description="Whether to say how many there are in all")
    cursor: str | None = Field(None, max_length=CURSOR_MAX, description="next_cursor of the page before")
    as_of: Moment | None = Field(None, description="As they were then, within what the journal keeps")

    @property
    def is_plain(self) -> bool:
        """Whether it can be answered of the past."""
        asked = (self.where, self.filter, self.sort, self.by, self.fields, self.include)
        return not any(asked) and self.count == NONE

    @property
    def by(self) -> Grouping | None:
        """What they are told apart by."""
        return self.group if isinstance(self.group, Grouping) else None

    @property
    def asked(self) -> Asked:
        """As the use cases take it."""
        return Asked(
            statuses=frozenset(self.status), where=self.where, filter=self.filter, sort=parsed(self.sort),
            limit=self.limit, cursor=self.cursor, counted=self.count != NONE,
            fields=self.chosen or FIELDS, include=self.included,
        )  # fmt: skip

    @property
    def where(self) -> Criteria:
        """What of this is about places and labels."""
        where = equal(self.model_dump(include=set(PLACE), exclude_none=True))
        return {**where, "labels": {self.label_id}} if self.label_id is not None else where


class TaskPageOut(IncludingOut, AboutOut, PageOut[ListedTaskOut]):
    """Some of a list of tasks."""


STALE = stale(TaskOut)
add_route(router, CREATE, "POST", "", TaskOut, {})


@router.get(
    "",
    responses={200: {"headers": LINK}, **problems(400, 403, 409, 410, s422=FilterProblem)},
    response_model=TaskPageOut | GroupedOut,
    response_model_exclude_unset=True,
)
async def list_tasks(
    query: Annotated[TaskListQuery, Query()],
    caller: Caller,
    request: Request,
    tasks: Tasks = use(lambda c: c.tasks),
    past: Past = use(lambda c: c.past),
    groups: TaskGroups = use(lambda c: c.task_groups),
) -> Any:
    """A page of tasks, or of groups. Whatever is added meanwhile, no task comes twice or is left out."""
    if query.as_of is not None:
        if not query.is_plain:
            _refuse_together("as_of", "anything but status, limit and cursor")
        page = await past.tasks(caller, query.as_of, query.status, query.limit, query.cursor)
        return answered(request, page)
    if query.by is not None:
        for name in ("fields", "include"):
            if getattr(query, name) is not None:
                _refuse_together(name, "group")
        return answer_of(request, await groups.page(caller, query.asked, query.by))
    return answer_of(request, await tasks.list(caller, query.asked))


def _refuse_together(name: str, others: str) -> NoReturn:
    raise RequestValidationError([{"type": "not_together", "loc": ("query", name), "ctx": {"with": others}}])


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
    if as_of is None:
        return conditional(await tasks.show(caller, task_id), held)
    return conditional(await past.task(caller, task_id, as_of), held)


add_route(router, UPDATE, "PATCH", "/{task_id}", TaskOut, STALE)
add_route(router, DELETE, "DELETE", "/{task_id}", None, STALE)
for _act in ACTS:
    add_route(router, _act, "POST", f"/{{task_id}}/{_act.name.removeprefix('task.')}", TaskOut, STALE)
add_route(router, DUPLICATE, "POST", "/{task_id}/duplicate", TaskOut, {})
