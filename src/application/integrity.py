"""What must hold between the things of an account, checked for whatever a unit of work has changed.

Every way of changing anything ends here before it is kept: creating, moving, restoring, taking back, a plan,
a command of a batch. No use case can forget it.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from application.entities import Entities
from application.workspace import Step
from domain.comment import Comment
from domain.errors import (
    DependencyCycle,
    InTrash,
    Invalid,
    LabelNameTaken,
    NotEmpty,
    Violation,
)
from domain.ids import TaskId
from domain.label import Label
from domain.preferences import Preferences
from domain.project import Project, Section
from domain.task import Task
from domain.thing import Thing, is_live
from domain.tree import check_level, path_back

Node = TypeVar("Node", Task, Project)
Changed = tuple[Any | None, Any]
"""An entity as it was, None where it was not there, and as it is now."""


async def check(entities: Entities) -> None:
    """Refuse what was done since the last check, if something does not hold. Raises the domain's errors."""
    steps = entities.unchecked()
    changed = _changed(steps)
    if not changed:
        return
    undone = {step.after.id for step in steps if step.reverts is not None and step.after is not None}
    await _check_projects(entities, _of(Project, changed))
    await _check_sections(entities, _of(Section, changed))
    await _check_tasks(entities, _of(Task, changed), undone)
    await _check_labels(entities, [(was, now) for was, now in _of(Label, changed) if is_live(now)])
    await _check_comments(entities, _of(Comment, changed))
    await _check_preferences(entities, _of(Preferences, changed), undone)
    await _check_trashed(entities, [now for was, now in changed if is_live(was) and not is_live(now)])


def _changed(steps: Iterable[Step]) -> list[Changed]:
    """Each entity that is still there, once."""
    first: dict[Any, Any | None] = {}
    last: dict[Any, Any | None] = {}
    for step in steps:
        first.setdefault(step.key, step.before)
        last[step.key] = step.after
    return [(first[key], now) for key, now in last.items() if now is not None]


def _of(kind: type[Any], changed: Iterable[Changed]) -> list[Changed]:
    return [(was, now) for was, now in changed if type(now) is kind]


def _differs(was: Any | None, now: Any, *names: str) -> bool:
    """Whether it is new, back, or another in one of the fields."""
    is_back = not is_live(was) and is_live(now)
    return was is None or is_back or any(getattr(was, n) != getattr(now, n) for n in names)


async def _check_projects(entities: Entities, changed: Sequence[Changed]) -> None:
    placed = [(was, now) for was, now in changed if _differs(was, now, "parent_id")]
    await _refer(entities, Project, "parent_id", [now for _, now in placed])
    await _check_tree(entities, Project, placed)


async def _check_sections(entities: Entities, changed: Sequence[Changed]) -> None:
    placed = [(was, now) for was, now in changed if _differs(was, now, "project_id")]
    await _refer(entities, Project, "project_id", [now for _, now in placed])
    moved = {now.id: now for was, now in placed if was is not None}
    for task in await entities.matching(Task, "section_id", moved.keys()) if moved else ():
        if task.section_id is not None and task.project_id != moved[task.section_id].project_id:
            raise Invalid([_other_project("/project_id", "Must be the project of its tasks.")])


async def _check_tasks(entities: Entities, changed: Sequence[Changed], undone: Collection[UUID]) -> None:
    placed = [
        (was, now) for was, now in changed if _differs(was, now, "project_id", "section_id", "parent_id")
    ]
    tasks = [now for _, now in placed]
    await _refer(entities, Project, "project_id", tasks)
    await _refer(entities, Section, "section_id", tasks)
    await _refer(entities, Task, "parent_id", tasks)
    for task in tasks:
        await _check_place(entities, task)
    moved = {now.id for was, now in placed if was is not None}
    for task in await entities.matching(Task, "parent_id", moved) if moved else ():
        await _check_place(entities, task)
    await _check_tree(entities, Task, [(was, now) for was, now in placed if _differs(was, now, "parent_id")])
    labelled = [now for was, now in changed if _differs(was, now, "labels")]
    for trashed in (False, True):
        named = {label for task in labelled if is_live(task) is not trashed for label in task.labels}
        await _name(entities, Label, "/labels", named, trashed=trashed)
    waiting = [(was, now) for was, now in changed if _differs(was, now, "blocked_by") and now.blocked_by]
    if waiting:
        await _check_blockers(entities, waiting, undone)


async def _check_place(entities: Entities, task: Task) -> None:
    found: list[Violation] = []
    if task.section_id is not None:
        section = await entities.get(Section, task.section_id, trashed=True)
        if section.project_id != task.project_id:
            found.append(_other_project("/section_id", "Must be a section of the task's project."))
    if task.parent_id is not None:
        parent = await entities.get(Task, task.parent_id, trashed=True)
        if (parent.project_id, parent.section_id) != (task.project_id, task.section_id):
            found.append(_other_project("/parent_id", "Must be in the task's project and section."))
    if found:
        raise Invalid(found)


