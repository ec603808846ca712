"""What is read of a snapshot, and what is kept beside it in a unit of work."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.memory.store import Store
from application.ports import ChangeReads, EntityReads, EntitySource, Notes, TaskReads
from application.shown import shown_of
from application.sorting import in_order, is_beyond
from application.views import (
    Criteria,
    Edge,
    Extent,
    Order,
    Position,
    Progress,
    TaskQuery,
    TaskShown,
    TaskView,
)
from application.workspace import Workspace, is_as
from domain.access import Actor, own
from domain.answer import Answer
from domain.change import JOURNALED, Change, EntityKind
from domain.errors import ChangeNotFound, TaskNotFound
from domain.filters import Facts, matches
from domain.ids import ProjectId, TaskId
from domain.plan import Plan
from domain.summary import OVERDUE, Days, ProjectCount, Summary
from domain.surroundings import Surroundings, facts_of
from domain.task import Task
from domain.thing import is_live


class MemoryTaskReads(TaskReads):
    """The actor's tasks in a snapshot."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor

    async def get(self, task_id: TaskId) -> TaskView:
        found = self._snapshot.find(self._actor.account_id, EntityKind.TASK, task_id)
        task: Task = own(self._actor, found, TaskNotFound)
        if not is_live(task):
            raise TaskNotFound
        return self.viewed(task, self.live())

    async def one(self, task_id: TaskId, fields: tuple[str, ...]) -> TaskShown:
        return shown_of(await self.get(task_id), fields)

    async def page(self, query: TaskQuery) -> Sequence[TaskView]:
        tasks, start = self.live(), query.start
        found = [
            task
            for task in in_order(self.chosen(tasks, query), query.sort)
            if start is None or is_beyond(task, start, query.sort)
        ]
        return [self.viewed(task, tasks) for task in found[: query.limit]]

    async def shown(self, query: TaskQuery, fields: tuple[str, ...]) -> Sequence[TaskShown]:
        return [shown_of(view, fields) for view in await self.page(query)]

    async def some(self, task_ids: Collection[UUID], fields: tuple[str, ...]) -> Sequence[TaskShown]:
        tasks = self.live()
        return [shown_of(self.viewed(task, tasks), fields) for task in tasks if task.id in task_ids]

    async def below(
        self, task_ids: Collection[UUID], limit: int, fields: tuple[str, ...]
    ) -> Sequence[TaskShown]:
        tasks, places = self.live(), Counter[UUID]()
        found: list[tuple[int, UUID, Task]] = []
        for task in sorted(tasks, key=lambda task: (task.rank, task.id)):
            if task.parent_id in task_ids and task.parent_id is not None:
                places[task.parent_id] += 1
                found.append((places[task.parent_id], task.id, task))
        return [shown_of(self.viewed(task, tasks), fields) for _, _, task in sorted(found)[:limit]]

    async def count(self, query: TaskQuery) -> int:
        return len(self.chosen(self.live(), query))

    async def summary(self, days: Days) -> Summary:
        tasks = self.chosen(self.live(), TaskQuery())
        open_ = [task for task in tasks if task.is_open]
        return Summary.of(
            days,
            Counter(task.status for task in tasks),
            Counter(days.due_place(task.due_date) for task in open_),
            Counter(days.completed_place(task.completed_at) for task in tasks if task.completed_at),
            [self._counted(project_id, tasks, days) for project_id in {task.project_id for task in tasks}],
        )

    def _counted(self, project_id: ProjectId | None, tasks: Sequence[Task], days: Days) -> ProjectCount:
        mine = [task for task in tasks if task.project_id == project_id]
        open_ = [task for task in mine if task.is_open]
        overdue = [task for task in open_ if days.due_place(task.due_date) == OVERDUE]
        project = (
            self._snapshot.find(self._actor.account_id, EntityKind.PROJECT, project_id)
            if project_id
            else None
        )
        return ProjectCount(
            project_id=project_id,
            name=None if project is None else project.name,
            open=len(open_),
            closed=len(mine) - len(open_),
            overdue=len(overdue),
        )

    def chosen(self, tasks: Sequence[Task], query: TaskQuery) -> list[Task]:
        """Those of the tasks that the query asks for, wherever it begins."""
        return [task for task in tasks if self._is_chosen(task, query) and self._passes(task, tasks, query)]

    def live(self) -> list[Task]:
        """The tasks that are not in the trash."""
        return [task for task in self._snapshot.of(self._actor, EntityKind.TASK) if is_live(task)]

    def _is_chosen(self, task: Task, query: TaskQuery) -> bool:
        if not (query.names_place or query.everywhere) and self._is_archived(task, query):
            return False
        return (
            task.id not in query.without
            and (not query.statuses or task.status in query.statuses)
            and is_as(task, query.where)
        )

    def _passes(self, task: Task, tasks: Sequence[Task], query: TaskQuery) -> bool:
        return query.filter is None or matches(query.filter, self._facts(task, tasks))

    def _facts(self, task: Task, tasks: Sequence[Task]) -> Facts:
        def find(kind: EntityKind, entity_id: UUID | None) -> Any:
            return entity_id and self._snapshot.find(self._actor.account_id, kind, entity_id)

        view = self.viewed(task, tasks)
        around = Surroundings(
            project=find(EntityKind.PROJECT, task.project_id),
            section=find(EntityKind.SECTION, task.section_id),
            labels=[find(EntityKind.LABEL, label_id) for label_id in task.labels],
            parent=find(EntityKind.TASK, task.parent_id),
            blockers=[other for other in tasks if other.id in task.blocked_by],
            comments=[
                one for one in self._snapshot.of(self._actor, EntityKind.COMMENT) if one.task_id == task.id
            ],
            subtasks=view.progress.total,
            subtasks_closed=view.progress.closed,
            blocks=[other.id for other in tasks if task.id in other.blocked_by],
            blocked=view.blocked_by_open > 0,
        )
        return facts_of(task, around)

    def _is_archived(self, task: Task, query: TaskQuery) -> bool:
        if query.archived is not None or task.project_id is None:
            return task.project_id in (query.archived or ())
        project = self._snapshot.find(self._actor.account_id, EntityKind.PROJECT, task.project_id)
        return project is not None and project.archived_at is not None

    def viewed(self, task: Task, tasks: Sequence[Task]) -> TaskView:
        """The task, and what follows from the others."""
        children = [other for other in tasks if other.parent_id == task.id]
        blockers = [other for other in tasks if other.id in task.blocked_by and other.is_open]
        closed = sum(not child.is_open for child in children)
        return TaskView(task, Progress(len(children), closed), len(blockers))


