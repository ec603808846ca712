"""What must be so in an account, whatever was done: recomputed from everything that is kept, naively."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from application.ports import UnitsOfWork
from application.views import Progress, TaskQuery, TaskView
from domain.access import Actor, Scope
from domain.change import JOURNALED, EntityKind
from domain.comment import Comment
from domain.folding import folded
from domain.label import Label
from domain.preferences import Preferences
from domain.project import Project, Section
from domain.rank import RANK_MAX
from domain.task import Task
from domain.thing import is_live
from domain.tree import DEPTH_MAX
from domain.view import View, key_of

MANY = 100_000
_THEN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Everything:
    """All that an account has, and what is answered of it."""

    things: Mapping[UUID, Any]
    counts: Mapping[str, int]
    listed: Sequence[TaskView]
    in_projects: Sequence[TaskView]
    trash: Sequence[Any]

    def of(self, kind: type[Any]) -> list[Any]:
        """Those of a kind."""
        return [one for one in self.things.values() if type(one) is kind]

    def live(self, kind: type[Any]) -> list[Any]:
        """Those that are not in the trash."""
        return [one for one in self.of(kind) if is_live(one)]


async def everything(units: UnitsOfWork, me: Actor) -> Everything:
    """Read it in one snapshot."""
    async with units.reading(me, Scope.TASKS_READ) as unit:
        things: dict[UUID, Any] = {}
        for kind in EntityKind:
            things |= {one.id: one for one in await unit.entities.chunk(kind, None, MANY)}
        projects: set[UUID | None] = {None}
        projects |= {one.id for one in things.values() if type(one) is Project}
        return Everything(
            things,
            await unit.entities.counts(),
            await unit.tasks.page(TaskQuery(limit=MANY)),
            await unit.tasks.page(TaskQuery(where={"project_id": projects}, limit=MANY)),
            await unit.entities.trash(None, MANY),
        )


def check(account: Everything) -> None:
    """Everything that must be so."""
    _check_ties(account)
    _check_trees(account, Project)
    _check_trees(account, Task)
    _check_places(account)
    _check_dependencies(account)
    _check_labels(account)
    _check_views(account)
    _check_counts(account)
    _check_trash(account)


def _check_ties(account: Everything) -> None:
    """No orphan: what a thing is in, or has, is there; and in use, if the thing is."""
    for one in account.things.values():
        for kind, ids in _ties(one):
            for tied in ids:
                assert type(account.things[tied]) is kind, f"{one} is tied to what is not there"
        if is_live(one):
            for kind, ids in _ties(one, live=True):
                assert all(is_live(account.things[tied]) for tied in ids), (
                    f"{one} has some {kind} from the trash"
                )


def _ties(one: Any, *, live: bool = False) -> list[tuple[type[Any], set[UUID]]]:
    match one:
        case Task():
            within: list[tuple[type[Any], set[UUID | None]]] = [
                (Project, {one.project_id}), (Section, {one.section_id}), (Task, {one.parent_id}),
                (Label, set(one.labels)), (Task, set() if live else set(one.blocked_by)),
            ]  # fmt: skip
        case Project():
            within = [(Project, {one.parent_id})]
        case Section():
            within = [(Project, {one.project_id})]
        case Comment():
            within = [(Task, set() if live else {one.task_id})]
        case Preferences():
            within = [(Project, set() if live else {one.default_project_id})]
        case _:
            within = []
    return [(kind, {one for one in ids if one is not None}) for kind, ids in within]


def _check_trees(account: Everything, kind: type[Any]) -> None:
    for one in account.of(kind):
        above, levels = one, 1
        while above.parent_id is not None:
            above, levels = account.things[above.parent_id], levels + 1
            assert levels < 1000, "a cycle"
        assert levels <= DEPTH_MAX or not is_live(one), "too deep"


def _check_places(account: Everything) -> None:
    for kind, names in (
        (Task, ("project_id", "section_id", "parent_id")), (Project, ("parent_id",)), (Section, ("project_id",)),
    ):  # fmt: skip
        places = Counter((*(getattr(one, name) for name in names), one.rank) for one in account.of(kind))
        assert not [place for place, count in places.items() if count > 1], "two things at one place"
        assert all(len(one.rank) <= RANK_MAX for one in account.of(kind)), "a long rank"
    for task in account.of(Task):
        if task.section_id is not None:
            assert account.things[task.section_id].project_id == task.project_id, "another project's section"
        if task.parent_id is not None:
            parent = account.things[task.parent_id]
            assert (parent.project_id, parent.section_id) == (task.project_id, task.section_id)


def _check_dependencies(account: Everything) -> None:
    done: set[UUID] = set()

    def visit(task_id: UUID, way: tuple[UUID, ...]) -> None:
        assert task_id not in way, "a cycle of dependencies"
        if task_id not in done:
            for blocker in account.things[task_id].blocked_by:
                visit(blocker, (*way, task_id))
            done.add(task_id)

    for task in account.of(Task):
        visit(task.id, ())


def _check_labels(account: Everything) -> None:
    assert all(label.key == folded(label.name) for label in account.of(Label))
    assert all(view.key == key_of(view.name) for view in account.of(View))
    keys = Counter(label.key for label in account.live(Label))
    assert not [key for key, count in keys.items() if count > 1], "two labels of one name"


def views_of(tasks: Sequence[Task]) -> dict[UUID, TaskView]:
    """Each task that is in use, and what follows from the others."""
    live = [task for task in tasks if is_live(task)]
    is_open = {task.id for task in live if task.is_open}
    found: dict[UUID, TaskView] = {}
    for task in live:
        children = [other for other in live if other.parent_id == task.id]
        closed = sum(not child.is_open for child in children)
        found[task.id] = TaskView(task, Progress(len(children), closed), len(task.blocked_by & is_open))
    return found


def newest_first(views: Mapping[UUID, TaskView]) -> list[TaskView]:
    """As lists answer them."""
    return sorted(views.values(), key=lambda view: (view.task.created_at, view.task.id), reverse=True)


def _check_views(account: Everything) -> None:
    views = views_of(account.of(Task))
    archived = {one.id for one in account.of(Project) if one.archived_at is not None}
    assert list(account.in_projects) == newest_first(views)
    assert list(account.listed) == [
        view for view in newest_first(views) if view.task.project_id not in archived
    ]


def _check_counts(account: Everything) -> None:
    real = Counter(JOURNALED_AS[type(one)] for one in account.things.values())
    told = {kind: account.counts.get(kind, 0) for kind in EntityKind}
    assert told == {kind: real[kind] for kind in EntityKind}


JOURNALED_AS = {how.entity: kind for kind, how in JOURNALED.items()}


def _check_trash(account: Everything) -> None:
    trashed = [one for one in account.things.values() if not is_live(one)]
    roots = [one for one in trashed if one.deleted_with == one.id]
    assert list(account.trash) == sorted(roots, key=lambda one: (one.deleted_at, one.id), reverse=True)


def same(account: Everything, *, without: frozenset[UUID] = frozenset()) -> dict[UUID, Any]:
    """Everything but what only says that and when something happened."""
    return {one.id: _timeless(one) for one in account.things.values() if one.id not in without}


def _timeless(one: Any) -> Any:
    values: dict[str, Any] = {"updated_at": _THEN, "version": 0}
    if getattr(one, "deleted_at", None) is not None:
        values["deleted_at"] = _THEN
    return replace(one, **values)
