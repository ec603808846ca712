"""Who the caller is."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from domain.access import Via
from entrypoints.http.deps import Caller
from entrypoints.http.documented import problems
from entrypoints.http.strict import StrictRoute

router = APIRouter(prefix="/api/v1", tags=["me"], route_class=StrictRoute)


class Me(BaseModel):
    """The caller, as the access token proves it."""

    account_id: UUID = Field(description="Made from issuer and subject; the same for every token of theirs")
    issuer: str
    subject: str
    scopes: list[str] = Field(description="What this token may do", examples=[["tasks:read", "tasks:write"]])
    via: Via


@router.get("/me", responses=problems())
async def get_me(caller: Caller) -> Me:
    """The account that the access token belongs to, and what the token may do."""
    return Me(
        account_id=caller.account_id,
        issuer=caller.issuer,
        subject=caller.subject,
        scopes=sorted(caller.scopes),
        via=caller.via,
    )
