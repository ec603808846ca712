"""What was deleted, and can come back for a while."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from application import trees
from application.cursors import Cursors, check_limit
from application.ports import Clock, Ids, Seal, Step, UnitsOfWork, Upkeep, WriteUnit
from application.task_views import view
from application.views import PAGE_DEFAULT, Page
from domain.access import Actor, Scope, worker_of
from domain.change import JOURNALED, EntityKind
from domain.errors import CountMismatch, TooManyAffected
from domain.task import Task
from domain.thing import is_live

KEPT = timedelta(days=30)
PURGED_MAX = 10_000
"""Things that are removed for good by one request."""
EXPIRED_AT_ONCE = 200
"""Of a kind, in one transaction, by the worker."""


class Trash:
    """It shows what was deleted itself; what went along comes back along."""

    def __init__(self, units: UnitsOfWork, clock: Clock, seal: Seal) -> None:
        self._units = units
        self._clock = clock
        self._cursors = Cursors(seal, "trash")

    async def list(self, actor: Actor, limit: int = PAGE_DEFAULT, cursor: str | None = None) -> Page[Any]:
        """A page of what was deleted, the last one first. Raises Invalid, InvalidCursor."""
        check_limit(limit)
        place = self._cursors.open(actor, (), cursor)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            found = await unit.entities.trash(place, limit + 1)
        items = found[:limit]
        more = len(found) > limit
        return Page(
            items, self._cursors.close_at(actor, (), items[-1].deleted_at, items[-1].id) if more else None
        )

    async def restore(self, actor: Actor, kind: EntityKind, thing_id: UUID) -> Any:
        """Back to where it was, with what went along; repeatable. Raises what its kind says, InTrash."""
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            entity = trees.KINDS[kind]
            thing = await unit.entities.get(entity, thing_id, trashed=True)
            await trees.restore(unit.entities, thing, self._clock.now())
            restored: Any = await unit.entities.get(entity, thing_id)
            shown = await view(unit.entities, restored) if isinstance(restored, Task) else restored
            await unit.commit()
        return shown

    async def purge(self, actor: Actor, kind: EntityKind, thing_id: UUID, count: int) -> None:
        """Remove it for good, with all in it: `count` things. Raises CountMismatch, what its kind says."""
        async with self._units.writing(actor, Scope.TASKS_PURGE) as unit:
            thing = await unit.entities.get(trees.KINDS[kind], thing_id, trashed=True)
            if is_live(thing):
                raise JOURNALED[kind].missing()
            await self._purge(unit, [thing], count)

    async def empty(self, actor: Actor, count: int) -> None:
        """Remove everything in the trash for good: `count` things. Raises CountMismatch, TooManyAffected."""
        async with self._units.writing(actor, Scope.TASKS_PURGE) as unit:
            await self._purge(unit, await _trashed(unit, self._clock.now(), PURGED_MAX + 1), count)

    async def _purge(self, unit: WriteUnit, roots: Sequence[Any], count: int) -> None:
        things = await trees.doomed(unit.entities, roots)
        if len(things) > PURGED_MAX:
            raise TooManyAffected(len(things), PURGED_MAX)
        if len(things) != count:
            raise CountMismatch(len(things))
        if things:
            await trees.purge(unit.entities, things, self._clock.now())
            await unit.commit()


class Expiry:
    """Removes for good what was deleted too long ago, for one account after the other, as the worker."""

    def __init__(self, units: UnitsOfWork, clock: Clock, ids: Ids, upkeep: Upkeep) -> None:
        self._units = units
        self._clock = clock
        self._ids = ids
        self._upkeep = upkeep

    async def step(self) -> Step:
        """Look through the trash of one account whose turn it is. Raises Unavailable."""
        account_id = await self._upkeep.trash_turn()
        if account_id is None:
            return Step(visited=False)
        actor = worker_of(account_id, self._ids.new().hex)
        done = 0
        while (removed := await self._expire(actor)) > 0:
            done += removed
        return Step(visited=True, done=done)

    async def _expire(self, actor: Actor) -> int:
        now = self._clock.now()
        async with self._units.writing(actor, Scope.TASKS_PURGE) as unit:
            things = await trees.doomed(unit.entities, await _trashed(unit, now - KEPT, EXPIRED_AT_ONCE))
            if things:
                await trees.purge(unit.entities, things, now)
                await unit.commit()
        return len(things)


async def _trashed(unit: WriteUnit, until: datetime, limit: int) -> list[Any]:
    """What went to the trash until then, of every kind: what it is in comes before it."""
    found: list[Any] = []
    for kind in (kind for kind in trees.KINDS.values() if unit.entities.count(kind)):
        found += await unit.entities.trashed(kind, until, limit)
    return found
