"""Keeping a copy: everything as it is at one moment, and from there on what happens, as it happens."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from application.changes import Changes, readable
from application.ports import Clock, Notifier, UnitsOfWork
from application.views import ChangePage
from domain.access import Actor, Scope
from domain.change import EntityKind
from domain.errors import ChangesGone, LimitReached, Unavailable
from domain.ids import AccountId

CHUNK = 500
FOLLOWERS_MAX = 100
HEARTBEAT_SECONDS = 15.0
SLOT_SECONDS = 5.0
SNAPSHOT_SECONDS = 300.0
SNAPSHOTS_MAX = 2
"""Of one account at a time, in one process: the slots are everybody's."""
PAGE = 100
LAG_MAX = 10_000
"""Changes. Whoever is further behind is better served by a snapshot."""


class Following:
    """Both hold little in memory, however slowly they are read: a chunk, or a page."""

    def __init__(
        self, units: UnitsOfWork, changes: Changes, notifier: Notifier, clock: Clock, snapshots: int = 4
    ) -> None:
        self._units = units
        self._slots = asyncio.Semaphore(snapshots)
        self._reading: Counter[AccountId] = Counter()
        self._changes = changes
        self._notifier = notifier
        self._clock = clock

    async def snapshot(
        self, actor: Actor, kinds: Iterable[EntityKind] = ()
    ) -> AsyncGenerator[Sequence[Any] | str]:
        """Chunks of entities, by kind and id, none from the trash; in the end the token to go on from.

        Raises LimitReached where the account reads several already, Unavailable where all together read too
        many: each keeps a connection.
        """
        wanted = frozenset(kinds)
        loop = asyncio.get_running_loop()
        until = loop.time() + SNAPSHOT_SECONDS
        async with self._turn(actor), self._slot(), self._units.reading(actor, Scope.TASKS_READ) as unit:
            end = (await unit.changes.extent()).head.seq
            for kind in sorted(readable(actor, wanted)):
                after, full = None, True
                while full:
                    if loop.time() > until:
                        raise Unavailable("The snapshot was read too slowly.")
                    chunk = await unit.entities.chunk(kind, after, CHUNK)
                    full = len(chunk) == CHUNK
                    after = chunk[-1].id if chunk else None
                    yield [entity for entity in chunk if getattr(entity, "deleted_at", None) is None]
        yield self._changes.token(actor, wanted, end)

    async def follow(
        self, actor: Actor, after: str | None = None, kinds: Iterable[EntityKind] = ()
    ) -> AsyncGenerator[ChangePage]:
        """Pages as they come, from the token or from now on; an empty one where nothing has come for a while.

        Ends when the actor's token expires, or the service does. Raises LimitReached, InvalidCursor, and
        ChangesGone where there is too much to catch up with, or not all of it is kept.
        """
        wanted = frozenset(kinds)
        if self._notifier.subscribers(actor.account_id) >= FOLLOWERS_MAX:
            raise LimitReached("streams at a time", FOLLOWERS_MAX)
        async with self._notifier.subscribe(actor.account_id) as news:
            place = after or await self._changes.end(actor, wanted)
            going_on = True
            while going_on and self._left(actor) > 0:
                page = await self._changes.list(actor, place, wanted, PAGE)
                if page.left > LAG_MAX:
                    raise ChangesGone
                place = page.next
                yield page
                going_on = page.has_more or await news.wait(min(HEARTBEAT_SECONDS, self._left(actor)))

    def token(self, actor: Actor, kinds: Iterable[EntityKind], seq: int) -> str:
        """The place after a change."""
        return self._changes.token(actor, frozenset(kinds), seq)

    @asynccontextmanager
    async def _turn(self, actor: Actor) -> AsyncGenerator[None]:
        if self._reading[actor.account_id] >= SNAPSHOTS_MAX:
            raise LimitReached("snapshots at a time", SNAPSHOTS_MAX)
        self._reading[actor.account_id] += 1
        try:
            yield
        finally:
            self._reading[actor.account_id] -= 1
            self._reading += Counter()  # forgets who is at nought

    @asynccontextmanager
    async def _slot(self) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout(SLOT_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            raise Unavailable("Too many snapshots are being read at the moment.") from None
        try:
            yield
        finally:
            self._slots.release()

    def _left(self, actor: Actor) -> float:
        """Seconds that the actor's token is good for."""
        if actor.expires_at is None:
            return float("inf")
        return (actor.expires_at - self._clock.now()).total_seconds()
