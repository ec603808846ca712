"""Comments over REST."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from domain.change import EntityKind
from domain.comment import Comment
from entrypoints.http.direct import DirectRoute
from entrypoints.http.lists import PageQuery, add_get, add_list
from entrypoints.http.refs import TaskRef
from entrypoints.http.shown import Body, CommentOut
from entrypoints.http.task_verbs import CHANGED
from entrypoints.http.verbs import Given, Verb, add_route, stale

router = APIRouter(prefix="/api/v1/comments", tags=["comments"], route_class=DirectRoute)


class CommentPatch(BaseModel):
    """RFC 7396: a field that is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    body: Body | None = Field(None, description="Cannot be cleared")


class CommentCreate(BaseModel):
    """A new comment, by who sends it."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = Field(None, description="Your own id for it; a UUIDv7 is made if you send none")
    task_id: TaskRef
    body: Body


class CommentListQuery(PageQuery):
    """Which comments."""

    task_id: UUID | None = Field(None, description="Only on this task")


async def _create(given: Given) -> Any:
    sent = given.args
    return await given.use(lambda c: c.comments).create(given.actor, sent.task_id, sent.body, given.id)


async def _update(given: Given) -> Any:
    sent = given.args
    body = (sent.body or "") if "body" in sent.model_fields_set else None
    return await given.use(lambda c: c.comments).edit(given.actor, given.id, body, given.expected)


async def _delete(given: Given) -> None:
    await given.use(lambda c: c.comments).delete(given.actor, given.id, given.expected)


CREATE = Verb(
    name="comment.create",
    operation="create_comment",
    summary="Comment on a task.",
    run=_create,
    args=CommentCreate,
    made=Comment,
    errors=(400, 403, 409, 413),
)
UPDATE = Verb(
    name="comment.update",
    operation="edit_comment",
    summary="Write it anew: `edited_at` says when.",
    run=_update,
    args=CommentPatch,
    kind=Comment,
    errors=CHANGED,
)
DELETE = Verb(
    name="comment.delete",
    operation="delete_comment",
    summary="Move a comment to the trash. Repeating it changes nothing.",
    run=_delete,
    kind=Comment,
    errors=CHANGED,
)
VERBS = (CREATE, UPDATE, DELETE)

STALE = stale(CommentOut)
add_route(router, CREATE, "POST", "", CommentOut, {})
add_list(
    router,
    EntityKind.COMMENT,
    CommentOut,
    "list_comments",
    "A page of comments, oldest first.",
    CommentListQuery,
)
add_get(router, Comment, CommentOut, "/{comment_id}", "get_comment")
add_route(router, UPDATE, "PATCH", "/{comment_id}", CommentOut, STALE)
add_route(router, DELETE, "DELETE", "/{comment_id}", None, STALE)
