"""API tokens in PostgreSQL, for finding out who asks. All else of them is done as with any entity."""

from datetime import datetime

from sqlalchemy import Uuid, bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.mapping import Mapper
from adapters.postgres.snapshot import SOMEBODY, Prepared, Snapshot
from adapters.postgres.tables import ApiTokenRow
from domain.api_token import ApiToken
from domain.ids import AccountId, ApiTokenId

API_TOKENS = Mapper(ApiToken, ApiTokenRow)
_T = API_TOKENS.table.c


_FIND = Prepared(
    API_TOKENS.select.where(
        _T.account_id == SOMEBODY.account_id, _T.id == bindparam("id", type_=Uuid, required=False)
    )
)


async def find(snapshot: Snapshot, account_id: AccountId, token_id: ApiTokenId) -> ApiToken | None:
    """The token, by the primary key, in a transaction of its account."""
    rows = await snapshot.fetch(_FIND, {"account_id": account_id, "id": token_id})
    return API_TOKENS.read(rows[0]) if rows else None


async def note_use(connection: AsyncConnection, token: ApiToken, now: datetime) -> None:
    """Remember when it was used, in a transaction of its account."""
    await connection.execute(
        update(API_TOKENS.table)
        .where(_T.account_id == token.account_id, _T.id == token.id)
        .values(last_used_at=now)
    )
