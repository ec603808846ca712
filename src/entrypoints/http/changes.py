"""The journal over REST."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, field_serializer

from application.changes import Changes
from application.undo import Reverted, Undo
from application.views import CHANGES_DEFAULT, CHANGES_MAX
from domain.access import REASON_MAX, Via
from domain.change import EntityKind
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import Problem, problems
from entrypoints.http.strict import StrictRoute
from entrypoints.http.values import Digits, Line
from entrypoints.settings import Settings

router = APIRouter(prefix="/api/v1/changes", tags=["journal"], route_class=StrictRoute)

State = dict[str, Any] | None


class ChangeOut(BaseModel):
    """One change of one thing."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    seq: int = Field(ge=1, description="Counts this account's changes: no gap, in the order of commits")
    at: datetime
    actor: str = Field(description="The API token's name, or the subject of the JWT")
    token_id: UUID | None = Field(description="The API token that was used")
    via: Via
    request_id: str
    batch_id: UUID | None
    reason: str | None = Field(max_length=REASON_MAX, description="What the header Remit-Reason said")
    entity: EntityKind
    entity_id: UUID
    verb: str = Field(examples=["complete"])
    version: int = Field(description="The thing's version after the change")
    reverts: int | None = Field(description="The seq of the change that this one takes back")
    before: State = Field(description="What the changed fields were; null where the thing was made")
    after: State = Field(description="What they are; every field where the thing was made or restored")
    hash: bytes = Field(description="SHA-256 over the hash before and this change, in hexadecimal")

    @field_serializer("hash")
    def _hexadecimal(self, value: bytes) -> str:
        return value.hex()


class Kept(BaseModel):
    """How far back the journal reaches, and will."""

    floor: int = Field(ge=0, description="The seq of the last change that is not kept any more; 0 if all are")
    floor_at: datetime | None = Field(description="When that was: `as_of` reaches back to here")
    retention: timedelta = Field(
        description="How long a change is kept at least: days, perhaps hours",
        examples=["P365D"],
        json_schema_extra={"format": "duration"},
    )

    @field_serializer("retention")
    def _in_days(self, value: timedelta) -> str:
        """ISO 8601, without the years that pydantic would write: they have no length."""
        hours = value.seconds // 3600
        return f"P{value.days}D" + (f"T{hours}H" if hours else "")


class ChangeList(BaseModel):
    """Some of the journal, in its order."""

    items: list[ChangeOut]
    next: str = Field(description="Send it as `after`, now or whenever: it goes on from here")
    has_more: bool = Field(description="Whether there is more by now")
    kept: Kept


class ChangesQuery(BaseModel):
    """Which changes."""

    model_config = ConfigDict(extra="forbid")

    after: str | None = Field(None, max_length=512, description="`next` of an answer before")
    types: list[EntityKind] = Field([], description="Only of these things; repeat it for several")
    limit: Digits = Field(CHANGES_DEFAULT, ge=1, le=CHANGES_MAX)


class Verification(BaseModel):
    """Whether the journal is as it was written."""

    valid: bool
    first: int = Field(description="The seq of the first change that is kept")
    last: int
    hash: str = Field(description="The last change's hash: note it elsewhere, and compare it later")
    broken_at: int | None = Field(description="The seq of the first change that is missing or was altered")


class RevertQuery(BaseModel):
    """How to take back. What is unknown is refused by the route, which knows what every change can take."""

    force: list[Line] = Field([], max_length=50, description="Fields to set, whatever they are by now")


class RevertedOut(BaseModel):
    """What was taken back."""

    changes: list[ChangeOut] = Field(description="The changes that took others back; `reverts` says which")
    skipped: list[UUID] = Field(description="Changes of API tokens: they stay")


class OverwrittenOut(BaseModel):
    """A field that has changed again since."""

    model_config = ConfigDict(from_attributes=True)

    change_id: UUID
    entity: EntityKind
    entity_id: UUID
    field: str = Field(description="Name it in `force` to set it nevertheless")
    current: Any = Field(description="What it is now")
    reverted: Any = Field(description="What it would be")


class LeftOut(BaseModel):
    """A thing that would be left behind."""

    entity: EntityKind
    entity_id: UUID


class RevertConflictProblem(Problem):
    """With `revert_conflict`: the same fields have changed since."""

    conflicts: list[OverwrittenOut] = Field([], description="With `revert_conflict`")
    left: list[LeftOut] = Field([], description="With `revert_conflict`: what is in it by now, or has it")


def reverted_out(found: Reverted) -> RevertedOut:
    """As it is answered."""
    return RevertedOut(
        changes=[ChangeOut.model_validate(change) for change in found.changes],
        skipped=[change.id for change in found.skipped],
    )


@router.get("", responses=problems(400, 403, 410))
async def list_changes(
    query: Annotated[ChangesQuery, Query()],
    caller: Caller,
    changes: Changes = use(lambda c: c.changes),
    settings: Settings = use(lambda c: c.settings),
) -> ChangeList:
    """What has happened since. Changes of API tokens are shown to those who may manage them."""
    page = await changes.list(caller, query.after, query.types, query.limit)
    items = [ChangeOut.model_validate(change) for change in page.items]
    kept = Kept(floor=page.floor.seq, floor_at=page.floor.at, retention=settings.journal_retention)
    return ChangeList(items=items, next=page.next, has_more=page.has_more, kept=kept)


@router.get("/verify", responses=problems(403))
async def verify_changes(caller: Caller, changes: Changes = use(lambda c: c.changes)) -> Verification:
    """Recompute the chain of hashes: each covers its change and the one before."""
    found = await changes.verify(caller)
    return Verification(
        valid=found.broken_at is None,
        first=found.first,
        last=found.last,
        hash=found.hash.hex(),
        broken_at=found.broken_at,
    )


@router.post(
    "/{change_id}/revert", responses=problems(400, 403, 404, 409, 410, 413, s409=RevertConflictProblem)
)
async def revert_change(
    change_id: UUID,
    caller: Caller,
    query: Annotated[RevertQuery, Query()],
    undo: Undo = use(lambda c: c.undo),
) -> RevertedOut:
    """Take a change back, unless the same fields have changed since. To redo it, take that change back.

    With a delete comes back what went along.
    """
    return reverted_out(await undo.revert(caller, change_id, query.force))


@router.get("/{change_id}", responses=problems(400, 403, 404))
async def get_change(
    change_id: UUID, caller: Caller, changes: Changes = use(lambda c: c.changes)
) -> ChangeOut:
    """One change."""
    return ChangeOut.model_validate(await changes.get(caller, change_id))
