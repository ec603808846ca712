"""The journal in PostgreSQL, to look at. It is written by flush alone."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from adapters.postgres.mapping import Mapper, table_of
from adapters.postgres.snapshot import Runs
from adapters.postgres.tables import AccountRow, ChangeRow
from application.ports import ChangeReads
from application.views import Extent
from domain.access import Actor, own
from domain.change import Change, EntityKind, Head
from domain.errors import ChangeNotFound
from domain.ids import change_id_for, place_in

CHANGES = Mapper(Change, ChangeRow)
_C = CHANGES.table.c
_A = table_of(AccountRow).c
_ENDS = select(_A.floor_seq, _A.floor_hash, _A.floor_at, _A.head_seq, _A.head_hash, _A.head_at)


class PostgresChanges(ChangeReads):
    """The actor's journal over one open transaction."""

    def __init__(self, connection: Runs, actor: Actor) -> None:
        self._connection = connection
        self._actor = actor

    async def extent(self) -> Extent:
        row = (await self._connection.execute(_ENDS.where(_A.id == self._actor.account_id))).one_or_none()
        return Extent(Head(), Head()) if row is None else Extent(Head(*row[:3]), Head(*row[3:]))

    async def after(self, seq: int, kinds: Collection[EntityKind], limit: int) -> Sequence[Change]:
        chosen = self._mine().where(_C.seq > seq).order_by(_C.seq).limit(limit)
        if set(kinds) != set(EntityKind):
            chosen = chosen.where(_C.entity.in_(sorted(kinds)))
        return await self._all(chosen)

    async def find(self, change_id: UUID) -> Change:
        seq = place_in(change_id)
        if change_id != change_id_for(self._actor.account_id, seq):
            raise ChangeNotFound
        found = await self._all(self._mine().where(_C.seq == seq))
        return own(self._actor, found[0] if found else None, ChangeNotFound)

    async def before(self, seq: int | None, filters: Mapping[str, object], limit: int) -> Sequence[Change]:
        chosen = self._mine().where(*(_C[name] == value for name, value in filters.items()))
        if seq is not None:
            chosen = chosen.where(_C.seq < seq)
        return await self._all(chosen.order_by(_C.seq.desc()).limit(limit))

    async def of(self, kind: EntityKind, entity_id: UUID, before: int | None, limit: int) -> Sequence[Change]:
        chosen = self._mine().where(_C.entity_id == entity_id, _C.entity == kind)
        if before is not None:
            chosen = chosen.where(_C.seq < before)
        return await self._all(chosen.order_by(_C.seq.desc()).limit(limit))

    def _mine(self) -> Select[Any]:
        return CHANGES.select.where(_C.account_id == self._actor.account_id)

    async def _all(self, statement: Select[Any]) -> list[Change]:
        rows = await self._connection.execute(statement)
        return [own(self._actor, CHANGES.load(row), ChangeNotFound) for row in rows]
