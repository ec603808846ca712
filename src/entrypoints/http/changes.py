"""The journal over REST."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from application.changes import Changes
from application.filtered import Filtered
from application.undo import Reverted, Undo
from application.views import CHANGES_DEFAULT, CHANGES_MAX
from domain.change import EntityKind
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import FilterProblem, Problem, problems
from entrypoints.http.filtered import FilteredChangeList, FilterText, changes_answered, refused_by
from entrypoints.http.strict import StrictRoute
from entrypoints.http.told import ChangeList, ChangeOut, Kept
from entrypoints.http.values import Digits, Line
from entrypoints.settings import Settings

router = APIRouter(prefix="/api/v1/changes", tags=["journal"], route_class=StrictRoute)


class ChangesQuery(BaseModel):
    """Which changes."""

    model_config = ConfigDict(extra="forbid")

    after: str | None = Field(None, max_length=512, description="`next` of an answer before")
    types: list[EntityKind] = Field([], description="Only of these things; repeat it for several")
    filter: FilterText = None
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


@router.get(
    "",
    response_model=ChangeList | FilteredChangeList,
    responses=problems(400, 403, 410, s422=FilterProblem),
)
async def list_changes(
    query: Annotated[ChangesQuery, Query()],
    caller: Caller,
    changes: Changes = use(lambda c: c.changes),
    filtered: Filtered = use(lambda c: c.filtered),
    settings: Settings = use(lambda c: c.settings),
) -> Any:
    """What has happened since. Changes of API tokens are shown to those who may manage them.

    With a filter: what that did to the tasks that it selects.
    """
    if query.filter is not None:
        with refused_by(query.filter, query.types):
            found = await filtered.list(caller, query.filter, query.after, query.types, query.limit)
        return changes_answered(found, settings.journal_retention)
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
