"""Lists of things: what every one of them takes and answers."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from application.listing import Listing
from application.ports import UnitsOfWork
from application.things import read
from application.views import PAGE_DEFAULT, PAGE_MAX, Criteria, Page
from domain.change import EntityKind, kind_of
from domain.filters import Resolved
from domain.thing import Thing
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import ETAG, LINK, problems
from entrypoints.http.pages import link_next
from entrypoints.http.preconditions import Held, IfNoneMatch
from entrypoints.http.rendering import answer, rendered, rendered_all
from entrypoints.http.shown import tag_of
from entrypoints.http.values import Digits

Out = TypeVar("Out")


class PageQuery(BaseModel):
    """Which page."""

    model_config = ConfigDict(extra="forbid")

    limit: Digits = Field(PAGE_DEFAULT, ge=1, le=PAGE_MAX)
    cursor: str | None = Field(None, max_length=512, description="next_cursor of the page before")

    @property
    def where(self) -> Criteria:
        """What is asked for beside the page: each a field that must equal, `none` that must be null."""
        return equal(self.model_dump(exclude={"limit", "cursor"}, exclude_none=True))


def equal(asked: Mapping[str, Any]) -> Criteria:
    """Fields that must equal what was asked for, `none` standing for null."""
    return {name: {None if value == "none" else value} for name, value in asked.items()}


class PageOut(BaseModel, Generic[Out]):
    """Some of a list."""

    items: list[Out]
    next_cursor: str | None = Field(description="Where the next page begins; null at the end")


def answered(request: Request, page: Page[Any], about: Mapping[str, Any] | None = None) -> Response:
    """The page as it is answered, with what else there is to say, and the header Link while there is more."""
    shown = {"items": rendered_all(page.items), "next_cursor": page.next_cursor}
    return answer({**shown, **(about or {})}, headers=link_next(request, page.next_cursor))


def read_as(resolved: Resolved | None) -> dict[str, Any]:
    """What an answer says of the filter that it was made with."""
    if resolved is None:
        return {}
    return {"resolved_at": resolved.resolved_at, "time_zone": resolved.time_zone}


NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "You have this version", "headers": ETAG}
}


def add_list(
    router: APIRouter,
    kind: EntityKind,
    out: type[BaseModel],
    operation: str,
    summary: str,
    query: type[PageQuery] = PageQuery,
) -> None:
    """The route that lists things of a kind: those that `query` asks for."""

    async def listed(
        query: Annotated[PageQuery, Query()],
        caller: Caller,
        request: Request,
        listing: Listing = use(lambda c: c.listing),
    ) -> Any:
        return answered(request, await listing.page(caller, kind, query.where, query.limit, query.cursor))

    listed.__annotations__["query"] = Annotated[query, Query()]
    router.add_api_route(
        "",
        listed,
        methods=["GET"],
        name=operation,
        summary=operation.replace("_", " ").title(),
        description=summary,
        response_model=PageOut[out],  # type: ignore[valid-type]
        responses={200: {"headers": LINK}, **problems(400, 403)},
    )


def add_get(router: APIRouter, entity: type[Thing], out: type[BaseModel], path: str, operation: str) -> None:
    """The route that reads one thing."""
    kind = kind_of(entity).value

    async def got(
        thing_id: Annotated[UUID, Path(alias=path[2:-1])],
        caller: Caller,
        held: IfNoneMatch,
        units: UnitsOfWork = use(lambda c: c.units),
    ) -> Any:
        thing = await read(units, caller, entity, thing_id)
        return conditional(thing, held)

    router.add_api_route(
        path,
        got,
        methods=["GET"],
        name=operation,
        summary=operation.replace("_", " ").title(),
        description=f"One {kind}.",
        response_model=out,
        responses={200: {"headers": ETAG}, **NOT_MODIFIED, **problems(400, 403, 404)},
    )


def conditional(thing: Any, held: Held) -> Response:
    """The thing as it is answered, or 304 where the client has it."""
    tag = tag_of(thing)
    if held.has(tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
    return answer(rendered(thing), headers={"ETag": tag})