class MemorySource(EntitySource):
    """The actor's entities in a unit of work's snapshot."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor

    async def fetch(self, kind: EntityKind, where: Criteria) -> Sequence[Any]:
        if set(where) == {"id"}:
            mine = (self._snapshot.find(self._actor.account_id, kind, one) for one in where["id"])
            return [entity for entity in mine if entity is not None]
        return [entity for entity in self._snapshot.of(self._actor, kind) if is_as(entity, where)]

    async def neighbours(
        self, kind: EntityKind, where: Criteria, rank: str, *, forward: bool, limit: int
    ) -> Sequence[Any]:
        there = await self.fetch(kind, where)
        beyond = [one for one in there if (one.rank > rank if forward else one.rank < rank)]
        return sorted(beyond, key=lambda one: one.rank, reverse=not forward)[:limit]

    async def trashed(self, kind: EntityKind, until: datetime, limit: int) -> Sequence[Any]:
        mine = [one for one in self._snapshot.of(self._actor, kind) if not is_live(one)]
        due = [one for one in mine if one.deleted_at <= until]
        return sorted(due, key=lambda one: (one.deleted_at, one.id))[:limit]

    async def progress(self, task_ids: Collection[UUID]) -> Mapping[UUID, Progress]:
        children = await self.fetch(EntityKind.TASK, {"parent_id": task_ids})
        live = [child for child in children if is_live(child)]
        found: dict[UUID, Progress] = {}
        for child in live:
            so_far = found.get(child.parent_id, Progress())
            found[child.parent_id] = Progress(so_far.total + 1, so_far.closed + (not child.is_open))
        return found

    async def blocking(self, task_ids: Collection[UUID]) -> Sequence[Edge]:
        edges: dict[Edge, None] = {}
        waiting, seen = list(task_ids), set[UUID]()
        while waiting:
            task_id = waiting.pop()
            task = self._snapshot.find(self._actor.account_id, EntityKind.TASK, task_id)
            if task is None or task_id in seen:
                continue
            seen.add(task_id)
            edges |= dict.fromkeys((task_id, blocker) for blocker in task.blocked_by)
            waiting += task.blocked_by
        return list(edges)


class MemoryChanges(ChangeReads):
    """The actor's journal in a snapshot."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self._journal = snapshot.journals.get(actor.account_id, ())
        self._extent = Extent(snapshot.floor(actor.account_id), snapshot.head(actor.account_id))

    async def extent(self) -> Extent:
        return self._extent

    async def after(self, seq: int, kinds: Collection[EntityKind], limit: int) -> Sequence[Change]:
        return [change for change in self._journal if change.seq > seq and change.entity in kinds][:limit]

    async def find(self, change_id: UUID) -> Change:
        for change in self._journal:
            if change.id == change_id:
                return change
        raise ChangeNotFound

    async def before(self, seq: int | None, filters: Mapping[str, object], limit: int) -> Sequence[Change]:
        return [
            change
            for change in reversed(self._journal)
            if (seq is None or change.seq < seq)
            and all(getattr(change, name) == value for name, value in filters.items())
        ][:limit]

    async def of(self, kind: EntityKind, entity_id: UUID, before: int | None, limit: int) -> Sequence[Change]:
        mine = [change for change in self._journal if (change.entity, change.entity_id) == (kind, entity_id)]
        return [change for change in reversed(mine) if before is None or change.seq < before][:limit]


