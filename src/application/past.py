"""How things were, and how they came to be as they are."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.cursors import Cursors, check_limit
from application.ports import ChangeReads, ReadUnit, Seal, UnitsOfWork
from application.views import PAGE_DEFAULT, Page, Position
from domain.access import Actor, Scope
from domain.change import JOURNALED, Change, EntityKind
from domain.errors import ChangesGone, InvalidCursor, LimitReached, TaskNotFound
from domain.revert import before
from domain.task import Status, Task

LOOK_BACK_MAX = 10_000
_PAGE = 500
_HISTORY = "history"


@dataclass(frozen=True, slots=True)
class History:
    """A thing's changes, the last ones first, and for each field the change that set it last."""

    items: Sequence[Change]
    fields: Mapping[str, Change]
    next_cursor: str | None


class Past:
    """Within what the journal keeps."""

    def __init__(self, units: UnitsOfWork, seal: Seal) -> None:
        self._units = units
        self._seal = seal
        self._cursors = Cursors(seal, "tasks then")

    async def history(
        self, actor: Actor, task_id: UUID, limit: int = PAGE_DEFAULT, cursor: str | None = None
    ) -> History:
        """What has happened to a task, also one in the trash. Raises TaskNotFound, InvalidCursor."""
        check_limit(limit)
        place = self._place(actor, task_id, cursor)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            found = await unit.changes.of(EntityKind.TASK, task_id, place, limit + 1)
            if not found and await unit.entities.find(EntityKind.TASK, task_id) is None:
                raise TaskNotFound
            fields = await _setters(unit.changes, task_id)
        items = found[:limit]
        more = len(found) > limit
        return History(items, fields, self._close(actor, task_id, items[-1].seq) if more else None)

    async def task(self, actor: Actor, task_id: UUID, at: datetime) -> Task:
        """A task as it was. Raises TaskNotFound, ChangesGone."""
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            await _check_kept(unit, at)
            task: Task | None = await unit.entities.find(EntityKind.TASK, task_id)
            place: int | None = None
            while page := await unit.changes.of(EntityKind.TASK, task_id, place, _PAGE):
                for change in page:
                    if change.at <= at:
                        return _there(task)
                    task = before(task, change)
                place = page[-1].seq
        return _there(task)

    async def tasks(
        self,
        actor: Actor,
        at: datetime,
        statuses: Iterable[Status] = (),
        limit: int = PAGE_DEFAULT,
        cursor: str | None = None,
    ) -> Page[Task]:
        """A page of the tasks as they were. Raises ChangesGone, InvalidCursor, LimitReached."""
        check_limit(limit)
        chosen = frozenset(statuses)
        parameters = [at.isoformat(), *sorted(chosen)]
        place = self._cursors.open(actor, parameters, cursor)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            await _check_kept(unit, at)
            tasks = await _all(unit)
            async for change in _since(unit.changes, at):
                tasks[change.entity_id] = before(tasks.get(change.entity_id), change)
        there = [task for task in tasks.values() if task is not None and task.deleted_at is None]
        found = sorted((task for task in there if _is_chosen(task, chosen, place)), key=_order, reverse=True)
        items = found[:limit]
        more = len(found) > limit
        return Page(items, self._cursors.close(actor, parameters, items[-1]) if more else None)

    def _place(self, actor: Actor, task_id: UUID, cursor: str | None) -> int | None:
        if cursor is None:
            return None
        value = self._seal.open(_HISTORY, actor.account_id.bytes + task_id.bytes, cursor)
        if value is None:
            raise InvalidCursor
        return int.from_bytes(value)

    def _close(self, actor: Actor, task_id: UUID, seq: int) -> str:
        return self._seal.close(_HISTORY, actor.account_id.bytes + task_id.bytes, seq.to_bytes(8))


def _order(task: Task) -> tuple[datetime, UUID]:
    return task.created_at, task.id


def _is_chosen(task: Task, statuses: frozenset[Status], place: Position | None) -> bool:
    return (not statuses or task.status in statuses) and (
        place is None or _order(task) < (place.created_at, place.id)
    )


def _there(task: Task | None) -> Task:
    if task is None or task.deleted_at is not None:
        raise TaskNotFound
    return task


async def _check_kept(unit: ReadUnit, at: datetime) -> None:
    floor = (await unit.changes.extent()).floor
    if floor.at is not None and at < floor.at:
        raise ChangesGone


async def _all(unit: ReadUnit) -> dict[UUID, Task | None]:
    tasks: dict[UUID, Task | None] = {}
    after: UUID | None = None
    while chunk := await unit.entities.chunk(EntityKind.TASK, after, _PAGE):
        tasks |= {task.id: task for task in chunk}
        after = chunk[-1].id
        if len(tasks) > LOOK_BACK_MAX:
            raise LimitReached("tasks to look back at", LOOK_BACK_MAX)
    return tasks


async def _since(changes: ChangeReads, at: datetime) -> AsyncIterator[Change]:
    """The changes of tasks after the time, the last one first."""
    place: int | None = None
    count = 0
    while page := await changes.before(place, {"entity": EntityKind.TASK}, _PAGE):
        for change in page:
            if change.at <= at:
                return
            yield change
        place = page[-1].seq
        count += len(page)
        if count > LOOK_BACK_MAX:
            raise LimitReached("changes to look back over", LOOK_BACK_MAX)


async def _setters(changes: ChangeReads, task_id: UUID) -> Mapping[str, Change]:
    """By field, the change that set it last; none for one whose change is not kept any more."""
    wanted = set(JOURNALED[EntityKind.TASK].codec.names) - {"updated_at"}
    found: dict[str, Change] = {}
    place: int | None = None
    while len(found) < len(wanted) and (page := await changes.of(EntityKind.TASK, task_id, place, _PAGE)):
        for change in page:
            for name in wanted & set(change.after or ()):
                if _has_set(change, name):
                    found.setdefault(name, change)
        place = page[-1].seq
    return found


def _has_set(change: Change, name: str) -> bool:
    """Whether it is among what changed: a restored thing tells all its fields."""
    return change.before is None or name in change.before
