"""Trying a change without making it, and making later exactly what was tried."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from application.joined import JoinedUnits
from application.once import Work
from application.ports import Clock, Ids, Seal, UnitsOfWork, WriteUnit
from application.views import Rehearsed
from domain.access import Actor, Scope, held_of, require
from domain.change import JOURNALED, Change, EntityKind
from domain.errors import (
    ApiTokenNotFound,
    Moved,
    NotPlannable,
    PlanApplied,
    PlanNotFound,
    PlanOutdated,
    TaskNotFound,
)
from domain.ids import ApiTokenId, PlanId, TaskId
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
            for step in plan.steps:
                await _take(unit, actor, step)
            unit.notes.keep(replace(plan, applied_at=now))
            await unit.commit()
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
    await unit.tasks.load(
        [UUID(seen["entity_id"]) for seen in plan.seen if seen["entity"] == EntityKind.TASK]
    )
    moved: list[Moved] = []
    for seen in plan.seen:
        current = await _current(unit, EntityKind(seen["entity"]), UUID(seen["entity_id"]))
        version = 0 if current is None else current.version
        if version != seen["version"]:
            moved.append(Moved(seen["entity"], UUID(seen["entity_id"]), seen["version"], version))
    if moved:
        raise PlanOutdated(moved)


async def _current(unit: WriteUnit, kind: EntityKind, entity_id: UUID) -> Any | None:
    try:
        if kind is EntityKind.TASK:
            return await unit.tasks.get(TaskId(entity_id), trashed=True)
        return await unit.api_tokens.get(ApiTokenId(entity_id))
    except (TaskNotFound, ApiTokenNotFound):
        return None


async def _take(unit: WriteUnit, actor: Actor, step: Mapping[str, Any]) -> None:
    how = JOURNALED[EntityKind(step["entity"])]
    values = how.codec.values(step["after"])
    if how.kind is EntityKind.TASK:
        values["version"] = step["version"]
    if step["made"]:
        entity = how.entity(account_id=actor.account_id, id=UUID(step["entity_id"]), **values)
        await unit.tasks.add(entity)
        return
    before: Any = await _current(unit, how.kind, UUID(step["entity_id"]))
    after = replace(before, **values)
    if how.kind is EntityKind.TASK:
        await unit.tasks.save(before, after, step["verb"], step["reverts"])
    else:
        await unit.api_tokens.save(before, after, step["verb"])
