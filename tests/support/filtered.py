"""A copy of what a filter selects, kept by filtered changes; and what it should be, made another way."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from adapters.memory.store import Store
from adapters.memory.tasks import MemoryTaskReads
from application.filtered import Filtered, FilteredPage, Sight
from application.ports import UnitsOfWork
from application.stretches import Place
from application.views import TaskQuery
from domain.access import Actor, Scope
from domain.change import JOURNALED, Change, EntityKind
from domain.filters import attributes
from domain.scene import Effect

Kept = dict[UUID, dict[str, Any]]
_TASKS = JOURNALED[EntityKind.TASK].codec


class FilteredCopy:
    """The tasks within a filter, as the specification says: what entered, less what left, each as changed."""

    def __init__(self, filtered: Filtered, actor: Actor, text: str) -> None:
        self._filtered = filtered
        self._actor = actor
        self.text = text
        self.tasks: Kept = {}
        self.token: str | None = None

    async def step(self, limit: int) -> FilteredPage:
        """One page."""
        page = await self._filtered.list(self._actor, self.text, self.token, limit=limit)
        for told in page.items:
            for crossing in told.tasks:
                if crossing.effect is Effect.CHANGED:
                    assert told.change.after is not None
                    self.tasks[crossing.task_id] |= {**told.change.after, "version": told.change.version}
                else:
                    self._cross(crossing)
        for crossing in page.turned:
            self._cross(crossing)
        self.token = page.next
        return page

    @property
    def place(self) -> Place:
        """Where the token says that it is."""
        assert self.token is not None
        sight: Sight = self._filtered.sight(self._actor, self.text, ())
        return sight.place(self.token)

    def _cross(self, crossing: Any) -> None:
        if crossing.effect is Effect.ENTERED:
            assert crossing.task_id not in self.tasks
            self.tasks[crossing.task_id] = kept(crossing.task)
        else:
            del self.tasks[crossing.task_id]


def kept(task: Any) -> dict[str, Any]:
    """All that a copy keeps of a task."""
    return {**_TASKS.state(task), "version": task.version}


class Forwards:
    """What there was after each change, by applying them from the first one on."""

    def __init__(self, actor: Actor, changes: Sequence[Change]) -> None:
        self._actor = actor
        self._changes = changes

    async def selected(self, copy: FilteredCopy) -> Kept:
        """The tasks that the copy's filter selects where it stands; within a change, those before as it was."""
        place = copy.place
        after = await self._at(place, place.seq, copy)
        if place.within is None:
            return after
        told = await self._at(place, self._next(place.seq), copy)
        return {one: task for one, task in told.items() if one <= place.within} | {
            one: task for one, task in after.items() if one > place.within
        }

    def _next(self, seq: int) -> int:
        return next(
            one.seq for one in self._changes if one.seq > seq and one.entity is not EntityKind.API_TOKEN
        )

    async def _at(self, place: Place, seq: int, copy: FilteredCopy) -> Kept:
        from domain.filters import parse

        resolved = place.reading.resolve(parse(copy.text))
        asked = set(attributes(resolved.root))
        everywhere = any(one.startswith(("project_", "project.")) for one in asked)
        query = TaskQuery(filter=resolved, everywhere=everywhere, limit=10_000)
        store = Store(entities=dict(self._things(seq)))
        return {
            view.task.id: kept(view.task) for view in await MemoryTaskReads(store, self._actor).page(query)
        }

    def _things(self, seq: int) -> Iterator[tuple[Any, Any]]:
        things: dict[tuple[EntityKind, UUID], dict[str, Any]] = {}
        for change in self._changes[:seq]:
            key = (change.entity, change.entity_id)
            if change.after is None:
                del things[key]
            else:
                things[key] = {**things.get(key, {}), **change.after, "version": change.version}
        for (kind, thing_id), fields in things.items():
            if kind is not EntityKind.API_TOKEN:
                yield (self._actor.account_id, kind, thing_id), self._made(kind, thing_id, fields)

    def _made(self, kind: EntityKind, thing_id: UUID, fields: Mapping[str, Any]) -> Any:
        how = JOURNALED[kind]
        values = how.codec.values(fields)
        return how.entity(account_id=self._actor.account_id, id=thing_id, version=fields["version"], **values)


async def journal(units: UnitsOfWork, actor: Actor) -> Sequence[Change]:
    """All that has happened."""
    async with units.reading(actor, Scope.TASKS_READ) as unit:
        return await unit.changes.after(0, frozenset(EntityKind), 100_000)
