"""The journal as a filter sees it: which tasks came into it, went out, or changed within it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from application.changes import bound_to, check_kept, readable
from application.ports import Clock, ReadUnit, Seal, UnitsOfWork
from application.scenes import scene_at
from application.stretches import Place, Stretch, stretch_after
from application.task_lists import Reading, reading_of
from application.views import CHANGES_DEFAULT, CHANGES_MAX, TaskQuery
from domain.access import Actor, Scope
from domain.change import Change, EntityKind, Head
from domain.errors import ChangesGone, Invalid, InvalidCursor, Violation
from domain.filters import AnyOf, Resolved, Tree, canonical, from_sent
from domain.lens import Lens, border
from domain.scene import Crossing, Effect, Scene, crossings

LAG_MAX = 10_000
"""Changes. To look further back would cost more than a snapshot."""
TURNED_MAX = 500
"""Tasks that time alone can move at once."""
_TOKEN = "filtered changes"  # noqa: S105 - the purpose of a seal


@dataclass(frozen=True, slots=True)
class Told:
    """A change, what it did to tasks within the filter, and the token after that."""

    change: Change
    tasks: Sequence[Crossing]
    token: str


@dataclass(frozen=True, slots=True)
class FilteredPage:
    """Some of a journal. `turned` are the tasks that time alone has moved, after all the items.

    `next`, `has_more`, `left` and `floor` are those of a ChangePage; dates are as of `resolved`.
    """

    items: Sequence[Told]
    turned: Sequence[Crossing]
    next: str
    has_more: bool
    left: int
    floor: Head
    resolved: Resolved


class Sight:
    """A filter (its text), for whom and of which kinds: all that a token is bound to."""

    def __init__(self, actor: Actor, text: str, kinds: Iterable[EntityKind], seal: Seal) -> None:
        """Raises FilterInvalid, InsufficientScope, and Invalid where tasks are not among the kinds."""
        wanted = frozenset(kinds)
        if wanted and EntityKind.TASK not in wanted:
            raise Invalid([Violation("/types", "no_tasks", "A filter is about tasks: types must name task.")])
        self.tree: Tree = from_sent(text)
        self.kinds = readable(actor, wanted)
        self._seal = seal
        self._context = bound_to(actor, wanted) + canonical(self.tree).encode()

    def token(self, place: Place) -> str:
        """The place, for what this is."""
        reading, within = place.reading, place.within
        value = json.dumps([place.seq, None if within is None else str(within), *reading.dumped()])
        return self._seal.close(_TOKEN, self._context, value.encode())

    def place(self, token: str) -> Place:
        """What the token was given. Raises InvalidCursor."""
        value = self._seal.open(_TOKEN, self._context, token)
        if value is None:
            raise InvalidCursor
        seq, within, at, zone, first = json.loads(value)
        return Place(
            seq, Reading(datetime.fromisoformat(at), zone, first), None if within is None else UUID(within)
        )

    def lens(self, reading: Reading) -> Lens:
        """The filter for a reader. Raises FilterInvalid."""
        return Lens(reading.resolve(self.tree))


class Filtered:
    """A token keeps how dates were read; they are read anew where a page reaches the journal's end."""

    def __init__(self, units: UnitsOfWork, clock: Clock, seal: Seal) -> None:
        self._units = units
        self._clock = clock
        self._seal = seal

    async def list(
        self,
        actor: Actor,
        text: str,
        after: str | None = None,
        kinds: Iterable[EntityKind] = (),
        limit: int = CHANGES_DEFAULT,
    ) -> FilteredPage:
        """What became of the tasks that the filter selects, after the token or from the start.

        Raises FilterInvalid, InvalidCursor, and ChangesGone where a snapshot is due: where some are not
        kept, where there are too many to catch up with, and where time has moved too many tasks.
        """
        if not 1 <= limit <= CHANGES_MAX:
            raise Invalid([Violation("/limit", "out_of_range", f"Must be from 1 to {CHANGES_MAX}.")])
        sight = self.sight(actor, text, kinds)
        place = None if after is None else sight.place(after)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            return await self._page(unit, actor, sight, place, limit)

    async def end(self, actor: Actor, text: str, kinds: Iterable[EntityKind] = ()) -> str:
        """The token after the last change."""
        sight = self.sight(actor, text, kinds)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            return sight.token(await self.here(unit, actor))

    def sight(self, actor: Actor, text: str, kinds: Iterable[EntityKind]) -> Sight:
        """What is asked for. Raises FilterInvalid, InsufficientScope, Invalid."""
        return Sight(actor, text, kinds, self._seal)

    async def here(self, unit: ReadUnit, actor: Actor) -> Place:
        """The journal's end, dates read as of now."""
        reading = await reading_of(unit, actor, self._clock.now())
        return Place((await unit.changes.extent()).head.seq, reading)

    async def _page(
        self, unit: ReadUnit, actor: Actor, sight: Sight, place: Place | None, limit: int
    ) -> FilteredPage:
        extent = await unit.changes.extent()
        fresh = await reading_of(unit, actor, self._clock.now())
        place = place or Place(0, fresh)
        check_kept(extent, place.seq)
        if extent.head.seq - place.seq > LAG_MAX:
            raise ChangesGone(f"A filter catches up with {LAG_MAX:,} changes at most. ")
        lens = sight.lens(place.reading)
        stretch = await stretch_after(unit, place, lens, sight.kinds, limit, extent.head.seq)
        items = await _told(unit, sight, lens, stretch)
        end, turned = await _turned(unit, sight, lens, stretch, fresh)
        return FilteredPage(
            items,
            turned,
            sight.token(end),
            stretch.more,
            extent.head.seq - end.seq,
            extent.floor,
            end.reading.resolve(sight.tree),
        )


