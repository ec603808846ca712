"""Labels over REST."""

from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from domain.change import EntityKind
from domain.label import Label, LabelChanges
from entrypoints.http.direct import DirectRoute
from entrypoints.http.lists import add_get, add_list
from entrypoints.http.refs import LabelRef
from entrypoints.http.shown import Color, LabelName, LabelOut
from entrypoints.http.task_verbs import CHANGED
from entrypoints.http.verbs import Given, Verb, add_route, stale

router = APIRouter(prefix="/api/v1/labels", tags=["labels"], route_class=DirectRoute)


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Named(_Sent):
    name: LabelName


class _Renamed(_Sent):
    name: LabelName | None = Field(None, description="Cannot be cleared")


class _Values(_Sent):
    color: Color | None = None


class LabelPatch(_Values, _Renamed):
    """RFC 7396: a field that is left out stays as it is, null clears it."""


class LabelCreate(_Values, _Named):
    """A new label."""

    id: UUID | None = Field(None, description="Your own id for it; a UUIDv7 is made if you send none")


class LabelMerge(BaseModel):
    """The label that stays."""

    model_config = ConfigDict(extra="forbid")

    into: LabelRef


def _changes(values: _Values) -> LabelChanges:
    return cast(LabelChanges, values.model_dump(exclude_unset=True, exclude={"id"}))


async def _create(given: Given) -> Any:
    return await given.use(lambda c: c.labels).create(given.actor, _changes(given.args), given.id)


async def _update(given: Given) -> Any:
    labels = given.use(lambda c: c.labels)
    return await labels.edit(given.actor, given.id, _changes(given.args), given.expected)


async def _merge(given: Given) -> Any:
    labels = given.use(lambda c: c.labels)
    return await labels.merge(given.actor, given.id, given.args.into, given.expected)


async def _delete(given: Given) -> None:
    await given.use(lambda c: c.labels).delete(given.actor, given.id, given.expected)


CREATE = Verb(
    name="label.create",
    operation="create_label",
    summary="Make a label. Case and accents aside, no other one may have its name.",
    run=_create,
    args=LabelCreate,
    made=Label,
    errors=(400, 403, 409, 413),
)
UPDATE = Verb(
    name="label.update",
    operation="edit_label",
    summary="Change some fields. Its tasks keep it.",
    run=_update,
    args=LabelPatch,
    kind=Label,
    errors=CHANGED,
)
MERGE = Verb(
    name="label.merge",
    operation="merge_label",
    summary="Give its tasks the other label instead, move it to the trash, and answer the other one.",
    run=_merge,
    args=LabelMerge,
    kind=Label,
    errors=CHANGED,
)
DELETE = Verb(
    name="label.delete",
    operation="delete_label",
    summary="Take a label from its tasks and move it to the trash. Repeating it changes nothing.",
    run=_delete,
    kind=Label,
    errors=CHANGED,
)
VERBS = (CREATE, UPDATE, MERGE, DELETE)

STALE = stale(LabelOut)
add_route(router, CREATE, "POST", "", LabelOut, {})
add_list(router, EntityKind.LABEL, LabelOut, "list_labels", "A page of labels, by name.")
add_get(router, Label, LabelOut, "/{label_id}", "get_label")
add_route(router, UPDATE, "PATCH", "/{label_id}", LabelOut, STALE)
add_route(router, DELETE, "DELETE", "/{label_id}", None, STALE)
add_route(router, MERGE, "POST", "/{label_id}/merge", LabelOut, STALE)
