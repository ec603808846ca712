"""Things as they were at a place of the journal, and what a filter sees of them, going back from there."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.change import Change, EntityKind, journaled_as
from domain.comment import Comment
from domain.filters import RELATIONS, Facts
from domain.lens import Lens
from domain.revert import before
from domain.surroundings import Surroundings, facts_of
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """What is not among the things of a scene, and so stays as it is.

    `tasks` are parents and blockers of those; `open_tasks` are open; `subtasks` says how many subtasks tasks
    have, and how many of these are closed; `blocks`, which tasks wait for them.
    """

    tasks: Collection[Task] = ()
    open_tasks: Collection[UUID] = ()
    subtasks: Mapping[UUID, tuple[int, int]] = field(default_factory=dict[UUID, tuple[int, int]])
    blocks: Mapping[UUID, Collection[UUID]] = field(default_factory=dict[UUID, Collection[UUID]])


class Scene:
    """The things that matter, as they were at a place."""

    def __init__(self, things: Iterable[Any], still: Still | None = None) -> None:
        self._things: dict[tuple[EntityKind, UUID], Any] = {}
        self._comments: defaultdict[UUID, dict[UUID, None]] = defaultdict(dict)
        self._below: defaultdict[UUID, dict[UUID, None]] = defaultdict(dict)
        self._waiting: defaultdict[UUID, dict[UUID, None]] = defaultdict(dict)
        self._still = still or Still()
        self._beside: dict[UUID, Task] = {task.id: task for task in self._still.tasks}
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
        below = [one for one in self._ever(self._below, task.id) if one.parent_id == task.id]
        waiting = [one.id for one in self._ever(self._waiting, task.id) if task.id in one.blocked_by]
        subtasks, closed = self._still.subtasks.get(task.id, (0, 0))
        around = Surroundings(
            project=self.find(EntityKind.PROJECT, task.project_id),
            section=self.find(EntityKind.SECTION, task.section_id),
            labels=[label for label in labels if label is not None],
            parent=self._looked_up(task.parent_id),
            blockers=[one for one in map(self._looked_up, task.blocked_by) if one is not None],
            comments=[comment for comment in comments if comment is not None],
            subtasks=subtasks + len(below),
            subtasks_closed=closed + sum(not one.is_open for one in below),
            blocks=[*self._still.blocks.get(task.id, ()), *waiting],
            blocked_by_open=sum(map(self._is_open, task.blocked_by)),
        )
        return facts_of(task, around)

    def _put(self, kind: EntityKind, thing_id: UUID, thing: Any | None) -> None:
        self._things[kind, thing_id] = thing
        if isinstance(thing, Comment):
            self._comments[thing.task_id][thing_id] = None
        if isinstance(thing, Task):
            if thing.parent_id is not None:
                self._below[thing.parent_id][thing_id] = None
            for blocker_id in thing.blocked_by:
                self._waiting[blocker_id][thing_id] = None

    def _ever(self, tied: Mapping[UUID, Iterable[UUID]], task_id: UUID) -> Iterator[Task]:
        """Of those that were ever tied to the task, the ones that are there, and not in the trash."""
        for other_id in tied.get(task_id, ()):
            other: Task | None = self.find(EntityKind.TASK, other_id)
            if other is not None and is_live(other):
                yield other

    def _looked_up(self, task_id: UUID | None) -> Task | None:
        """A task that another one belongs or is tied to."""
        if task_id is None or (EntityKind.TASK, task_id) not in self._things:
            return None if task_id is None else self._beside.get(task_id)
        found: Task | None = self.find(EntityKind.TASK, task_id)
        return found

    def _is_open(self, task_id: UUID) -> bool:
        if (EntityKind.TASK, task_id) not in self._things:
            return task_id in self._still.open_tasks
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
        if lens.counts_subtasks:
            yield from (task.parent_id for task in sides if task.parent_id is not None)
        if lens.asks("blocks"):
            yield from _waited_for(was) ^ _waited_for(becomes)
    if change.entity is EntityKind.COMMENT and lens.asks_over(RELATIONS["comment"]):
        yield from (comment.task_id for comment in sides)
    for tie in lens.ties(change):
        yield from scene.tied(*tie)


def _waited_for(task: Task | None) -> frozenset[UUID]:
    """What a task waits for: nothing, where it is not there, or in the trash."""
    return task.blocked_by if task is not None and is_live(task) else frozenset()


def _crossing(change: Change, task_id: UUID, was: Task | None, becomes: Task | None) -> Crossing | None:
    if was is None and becomes is not None:
        return Crossing(Effect.ENTERED, task_id, becomes)
    if was is not None and becomes is None:
        return Crossing(Effect.LEFT, task_id)
    its_own = (change.entity, change.entity_id) == (EntityKind.TASK, task_id)
    return Crossing(Effect.CHANGED, task_id) if its_own and was is not None else None
