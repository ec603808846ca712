"""API tokens in PostgreSQL, behind the same two walls as tasks."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.mapping import Mapper
from adapters.postgres.tables import ApiTokenRow
from application.ports import ApiTokenReads, ApiTokenRepository
from application.views import Position
from application.workspace import Workspace
from domain.access import Actor, own
from domain.api_token import ApiToken
from domain.change import EntityKind
from domain.errors import ApiTokenNotFound
from domain.ids import AccountId, ApiTokenId

API_TOKENS = Mapper(ApiToken, ApiTokenRow)
_T = API_TOKENS.table.c


class PostgresApiTokenReads(ApiTokenReads):
    """The actor's API tokens over one open transaction."""

    def __init__(self, connection: AsyncConnection, actor: Actor) -> None:
        self._connection = connection
        self._actor = actor

    async def page(self, limit: int, after: Position | None) -> Sequence[ApiToken]:
        chosen = _owned(self._actor.account_id).order_by(_T.created_at.desc(), _T.id.desc()).limit(limit)
        if after is not None:
            chosen = chosen.where(tuple_(_T.created_at, _T.id) < tuple_(after.created_at, after.id))
        rows = await self._connection.execute(chosen)
        return [own(self._actor, API_TOKENS.load(row), ApiTokenNotFound) for row in rows]


class PostgresApiTokens(ApiTokenRepository):
    """The actor's API tokens in a transaction that holds the account's lock."""

    def __init__(self, connection: AsyncConnection, workspace: Workspace) -> None:
        self._connection = connection
        self._actor = workspace.actor
        self._workspace = workspace

    async def usable(self, now: datetime) -> int:
        mine = _owned(self._actor.account_id).where(_T.revoked_at.is_(None), _T.expires_at > now)
        stored = (
            await self._connection.execute(select(func.count()).select_from(mine.subquery()))
        ).scalar_one()
        return int(stored) + self._workspace.gained(EntityKind.API_TOKEN, lambda token: token.usable(now))

    async def get(self, token_id: ApiTokenId) -> ApiToken:
        known: ApiToken | None = self._workspace.find(EntityKind.API_TOKEN, token_id)
        if known is not None:
            return known
        found = await find(self._connection, self._actor.account_id, token_id)
        return self._workspace.remember(own(self._actor, found, ApiTokenNotFound))

    async def add(self, token: ApiToken) -> None:
        self._workspace.add(token)

    async def save(self, before: ApiToken, after: ApiToken, verb: str) -> None:
        await self.get(before.id)
        self._workspace.save(before, after, verb)


async def find(connection: AsyncConnection, account_id: AccountId, token_id: ApiTokenId) -> ApiToken | None:
    """The token, by the primary key, in a transaction of its account."""
    row = (await connection.execute(_owned(account_id).where(_T.id == token_id))).one_or_none()
    return None if row is None else API_TOKENS.load(row)


async def note_use(connection: AsyncConnection, token: ApiToken, now: datetime) -> None:
    """Remember when it was used, in a transaction of its account."""
    await connection.execute(
        update(API_TOKENS.table)
        .where(_T.account_id == token.account_id, _T.id == token.id)
        .values(last_used_at=now)
    )


def _owned(account_id: AccountId) -> Select[ApiToken]:
    return API_TOKENS.select.where(_T.account_id == account_id)
