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
from domain.thing import is_live


def facts_of(
    view: TaskView,
    project: Project | None,
    section: Section | None,
    labels: Sequence[Label],
    comments: Sequence[Comment],
) -> Facts:
    """The facts of a task, from its own project, section, labels and comments: none in the trash."""
    task = view.task
    return Facts(
        id=task.id,
        title=task.title,
        description=task.description,
        status=task.status,
        priority=task.priority,
        created_at=task.created_at,
        updated_at=task.updated_at,
        completed_at=task.completed_at,
        due_date=task.due_date,
        version=task.version,
        project_id=task.project_id,
        project_name=None if project is None else project.name,
        project_archived=project is not None and project.archived_at is not None,
        section_id=task.section_id,
        section_name=None if section is None else section.name,
        label_ids=tuple(label.id for label in labels),
        label_names=tuple(label.name for label in labels),
        parent_id=task.parent_id,
        has_subtasks=view.progress.total > 0,
        ready=view.ready,
        blocked=view.blocked_by_open > 0,
        comments=tuple(comment.body for comment in comments if is_live(comment)),
        checklist=tuple(item.title for item in task.checklist),
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