async def _told(unit: ReadUnit, sight: Sight, lens: Lens, stretch: Stretch) -> Sequence[Told]:
    """The changes that matter, each with what it did."""
    if not stretch.changes:
        return []
    scene = await scene_at(unit, stretch.changes[-1].seq, lens, stretch.changes, stretch.ids)
    found = crossings(scene, stretch.changes, lens, stretch.window)
    others = sight.kinds - {EntityKind.TASK}
    return [
        Told(change, tasks, sight.token(stretch.after(change)))
        for change, tasks in zip(stretch.changes, found, strict=True)
        if tasks or change.entity in others
    ]


async def _turned(
    unit: ReadUnit, sight: Sight, was: Lens, stretch: Stretch, fresh: Reading
) -> tuple[Place, Sequence[Crossing]]:
    """The place after it; at the journal's end, where dates mean something else by now, as they do.

    With it the tasks that this alone has moved.
    """
    becomes = sight.lens(fresh)
    between = () if stretch.more else border(was.resolved, becomes.resolved)
    if not between:
        return stretch.end, ()
    root = between[0] if len(between) == 1 else AnyOf(between)
    query = TaskQuery(filter=replace(becomes.resolved, root=root), everywhere=True, limit=TURNED_MAX + 1)
    ids = sorted([view.task.id for view in await unit.tasks.page(query)])
    if len(ids) > TURNED_MAX:
        raise ChangesGone(f"Time has moved more than {TURNED_MAX} tasks. ")
    both = Lens(replace(becomes.resolved, root=AnyOf((was.resolved.root, becomes.resolved.root))))
    scene = await scene_at(unit, stretch.end.seq, both, ids=ids) if ids else Scene(())
    return replace(stretch.end, reading=fresh), [
        crossing for task_id in ids if (crossing := _crossed(scene, task_id, was, becomes)) is not None
    ]


def _crossed(scene: Scene, task_id: UUID, was: Lens, becomes: Lens) -> Crossing | None:
    seen, sees = scene.seen(task_id, was), scene.seen(task_id, becomes)
    if (seen is None) == (sees is None):
        return None
    return Crossing(Effect.LEFT, task_id) if sees is None else Crossing(Effect.ENTERED, task_id, sees)
