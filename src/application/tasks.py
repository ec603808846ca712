"""What people and agents do with tasks."""

from collections.abc import Callable
from enum import StrEnum
from uuid import UUID

from application import trees
from application.copies import copy_task
from application.entities import Entities
from application.integrity import levels_below
from application.placing import PLACE, put, sibling
from application.ports import Clock, Ids, Seal, UnitsOfWork
from application.shown import FIELDS
from application.task_lists import ALL, Asked, TaskLists
from application.task_places import Placing, new_place, next_place
from application.task_views import open_blockers, view
from application.things import Versions
from application.views import TaskPage, TaskShown, TaskView
from domain.access import Actor, Scope
from domain.attached import Link, link_violations
from domain.change import UPDATE
from domain.errors import Blocked, Invalid, OpenSubtasks, StaleVersion
from domain.ids import TaskId
from domain.task import Task, TaskChanges, Verb
from domain.thing import is_live

OVERRIDES = "override_"
"""What the journal puts before the verb that was done though the task was blocked."""


class Children(StrEnum):
    """What becomes of open subtasks when a task is completed."""

    COMPLETE = "complete"
    KEEP = "keep"
    REFUSE = "refuse"


class Tasks:
    """One method per use case. `expected` is the caller's precondition, the versions it
    would accept: StaleVersion where the current one is not among them.
    """

    def __init__(self, units: UnitsOfWork, clock: Clock, ids: Ids, seal: Seal) -> None:
        self._units = units
        self._clock = clock
        self._ids = ids
        self._lists = TaskLists(units, clock, seal)

    async def create(
        self, actor: Actor, values: TaskChanges, placing: Placing | None = None, task_id: UUID | None = None
    ) -> TaskView:
        """A new task, under the client's own id if it sends one.

        Raises Invalid, IdTaken, LimitReached, TooDeep.
        """
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            task = Task.create(
                actor.account_id,
                TaskId(task_id or self._ids.new()),
                values,
                self._clock.now(),
                rank=unit.entities.next_rank(),
                place=await new_place(unit.entities, placing or {}),
            )
            await unit.entities.add(task)
            shown = await view(unit.entities, task)
            await unit.commit()
        return shown

    async def get(self, actor: Actor, task_id: UUID) -> TaskView:
        """One task. Raises TaskNotFound."""
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            return await unit.tasks.get(TaskId(task_id))

    async def show(self, actor: Actor, task_id: UUID) -> TaskShown:
        """One task, to look at. Raises TaskNotFound."""
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            return await unit.tasks.one(TaskId(task_id), FIELDS)

    async def list(self, actor: Actor, asked: Asked = ALL) -> TaskPage:
        """A page of tasks, the newest first by default. Raises Invalid, FilterInvalid, InvalidCursor."""
        return await self._lists.page(actor, asked)

    async def edit(
        self, actor: Actor, task_id: UUID, changes: TaskChanges, expected: Versions | None = None
    ) -> TaskView:
        """A merge patch. Raises TaskNotFound, Invalid, StaleVersion, DependencyCycle."""
        return await self._edited(actor, task_id, lambda _: changes, expected)

    async def attach(
        self, actor: Actor, task_id: UUID, link: Link, expected: Versions | None = None
    ) -> TaskView:
        """A link, in place of one with the same href. Raises TaskNotFound, Invalid, StaleVersion."""
        if wrong := link_violations(link):
            raise Invalid(wrong)

        def attached(task: Task) -> TaskChanges:  # where there is one with the href, in its place
            known = any(one.href == link.href for one in task.links)
            kept = [link if one.href == link.href else one for one in task.links]
            return {"links": kept if known else [*kept, link]}

        return await self._edited(actor, task_id, attached, expected)

    async def detach(
        self, actor: Actor, task_id: UUID, href: str, expected: Versions | None = None
    ) -> TaskView:
        """Without the link; repeatable. Raises TaskNotFound, StaleVersion."""
        return await self._edited(
            actor, task_id, lambda task: {"links": [one for one in task.links if one.href != href]}, expected
        )

    async def apply(
        self,
        actor: Actor,
        task_id: UUID,
        verb: Verb,
        expected: Versions | None = None,
        children: Children = Children.REFUSE,
        *,
        override: bool = False,
    ) -> TaskView:
        """A verb; repeating it changes nothing.

        Raises TaskNotFound, TransitionForbidden, StaleVersion; Blocked unless overridden; OpenSubtasks where
        a task is to be completed and nobody has said what becomes of them.
        """
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            task = await unit.entities.get(Task, task_id)
            await _expect(unit.entities, task, expected)
            now = self._clock.now()
            after = task.apply(verb, now)
            if after is not task:
                along = await _along(unit.entities, task, verb, children)
                done = await _verb_done(unit.entities, [task, *along], verb, override=override)
                await unit.entities.save_all([(one, one.apply(verb, now)) for one in along], done)
                await unit.entities.save(task, after, done)
            shown = await view(unit.entities, after)
            await unit.commit()
        return shown

    async def move(
        self,
        actor: Actor,
        task_id: UUID,
        placing: Placing,
        before: UUID | None = None,
        after: UUID | None = None,
        expected: Versions | None = None,
    ) -> TaskView:
        """To a place, and in it before or after another task, else to its end; with all that is below it.

        Raises TaskNotFound, Invalid, StaleVersion, NestingCycle, TooDeep.
        """
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            entities, now = unit.entities, self._clock.now()
            task = await entities.get(Task, task_id)
            await _expect(entities, task, expected)
            other = await sibling(entities, task, before, after)
            place = await next_place(entities, task, placing, other)
            there = {name: getattr(place, name) for name in PLACE[Task]}
            moved = await put(entities, task, there, now, other, is_before=before is not None)
            if (moved.project_id, moved.section_id) != (task.project_id, task.section_id):
                along = {"project_id": moved.project_id, "section_id": moved.section_id}
                await trees.carry(entities, task, along, now)
            shown = await view(entities, moved)
            await unit.commit()
        return shown

    async def duplicate(
        self, actor: Actor, task_id: UUID, *, tree: bool, new_id: UUID | None = None
    ) -> TaskView:
        """Another one like it, to do, right after it; `tree` copies its subtasks. Raises TaskNotFound."""
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            task = await unit.entities.get(Task, task_id)
            now = self._clock.now()
            copied = await copy_task(unit.entities, task, self._ids, now, tree=tree, new_id=new_id)
            shown = await view(unit.entities, copied)
            await unit.commit()
        return shown

    async def delete(self, actor: Actor, task_id: UUID, expected: Versions | None = None) -> None:
        """Into the trash, with its subtasks; repeatable. Raises TaskNotFound, StaleVersion."""
        async with self._units.writing(actor, Scope.TASKS_DELETE) as unit:
            task = await unit.entities.get(Task, task_id, trashed=True)
            if not is_live(task):
                return
            await _expect(unit.entities, task, expected)
            await trees.delete(unit.entities, task, self._clock.now())
            await unit.commit()

    async def _edited(
        self, actor: Actor, task_id: UUID, how: Callable[[Task], TaskChanges], expected: Versions | None
    ) -> TaskView:
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            task = await unit.entities.get(Task, task_id)
            changes = how(task)
            await _expect(unit.entities, task, expected, changes)
            edited = task.edit(changes, self._clock.now())
            if edited is not task:
                await unit.entities.save(task, edited, UPDATE)
            shown = await view(unit.entities, edited)
            await unit.commit()
        return shown


