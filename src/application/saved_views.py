"""What people and agents do with views."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from application.cursors import check_limit
from application.listing import ORDERS
from application.ports import Clock, Ids, ReadUnit, Seal, UnitsOfWork
from application.sorting import parsed
from application.things import Versions, change, discard, read
from application.views import PAGE_DEFAULT, Page
from domain.access import Actor, Scope
from domain.builtin_views import BUILTINS, Builtin, BuiltinView
from domain.change import UPDATE, EntityKind
from domain.errors import InvalidCursor, ViewNotFound
from domain.ids import ViewId
from domain.thing import is_live
from domain.view import View, ViewChanges

_PURPOSE = "list of views"
AnyView = View | BuiltinView


class Views:
    """One method per use case; `expected` are the versions that the caller would accept."""

    def __init__(self, units: UnitsOfWork, clock: Clock, ids: Ids, seal: Seal) -> None:
        self._units = units
        self._clock = clock
        self._ids = ids
        self._seal = seal

    async def create(self, actor: Actor, values: ViewChanges, view_id: UUID | None = None) -> View:
        """A new view. Raises Invalid, FilterInvalid, IdTaken, LimitReached."""
        _check_sort(values)
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            chosen = ViewId(view_id or self._ids.new())
            view = View.create(actor.account_id, chosen, values, self._clock.now())
            await unit.entities.add(view)
            await unit.commit()
        return view

    async def get(self, actor: Actor, view_id: UUID | Builtin) -> AnyView:
        """One view, saved or built in. Raises ViewNotFound."""
        if isinstance(view_id, Builtin):
            return BUILTINS[view_id]
        return await read(self._units, actor, View, view_id)

    async def list(self, actor: Actor, limit: int = PAGE_DEFAULT, cursor: str | None = None) -> Page[AnyView]:
        """A page of views: those that are built in, then the saved ones by name.

        Raises Invalid, InvalidCursor.
        """
        check_limit(limit)
        place = None if cursor is None else self._open(actor, cursor)
        found: list[AnyView] = _builtins_after(place)[: limit + 1]
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            if len(found) <= limit:
                order, after = ORDERS[EntityKind.VIEW], place if place and len(place) > 1 else None
                found += await unit.entities.page(EntityKind.VIEW, {}, order, after, limit + 1 - len(found))
        items = found[:limit]
        return Page(items, self._close(actor, items[-1]) if len(found) > limit else None)

    async def edit(
        self, actor: Actor, view_id: UUID, changes: ViewChanges, expected: Versions | None = None
    ) -> View:
        """A merge patch. Raises ViewNotFound, Invalid, FilterInvalid, StaleVersion."""
        _check_sort(changes)
        edit = partial(View.edit, changes=changes, now=self._clock.now())
        return await change(self._units, actor, View, view_id, edit, UPDATE, expected)

    async def delete(self, actor: Actor, view_id: UUID, expected: Versions | None = None) -> None:
        """Into the trash; repeatable. Raises ViewNotFound, StaleVersion."""
        await discard(self._units, actor, View, view_id, self._clock.now(), expected)

    def _close(self, actor: Actor, last: AnyView) -> str:
        place = [last.id] if isinstance(last, BuiltinView) else [last.key, str(last.id)]
        value = json.dumps(place, ensure_ascii=False).encode()
        return self._seal.close(_PURPOSE, actor.account_id.bytes, value)

    def _open(self, actor: Actor, cursor: str) -> Sequence[Any]:
        """The id of one that is built in, or the key and the id of one that is saved."""
        value = self._seal.open(_PURPOSE, actor.account_id.bytes, cursor)
        if value is None:
            raise InvalidCursor
        first, *rest = json.loads(value)
        if not rest and first not in BUILTINS:  # of a version that had another one
            raise InvalidCursor
        return (first, *map(UUID, rest))


async def view_in(unit: ReadUnit, view_id: UUID | Builtin) -> AnyView:
    """One view, saved or built in, as the unit sees it. Raises ViewNotFound."""
    if isinstance(view_id, Builtin):
        return BUILTINS[view_id]
    found: View | None = await unit.entities.find(EntityKind.VIEW, view_id)
    if found is None or not is_live(found):
        raise ViewNotFound
    return found


def _builtins_after(place: Sequence[Any] | None) -> list[AnyView]:
    every: list[AnyView] = list(BUILTINS.values())
    if place is None:
        return every
    return every[list(BUILTINS).index(place[0]) + 1 :] if len(place) == 1 else []


def _check_sort(changes: ViewChanges) -> None:
    """Raises Invalid for what no list can be sorted by."""
    parsed(changes.get("sort"))
