"""API tokens over REST."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from application.api_tokens import ApiTokens
from application.views import PAGE_DEFAULT, PAGE_MAX
from domain.access import Scope
from domain.api_token import LIFETIME_MAX, LIFETIME_MIN, NAME_MAX, ApiTokenKind
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import LINK, problems
from entrypoints.http.pages import link_next
from entrypoints.http.strict import Digits, StrictRoute

router = APIRouter(prefix="/api/v1/tokens", tags=["tokens"], route_class=StrictRoute)

_SHORTEST, _LONGEST = (int(limit.total_seconds()) for limit in (LIFETIME_MIN, LIFETIME_MAX))
Name = Annotated[str, WithJsonSchema({"type": "string", "minLength": 1, "maxLength": NAME_MAX})]


class TokenCreate(BaseModel):
    """A new API token, for one script or agent."""

    model_config = ConfigDict(extra="forbid")

    name: Name = Field(examples=["nightly report"])
    kind: ApiTokenKind
    scopes: list[Scope] = Field(
        min_length=1,
        max_length=len(Scope),
        description="What it may do: nothing that you may not do yourself",
    )
    expires_in: int = Field(ge=_SHORTEST, le=_LONGEST, strict=True, description="Seconds")


class TokenOut(BaseModel):
    """An API token, without its text."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: Name
    kind: ApiTokenKind
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="Noted at most once an hour")


class TokenCreated(TokenOut):
    """A new API token, with its text."""

    token: str = Field(description="Shown this once: only a digest of it is kept")


class TokenList(BaseModel):
    """Some API tokens of the account, newest first."""

    items: list[TokenOut]
    next_cursor: str | None = Field(description="Where the next page begins; null at the end")


class TokenListQuery(BaseModel):
    """Which page."""

    model_config = ConfigDict(extra="forbid")

    limit: Digits = Field(PAGE_DEFAULT, ge=1, le=PAGE_MAX)
    cursor: str | None = Field(None, max_length=512, description="next_cursor of the page before")


@router.post("", status_code=HTTPStatus.CREATED, responses=problems(400, 403, 409, 413, 415))
async def create_token(
    values: TokenCreate, caller: Caller, tokens: ApiTokens = use(lambda c: c.api_tokens)
) -> TokenCreated:
    """Make a token. It can do what `scopes` says, on your account alone, until it expires or is revoked."""
    kept, text = await tokens.create(
        caller,
        name=values.name,
        kind=values.kind,
        scopes=values.scopes,
        lifetime=timedelta(seconds=values.expires_in),
    )
    return TokenCreated(**TokenOut.model_validate(kept).model_dump(), token=text)


@router.get("", responses={200: {"headers": LINK}, **problems(400, 403)})
async def list_tokens(
    query: Annotated[TokenListQuery, Query()],
    caller: Caller,
    request: Request,
    response: Response,
    tokens: ApiTokens = use(lambda c: c.api_tokens),
) -> TokenList:
    """A page of the account's tokens, revoked and expired ones too."""
    page = await tokens.list(caller, query.limit, query.cursor)
    link_next(request, response, page.next_cursor)
    return TokenList(
        items=[TokenOut.model_validate(kept) for kept in page.items], next_cursor=page.next_cursor
    )


@router.delete(
    "/{token_id}",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=problems(400, 403, 404, 413),
)
async def revoke_token(
    token_id: UUID, caller: Caller, tokens: ApiTokens = use(lambda c: c.api_tokens)
) -> None:
    """Revoke a token, at once and everywhere. Repeating it changes nothing."""
    await tokens.revoke(caller, token_id)
