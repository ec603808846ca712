"""Every kind of entity and its table, and reading all of one kind."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.api_tokens import API_TOKENS
from adapters.postgres.mapping import Mapper
from adapters.postgres.tasks import TASKS
from application.ports import EntityReads
from domain.access import Actor, own
from domain.change import EntityKind, journaled_as

MAPPERS: Mapping[EntityKind, Mapper[Any]] = {EntityKind.TASK: TASKS, EntityKind.API_TOKEN: API_TOKENS}


class PostgresEntities(EntityReads):
    """The actor's entities over one open transaction."""

    def __init__(self, connection: AsyncConnection, actor: Actor) -> None:
        self._connection = connection
        self._actor = actor

    async def chunk(self, kind: EntityKind, after: UUID | None, limit: int) -> Sequence[Any]:
        mapper = MAPPERS[kind]
        columns = mapper.table.c
        chosen = _owned(mapper, self._actor)
        if after is not None:
            chosen = chosen.where(columns.id > after)
        rows = await self._connection.execute(chosen.order_by(columns.id).limit(limit))
        entities = [mapper.load(row) for row in rows]
        return [own(self._actor, entity, journaled_as(entity).missing) for entity in entities]

    async def find(self, kind: EntityKind, entity_id: UUID) -> Any | None:
        mapper = MAPPERS[kind]
        chosen = _owned(mapper, self._actor).where(mapper.table.c.id == entity_id)
        row = (await self._connection.execute(chosen)).one_or_none()
        if row is None:
            return None
        entity = mapper.load(row)
        return own(self._actor, entity, journaled_as(entity).missing)


def _owned(mapper: Mapper[Any], actor: Actor) -> Select[Any]:
    return mapper.select.where(mapper.table.c.account_id == actor.account_id)
