"""Tasks of a snapshot, told apart or ranked."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from adapters.memory.store import Store
from adapters.memory.tasks import MemoryTaskReads
from application.grouping import INBOX, LABEL_SORTED, ORDERED, GroupPlace, RankedTask, TaskGroup
from application.ports import TaskArrangements
from application.sorting import in_order
from application.views import TaskQuery
from domain.access import Actor
from domain.change import EntityKind
from domain.score import score_of
from domain.task import Task
from domain.view import Grouping


class MemoryArrangements(TaskArrangements):
    """The actor's tasks in a snapshot."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor
        self._tasks = MemoryTaskReads(snapshot, actor)

    async def groups(
        self, query: TaskQuery, by: Grouping, after: GroupPlace | None, most: int
    ) -> Sequence[TaskGroup]:
        tasks = self._tasks.live()
        found: dict[Any, list[Task]] = {}
        for task in in_order(self._tasks.chosen(tasks, query), query.sort):
            for key in _keys(task, by):
                found.setdefault(key, []).append(task)
        places = sorted((self._place(by, key) for key in found), key=lambda place: place.sorted_as)
        if after is not None:
            places = [place for place in places if place.sorted_as > after.sorted_as]
        return [
            TaskGroup(
                place,
                self._name(by, place.key),
                [self._tasks.viewed(task, tasks) for task in found[place.key][: query.limit]],
            )
            for place in places[:most]
        ]

    async def ranked(
        self, query: TaskQuery, today: date, now: datetime, beyond: tuple[int, UUID] | None
    ) -> Sequence[RankedTask]:
        tasks = self._tasks.live()
        waiting = [blocker for task in tasks if task.is_open for blocker in task.blocked_by]
        found = [
            RankedTask(self._tasks.viewed(task, tasks), score_of(task, waiting.count(task.id), today, now))
            for task in self._tasks.chosen(tasks, query)
        ]
        found.sort(key=_rank)
        if beyond is not None:
            found = [one for one in found if _rank(one) > (-beyond[0], beyond[1])]
        return found[: query.limit]

    def _of(self, kind: EntityKind, key: UUID) -> Any:
        return self._snapshot.find(self._actor.account_id, kind, key)

    def _place(self, by: Grouping, key: Any) -> GroupPlace:
        match by:
            case _ if key is None:
                return GroupPlace(None, None)
            case Grouping.PROJECT:
                return GroupPlace(self._of(EntityKind.PROJECT, key).rank, key)
            case Grouping.LABEL:
                return GroupPlace(self._of(EntityKind.LABEL, key).key[:LABEL_SORTED], key)
            case Grouping.DAY:
                return GroupPlace(key, key)
            case _:
                return GroupPlace(ORDERED[by][key], key)

    def _name(self, by: Grouping, key: Any) -> str | None:
        if by is Grouping.PROJECT:
            return INBOX if key is None else str(self._of(EntityKind.PROJECT, key).name)
        if by is Grouping.LABEL and key is not None:
            return str(self._of(EntityKind.LABEL, key).name)
        return None


def _rank(one: RankedTask) -> tuple[int, UUID]:
    return -one.score.total, one.view.task.id


def _keys(task: Task, by: Grouping) -> Sequence[Any]:
    match by:
        case Grouping.PROJECT:
            return [task.project_id]
        case Grouping.DAY:
            return [task.due_date]
        case Grouping.LABEL:
            return [*task.labels] or [None]
        case Grouping.PRIORITY:
            return [task.priority]
        case Grouping.STATUS:
            return [task.status]
