"""What people and agents do with tasks."""

from collections.abc import Iterable
from uuid import UUID

from application.cursors import Cursors, check_limit
from application.ports import Clock, Ids, Seal, UnitsOfWork
from application.views import PAGE_DEFAULT, Page, TaskQuery
from domain.access import Actor, Scope
from domain.change import DELETE, UPDATE
from domain.errors import StaleVersion
from domain.ids import TaskId
from domain.task import Status, Task, TaskChanges, Verb

Versions = frozenset[int]


class Tasks:
    """One method per use case. `expected` is the caller's precondition, the versions it
    would accept: StaleVersion where the current one is not among them.
    """

    def __init__(self, units: UnitsOfWork, clock: Clock, ids: Ids, seal: Seal) -> None:
        self._units = units
        self._clock = clock
        self._ids = ids
        self._cursors = Cursors(seal, "tasks")

    async def create(self, actor: Actor, values: TaskChanges, task_id: UUID | None = None) -> Task:
        """A new task, under the client's own id if it sends one. Raises Invalid, TaskIdTaken."""
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            task = Task.create(
                actor.account_id, TaskId(task_id or self._ids.new()), values, self._clock.now()
            )
            await unit.tasks.add(task)
            await unit.commit()
        return task

    async def get(self, actor: Actor, task_id: UUID) -> Task:
        """One task. Raises TaskNotFound."""
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            return await unit.tasks.get(TaskId(task_id))

    async def list(
        self,
        actor: Actor,
        statuses: Iterable[Status] = (),
        limit: int = PAGE_DEFAULT,
        cursor: str | None = None,
    ) -> Page[Task]:
        """A page of tasks, newest first. Raises Invalid, InvalidCursor."""
        check_limit(limit)
        chosen = frozenset(statuses)
        place = self._cursors.open(actor, sorted(chosen), cursor)
        query = TaskQuery(statuses=chosen, limit=limit + 1, after=place)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            found = await unit.tasks.page(query)
        items = found[:limit]
        more = len(found) > limit
        return Page(items, self._cursors.close(actor, sorted(chosen), items[-1]) if more else None)

    async def edit(
        self, actor: Actor, task_id: UUID, changes: TaskChanges, expected: Versions | None = None
    ) -> Task:
        """A merge patch. Raises TaskNotFound, Invalid, StaleVersion."""
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            task = await unit.tasks.get(TaskId(task_id))
            _expect(task, expected, changes)
            edited = task.edit(changes, self._clock.now())
            if edited is not task:
                await unit.tasks.save(task, edited, UPDATE)
                await unit.commit()
        return edited

    async def apply(self, actor: Actor, task_id: UUID, verb: Verb, expected: Versions | None = None) -> Task:
        """A verb; repeating it changes nothing. Raises TaskNotFound, TransitionForbidden, StaleVersion."""
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            task = await unit.tasks.get(TaskId(task_id))
            _expect(task, expected)
            after = task.apply(verb, self._clock.now())
            if after is not task:
                await unit.tasks.save(task, after, verb)
                await unit.commit()
        return after

    async def delete(self, actor: Actor, task_id: UUID, expected: Versions | None = None) -> None:
        """Move a task to the trash; repeating it changes nothing. Raises TaskNotFound, StaleVersion."""
        async with self._units.writing(actor, Scope.TASKS_DELETE) as unit:
            task = await unit.tasks.get(TaskId(task_id), trashed=True)
            if task.deleted_at is not None:
                return
            _expect(task, expected)
            await unit.tasks.save(task, task.delete(self._clock.now()), DELETE)
            await unit.commit()


def _expect(task: Task, expected: Versions | None, changes: TaskChanges | None = None) -> None:
    if expected is not None and task.version not in expected:
        raise StaleVersion(task, task.conflicts(changes) if changes else ())
