"""What is done alike with things of any kind: reading one, changing one, deleting one."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from application import trees
from application.ports import UnitsOfWork
from domain.access import Actor, Scope
from domain.change import JOURNALED, kind_of
from domain.errors import StaleVersion
from domain.thing import Thing, is_live

Versions = frozenset[int]
E = TypeVar("E", bound=Thing)
_FOLLOW = frozenset({"version", "updated_at", "edited_at", "key"})


def expect(thing: Any, expected: Versions | None, after: Any | None = None) -> None:
    """Raises StaleVersion where the thing has another version, naming what `after` would have changed."""
    if expected is None or thing.version in expected:
        return
    names = () if after is None else [field.name for field in fields(after)]
    differing = [name for name in names if getattr(thing, name) != getattr(after, name)]
    raise StaleVersion(thing, [name for name in differing if name not in _FOLLOW])


async def read(units: UnitsOfWork, actor: Actor, entity: type[E], thing_id: UUID) -> E:
    """One that is in use. Raises what its kind says where there is none."""
    how = JOURNALED[kind_of(entity)]
    async with units.reading(actor, how.readable_with) as unit:
        found: E | None = await unit.entities.find(how.kind, thing_id)
    if found is None or not is_live(found):
        raise how.missing()
    return found


async def change(
    units: UnitsOfWork,
    actor: Actor,
    entity: type[E],
    thing_id: UUID,
    how: Callable[[E], E],
    verb: str,
    expected: Versions | None,
) -> E:
    """One that is in use, as `how` makes it. Raises what its kind says, StaleVersion, what `how` raises."""
    async with units.writing(actor, Scope.TASKS_WRITE) as unit:
        before = await unit.entities.get(entity, thing_id)
        after = how(before)
        expect(before, expected, after)
        if after is not before:
            await unit.entities.save(before, after, verb)
            await unit.commit()
    return after


async def discard(
    units: UnitsOfWork,
    actor: Actor,
    entity: type[E],
    thing_id: UUID,
    now: datetime,
    expected: Versions | None,
) -> None:
    """Into the trash, with all that is in it; repeatable. Raises what its kind says, StaleVersion."""
    async with units.writing(actor, Scope.TASKS_DELETE) as unit:
        thing: Any = await unit.entities.get(entity, thing_id, trashed=True)
        if is_live(thing):
            expect(thing, expected)
            await trees.delete(unit.entities, thing, now)
            await unit.commit()
