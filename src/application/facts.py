"""What a filter looks at: a task, and what is known of the things that it belongs to."""

from collections.abc import Collection

from application.ports import ReadUnit
from domain.change import EntityKind
from domain.filters import Facts
from domain.ids import TaskId
from domain.surroundings import Surroundings, facts_of
from domain.thing import is_live


async def facts_about(unit: ReadUnit, task_id: TaskId, asked: Collection[str]) -> Facts:
    """The facts of one task, for these attributes. Raises TaskNotFound."""
    view = await unit.tasks.get(task_id)
    task, find, some = view.task, unit.entities.find, unit.entities.some
    waiting = await some(EntityKind.TASK, {"blocked_by": {task_id}}) if "blocks" in asked else ()
    around = Surroundings(
        project=None if task.project_id is None else await find(EntityKind.PROJECT, task.project_id),
        section=None if task.section_id is None else await find(EntityKind.SECTION, task.section_id),
        labels=await some(EntityKind.LABEL, {"id": task.labels}) if task.labels else (),
        parent=None if task.parent_id is None else await find(EntityKind.TASK, task.parent_id),
        blockers=await some(EntityKind.TASK, {"id": task.blocked_by}) if task.blocked_by else (),
        comments=await some(EntityKind.COMMENT, {"task_id": {task_id}}),
        subtasks=view.progress.total,
        subtasks_closed=view.progress.closed,
        blocks=[one.id for one in waiting if is_live(one)],
        blocked_by_open=view.blocked_by_open,
    )
    return facts_of(task, around)
