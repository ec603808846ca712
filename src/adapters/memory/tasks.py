"""Tasks in memory, to look at."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from adapters.memory.store import Store
from application.ports import TaskReads
from application.shown import shown_of
from application.sorting import in_order, is_beyond
from application.views import (
    Progress,
    TaskQuery,
    TaskShown,
    TaskView,
)
from application.workspace import is_as
from domain.access import Actor, own
from domain.change import EntityKind
from domain.errors import TaskNotFound
from domain.filters import Facts, matches
from domain.ids import ProjectId, TaskId
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
            blocked_by_open=view.blocked_by_open,
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
