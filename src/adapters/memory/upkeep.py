"""Purging a store."""

from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from adapters.memory.store import Store
from adapters.memory.units import MemoryUnits
from application.ports import Clock, Step, Upkeep
from domain.answer import Answer
from domain.change import Head
from domain.ids import AccountId
from domain.plan import Plan
from domain.retention import Purgeable, least_kept

_LIMIT_MAX = 1000
_NOTES: dict[Purgeable, type[Any]] = {Purgeable.ANSWERS: Answer, Purgeable.PLANS: Plan}


class MemoryUpkeep(Upkeep):
    """It is the turn of each account that has something to remove."""

    def __init__(self, units: MemoryUnits, clock: Clock) -> None:
        self._units = units
        self._clock = clock
        self._turns: dict[AccountId, datetime] = {}

    async def trash_turn(self) -> AccountId | None:
        today = self._clock.now() - timedelta(days=1)
        for account_id in {key[0] for key in self._units.store.entities}:
            if self._turns.get(account_id, today) <= today:
                self._turns[account_id] = self._clock.now()
                return account_id
        return None

    async def purge(self, what: Purgeable, keep: timedelta, limit: int) -> Step:
        if keep < least_kept(what) or not 1 <= limit <= _LIMIT_MAX:
            raise ValueError("what is so young is not purged, nor so much at once")
        before = self._clock.now() - keep
        store = self._units.store
        if what is Purgeable.CHANGES:
            done = next(filter(None, (_changes(store, one, before, limit) for one in store.journals)), 0)
        else:
            done = _notes(store, _NOTES[what], before, limit)
        return Step(done > 0, done)


def _changes(store: Store, account_id: AccountId, before: datetime, limit: int) -> int:
    journal = store.journals[account_id]
    old = tuple(takewhile(lambda change: change.at < before, journal[:limit]))
    if old:
        store.floors[account_id] = Head(old[-1].seq, old[-1].hash, old[-1].at)
        store.journals[account_id] = journal[len(old) :]
    return len(old)


def _notes(store: Store, kind: type[Any], before: datetime, limit: int) -> int:
    old = [key for key, note in store.notes.items() if key[1] is kind and note.expires_at < before]
    mine = [key for key in old if key[0] == old[0][0]]
    for key in sorted(mine, key=lambda key: store.notes[key].expires_at)[:limit]:
        del store.notes[key]
    return min(len(mine), limit)
