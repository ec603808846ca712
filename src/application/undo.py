"""Taking back what was done: one change, or everything of a request, a batch or an agent's run."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.ports import Clock, UnitsOfWork, WriteUnit
from domain.access import Actor, Scope, require
from domain.change import REVERT, Change, EntityKind
from domain.errors import ChangeNotFound, LimitReached, NotRevertible, Overwritten, RevertConflict
from domain.ids import TaskId
from domain.revert import reverted

REVERTS_MAX = 1000
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Selection:
    """Which changes: those whose fields equal the filters, from a time on."""

    filters: Mapping[str, object]
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reverted:
    """The changes that took others back, and those that stay: changes of API tokens."""

    changes: Sequence[Change]
    skipped: Sequence[Change] = ()


class Undo:
    """Whatever is taken back is a change like any other, and can be taken back."""

    def __init__(self, units: UnitsOfWork, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def revert(self, actor: Actor, change_id: UUID, force: Collection[str] = ()) -> Reverted:
        """Take one change back. Raises ChangeNotFound, NotRevertible, RevertConflict, InsufficientScope."""
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            change = await unit.changes.find(change_id)
            if change.entity is not EntityKind.TASK:
                require(actor, Scope.ACCOUNT_ADMIN)
                raise NotRevertible
            await self._take_back(unit, actor, change, force)
            await unit.commit()
            return Reverted(unit.made())

    async def revert_all(self, actor: Actor, which: Selection, force: Collection[str] = ()) -> Reverted:
        """Take all of them back, the last one first, or none.

        Raises ChangeNotFound where there are none, RevertConflict naming all of them, LimitReached.
        """
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            found = await _selected(unit, which)
            tasks = [change for change in found if change.entity is EntityKind.TASK]
            await unit.tasks.load({change.entity_id for change in tasks})
            gone = await _gone(unit, tasks)
            conflicts: list[Overwritten] = []
            for change in tasks:
                if change.entity_id in gone:
                    continue
                try:
                    await self._take_back(unit, actor, change, force)
                except RevertConflict as error:
                    conflicts += error.conflicts
            if conflicts:
                raise RevertConflict(conflicts)
            await unit.commit()
            return Reverted(unit.made(), [change for change in found if change.entity is not EntityKind.TASK])

    async def _take_back(self, unit: WriteUnit, actor: Actor, change: Change, force: Collection[str]) -> None:
        task = await unit.tasks.get(TaskId(change.entity_id), trashed=True)
        after = reverted(task, change, force, self._clock.now())
        if after is task:
            return
        if after.deleted_at is not None and task.deleted_at is None:
            require(actor, Scope.TASKS_DELETE)
        await unit.tasks.save(task, after, REVERT, change.seq)


async def _gone(unit: WriteUnit, changes: Sequence[Change]) -> Collection[UUID]:
    """What these changes have made and is in the trash by now: nothing is left of it to take back."""
    made = [TaskId(change.entity_id) for change in changes if change.before is None]
    tasks = [await unit.tasks.get(task_id, trashed=True) for task_id in made]
    return {task.id for task in tasks if task.deleted_at is not None}


async def _selected(unit: WriteUnit, which: Selection) -> Sequence[Change]:
    """The last one first. Raises ChangeNotFound, LimitReached."""
    found: list[Change] = []
    place: int | None = None
    while page := await unit.changes.before(place, which.filters, _PAGE):
        found += [change for change in page if which.since is None or change.at >= which.since]
        place = page[-1].seq
        if len(found) > REVERTS_MAX:
            raise LimitReached("changes to take back at once", REVERTS_MAX)
        if len(page) < _PAGE or (which.since is not None and page[-1].at < which.since):
            break
    if not found:
        raise ChangeNotFound
    return found
