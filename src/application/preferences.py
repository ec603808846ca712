"""What an account likes, and how much it has."""

from collections.abc import Mapping
from dataclasses import dataclass

from application.ports import Clock, UnitsOfWork
from application.things import Versions, expect
from domain.access import Actor, Scope
from domain.change import CREATE, UPDATE, EntityKind
from domain.preferences import PreferenceChanges, Preferences
from domain.usage import Limits


@dataclass(frozen=True, slots=True)
class Used:
    """How many of a kind an account has, those in the trash too, and how many it may have."""

    count: int
    limit: int


class Account:
    """The caller's own account."""

    def __init__(self, units: UnitsOfWork, clock: Clock, limits: Limits) -> None:
        self._units = units
        self._clock = clock
        self._limits = limits

    async def preferences(self, actor: Actor) -> Preferences:
        """The account's; version 0 where nobody has changed any."""
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            found: Preferences | None = await unit.entities.find(EntityKind.PREFERENCES, actor.account_id)
        return found or Preferences.of(actor.account_id)

    async def prefer(
        self, actor: Actor, changes: PreferenceChanges, expected: Versions | None = None
    ) -> Preferences:
        """A merge patch. Raises Invalid, StaleVersion."""
        async with self._units.writing(actor, Scope.ACCOUNT_ADMIN) as unit:
            kept = await unit.entities.find(Preferences, actor.account_id)
            before = kept or Preferences.of(actor.account_id)
            after = before.edit(changes, self._clock.now())
            expect(before, expected, after)
            if after is before:
                return before
            if kept is None:
                await unit.entities.add(after, CREATE)
            else:
                await unit.entities.save(before, after, UPDATE)
            await unit.commit()
        return after

    async def usage(self, actor: Actor) -> Mapping[EntityKind, Used]:
        """By kind, for those that are limited."""
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            counts = await unit.entities.counts()
        return {kind: Used(counts.get(kind, 0), limit) for kind, limit in self._limits.by_kind.items()}
