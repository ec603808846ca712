"""What has happened to an account: pages of its journal, and whether anybody has tampered with it."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from application.ports import ChangeReads, Seal, UnitsOfWork
from application.views import CHANGES_DEFAULT, CHANGES_MAX, ChangePage, Extent
from domain.access import Actor, Scope, require
from domain.change import JOURNALED, Change, EntityKind, hash_of
from domain.errors import ChangeNotFound, ChangesGone, Invalid, InvalidCursor, Violation

_TOKEN = "changes"  # noqa: S105 - the purpose of a seal
_VERIFIED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Verified:
    """The journal from `first` to `last`, recomputed. `broken_at`: the first place that is not as written."""

    first: int
    last: int
    hash: bytes
    broken_at: int | None


class Changes:
    """Whoever may read tasks may read what happened to them; what else there is needs its own scope."""

    def __init__(self, units: UnitsOfWork, seal: Seal) -> None:
        self._units = units
        self._seal = seal

    async def list(
        self,
        actor: Actor,
        after: str | None = None,
        kinds: Iterable[EntityKind] = (),
        limit: int = CHANGES_DEFAULT,
    ) -> ChangePage:
        """Changes in their order, after the token or from the start. Raises InvalidCursor, ChangesGone."""
        if not 1 <= limit <= CHANGES_MAX:
            raise Invalid([Violation("/limit", "out_of_range", f"Must be from 1 to {CHANGES_MAX}.")])
        wanted = frozenset(kinds)
        place = self.place(actor, wanted, after)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            extent = await unit.changes.extent()
            check_kept(extent, place)
            found = await unit.changes.after(place, readable(actor, wanted), limit + 1)
        items, more = found[:limit], len(found) > limit
        end = items[-1].seq if more else extent.head.seq
        token = self.token(actor, wanted, end)
        return ChangePage(items, token, more, extent.head.seq - end, extent.floor)

    async def end(self, actor: Actor, kinds: Iterable[EntityKind] = ()) -> str:
        """The token after the last change."""
        wanted = frozenset(kinds)
        readable(actor, wanted)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            return self.token(actor, wanted, (await unit.changes.extent()).head.seq)

    async def get(self, actor: Actor, change_id: UUID) -> Change:
        """One change. Raises ChangeNotFound, also for one that the actor may not read."""
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            change = await unit.changes.find(change_id)
        if change.entity not in readable(actor):
            raise ChangeNotFound
        return change

    async def verify(self, actor: Actor) -> Verified:
        """Recompute every hash that is kept, in pages, within one snapshot."""
        async with self._units.reading(actor, Scope.ACCOUNT_ADMIN) as unit:
            return await _verify(unit.changes)

    def token(self, actor: Actor, wanted: Collection[EntityKind], seq: int) -> str:
        """The place after a change, for this account, these kinds and these scopes."""
        return self._seal.close(_TOKEN, bound_to(actor, wanted), seq.to_bytes(8))

    def place(self, actor: Actor, wanted: Collection[EntityKind], token: str | None) -> int:
        """What `token` was given; 0 for None. Raises InvalidCursor."""
        if token is None:
            return 0
        value = self._seal.open(_TOKEN, bound_to(actor, wanted), token)
        if value is None:
            raise InvalidCursor
        return int.from_bytes(value)


def readable(actor: Actor, wanted: Collection[EntityKind] = ()) -> frozenset[EntityKind]:
    """The kinds that are wanted, or all that the actor may read. Raises InsufficientScope."""
    for kind in sorted(wanted):
        require(actor, JOURNALED[kind].readable_with)
    return frozenset(wanted) or frozenset(
        kind for kind, how in JOURNALED.items() if how.readable_with in actor.scopes
    )


def check_kept(extent: Extent, place: int) -> None:
    """Raises ChangesGone for a place whose next changes are purged, or that this journal never reached."""
    if not extent.floor.seq <= place <= extent.head.seq:
        raise ChangesGone


def bound_to(actor: Actor, wanted: Collection[EntityKind]) -> bytes:
    """What a token is bound to. A kind that is added later is not left out: it had no changes before."""
    held = sorted(actor.scopes & {how.readable_with for how in JOURNALED.values()})
    return json.dumps([str(actor.account_id), sorted(wanted) or held]).encode()


async def _verify(changes: ChangeReads) -> Verified:
    extent = await changes.extent()
    seq, held = extent.floor.seq, extent.floor.hash
    while page := await changes.after(seq, frozenset(EntityKind), _VERIFIED_AT_ONCE):
        broken = _broken(page, seq, held)
        if broken is not None:
            return Verified(extent.floor.seq + 1, extent.head.seq, extent.head.hash, broken)
        seq, held = page[-1].seq, page[-1].hash
    whole = (seq, held) == (extent.head.seq, extent.head.hash)
    return Verified(extent.floor.seq + 1, extent.head.seq, extent.head.hash, None if whole else seq + 1)


def _broken(page: Sequence[Change], seq: int, held: bytes) -> int | None:
    for change in page:
        seq += 1
        if change.seq != seq or change.hash != hash_of(held, change):
            return seq
        held = change.hash
    return None
