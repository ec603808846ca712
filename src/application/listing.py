"""Pages of any kind of thing, in an order that is fixed for the kind."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from application.cursors import check_limit
from application.ports import Seal, UnitsOfWork
from application.views import PAGE_DEFAULT, Criteria, Order, Page
from domain.access import Actor
from domain.change import JOURNALED, EntityKind
from domain.errors import InvalidCursor

ORDERS: Mapping[EntityKind, Order] = {
    EntityKind.PROJECT: Order(("rank", "id")),
    EntityKind.SECTION: Order(("rank", "id")),
    EntityKind.LABEL: Order(("key", "id")),
    EntityKind.COMMENT: Order(("created_at", "id")),
    EntityKind.VIEW: Order(("key", "id")),
    EntityKind.API_TOKEN: Order(("created_at", "id"), descending=True),
}


class Listing:
    """A page's cursor is good for the account and the criteria that it was made for."""

    def __init__(self, units: UnitsOfWork, seal: Seal) -> None:
        self._units = units
        self._seal = seal

    async def page(
        self,
        actor: Actor,
        kind: EntityKind,
        where: Criteria,
        limit: int = PAGE_DEFAULT,
        cursor: str | None = None,
    ) -> Page[Any]:
        """Some of the kind, none from the trash. Raises Invalid, InvalidCursor, InsufficientScope."""
        check_limit(limit)
        how, order = JOURNALED[kind], ORDERS[kind]
        context = _context(actor, where)
        after = None if cursor is None else self._open(kind, context, cursor)
        async with self._units.reading(actor, how.readable_with) as unit:
            found = await unit.entities.page(kind, where, order, after, limit + 1)
        items = found[:limit]
        return Page(items, self._close(kind, context, items[-1]) if len(found) > limit else None)

    def _close(self, kind: EntityKind, context: bytes, last: Any) -> str:
        *names, _ = ORDERS[kind].names
        values = JOURNALED[kind].codec.dumped_some({name: getattr(last, name) for name in names})
        place = json.dumps([*values.values(), str(last.id)])
        return self._seal.close(f"{kind}s", context, place.encode())

    def _open(self, kind: EntityKind, context: bytes, cursor: str) -> Sequence[Any]:
        value = self._seal.open(f"{kind}s", context, cursor)
        if value is None:
            raise InvalidCursor
        *names, _ = ORDERS[kind].names
        *values, last_id = json.loads(value)
        place = JOURNALED[kind].codec.values(dict(zip(names, values, strict=True)))
        return (*place.values(), UUID(last_id))


def _context(actor: Actor, where: Criteria) -> bytes:
    chosen = {name: sorted(map(str, values)) for name, values in where.items()}
    return json.dumps([str(actor.account_id), chosen], sort_keys=True).encode()
