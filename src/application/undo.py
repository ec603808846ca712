"""Taking back what was done: one change, or everything of a request, a batch or an agent's run."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from application.entities import Entities
from application.integrity import levels_below
from application.placing import PLACE, place_of, settled
from application.ports import Clock, UnitsOfWork, WriteUnit
from domain.access import Actor, Scope, require
from domain.api_token import ApiToken
from domain.change import JOURNALED, MOVE, REVERT, Change, EntityKind
from domain.errors import (
    ChangeNotFound,
    ChangesGone,
    DependencyCycle,
    InTrash,
    Invalid,
    LimitReached,
    NestingCycle,
    NotEmpty,
    NotRevertible,
    Overwritten,
    RevertConflict,
    TooDeep,
    Violation,
)
from domain.project import Section
from domain.revert import goes_along, reverted
from domain.task import Task
from domain.thing import is_live, revised

REVERTS_MAX = 1000
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Selection:
    """Which changes: those whose fields equal the filters, from a time on."""

    filters: Mapping[str, object]
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reverted:
    """The changes that took others back, and those that stay: of API tokens, and of what is gone for good."""

    changes: Sequence[Change]
    skipped: Sequence[Change] = ()


class Undo:
    """Whatever is taken back is a change like any other, and can be taken back."""

    def __init__(self, units: UnitsOfWork, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def revert(self, actor: Actor, change_id: UUID, force: Collection[str] = ()) -> Reverted:
        """Take one change back, and what went along with it to the trash, or out of it.

        Raises ChangeNotFound, ChangesGone, NotRevertible, RevertConflict, InsufficientScope, Invalid.
        """
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            change = await unit.changes.find(change_id)
            require(actor, JOURNALED[change.entity].changed_with)
            if _stays(change):
                raise NotRevertible
            changes = await _with_along(unit, change)
            _check_force(force, changes)
            await _load(unit, changes)
            if await unit.entities.find(JOURNALED[change.entity].entity, change.entity_id) is None:
                raise NotRevertible
            await self._take_all_back(unit, actor, changes, force, alone=change)
            return Reverted(unit.made())

    async def revert_all(self, actor: Actor, which: Selection, force: Collection[str] = ()) -> Reverted:
        """Take all of them back, the last one first, or none.

        Raises ChangeNotFound where there are none, ChangesGone where some may not be kept any more,
        RevertConflict naming all of them, LimitReached, Invalid.
        """
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            found = await _selected(unit, which)
            kept = [change for change in found if _stays(change)]
            changes = [change for change in found if not _stays(change)]
            _check_force(force, changes)
            for kind in {change.entity for change in changes}:
                require(actor, JOURNALED[kind].changed_with)
            await _load(unit, changes)
            gone = await _gone(unit, changes)
            left = [change for change in changes if change.entity_id not in gone]
            await self._take_all_back(unit, actor, left, force)
            return Reverted(unit.made(), kept)

    async def _take_all_back(
        self,
        unit: WriteUnit,
        actor: Actor,
        changes: Iterable[Change],
        force: Collection[str],
        alone: Change | None = None,
    ) -> None:
        """Keep it, or nothing of it. Raises RevertConflict naming all of them."""
        conflicts: list[Overwritten] = []
        now = self._clock.now()
        for change in changes:
            try:
                await self._take_back(unit, actor, change, force, now, alone=change is alone)
            except RevertConflict as error:
                conflicts += error.conflicts
        if conflicts:
            raise RevertConflict(conflicts)
        await _carry_trash(unit.entities, changes, now)
        await _commit(unit)

    async def _take_back(
        self,
        unit: WriteUnit,
        actor: Actor,
        change: Change,
        force: Collection[str],
        now: datetime,
        *,
        alone: bool,
    ) -> None:
        entity: Any = await unit.entities.find(JOURNALED[change.entity].entity, change.entity_id)
        if entity is None:  # gone for good, and what it went along with is still there
            return
        after = reverted(entity, change, force, now)
        if after is entity:
            return
        if is_live(entity) and not is_live(after):
            require(actor, Scope.TASKS_DELETE)
            after = replace(after, deleted_with=after.id) if alone else after
        if type(after) in PLACE and (after.rank, place_of(after)) != (entity.rank, place_of(entity)):
            after = await settled(unit.entities, after)
        await unit.entities.save(entity, after, REVERT, change.seq)


def _stays(change: Change) -> bool:
    """Whether nothing can take it back: what was shown, and what is gone for good."""
    return change.entity is EntityKind.API_TOKEN or change.after is None


async def _carry_trash(entities: Entities, changes: Iterable[Change], now: datetime) -> None:
    """What is in the trash goes along where what it is in goes back to another place."""
    moved = [change for change in changes if {"project_id", "section_id"} & (change.before or {}).keys()]
    sections = {one.entity_id for one in moved if one.entity is EntityKind.SECTION}
    tasks = {one.entity_id for one in moved if one.entity is EntityKind.TASK}
    if sections:
        owners: dict[UUID, Any] = {one.id: one for one in await entities.some(Section, sections)}
        within = await entities.matching(Task, "section_id", sections)
        await _follow(entities, within, "section_id", owners, now)
    if tasks:
        owners = {one.id: one for one in await entities.some(Task, tasks)}
        for level in await levels_below(entities, Task, list(owners.values())):
            await _follow(entities, level, "parent_id", owners, now)
            owners |= {one.id: one for one in await entities.some(Task, [one.id for one in level])}


async def _follow(
    entities: Entities, tasks: Iterable[Task], by: str, owners: Mapping[UUID, Any], now: datetime
) -> None:
    names = ("project_id",) if by == "section_id" else ("project_id", "section_id")
    gone = [(task, owners[getattr(task, by)]) for task in tasks if not is_live(task)]
    places = [(task, {name: getattr(owner, name) for name in names}) for task, owner in gone]
    await entities.save_all([(task, revised(task, now, **place)) for task, place in places], MOVE)


async def _load_ranks(unit: WriteUnit, changes: Sequence[Change]) -> None:
    """Have at hand, by one statement, what may be where things go back to."""
    entity = JOURNALED[changes[0].entity].entity
    if entity in PLACE:
        ranks = {
            one.rank for one in await unit.entities.some(entity, {change.entity_id for change in changes})
        }
        ranks |= {change.before["rank"] for change in changes if change.before and "rank" in change.before}
        await unit.entities.cover(entity, "rank", ranks)


async def _commit(unit: WriteUnit) -> None:
    """What other things have come to rely on cannot be taken back alone."""
    try:
        await unit.commit()
    except NotEmpty as error:
        raise RevertConflict(left=error.left) from error
    except (Invalid, NestingCycle, TooDeep, DependencyCycle, InTrash) as error:
        raise RevertConflict from error


async def _gone(unit: WriteUnit, changes: Sequence[Change]) -> Collection[UUID]:
    """What these changes have made and is in the trash by now: nothing is left of it to take back."""
    gone: set[UUID] = set()
    for change in changes:
        entity = await unit.entities.find(JOURNALED[change.entity].entity, change.entity_id)
        if entity is None or (change.before is None and not is_live(entity)):
            gone.add(change.entity_id)
    return gone


def _check_force(force: Collection[str], changes: Collection[Change]) -> None:
    """Raises Invalid for what is no field of these things: it would force nothing."""
    fields: set[str] = set()
    for kind in {change.entity for change in changes}:
        fields |= set(JOURNALED[kind].codec.names) - JOURNALED[kind].follows
    unknown = [place for place, name in enumerate(force) if name not in fields]
    if unknown and changes:
        message = "Must be a field of what is taken back, as conflicts name it."
        raise Invalid([Violation(f"/force/{place}", "unknown_field", message) for place in unknown])


async def _load(unit: WriteUnit, changes: Collection[Change]) -> None:
    """Have what has changed at hand, by one statement for each kind."""
    for kind in {change.entity for change in changes}:
        ids = {change.entity_id for change in changes if change.entity is kind}
        await unit.entities.load(JOURNALED[kind].entity, ids)
        await _load_ranks(unit, [change for change in changes if change.entity is kind])


async def _with_along(unit: WriteUnit, change: Change) -> list[Change]:
    """The change and those of the same act that went along with it, the last one first: they are beside it.

    Raises ChangesGone where some of them may not be kept any more, LimitReached.
    """
    if "deleted_at" not in (change.before or ()):
        return [change]
    earlier, later = await _earlier(unit, change), await _later(unit, change)
    await _check_kept(unit, change.at)
    return [one for one in (*reversed(later), change, *earlier) if one is change or goes_along(one, change)]


async def _earlier(unit: WriteUnit, change: Change) -> list[Change]:
    found: list[Change] = []
    while page := await unit.changes.before(found[-1].seq if found else change.seq, {}, _PAGE):
        found += [one for one in page if _is_one_act(one, change)]
        _check_count(found)
        if not _is_one_act(page[-1], change):
            break
    return found


async def _later(unit: WriteUnit, change: Change) -> list[Change]:
    found: list[Change] = []
    while page := await unit.changes.after(
        found[-1].seq if found else change.seq, frozenset(EntityKind), _PAGE
    ):
        found += [one for one in page if _is_one_act(one, change)]
        _check_count(found)
        if not _is_one_act(page[-1], change):
            break
    return found


def _is_one_act(one: Change, other: Change) -> bool:
    """Whether they were kept by one transaction."""
    return (one.at, one.request_id, one.batch_id) == (other.at, other.request_id, other.batch_id)


def _check_count(found: Collection[Change]) -> None:
    if len(found) > REVERTS_MAX:
        raise LimitReached("changes to take back at once", REVERTS_MAX)


async def _check_kept(unit: WriteUnit, began: datetime | None) -> None:
    """Raises ChangesGone unless all changes from then on are kept; None is the beginning of the journal."""
    floor = (await unit.changes.extent()).floor
    if floor.at is not None and (began is None or began <= floor.at):
        raise ChangesGone


async def _began(unit: WriteUnit, which: Selection, first: Change) -> datetime | None:
    """When there cannot have been anything to take back before: an act has one time, a token many acts."""
    if "token_id" not in which.filters:
        return first.at
    token: Any = None if first.token_id is None else await unit.entities.find(ApiToken, first.token_id)
    times = [which.since, None if token is None else token.created_at]
    return max((time for time in times if time is not None), default=None)


async def _selected(unit: WriteUnit, which: Selection) -> Sequence[Change]:
    """The last one first. Raises ChangeNotFound, ChangesGone, LimitReached."""
    found: list[Change] = []
    place: int | None = None
    while page := await unit.changes.before(place, which.filters, _PAGE):
        found += [change for change in page if which.since is None or change.at >= which.since]
        place = page[-1].seq
        _check_count(found)
        if len(page) < _PAGE or (which.since is not None and page[-1].at < which.since):
            break
    if not found:
        raise ChangeNotFound
    await _check_kept(unit, await _began(unit, which, found[-1]))
    return found
