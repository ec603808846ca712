"""What a filter looks at: a task, and what is known of the things that it belongs to."""

from collections.abc import Sequence

from application.ports import ReadUnit
from application.views import TaskView
from domain.change import EntityKind
from domain.comment import Comment
from domain.filters import Facts
from domain.ids import TaskId
from domain.label import Label
from domain.project import Project, Section
from domain.scene import facts_of as facts


def facts_of(
    view: TaskView,
    project: Project | None,
    section: Section | None,
    labels: Sequence[Label],
    comments: Sequence[Comment],
) -> Facts:
    """The facts of a task, from its own project, section, labels and comments: none in the trash."""
    return facts(
        view.task,
        project,
        section,
        labels,
        comments,
        has_subtasks=view.progress.total > 0,
        blocked=view.blocked_by_open > 0,
    )


async def facts_about(unit: ReadUnit, task_id: TaskId) -> Facts:
    """The facts of one task. Raises TaskNotFound."""
    view = await unit.tasks.get(task_id)
    project_id, section_id, find = view.task.project_id, view.task.section_id, unit.entities.find
    return facts_of(
        view,
        None if project_id is None else await find(EntityKind.PROJECT, project_id),
        None if section_id is None else await find(EntityKind.SECTION, section_id),
        await unit.entities.some(EntityKind.LABEL, {"id": view.task.labels}) if view.task.labels else (),
        await unit.entities.some(EntityKind.COMMENT, {"task_id": {task_id}}),
    )
