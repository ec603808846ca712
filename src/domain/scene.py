"""Things as they were at a place of the journal, and what a filter sees of them, going back from there."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.change import Change, EntityKind, journaled_as
from domain.comment import Comment
from domain.filters import Facts
from domain.label import Label
from domain.lens import Lens
from domain.project import Project, Section
from domain.revert import before
from domain.task import Task
from domain.thing import is_live


class Effect(StrEnum):
    """What a change did to a task within a filter: it came in, went out, or was changed and is still in."""

    ENTERED = "entered"
    LEFT = "left"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Crossing:
    """What became of one task. `task` is as it was right after, where it entered."""

    effect: Effect
    task_id: UUID
    task: Task | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The tasks with ids after `low`, and up to `high`: a part of those that one change moves."""

    low: UUID | None = None
    high: UUID | None = None

    def __contains__(self, task_id: UUID) -> bool:
        return (self.low is None or task_id > self.low) and (self.high is None or task_id <= self.high)


WHOLE = Window()


def facts_of(
    task: Task,
    project: Project | None,
    section: Section | None,
    labels: Iterable[Label],
    comments: Iterable[Comment],
    *,
    has_subtasks: bool,
    blocked: bool,
) -> Facts:
    """The facts of a task, from its own project, section, labels and comments: no comment from the trash."""
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
        label_ids=tuple(task.labels),
        label_names=tuple(label.name for label in labels),
        parent_id=task.parent_id,
        has_subtasks=has_subtasks,
        blocked_by=tuple(task.blocked_by),
        ready=task.is_open and not blocked,
        blocked=blocked,
        comments=tuple(comment.body for comment in comments if is_live(comment)),
        checklist=tuple(item.title for item in task.checklist),
    )


class Scene:
    """The things that matter, as they were at a place.

    `parents` are tasks that have a subtask, `open_tasks` are open ones, that are not among the things and
    so stay as they are.
    """

    def __init__(
        self, things: Iterable[Any], parents: Collection[UUID] = (), open_tasks: Collection[UUID] = ()
    ) -> None:
        self._things: dict[tuple[EntityKind, UUID], Any] = {}
        self._comments: defaultdict[UUID, dict[UUID, None]] = defaultdict(dict)
        self._below: defaultdict[UUID, dict[UUID, None]] = defaultdict(dict)
        self._parents = parents
        self._open = open_tasks
        for thing in things:
            self._put(journaled_as(thing).kind, thing.id, thing)

    def find(self, kind: EntityKind, thing_id: UUID | None) -> Any | None:
        """The thing, if it is there."""
        return None if thing_id is None else self._things.get((kind, thing_id))

    def undo(self, change: Change) -> tuple[Any | None, Any | None]:
        """Go back over the change; what its thing was before, and what it was after."""
        after = self.find(change.entity, change.entity_id)
        was = before(after, change)
        self._put(change.entity, change.entity_id, was)
        return was, after

    def tied(self, name: str, thing_id: UUID) -> Iterator[UUID]:
        """The tasks of which a field is the id, or has it."""
        for (kind, task_id), thing in self._things.items():
            if kind is EntityKind.TASK and thing is not None:
                value = getattr(thing, name)
                if thing_id in value if isinstance(value, frozenset) else thing_id == value:
                    yield task_id

    def seen(self, task_id: UUID, lens: Lens) -> Task | None:
        """The task, where the lens selects it."""
        task: Task | None = self.find(EntityKind.TASK, task_id)
        return task if task is not None and is_live(task) and lens.selects(self._facts(task)) else None

    def _facts(self, task: Task) -> Facts:
        labels = (self.find(EntityKind.LABEL, one) for one in task.labels)
        comments = (self.find(EntityKind.COMMENT, one) for one in self._comments.get(task.id, ()))
        return facts_of(
            task,
            self.find(EntityKind.PROJECT, task.project_id),
            self.find(EntityKind.SECTION, task.section_id),
            (label for label in labels if label is not None),
            (comment for comment in comments if comment is not None),
            has_subtasks=task.id in self._parents or any(map(is_live, self._children(task.id))),
            blocked=any(map(self._is_open, task.blocked_by)),
        )

    def _put(self, kind: EntityKind, thing_id: UUID, thing: Any | None) -> None:
        self._things[kind, thing_id] = thing
        if isinstance(thing, Comment):
            self._comments[thing.task_id][thing_id] = None
        if isinstance(thing, Task) and thing.parent_id is not None:
            self._below[thing.parent_id][thing_id] = None

    def _children(self, task_id: UUID) -> Iterator[Task]:
        """Of those that were ever below the task, the ones that are."""
        for child_id in self._below.get(task_id, ()):
            child = self.find(EntityKind.TASK, child_id)
            if child is not None and child.parent_id == task_id:
                yield child

    def _is_open(self, task_id: UUID) -> bool:
        if (EntityKind.TASK, task_id) not in self._things:
            return task_id in self._open
        task: Task | None = self.find(EntityKind.TASK, task_id)
        return task is not None and is_live(task) and task.is_open


def crossings(
    scene: Scene, changes: Sequence[Change], lens: Lens, window: Window = WHOLE
) -> list[Sequence[Crossing]]:
    """What each change did to tasks of the window, by their ids. The scene goes back to before the first."""
    found: list[Sequence[Crossing]] = []
    for change in reversed(changes):
        after = scene.find(change.entity, change.entity_id)
        ids = {one for one in reached(scene, change, before(after, change), after, lens) if one in window}
        now = {task_id: scene.seen(task_id, lens) for task_id in sorted(ids)}
        scene.undo(change)
        found.append(
            [
                crossing
                for task_id, task in now.items()
                if (crossing := _crossing(change, task_id, scene.seen(task_id, lens), task)) is not None
            ]
        )
    return found[::-1]


def reached(scene: Scene, change: Change, was: Any | None, becomes: Any | None, lens: Lens) -> Iterator[UUID]:
    """The tasks that a change may have moved, as far as the scene knows them."""
    sides = [side for side in (was, becomes) if side is not None]
    if change.entity is EntityKind.TASK:
        yield change.entity_id
        if lens.asks("has_subtasks"):
            yield from (task.parent_id for task in sides if task.parent_id is not None)
    if change.entity is EntityKind.COMMENT and lens.asks("comments"):
        yield from (comment.task_id for comment in sides)
    tie = lens.tie(change)
    if tie is not None:
        yield from scene.tied(*tie)


def _crossing(change: Change, task_id: UUID, was: Task | None, becomes: Task | None) -> Crossing | None:
    if was is None and becomes is not None:
        return Crossing(Effect.ENTERED, task_id, becomes)
    if was is not None and becomes is None:
        return Crossing(Effect.LEFT, task_id)
    its_own = (change.entity, change.entity_id) == (EntityKind.TASK, task_id)
    return Crossing(Effect.CHANGED, task_id) if its_own and was is not None else None