class MemoryNotes(Notes):
    """Answers and plans in a unit of work."""

    def __init__(self, snapshot: Store, workspace: Workspace) -> None:
        self._snapshot = snapshot
        self._workspace = workspace

    def keep(self, note: Answer | Plan) -> None:
        self._workspace.note(note)

    async def plan(self, plan_id: UUID) -> Plan | None:
        return self._snapshot.notes.get((self._workspace.actor.account_id, Plan, plan_id))


class MemoryEntities(EntityReads):
    """The actor's entities in a snapshot."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor

    async def chunk(self, kind: EntityKind, after: UUID | None, limit: int) -> Sequence[Any]:
        mine = sorted(self._snapshot.of(self._actor, kind), key=lambda entity: entity.id)
        return [entity for entity in mine if after is None or entity.id > after][:limit]

    async def find(self, kind: EntityKind, entity_id: UUID) -> Any | None:
        return self._snapshot.find(self._actor.account_id, kind, entity_id)

    async def some(self, kind: EntityKind, where: Criteria) -> Sequence[Any]:
        return [entity for entity in self._snapshot.of(self._actor, kind) if is_as(entity, where)]

    async def page(
        self, kind: EntityKind, where: Criteria, order: Order, after: Sequence[Any] | None, limit: int
    ) -> Sequence[Any]:
        def place(entity: Any) -> tuple[Any, ...]:
            return tuple(getattr(entity, name) for name in order.names)

        live = [one for one in await self.some(kind, where) if is_live(one)]
        if after is not None:
            start = tuple(after)
            live = [one for one in live if (place(one) < start if order.descending else place(one) > start)]
        return sorted(live, key=place, reverse=order.descending)[:limit]

    async def trash(self, after: Position | None, limit: int) -> Sequence[Any]:
        kinds = [kind for kind in EntityKind if JOURNALED[kind].has_trash]
        mine = [one for kind in kinds for one in self._snapshot.of(self._actor, kind)]
        roots = [one for one in mine if one.deleted_at is not None and one.deleted_with == one.id]
        if after is not None:
            start = (after.created_at, after.id)
            roots = [one for one in roots if (one.deleted_at, one.id) < start]
        return sorted(roots, key=lambda one: (one.deleted_at, one.id), reverse=True)[:limit]

    async def counts(self) -> Mapping[str, int]:
        return self._snapshot.counts.get(self._actor.account_id, {})
