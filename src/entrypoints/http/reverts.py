"""Taking back many changes at once, over REST."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field

from application.undo import Selection, Undo
from entrypoints.http.changes import RevertConflictProblem, RevertedOut, reverted_out
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import problems
from entrypoints.http.strict import StrictRoute
from entrypoints.http.values import Line, Moment

router = APIRouter(prefix="/api/v1/reverts", tags=["journal"], route_class=StrictRoute)


class RevertsIn(BaseModel):
    """Exactly one of request_id, batch_id and token_id."""

    model_config = ConfigDict(extra="forbid")

    request_id: Line | None = Field(
        None, min_length=1, max_length=64, description="Everything of one request"
    )
    batch_id: UUID | None = Field(None, description="Everything of one batch")
    token_id: UUID | None = Field(None, description="Everything done with one API token")
    since: Moment | None = Field(None, description="Only what was done since")
    force: list[Line] = Field([], max_length=50, description="Fields to set, whatever they are by now")


@router.post("", responses=problems(400, 403, 404, 409, 410, 413, 415, s409=RevertConflictProblem))
async def revert_changes(
    values: RevertsIn, caller: Caller, undo: Undo = use(lambda c: c.undo)
) -> RevertedOut:
    """Take back all changes of a request, a batch or an API token, the last one first, or none of them."""
    return reverted_out(await undo.revert_all(caller, _selection(values), values.force))


def _selection(values: RevertsIn) -> Selection:
    named: dict[str, Any] = values.model_dump(
        include={"request_id", "batch_id", "token_id"}, exclude_none=True
    )
    if len(named) != 1:
        raise RequestValidationError([{"type": "exactly_one", "loc": ("body",)}])
    since: datetime | None = values.since
    return Selection(named, since)