def _other_project(pointer: str, message: str) -> Violation:
    return Violation(pointer, "other_project", message)


async def _check_blockers(entities: Entities, changed: Sequence[Changed], undone: Collection[UUID]) -> None:
    """A new blocker is in use; one that comes back by taking a change back may be in the trash by now."""
    gained: dict[UUID, frozenset[TaskId]] = {
        now.id: now.blocked_by - (was.blocked_by if was is not None else frozenset()) for was, now in changed
    }
    new = {one for task_id, ids in gained.items() if task_id not in undone for one in ids}
    await _name(entities, Task, "/blocked_by", new)
    back = {one for ids in gained.values() for one in ids}
    await _name(entities, Task, "/blocked_by", back, trashed=True)
    edges = await entities.blocking([now.id for _, now in changed])
    for _, now in changed:
        path = path_back(now.id, edges)
        if path:
            raise DependencyCycle(path)


async def _check_labels(entities: Entities, changed: Sequence[Changed]) -> None:
    named = [now for was, now in changed if _differs(was, now, "key")]
    if not named:
        return
    rivals = await entities.live(Label, "key", {label.key for label in named})
    if len({label.key for label in rivals}) != len(rivals):
        raise LabelNameTaken([label for label in rivals if label not in named])


async def _check_comments(entities: Entities, changed: Sequence[Changed]) -> None:
    """Nothing is said about a task in the trash; what was said there before may go and come back."""
    said = [now for was, now in changed if was is None or was.body != now.body]
    tasks = await entities.some(Task, {comment.task_id for comment in said})
    if not all(is_live(task) for task in tasks):
        raise InTrash


async def _check_preferences(
    entities: Entities, changed: Sequence[Changed], undone: Collection[UUID]
) -> None:
    """What was the default project can be it again, though it is in the trash by now."""
    chosen = [now for was, now in changed if _differs(was, now, "default_project_id")]
    for again in (False, True):
        ids = {now.default_project_id for now in chosen if (now.id in undone) is again}
        await _name(entities, Project, "/default_project_id", ids, trashed=again)


async def _check_trashed(entities: Entities, trashed: Sequence[Thing]) -> None:
    """Nothing that is left may be in what went to the trash, or have it."""
    tasks, projects, sections, labels = (
        {one.id for one in trashed if type(one) is kind} for kind in (Task, Project, Section, Label)
    )
    left: list[Thing] = []
    if tasks:
        left += await entities.live(Task, "parent_id", tasks)
    if projects:
        left += await entities.live(Task, "project_id", projects)
        left += await entities.live(Section, "project_id", projects)
        left += await entities.live(Project, "parent_id", projects)
    if sections:
        left += await entities.live(Task, "section_id", sections)
    if labels:
        left += await entities.live(Task, "labels", labels)
    if left:
        raise NotEmpty(left)


async def _refer(entities: Entities, kind: type[Thing], name: str, things: Sequence[Any]) -> None:
    """What things name is there, and in use, if they are."""
    pointer = f"/{name}"
    for trashed in (False, True):
        of = [thing for thing in things if is_live(thing) is not trashed]
        await _name(entities, kind, pointer, {getattr(thing, name) for thing in of}, trashed=trashed)


async def _name(
    entities: Entities,
    kind: type[Thing],
    pointer: str,
    ids: Collection[UUID | None],
    *,
    trashed: bool = False,
) -> None:
    """Raises Invalid where one of the ids names nothing that is in use. Somebody else's is nothing."""
    wanted = [one for one in ids if one is not None]
    found = [one for one in await entities.some(kind, wanted) if trashed or is_live(one)]
    if len(found) != len(wanted):
        raise Invalid([Violation(pointer, "not_found", "Must name something of yours that is in use.")])


async def _check_tree(entities: Entities, kind: type[Node], placed: Sequence[Changed]) -> None:
    """Raises NestingCycle, and TooDeep, for what is below, too."""
    nodes: list[Node] = [now for _, now in placed]
    moved: list[Node] = [now for was, now in placed if was is not None]
    for level in await levels_below(entities, kind, moved):
        nodes += [one for one in level if is_live(one)]
    known: dict[UUID, Node] = {one.id: one for one in nodes}
    level = nodes
    while above := {one.parent_id for one in level if one.parent_id is not None} - known.keys():
        level = await entities.some(kind, list(above))
        known |= {one.id: one for one in level}
    for one in nodes:
        check_level(one, known)


async def levels_below(entities: Entities, kind: type[Node], roots: Sequence[Node]) -> list[list[Node]]:
    """What is below, level by level, also in the trash: by a statement for each level at most."""
    levels: list[list[Node]] = []
    seen = {root.id for root in roots}
    level = list(roots)
    while level:
        below = await entities.matching(kind, "parent_id", {one.id for one in level})
        level = [one for one in below if one.id not in seen]
        seen |= {one.id for one in level}
        if level:
            levels.append(level)
    return levels
