"""API tokens in PostgreSQL, for finding out who asks. All else of them is done as with any entity."""

from datetime import datetime

from sqlalchemy import Select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.mapping import Mapper
from adapters.postgres.tables import ApiTokenRow
from domain.api_token import ApiToken
from domain.ids import AccountId, ApiTokenId

API_TOKENS = Mapper(ApiToken, ApiTokenRow)
_T = API_TOKENS.table.c


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
