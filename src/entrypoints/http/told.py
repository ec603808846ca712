"""Changes as they are answered."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from domain.access import REASON_MAX, Via
from domain.change import EntityKind

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
