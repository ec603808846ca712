"""The trash over REST."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from application.trash import Trash
from application.trees import KINDS
from domain.change import EntityKind
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import ETAG, LINK, problems
from entrypoints.http.lists import PageOut, PageQuery
from entrypoints.http.pages import link_next
from entrypoints.http.shown import (
    CommentOut,
    LabelOut,
    ProjectOut,
    SectionOut,
    TaskOut,
    ViewOut,
    shown,
    tag_of,
)
from entrypoints.http.strict import StrictRoute
from entrypoints.http.values import Digits
from entrypoints.http.verbs import Given, Verb

router = APIRouter(prefix="/api/v1/trash", tags=["trash"], route_class=StrictRoute)

Restored = TaskOut | ProjectOut | SectionOut | LabelOut | CommentOut | ViewOut


class Kind(StrEnum):
    """What has a trash."""

    PROJECT = EntityKind.PROJECT
    SECTION = EntityKind.SECTION
    TASK = EntityKind.TASK
    LABEL = EntityKind.LABEL
    COMMENT = EntityKind.COMMENT
    VIEW = EntityKind.VIEW


class TrashedOut(BaseModel):
    """Something that was deleted itself, with what is in it."""

    kind: Kind
    id: UUID
    title: str = Field(description="Its title or name, or how its text begins")
    deleted_at: datetime


class Count(BaseModel):
    """How many things are to be removed for good, as a confirmation."""

    count: Digits = Field(ge=0, description="409 count_mismatch says how many it would be")


def _restore(kind: EntityKind) -> Verb:
    async def run(given: Given) -> Any:
        return await given.use(lambda c: c.trash).restore(given.actor, kind, given.id)

    return Verb(
        name=f"{kind}.restore",
        operation="restore_from_trash",
        summary=f"Bring a {kind} back from the trash, to where it was. Repeatable.",
        run=run,
        kind=KINDS[kind],
        versioned=False,
    )


def _purge(kind: EntityKind) -> Verb:
    async def run(given: Given) -> None:
        await given.use(lambda c: c.trash).purge(given.actor, kind, given.id, given.args.count)

    return Verb(
        name=f"{kind}.purge",
        operation="purge_from_trash",
        summary=f"Remove a {kind} in the trash for good.",
        run=run,
        args=Count,
        kind=KINDS[kind],
        versioned=False,
    )


VERBS = (*map(_restore, KINDS), *map(_purge, KINDS))


@router.get("", responses={200: {"headers": LINK}, **problems(400, 403)})
async def list_trash(
    query: Annotated[PageQuery, Query()],
    caller: Caller,
    request: Request,
    response: Response,
    trash: Trash = use(lambda c: c.trash),
) -> PageOut[TrashedOut]:
    """A page of what was deleted, the last one first. What went along comes back along, and is not shown."""
    page = await trash.list(caller, query.limit, query.cursor)
    response.headers.update(link_next(request, page.next_cursor))
    return PageOut(items=[_trashed(thing) for thing in page.items], next_cursor=page.next_cursor)


@router.post(
    "/{kind}/{thing_id}/restore",
    responses={200: {"headers": ETAG}, **problems(400, 403, 404, 409, 413)},
    response_model=Restored,
)
async def restore_from_trash(
    kind: Kind, thing_id: UUID, caller: Caller, response: Response, trash: Trash = use(lambda c: c.trash)
) -> Any:
    """Bring it back to where it was, with what went along. Repeating it changes nothing."""
    thing = await trash.restore(caller, EntityKind(kind), thing_id)
    response.headers["ETag"] = tag_of(thing)
    return shown(thing)


@router.delete(
    "/{kind}/{thing_id}",
    status_code=204,
    response_class=Response,
    responses=problems(400, 403, 404, 409, 413),
)
async def purge_from_trash(
    kind: Kind,
    thing_id: UUID,
    query: Annotated[Count, Query()],
    caller: Caller,
    trash: Trash = use(lambda c: c.trash),
) -> None:
    """Remove it for good, with all that is in it: `count` things. Nothing brings them back."""
    await trash.purge(caller, EntityKind(kind), thing_id, query.count)


@router.delete("", status_code=204, response_class=Response, responses=problems(400, 403, 409, 413))
async def empty_trash(
    query: Annotated[Count, Query()], caller: Caller, trash: Trash = use(lambda c: c.trash)
) -> None:
    """Remove all that is in the trash for good: `count` things."""
    await trash.empty(caller, query.count)


def _trashed(thing: Any) -> TrashedOut:
    shown_as = getattr(thing, "title", None) or getattr(thing, "name", None) or thing.body[:100]
    kind = next(kind for kind, entity in KINDS.items() if type(thing) is entity)
    return TrashedOut(kind=Kind(kind.value), id=thing.id, title=shown_as, deleted_at=thing.deleted_at)
