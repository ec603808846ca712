"""What a filter sees of a task: the task, what it belongs to, and what it is tied to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.comment import Comment
from domain.filters import Facts
from domain.label import Label
from domain.project import Project, Section
from domain.task import Task
from domain.thing import is_live


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is around a task. Of blockers and comments those in the trash do not count.

    `blocks` are the tasks that wait for it, none in the trash; `blocked_by_open` says how many block it.
    """

    project: Project | None = None
    section: Section | None = None
    labels: Sequence[Label] = ()
    parent: Task | None = None
    blockers: Sequence[Task] = ()
    comments: Sequence[Comment] = ()
    subtasks: int = 0
    subtasks_closed: int = 0
    blocks: Sequence[UUID] = ()
    blocked_by_open: int = 0


def facts_of(task: Task, around: Surroundings) -> Facts:
    """The facts of a task, from what is around it alone."""
    project, section = around.project, around.section
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
        rank=task.rank,
        version=task.version,
        project_id=task.project_id,
        project_name=None if project is None else project.name,
        project_archived=project is not None and project.archived_at is not None,
        section_id=task.section_id,
        section_name=None if section is None else section.name,
        label_ids=tuple(task.labels),
        label_names=tuple(label.name for label in around.labels),
        parent_id=task.parent_id,
        has_subtasks=around.subtasks > 0,
        subtasks=around.subtasks,
        subtasks_closed=around.subtasks_closed,
        blocked_by=tuple(task.blocked_by),
        blocks=tuple(around.blocks),
        ready=task.is_open and not around.blocked_by_open,
        blocked=around.blocked_by_open > 0,
        blocked_by_open=around.blocked_by_open,
        comments=tuple(comment.body for comment in around.comments if is_live(comment)),
        checklist=tuple(item.title for item in task.checklist),
        checked=tuple(item.title for item in task.checklist if item.checked),
        unchecked=tuple(item.title for item in task.checklist if not item.checked),
        links=tuple(link.href for link in task.links),
        link_titles=tuple(link.title for link in task.links if link.title),
        link_rels=tuple(link.rel for link in task.links),
        related=_related(around),
    )


def _related(around: Surroundings) -> Mapping[str, Sequence[Any]]:
    """What relations lead to."""
    return {
        "project": _perhaps(around.project),
        "section": _perhaps(around.section),
        "label": around.labels,
        "parent": _perhaps(around.parent),
        "blocker": [one for one in around.blockers if is_live(one)],
        "comment": [one for one in around.comments if is_live(one)],
    }


def _perhaps(thing: Any | None) -> Sequence[Any]:
    return () if thing is None else (thing,)
