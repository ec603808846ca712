"""How much of the journal a page tells of a filter: so much that few tasks need to be looked at."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from application.ports import ReadUnit
from application.task_lists import Reading
from domain.change import Change, EntityKind
from domain.lens import Lens
from domain.scene import WHOLE, Window

TOGETHER = 500
"""The most tasks that a page looks at because of other things that changed."""
_DECIDING = frozenset(
    {EntityKind.TASK, EntityKind.PROJECT, EntityKind.SECTION, EntityKind.LABEL, EntityKind.COMMENT}
)
"""The kinds whose changes may move a task; all of them are read with the scope for tasks."""


@dataclass(frozen=True, slots=True)
class Place:
    """After a change, as a filter was read; `within` the next one, of which tasks up to that id are told."""

    seq: int
    reading: Reading
    within: UUID | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some changes in a row, the place after them, and whether there are more by now.

    `ids` are tasks that are tied to what they change. Where the window is not whole, there is one change,
    told of the tasks of the window alone.
    """

    changes: Sequence[Change]
    end: Place
    more: bool
    ids: Sequence[UUID] = ()
    window: Window = WHOLE

    def after(self, change: Change) -> Place:
        """The place after one of them."""
        return self.end if self.end.within else Place(change.seq, self.end.reading)


async def stretch_after(
    unit: ReadUnit, place: Place, lens: Lens, kinds: Collection[EntityKind], limit: int, head: int
) -> Stretch:
    """What comes after the place: at most `limit` changes of the kinds, and of what may move tasks."""
    size = 1 if place.within else limit
    found = await unit.changes.after(place.seq, {*kinds, *_DECIDING}, size + 1)
    changes, more = found[:size], len(found) > size
    first = next((at for at, change in enumerate(changes) if lens.ties(change)), None)
    if first is None:
        return Stretch(changes, _end(place, changes, more, head), more)
    ids = await _tied(unit, changes, lens, place)
    if len(ids) > TOGETHER and first:
        return Stretch(changes[:first], _end(place, changes[:first], True, head), True)
    if len(ids) > TOGETHER and len(changes) > 1:
        changes, more, ids = changes[:1], True, await _tied(unit, changes[:1], lens, place)
    if len(ids) > TOGETHER:
        return _part(changes, place, ids[:TOGETHER])
    return Stretch(changes, _end(place, changes, more, head), more, ids, Window(low=place.within))


def _part(changes: Sequence[Change], place: Place, ids: Sequence[UUID]) -> Stretch:
    """One change that more tasks are tied to: it is not over with these."""
    end = Place(place.seq, place.reading, ids[-1])
    return Stretch(changes, end, True, ids, Window(place.within, ids[-1]))


async def _tied(unit: ReadUnit, changes: Sequence[Change], lens: Lens, place: Place) -> Sequence[UUID]:
    ties: defaultdict[str, set[UUID]] = defaultdict(set)
    for change in changes:
        for name, thing_id in lens.ties(change):
            ties[name].add(thing_id)
    return await unit.places.tied(changes[-1].seq, EntityKind.TASK, ties, place.within, TOGETHER + 1)


def _end(place: Place, changes: Sequence[Change], more: bool, head: int) -> Place:
    return Place(changes[-1].seq if more else head, place.reading)
