"""Who the caller is, what their account likes, and how much it has."""

from typing import cast
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from application.preferences import Account
from domain.access import Scope, Via
from domain.attached import ITEMS_MAX, LINKS_MAX
from domain.comment import BODY_MAX
from domain.preferences import PreferenceChanges, Preferences
from domain.task import BLOCKERS_MAX, DESCRIPTION_MAX, LABELS_MAX, TITLE_MAX
from domain.tree import DEPTH_MAX
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import ETAG, problems
from entrypoints.http.preconditions import IfMatch
from entrypoints.http.refs import ProjectRef
from entrypoints.http.shown import PreferencesOut, tag_of
from entrypoints.http.strict import MERGE_PATCH, StrictRoute
from entrypoints.http.task_verbs import CHANGED
from entrypoints.http.verbs import Given, Verb, stale

router = APIRouter(prefix="/api/v1/me", tags=["me"], route_class=StrictRoute)


class Me(BaseModel):
    """The caller, as the access token proves it."""

    account_id: UUID = Field(description="Made from issuer and subject; the same for every token of theirs")
    issuer: str
    subject: str
    scopes: list[str] = Field(description="What this token may do", examples=[["tasks:read", "tasks:write"]])
    via: Via
    preferences: PreferencesOut | None = Field(description="null where the token may not read tasks")


class PreferencesPatch(BaseModel):
    """RFC 7396: a field that is left out stays as it is, null takes the default."""

    model_config = ConfigDict(extra="forbid")

    time_zone: str | None = Field(None, max_length=100, description="IANA", examples=["Europe/Berlin"])
    locale: str | None = Field(None, max_length=50, description="BCP 47", examples=["en"])
    first_day_of_week: int | None = Field(None, strict=True, ge=1, le=7, description="From 1, Monday, to 7")
    default_project_id: ProjectRef | None = Field(None, description="Where new tasks go; null: the Inbox")


EACH = {
    "levels_of_a_tree": DEPTH_MAX,
    "labels_of_a_task": LABELS_MAX,
    "blockers_of_a_task": BLOCKERS_MAX,
    "checklist_items_of_a_task": ITEMS_MAX,
    "links_of_a_task": LINKS_MAX,
    "characters_of_a_title": TITLE_MAX,
    "characters_of_a_description": DESCRIPTION_MAX,
    "characters_of_a_comment": BODY_MAX,
}
"""The most that one thing may have, whatever the account."""


class UsageOut(BaseModel):
    """How many of something there are, those in the trash too, and how many there may be."""

    used: int | None = Field(description="null where it is the most that one thing may have")
    limit: int


async def _prefer(given: Given) -> Preferences:
    sent = cast(PreferenceChanges, given.args.model_dump(exclude_unset=True))
    return await given.use(lambda c: c.account).prefer(given.actor, sent, given.expected)


UPDATE = Verb(
    name="preferences.update",
    operation="edit_preferences",
    summary="Change what the account likes. The entity tag is that of the preferences.",
    run=_prefer,
    args=PreferencesPatch,
    errors=CHANGED,
)
VERBS = (UPDATE,)


@router.get("", responses={200: {"headers": ETAG}, **problems()})
async def get_me(caller: Caller, response: Response, account: Account = use(lambda c: c.account)) -> Me:
    """The account that the access token belongs to, what the token may do, and what the account likes."""
    preferences = None
    if Scope.TASKS_READ in caller.scopes:
        kept = await account.preferences(caller)
        response.headers["ETag"] = tag_of(kept)
        preferences = PreferencesOut.model_validate(kept)
    return Me(
        account_id=caller.account_id,
        issuer=caller.issuer,
        subject=caller.subject,
        scopes=sorted(caller.scopes),
        via=caller.via,
        preferences=preferences,
    )


@router.patch(
    "",
    responses={200: {"headers": ETAG}, **problems(*CHANGED, 415), **stale(PreferencesOut)},
    openapi_extra={
        "requestBody": {
            "content": {MERGE_PATCH: {"schema": {"$ref": "#/components/schemas/PreferencesPatch"}}}
        }
    },
)
async def edit_preferences(
    changes: PreferencesPatch,
    caller: Caller,
    expected: IfMatch,
    response: Response,
    account: Account = use(lambda c: c.account),
) -> PreferencesOut:
    """Change what the account likes. The entity tag is that of the preferences."""
    sent = cast(PreferenceChanges, changes.model_dump(exclude_unset=True))
    kept = await account.prefer(caller, sent, expected)
    response.headers["ETag"] = tag_of(kept)
    return PreferencesOut.model_validate(kept)


@router.get("/usage", responses=problems(403))
async def get_usage(caller: Caller, account: Account = use(lambda c: c.account)) -> dict[str, UsageOut]:
    """How much the account has, and may have, of each kind of thing; and how much each thing may have."""
    used = await account.usage(caller)
    counted = {f"{kind}s": UsageOut(used=one.count, limit=one.limit) for kind, one in used.items()}
    return counted | {name: UsageOut(used=None, limit=limit) for name, limit in EACH.items()}
