"""The entities of a unit of work, of every kind alike: what is stored, as this unit has changed it so far."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from application.ports.data import EntitySource
from application.views import NO_SUBTASKS, Criteria, Progress
from application.workspace import Step, Workspace
from domain import rank
from domain.access import Actor
from domain.change import CREATE, JOURNALED, EntityKind, journaled_as, kind_of
from domain.errors import LimitReached
from domain.task import Task
from domain.thing import Thing, is_live
from domain.usage import LIMITS, Limits

E = TypeVar("E", bound=Thing)


class Entities:
    """Nothing is kept before the unit of work commits."""

    def __init__(self, workspace: Workspace, source: EntitySource, limits: Limits = LIMITS) -> None:
        self._workspace = workspace
        self._source = source
        self._limits = limits
        self._covered: dict[tuple[EntityKind, str], set[Any]] = {}
        self._progress: dict[UUID, Progress] = {}

    @property
    def actor(self) -> Actor:
        """Who changes them."""
        return self._workspace.actor

    async def get(self, entity: type[E], entity_id: UUID, *, trashed: bool = False) -> E:
        """The entity; `trashed` looks in the trash, too. Raises what its kind says where there is none."""
        found = await self.find(entity, entity_id)
        if found is None or not (trashed or is_live(found)):
            raise JOURNALED[kind_of(entity)].missing()
        return found

    async def find(self, entity: type[E], entity_id: UUID) -> E | None:
        """The entity, also one in the trash."""
        await self.load(entity, [entity_id])
        found: E | None = self._workspace.find(kind_of(entity), entity_id)
        return found

    async def load(self, entity: type[Thing], entity_ids: Collection[UUID | None]) -> None:
        """Have these at hand, by one statement at most. Ids that name nothing are passed over."""
        kind = kind_of(entity)
        wanted = {one for one in entity_ids if one is not None and not self._workspace.knows(kind, one)}
        await self.cover(entity, "id", wanted)

    async def some(self, entity: type[E], entity_ids: Collection[UUID]) -> list[E]:
        """Those of them that there are, also in the trash, in this order."""
        await self.load(entity, entity_ids)
        found = (self._workspace.find(kind_of(entity), one) for one in entity_ids)
        return [one for one in found if one is not None]

    async def cover(self, entity: type[Thing], name: str, values: Collection[Any]) -> None:
        """Have everything at hand whose field has one of the values, by one statement at most."""
        kind = kind_of(entity)
        seen = self._covered.setdefault((kind, name), set())
        missing = set(values) - seen
        if missing:
            for one in await self._source.fetch(kind, {name: missing}):
                self._workspace.remember(one)
            seen |= missing

    async def matching(self, entity: type[E], name: str, values: Collection[Any]) -> list[E]:
        """Everything whose field has one of the values, also in the trash."""
        await self.cover(entity, name, values)
        return self._workspace.matching(kind_of(entity), {name: values})

    async def live(self, entity: type[E], name: str, values: Collection[Any]) -> list[E]:
        """The same without the trash."""
        return [one for one in await self.matching(entity, name, values) if is_live(one)]

    async def add(self, entity: Thing, verb: str = CREATE) -> None:
        """Keep a new entity. Raises LimitReached; IdTaken, here or when the unit commits."""
        kind = journaled_as(entity).kind
        most = self._limits.of(kind)
        if most is not None and self._workspace.count(kind) >= most:
            raise LimitReached(f"{kind.replace('_', ' ')}s", most)
        self._workspace.add(entity, verb)

    async def save(self, before: Thing, after: Thing, verb: str, reverts: int | None = None) -> None:
        """Keep the change, if the entity is still as `before`. Raises what its kind says, StaleVersion."""
        await self.get(type(after), after.id, trashed=True)
        self._workspace.save(before, after, verb, reverts)

    async def save_all(self, changed: Collection[tuple[Thing, Thing]], verb: str) -> None:
        """Keep the changes of entities that are at hand, leaving out those that are none."""
        for before, after in changed:
            if after is not before:
                self._workspace.save(before, after, verb)

    async def remove(self, entity: Thing, verb: str) -> None:
        """Remove an entity that is at hand, for good."""
        self._workspace.remove(entity, verb)

    async def trashed(self, entity: type[E], until: datetime, limit: int) -> list[E]:
        """At most `limit` of what went to the trash until then and is there still, the first ones first."""
        kind = kind_of(entity)
        for one in await self._source.trashed(kind, until, limit + self._workspace.touched(kind)):
            self._workspace.remember(one)
        there: list[Any] = [one for one in self._workspace.matching(kind, {}) if not is_live(one)]
        due = [one for one in there if one.deleted_at <= until]
        return sorted(due, key=lambda one: (one.deleted_at, one.id))[:limit]

    async def beyond(
        self, entity: type[E], where: Criteria, rank: str, *, forward: bool, without: UUID, limit: int = 1
    ) -> list[E]:
        """The nearest ones beyond the rank, also in the trash, and not the one that is to be left out."""
        kind = kind_of(entity)
        # Of so many stored ones, at least `limit` are still where they are stored.
        enough = limit + 1 + self._workspace.touched(kind)
        for one in await self._source.neighbours(kind, where, rank, forward=forward, limit=enough):
            self._workspace.remember(one)
        found = [
            one
            for one in self._workspace.matching(kind, where)
            if one.id != without and (one.rank > rank if forward else one.rank < rank)
        ]
        return sorted(found, key=lambda one: one.rank, reverse=not forward)[:limit]

    async def at(self, entity: type[E], where: Criteria) -> list[E]:
        """What is exactly there, also in the trash, by one statement at most."""
        seen = ((set(wanted), self._covered.get((kind_of(entity), name))) for name, wanted in where.items())
        covered = any(already is not None and wanted <= already for wanted, already in seen)
        for one in () if covered else await self._source.fetch(kind_of(entity), where):
            self._workspace.remember(one)
        return self._workspace.matching(kind_of(entity), where)

    def count(self, entity: type[Thing]) -> int:
        """How many of the kind the account has, those in the trash too."""
        return self._workspace.count(kind_of(entity))

    def next_rank(self) -> str:
        """The rank after all that there are in any list."""
        return rank.at_end(self._workspace.next_rank())

    def unchecked(self) -> Sequence[Step]:
        """What was done since this was asked last."""
        return self._workspace.unchecked()

    async def progress(self, task_ids: Collection[UUID]) -> Mapping[UUID, Progress]:
        """How far each task's subtasks are, by one statement at most."""
        unknown = {one for one in task_ids if one not in self._progress and not self._is_new(one)}
        if unknown:
            found = await self._source.progress(unknown)
            self._progress |= {one: found.get(one, NO_SUBTASKS) for one in unknown}
        return {one: self._progress_now(one) for one in task_ids}

    async def blocking(self, task_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
        """By task, its blockers: of these and of all that they wait for."""
        edges: dict[UUID, set[UUID]] = {}
        frontier, explored = set(task_ids), set[UUID]()
        while frontier:
            stored = await self._source.blocking(frontier)
            explored |= frontier | {blocker for _, blocker in stored}
            for task_id, blocker_id in stored:
                edges.setdefault(task_id, set()).add(blocker_id)
            for task_id in explored:
                task: Task | None = self._workspace.find(EntityKind.TASK, task_id)
                if task is not None:
                    edges[task_id] = set(task.blocked_by)
            frontier = {blocker for blockers in edges.values() for blocker in blockers} - explored
        return edges

    def _is_new(self, task_id: UUID) -> bool:
        return self._workspace.is_new(EntityKind.TASK, task_id)

    def _progress_now(self, task_id: UUID) -> Progress:
        def is_part(task: Task) -> bool:
            return task.parent_id == task_id and task.deleted_at is None

        def is_closed(task: Task) -> bool:
            return is_part(task) and not task.is_open

        stored = self._progress.get(task_id, NO_SUBTASKS)
        gained = self._workspace.gained
        return Progress(
            stored.total + gained(EntityKind.TASK, is_part),
            stored.closed + gained(EntityKind.TASK, is_closed),
        )
