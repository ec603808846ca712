"""Trying a change without making it, and making later exactly what was tried."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from application.joined import JoinedUnits
from application.once import Work
from application.placing import PLACE, place_of, settled
from application.ports import Clock, Ids, Seal, UnitsOfWork, WriteUnit
from application.views import Rehearsed
from domain.access import Actor, Scope, held_of, require
from domain.change import JOURNALED, Change, EntityKind, journaled_as
from domain.errors import (
    LabelNameTaken,
    Moved,
    NotEmpty,
    NotPlannable,
    PlanApplied,
    PlanNotFound,
    PlanOutdated,
)
from domain.ids import PlanId
from domain.plan import PLAN_KEPT, Plan

_PURPOSE = "plan"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would be answered and changed, and the plan to do it, if one was asked for."""

    status: int
    changes: Sequence[Change]
    plan: str | None = None
    expires_at: datetime | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each verb would be done."""
        return Counter(change.verb for change in self.changes)

    @property
    def warnings(self) -> Sequence[str]:
        """What one may not have expected, as stable words."""
        return () if self.changes else ("nothing_changes",)


class Plans:
    """A rehearsal runs for real, up to the commit."""

    def __init__(self, units: UnitsOfWork, clock: Clock, ids: Ids, seal: Seal) -> None:
        self._units = units
        self._clock = clock
        self._ids = ids
        self._seal = seal

    async def rehearse(self, actor: Actor, scope: Scope, work: Work, *, keep: bool) -> Rehearsal:
        """Do the work and take it back. `keep` makes a plan. Raises what the work does; NotPlannable."""
        async with self._units.writing(actor, scope) as unit:
            joined = JoinedUnits(unit, self._units)
            reply = await work(joined)
            found = await unit.rehearse()
        if not keep:
            return Rehearsal(reply.status, found.changes)
        plan = self._plan(actor, joined.scopes | {change.needs for change in found.changes}, found)
        async with self._units.writing(actor, scope) as unit:
            unit.notes.keep(plan)
            await unit.commit()
        handle = self._seal.close(_PURPOSE, actor.account_id.bytes, plan.id.bytes)
        return Rehearsal(reply.status, found.changes, handle, plan.expires_at)

    async def apply(self, actor: Actor, handle: str) -> Sequence[Change]:
        """Make the plan's changes, once. Raises PlanNotFound, PlanApplied, PlanOutdated."""
        value = self._seal.open(_PURPOSE, actor.account_id.bytes, handle)
        if value is None:
            raise PlanNotFound
        now = self._clock.now()
        async with self._units.writing(actor, held_of(actor, sorted(Scope))) as unit:
            plan = await unit.notes.plan(UUID(bytes=value))
            if plan is None or plan.expires_at <= now:
                raise PlanNotFound
            for scope in sorted(plan.scopes):
                require(actor, scope)
            if plan.applied_at is not None:
                raise PlanApplied
            await _check(unit, plan)
            last = {UUID(step["entity_id"]): place for place, step in enumerate(plan.steps)}
            yet_to_go = set(last)
            for place, step in enumerate(plan.steps):
                if last[UUID(step["entity_id"])] == place:
                    yet_to_go.remove(UUID(step["entity_id"]))
                await _take(unit, actor, step, yet_to_go)
            unit.notes.keep(replace(plan, applied_at=now))
            await _commit(unit)
            return unit.made()

    def _plan(self, actor: Actor, scopes: Iterable[Scope], found: Rehearsed) -> Plan:
        if any(change.before is None and change.entity is EntityKind.API_TOKEN for change in found.changes):
            raise NotPlannable
        return Plan(
            account_id=actor.account_id,
            id=PlanId(self._ids.new()),
            scopes=frozenset(scopes),
            steps=[_step(change) for change in found.changes],
            seen=[
                {"entity": kind, "entity_id": str(entity_id), "version": version}
                for (kind, entity_id), version in found.seen.items()
            ],
            expires_at=self._clock.now() + PLAN_KEPT,
        )


def _step(change: Change) -> Mapping[str, Any]:
    return {
        "entity": change.entity,
        "entity_id": str(change.entity_id),
        "verb": change.verb,
        "version": change.version,
        "made": change.before is None,
        "after": change.after,
        "reverts": change.reverts,
    }


async def _check(unit: WriteUnit, plan: Plan) -> None:
    named: dict[EntityKind, list[UUID]] = {}
    for seen in plan.seen:
        named.setdefault(EntityKind(seen["entity"]), []).append(UUID(seen["entity_id"]))
    made = [step for step in plan.steps if step["made"]]
    for step in made:
        named.setdefault(EntityKind(step["entity"]), []).append(UUID(step["entity_id"]))
    for kind, ids in named.items():
        await unit.entities.load(JOURNALED[kind].entity, ids)
    moved: list[Moved] = []
    for seen in (*plan.seen, *(dict(step, version=0) for step in made)):
        entity = JOURNALED[EntityKind(seen["entity"])].entity
        current = await unit.entities.find(entity, UUID(seen["entity_id"]))
        version = 0 if current is None else current.version
        if version != seen["version"]:
            moved.append(Moved(seen["entity"], UUID(seen["entity_id"]), seen["version"], version))
    if moved:
        raise PlanOutdated(moved)


async def _commit(unit: WriteUnit) -> None:
    """What came since, and so was not looked at, can be in the way, too."""
    try:
        await unit.commit()
    except NotEmpty as error:
        raise PlanOutdated(_newcomers(error.left)) from error
    except LabelNameTaken as error:
        raise PlanOutdated(_newcomers(error.rivals)) from error


def _newcomers(things: Iterable[Any]) -> list[Moved]:
    return [Moved(journaled_as(one).kind, one.id, 0, one.version) for one in things]


async def _take(unit: WriteUnit, actor: Actor, step: Mapping[str, Any], yet_to_go: Collection[UUID]) -> None:
    how = JOURNALED[EntityKind(step["entity"])]
    entity_id = UUID(step["entity_id"])
    if step["after"] is None:
        await unit.entities.remove(await unit.entities.get(how.entity, entity_id, trashed=True), step["verb"])
        return
    values = how.codec.values(step["after"])
    if "version" in {field.name for field in fields(how.entity)}:
        values["version"] = step["version"]
    if step["made"]:
        entity = how.entity(account_id=actor.account_id, id=entity_id, **values)
        if how.entity in PLACE:
            entity = await settled(unit.entities, entity, yet_to_go)
        await unit.entities.add(entity, step["verb"])
        return
    before: Any = await unit.entities.get(how.entity, entity_id, trashed=True)
    after = replace(before, **values)
    if how.entity in PLACE and (after.rank, place_of(after)) != (before.rank, place_of(before)):
        after = await settled(unit.entities, after, yet_to_go)
    await unit.entities.save(before, after, step["verb"], step["reverts"])
