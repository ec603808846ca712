"""How things were, and how they came to be as they are."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from application.cursors import Cursors, check_limit
from application.ports import ChangeReads, ReadUnit, Seal, UnitsOfWork
from application.views import PAGE_DEFAULT, Page, Position, Progress, TaskQuery, TaskView
from domain.access import Actor, Scope
from domain.change import JOURNALED, Change, EntityKind
from domain.errors import ChangesGone, InvalidCursor, LimitReached, TaskNotFound
from domain.past import Trace, open_blockers_then, progress_then, traced
from domain.project import Project
from domain.revert import before
from domain.task import Status, Task
from domain.thing import is_live

LOOK_BACK_MAX = 10_000
_PAGE = 500
_FIRST_PAGE = 50
_CHUNK = 100
_HISTORY = "history"


@dataclass(frozen=True, slots=True)
class History:
    """A thing's changes, the last ones first, and for each field the change that set it last."""

    items: Sequence[Change]
    fields: Mapping[str, Change]
    next_cursor: str | None


class Past:
    """Within what the journal keeps. Whatever is looked back over, few whole tasks are held at a time."""

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

    async def task(self, actor: Actor, task_id: UUID, at: datetime) -> TaskView:
        """A task as it was. Raises TaskNotFound, ChangesGone, LimitReached."""
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            await _check_kept(unit, at)
            then = await _traces(unit, await _undone(unit.changes, at))
            task = await _as_it_was(unit, task_id, at)
            if task is None or not is_live(task):
                raise TaskNotFound
            await _trace_ties(unit, [task], then)
        return _view(task, then)

    async def tasks(
        self,
        actor: Actor,
        at: datetime,
        statuses: Iterable[Status] = (),
        limit: int = PAGE_DEFAULT,
        cursor: str | None = None,
    ) -> Page[TaskView]:
        """A page of the tasks as they were. Raises ChangesGone, InvalidCursor, LimitReached."""
        check_limit(limit)
        chosen = frozenset(statuses)
        parameters = [at.isoformat(), *sorted(chosen)]
        place = self._cursors.open(actor, parameters, cursor)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            await _check_kept(unit, at)
            undone = await _undone(unit.changes, at)
            then, archived = await _traces(unit, undone), await _archived(unit, undone)
            query = TaskQuery(
                statuses=chosen, limit=limit + 1, after=place, archived=archived, without=frozenset(then)
            )
            untouched = [(one.task.created_at, one.task.id, one.task) for one in await unit.tasks.page(query)]
            touched = [
                (trace.created_at, task_id, None)
                for task_id, trace in then.items()
                if trace is not None and _is_chosen(task_id, trace, query)
            ]
            found = sorted((*untouched, *touched), key=lambda one: one[:2], reverse=True)[: limit + 1]
            tasks = [kept or await _there(unit, task_id, at) for _, task_id, kept in found[:limit]]
            await _trace_ties(unit, tasks, then)
        items = [_view(task, then) for task in tasks]
        more = len(found) > limit
        return Page(items, self._cursors.close(actor, parameters, items[-1].task) if more else None)

    def _place(self, actor: Actor, task_id: UUID, cursor: str | None) -> int | None:
        if cursor is None:
            return None
        value = self._seal.open(_HISTORY, actor.account_id.bytes + task_id.bytes, cursor)
        if value is None:
            raise InvalidCursor
        return int.from_bytes(value)

    def _close(self, actor: Actor, task_id: UUID, seq: int) -> str:
        return self._seal.close(_HISTORY, actor.account_id.bytes + task_id.bytes, seq.to_bytes(8))


def _view(task: Task, then: Mapping[UUID, Trace | None]) -> TaskView:
    return TaskView(task, Progress(*progress_then(task.id, then)), open_blockers_then(task, then))


def _is_chosen(task_id: UUID, trace: Trace, query: TaskQuery) -> bool:
    """Whether a task that has changed since was on the list."""
    place: Position | None = query.after
    return (
        not trace.deleted
        and trace.project_id not in (query.archived or ())
        and (not query.statuses or trace.status in query.statuses)
        and (place is None or (trace.created_at, task_id) < (place.created_at, place.id))
    )


