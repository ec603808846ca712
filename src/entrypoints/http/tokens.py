"""API tokens over REST."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from application.listing import Listing
from domain.access import Scope
from domain.api_token import LIFETIME_MAX, LIFETIME_MIN, ApiToken, ApiTokenKind
from domain.change import EntityKind
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import LINK, problems
from entrypoints.http.lists import PageOut, PageQuery, answered
from entrypoints.http.shown import TokenCreated, TokenName, TokenOut
from entrypoints.http.strict import StrictRoute
from entrypoints.http.verbs import Given, Verb, add_route

router = APIRouter(prefix="/api/v1/tokens", tags=["tokens"], route_class=StrictRoute)

_SHORTEST, _LONGEST = (int(limit.total_seconds()) for limit in (LIFETIME_MIN, LIFETIME_MAX))


class TokenCreate(BaseModel):
    """A new API token, for one script or agent."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = Field(None, description="Your own id for it; a UUIDv7 is made if you send none")
    name: TokenName = Field(examples=["nightly report"])
    kind: ApiTokenKind
    scopes: list[Scope] = Field(
        min_length=1,
        max_length=len(Scope),
        description="What it may do: nothing that you may not do yourself",
    )
    expires_in: int = Field(ge=_SHORTEST, le=_LONGEST, strict=True, description="Seconds")


async def _create(given: Given) -> Any:
    return await given.use(lambda c: c.api_tokens).create(
        given.actor,
        name=given.args.name,
        kind=given.args.kind,
        scopes=given.args.scopes,
        lifetime=timedelta(seconds=given.args.expires_in),
        token_id=given.id,
    )


async def _revoke(given: Given) -> None:
    await given.use(lambda c: c.api_tokens).revoke(given.actor, given.id)


CREATE = Verb(
    name="api_token.create",
    operation="create_token",
    summary=(
        "Make a token. It can do what `scopes` says, on your account alone, until it expires or is revoked."
    ),
    run=_create,
    args=TokenCreate,
    made=ApiToken,
    errors=(400, 403, 409, 413),
)
REVOKE = Verb(
    name="api_token.revoke",
    operation="revoke_token",
    summary="Revoke a token, at once and everywhere. Repeating it changes nothing.",
    run=_revoke,
    kind=ApiToken,
    versioned=False,
    errors=(400, 403, 404, 409, 413),
)
VERBS = (CREATE, REVOKE)

add_route(router, CREATE, "POST", "", TokenCreated, {})


@router.get("", responses={200: {"headers": LINK}, **problems(400, 403)}, response_model=PageOut[TokenOut])
async def list_tokens(
    query: Annotated[PageQuery, Query()],
    caller: Caller,
    request: Request,
    listing: Listing = use(lambda c: c.listing),
) -> Any:
    """A page of the account's tokens, newest first, revoked and expired ones too."""
    page = await listing.page(caller, EntityKind.API_TOKEN, {}, query.limit, query.cursor)
    return answered(request, page)


add_route(router, REVOKE, "DELETE", "/{token_id}", None, {})
