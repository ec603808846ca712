"""Purging in PostgreSQL: by functions of the tables' owner, for this role may remove nothing itself."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Integer, Interval, Select, Text, Uuid, bindparam, column, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.errors import driver_error, translated
from application.ports import Step, Upkeep
from domain.ids import AccountId
from domain.retention import Purgeable

REFUSED = "22023"
"""invalid_parameter_value: how remit.purge refuses."""
_PURGE: Select[Any] = select(
    func.remit.purge(
        bindparam("what", type_=Text), bindparam("keep", type_=Interval), bindparam("limit", type_=Integer)
    ).table_valued(column("visited", Boolean), column("removed", Integer), column("problem", Text))
)

_TURN: Select[Any] = select(func.remit.trash_turn(type_=Uuid))


class PostgresUpkeep(Upkeep):
    """One call is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def trash_turn(self) -> AccountId | None:
        with translated():
            async with self._engine.begin() as connection:
                found: UUID | None = (await connection.execute(_TURN)).scalar_one()
        return None if found is None else AccountId(found)

    async def purge(self, what: Purgeable, keep: timedelta, limit: int) -> Step:
        values = {"what": what.value, "keep": keep, "limit": limit}
        with translated():
            try:
                async with self._engine.begin() as connection:
                    row = (await connection.execute(_PURGE, values)).one()
            except DBAPIError as error:
                if getattr(driver_error(error), "sqlstate", None) == REFUSED:
                    raise ValueError("what is so young is not purged, nor so much at once") from error
                raise
        return Step(row.visited, row.removed, row.problem)