async def _check_kept(unit: ReadUnit, at: datetime) -> None:
    floor = (await unit.changes.extent()).floor
    if floor.at is not None and at < floor.at:
        raise ChangesGone


@dataclass(slots=True)
class _Undone:
    """Of what has changed since, what is needed as it was: by task, and when each project was archived."""

    tasks: dict[UUID, dict[str, object]] = field(default_factory=dict[UUID, dict[str, object]])
    first: dict[UUID, Change] = field(default_factory=dict[UUID, Change])
    archived: dict[UUID, object] = field(default_factory=dict[UUID, object])

    def take(self, change: Change) -> None:
        """Look one change further back."""
        if change.entity is EntityKind.TASK:
            self.first[change.entity_id] = change
            self.tasks.setdefault(change.entity_id, {}).update(traced(change))
        if change.entity is EntityKind.PROJECT and "archived_at" in (change.before or ()):
            self.archived[change.entity_id] = (change.before or {})["archived_at"]


async def _undone(changes: ChangeReads, at: datetime) -> _Undone:
    """Over all that was done since. Raises LimitReached."""
    found = _Undone()
    async for change in _since(changes, at):
        found.take(change)
    return found


async def _traces(unit: ReadUnit, undone: _Undone) -> dict[UUID, Trace | None]:
    """What is needed of each task that has changed since, as it was; None of one that was not there yet."""
    then: dict[UUID, Trace | None] = {
        task_id: None for task_id, change in undone.first.items() if change.before is None
    }
    left = [task_id for task_id in undone.first if task_id not in then]
    for start in range(0, len(left), _CHUNK):
        ids = left[start : start + _CHUNK]
        now = {task.id: Trace.of(task) for task in await unit.entities.some(EntityKind.TASK, {"id": ids})}
        then |= {task_id: Trace.then(now.get(task_id), undone.tasks[task_id]) for task_id in ids}
    return then


async def _archived(unit: ReadUnit, undone: _Undone) -> frozenset[UUID]:
    """The projects that were archived then."""
    projects: dict[UUID, object] = {one.id: one.archived_at for one in await _all_projects(unit)}
    return frozenset(
        project_id for project_id, since in (projects | undone.archived).items() if since is not None
    )


async def _all_projects(unit: ReadUnit) -> list[Project]:
    found: list[Project] = []
    while chunk := await unit.entities.chunk(EntityKind.PROJECT, found[-1].id if found else None, _PAGE):
        found += chunk
    return found


async def _there(unit: ReadUnit, task_id: UUID, at: datetime) -> Task:
    task = await _as_it_was(unit, task_id, at)
    if task is None:
        raise TaskNotFound
    return task


async def _as_it_was(unit: ReadUnit, task_id: UUID, at: datetime) -> Task | None:
    """One whole task, rolled back over its own changes."""
    task: Task | None = await unit.entities.find(EntityKind.TASK, task_id)
    place: int | None = None
    while page := await unit.changes.of(EntityKind.TASK, task_id, place, _PAGE):
        for change in page:
            if change.at <= at:
                return task
            task = before(task, change)
        place = page[-1].seq
    return task


async def _trace_ties(unit: ReadUnit, tasks: Collection[Task], then: dict[UUID, Trace | None]) -> None:
    """Add what is needed of their subtasks and blockers that have not changed since."""
    blockers = {blocker for task in tasks for blocker in task.blocked_by} - then.keys()
    parents = {task.id for task in tasks}
    for name, ids in (("id", blockers), ("parent_id", parents)):
        if ids:
            for one in await unit.entities.some(EntityKind.TASK, {name: ids}):
                then.setdefault(one.id, Trace.of(one))


async def _since(changes: ChangeReads, at: datetime) -> AsyncIterator[Change]:
    """The changes after the time, the last one first: of every kind, since a rare one would be far away."""
    place: int | None = None
    count, limit = 0, _FIRST_PAGE
    while page := await changes.before(place, {}, limit):
        for change in page:
            if change.at <= at:
                return
            yield change
        place = page[-1].seq
        count, limit = count + len(page), _PAGE
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
