"""The history of a task over REST."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from application.past import Past
from application.views import PAGE_DEFAULT, PAGE_MAX
from domain.access import Via
from domain.change import Change
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import problems
from entrypoints.http.strict import StrictRoute
from entrypoints.http.told import ChangeOut
from entrypoints.http.values import Digits

router = APIRouter(prefix="/api/v1/tasks", tags=["tasks"], route_class=StrictRoute)


class Provenance(BaseModel):
    """Who set a field, when, through what, and why."""

    value: Any
    set_at: datetime
    actor: str
    via: Via
    token_id: UUID | None
    verb: str
    reason: str | None
    change_id: UUID


class HistoryOut(BaseModel):
    """What has happened to a task."""

    fields: dict[str, Provenance] = Field(description="For each field, the change that set it last")
    items: list[ChangeOut] = Field(description="Its changes, the last ones first")
    next_cursor: str | None = Field(description="Where earlier ones are; null at the beginning")


class HistoryQuery(BaseModel):
    """Which changes."""

    model_config = ConfigDict(extra="forbid")

    limit: Digits = Field(PAGE_DEFAULT, ge=1, le=PAGE_MAX)
    cursor: str | None = Field(None, max_length=512, description="next_cursor of the page before")


@router.get("/{task_id}/history", responses=problems(400, 403, 404))
async def get_task_history(
    task_id: UUID,
    query: Annotated[HistoryQuery, Query()],
    caller: Caller,
    past: Past = use(lambda c: c.past),
) -> HistoryOut:
    """Who did what to a task, also to one in the trash, within what the journal keeps."""
    history = await past.history(caller, task_id, query.limit, query.cursor)
    return HistoryOut(
        fields={name: _provenance(change, name) for name, change in history.fields.items()},
        items=[ChangeOut.model_validate(change) for change in history.items],
        next_cursor=history.next_cursor,
    )


def _provenance(change: Change, name: str) -> Provenance:
    return Provenance(
        value=(change.after or {}).get(name),
        set_at=change.at,
        actor=change.actor,
        via=change.via,
        token_id=change.token_id,
        verb=change.verb,
        reason=change.reason,
        change_id=change.id,
    )
