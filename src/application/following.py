"""Keeping a copy: everything as it is at one moment, and from there on what happens, as it happens."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

from application.changes import Changes, readable
from application.filtered import Filtered, FilteredPage
from application.ports import Clock, Notifier, ReadUnit, UnitsOfWork
from application.views import ChangePage, Position, TaskQuery
from domain.access import Actor, Scope
from domain.change import EntityKind
from domain.errors import ChangesGone, LimitReached, Unavailable
from domain.ids import AccountId
from domain.lens import Lens
from domain.thing import is_live

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
        self,
        units: UnitsOfWork,
        changes: Changes,
        filtered: Filtered,
        notifier: Notifier,
        clock: Clock,
        snapshots: int = 4,
    ) -> None:
        self._units = units
        self._slots = asyncio.Semaphore(snapshots)
        self._reading: Counter[AccountId] = Counter()
        self._changes = changes
        self._filtered = filtered
        self._notifier = notifier
        self._clock = clock

    async def snapshot(
        self, actor: Actor, kinds: Iterable[EntityKind] = (), text: str | None = None
    ) -> AsyncGenerator[Sequence[Any] | str]:
        """Chunks of entities, by kind and id, none from the trash; in the end the token to go on from.

        With the text of a filter, of tasks those that it selects, the newest first. Raises FilterInvalid;
        LimitReached where the account reads several already, Unavailable where all together read too many:
        each keeps a connection.
        """
        wanted = frozenset(kinds)
        sight = None if text is None else self._filtered.sight(actor, text, wanted)
        loop = asyncio.get_running_loop()
        until = loop.time() + SNAPSHOT_SECONDS
        async with self._turn(actor), self._slot(), self._units.reading(actor, Scope.TASKS_READ) as unit:
            if sight is None:
                lens, end = None, self._changes.token(actor, wanted, (await unit.changes.extent()).head.seq)
            else:
                place = await self._filtered.here(unit, actor)
                lens, end = sight.lens(place.reading), sight.token(place)
            for kind in sorted(readable(actor, wanted)):
                seen = lens if kind is EntityKind.TASK else None
                async with aclosing(_all(unit, kind) if seen is None else _seen(unit, seen)) as chunks:
                    async for chunk in chunks:
                        if loop.time() > until:
                            raise Unavailable("The snapshot was read too slowly.")
                        yield chunk
        yield end

    async def follow(
        self,
        actor: Actor,
        after: str | None = None,
        kinds: Iterable[EntityKind] = (),
        text: str | None = None,
    ) -> AsyncGenerator[ChangePage | FilteredPage]:
        """Pages as they come, from the token or from now on; an empty one where nothing has come for a while.

        With the text of a filter, as the filter sees them.

        Ends when the actor's token expires, or the service does. Raises LimitReached, InvalidCursor, and
        ChangesGone where there is too much to catch up with, or not all of it is kept.
        """
        wanted = frozenset(kinds)
        if self._notifier.subscribers(actor.account_id) >= FOLLOWERS_MAX:
            raise LimitReached("streams at a time", FOLLOWERS_MAX)
        async with self._notifier.subscribe(actor.account_id) as news:
            place = after or await self._end(actor, wanted, text)
            going_on = True
            while going_on and self._left(actor) > 0:
                page = await self._page(actor, place, wanted, text)
                if page.left > LAG_MAX:
                    raise ChangesGone
                place = page.next
                yield page
                going_on = page.has_more or await news.wait(min(HEARTBEAT_SECONDS, self._left(actor)))

    def token(self, actor: Actor, kinds: Iterable[EntityKind], seq: int) -> str:
        """The place after a change."""
        return self._changes.token(actor, frozenset(kinds), seq)

    async def _end(self, actor: Actor, wanted: frozenset[EntityKind], text: str | None) -> str:
        if text is None:
            return await self._changes.end(actor, wanted)
        return await self._filtered.end(actor, text, wanted)

    async def _page(
        self, actor: Actor, place: str, wanted: frozenset[EntityKind], text: str | None
    ) -> ChangePage | FilteredPage:
        if text is None:
            return await self._changes.list(actor, place, wanted, PAGE)
        return await self._filtered.list(actor, text, place, wanted, PAGE)

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


async def _all(unit: ReadUnit, kind: EntityKind) -> AsyncGenerator[Sequence[Any]]:
    """All of the kind, by id."""
    after, full = None, True
    while full:
        chunk = await unit.entities.chunk(kind, after, CHUNK)
        full = len(chunk) == CHUNK
        after = chunk[-1].id if chunk else None
        yield [entity for entity in chunk if is_live(entity)]


async def _seen(unit: ReadUnit, lens: Lens) -> AsyncGenerator[Sequence[Any]]:
    """The tasks that the lens selects, the newest first."""
    query = TaskQuery(filter=lens.resolved, everywhere=lens.everywhere, limit=CHUNK)
    full = True
    while full:
        chunk = [view.task for view in await unit.tasks.page(query)]
        full = len(chunk) == CHUNK
        if full:
            query = replace(query, after=Position(chunk[-1].created_at, chunk[-1].id))
        yield chunk
