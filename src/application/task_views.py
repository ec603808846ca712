"""Tasks as they are answered by what changes them."""

from collections.abc import Collection, Iterable
from uuid import UUID

from application.entities import Entities
from application.integrity import levels_below
from application.views import TaskView
from domain.task import Task
from domain.thing import is_live


async def view(entities: Entities, task: Task) -> TaskView:
    """The task, and what follows from others."""
    progress = await entities.progress([task.id])
    return TaskView(task, progress[task.id], len(await open_blockers(entities, [task])))


async def open_blockers(entities: Entities, tasks: Iterable[Task]) -> list[Task]:
    """What blocks them: tasks that are open, and neither in the trash nor among them."""
    mine = {task.id: task for task in tasks}
    wanted = {blocker for task in mine.values() for blocker in task.blocked_by} - mine.keys()
    found = await entities.some(Task, wanted) if wanted else []
    return [one for one in found if is_live(one) and one.is_open]


async def prepare_trees(entities: Entities, task_ids: Collection[UUID]) -> None:
    """Have at hand what is below the tasks, by a statement for each level."""
    await levels_below(entities, Task, await entities.some(Task, list(task_ids)))


async def prepare(entities: Entities, task_ids: Collection[UUID]) -> None:
    """Have at hand, by few statements, what the verbs look at."""
    wanted = list(task_ids)
    await entities.load(Task, wanted)
    tasks = await entities.some(Task, wanted)
    await entities.progress([task.id for task in tasks])
    await entities.load(Task, {blocker for task in tasks for blocker in task.blocked_by})


async def prepare_whole(entities: Entities, task_ids: Collection[UUID]) -> None:
    """Both: for verbs that look at what is below, and answer the task."""
    await prepare(entities, task_ids)
    await prepare_trees(entities, task_ids)