async def _verb_done(entities: Entities, tasks: list[Task], verb: Verb, *, override: bool) -> str:
    """What the journal calls it. Raises Blocked."""
    if verb not in {Verb.START, Verb.COMPLETE}:
        return verb
    blockers = await open_blockers(entities, tasks)
    if blockers and not override:
        raise Blocked(sorted(one.id for one in blockers))
    return f"{OVERRIDES}{verb}" if blockers else verb


async def _along(entities: Entities, task: Task, verb: Verb, children: Children) -> list[Task]:
    """The subtasks that a verb takes along, the deepest first. Raises OpenSubtasks."""
    if verb is not Verb.COMPLETE or children is Children.KEEP:
        return []
    progress = (await entities.progress([task.id]))[task.id]
    if progress.total == progress.closed and children is Children.REFUSE:
        return []
    if children is Children.REFUSE:
        raise OpenSubtasks(progress.total - progress.closed)
    levels = await levels_below(entities, Task, [task])
    return [one for level in reversed(levels) for one in level if is_live(one) and one.is_open]


async def _expect(
    entities: Entities, task: Task, expected: Versions | None, changes: TaskChanges | None = None
) -> None:
    if expected is not None and task.version not in expected:
        raise StaleVersion(await view(entities, task), task.conflicts(changes) if changes else ())
