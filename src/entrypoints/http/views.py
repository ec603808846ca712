"""Views over REST: those that were saved, and those that are built in."""

from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from application.saved_views import Views
from application.view_tasks import OWN, ViewTasks
from domain.builtin_views import BUILTINS, Builtin
from domain.errors import ViewBuiltIn
from domain.view import Grouping, View, ViewChanges
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import ETAG, LINK, FilterProblem, problems
from entrypoints.http.filter_language import filter_field
from entrypoints.http.grouped import GroupedOut, ViewPageOut, answer_of
from entrypoints.http.listed import ShownQuery
from entrypoints.http.lists import NOT_MODIFIED, PageOut, PageQuery, answered, conditional
from entrypoints.http.preconditions import IfNoneMatch
from entrypoints.http.shown import ViewName, ViewOut
from entrypoints.http.strict import StrictRoute
from entrypoints.http.task_verbs import CHANGED
from entrypoints.http.tasks import CURSOR_MAX, NONE, Group, Sort
from entrypoints.http.verbs import Given, Verb, add_route, stale

router = APIRouter(prefix="/api/v1/views", tags=["views"], route_class=StrictRoute)


def _any_view(given: object) -> object:
    """The word of one that is built in, or else a UUID."""
    if given in {*Builtin}:
        return Builtin(str(given))
    try:
        return UUID(str(given))
    except ValueError:
        known = ", ".join(Builtin)
        raise PydanticCustomError("not_a_view", "not a view", {"known": known}) from None


def _saved_view(given: object) -> object:
    """Raises ViewBuiltIn: what is there and cannot be changed is not answered as what is missing."""
    if given in {*Builtin}:
        raise ViewBuiltIn
    return given


_WORDS = {"type": "string", "enum": [*Builtin]}
AnyViewId = Annotated[
    UUID | Builtin,
    BeforeValidator(_any_view),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "uuid"}, _WORDS]}),
]
SavedViewId = Annotated[UUID, BeforeValidator(_saved_view)]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Named(_Sent):
    name: ViewName


class _Renamed(_Sent):
    name: ViewName | None = Field(None, description="Cannot be cleared")


class _Values(_Sent):
    filter: Annotated[
        str | dict[str, Any] | None,
        filter_field("Which tasks: text, or the same as a tree in JSON; null: all", "@home & open"),
    ] = None
    sort: Sort | None = Field(None, description="As `GET /tasks` takes it", examples=["-priority,due_date"])
    grouping: Grouping | None = Field(None, description="How they are told apart; null: not at all")


class ViewPatch(_Values, _Renamed):
    """RFC 7396: a field that is left out stays as it is, null clears it. A filter is replaced as a whole."""


class ViewCreate(_Values, _Named):
    """A new view."""

    id: UUID | None = Field(None, description="Your own id for it; a UUIDv7 is made if you send none")


class ViewListQuery(PageQuery):
    """Which views."""

    cursor: str | None = Field(None, max_length=CURSOR_MAX, description="next_cursor of the page before")


class ViewTasksQuery(ShownQuery):
    """Which page of a view, what of its tasks, and how they are told apart."""

    cursor: str | None = Field(None, max_length=CURSOR_MAX, description="next_cursor of the page before")
    group: Group = Field(None, description="Instead of the view's own grouping; none: not at all")
    count: Literal["exact", "none"] = Field("none", description="Whether to say how many there are in all")

    @property
    def by(self) -> Any:
        """As the use cases take it."""
        return OWN if self.group is None else None if self.group == NONE else self.group


def _changes(values: _Values) -> ViewChanges:
    return cast(ViewChanges, values.model_dump(exclude_unset=True, exclude={"id"}))


async def _create(given: Given) -> Any:
    return await given.use(lambda c: c.views).create(given.actor, _changes(given.args), given.id)


async def _update(given: Given) -> Any:
    views = given.use(lambda c: c.views)
    return await views.edit(given.actor, given.id, _changes(given.args), given.expected)


async def _delete(given: Given) -> None:
    await given.use(lambda c: c.views).delete(given.actor, given.id, given.expected)


CREATE = Verb(
    name="view.create",
    operation="create_view",
    summary="Save a filter under a name, with an order and perhaps groups.",
    run=_create,
    args=ViewCreate,
    made=View,
    errors=(400, 403, 409, 413),
)
UPDATE = Verb(
    name="view.update",
    operation="edit_view",
    summary="Change some fields. One that is built in cannot be changed.",
    run=_update,
    args=ViewPatch,
    kind=View,
    named=SavedViewId,
    errors=CHANGED,
)
DELETE = Verb(
    name="view.delete",
    operation="delete_view",
    summary="Move a view to the trash. Repeating it changes nothing. One that is built in cannot be deleted.",
    run=_delete,
    kind=View,
    named=SavedViewId,
    errors=CHANGED,
)
VERBS = (CREATE, UPDATE, DELETE)

STALE = stale(ViewOut)
FILTERED: dict[int | str, dict[str, Any]] = {422: problems(s422=FilterProblem)[422]}
add_route(router, CREATE, "POST", "", ViewOut, FILTERED)


@router.get("", responses={200: {"headers": LINK}, **problems(400, 403)}, response_model=PageOut[ViewOut])
async def list_views(
    query: Annotated[ViewListQuery, Query()],
    caller: Caller,
    request: Request,
    views: Views = use(lambda c: c.views),
) -> Any:
    """A page of views: those that are built in, then the saved ones by name."""
    return answered(request, await views.list(caller, query.limit, query.cursor))


@router.get(
    "/{view_id}",
    responses={200: {"headers": ETAG}, **NOT_MODIFIED, **problems(400, 403, 404)},
    response_model=ViewOut,
)
async def get_view(
    view_id: AnyViewId, caller: Caller, held: IfNoneMatch, views: Views = use(lambda c: c.views)
) -> Any:
    """One view, by its id, or its word where it is built in."""
    return conditional(await views.get(caller, view_id), held)


add_route(router, UPDATE, "PATCH", "/{view_id}", ViewOut, {**STALE, **FILTERED})
add_route(router, DELETE, "DELETE", "/{view_id}", None, STALE)


@router.get(
    "/{view_id}/tasks",
    responses={200: {"headers": LINK}, **problems(400, 403, 404, s422=FilterProblem)},
    response_model=ViewPageOut | GroupedOut,
    response_model_exclude_unset=True,
)
async def list_view_tasks(
    view_id: AnyViewId,
    query: Annotated[ViewTasksQuery, Query()],
    caller: Caller,
    request: Request,
    tasks: ViewTasks = use(lambda c: c.view_tasks),
) -> Any:
    """A page of a view's tasks, or of groups of them. Whatever is added, none comes twice or is left out."""
    if query.group not in {None, NONE} and isinstance(view_id, Builtin) and BUILTINS[view_id].ranked:
        raise RequestValidationError([{"type": "not_grouped", "loc": ("query", "group")}])
    counted = query.count != NONE
    page = await tasks.page(
        caller, view_id, query.limit, query.cursor, query.by,
        counted=counted, fields=query.chosen, include=query.included,
    )  # fmt: skip
    return answer_of(request, page)
