"""How many statements things take: the same for a tree of ten and of a thousand, for one task and a page."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from application.batch import Command, Mode
from application.ports import UnitsOfWork
from application.task_lists import Asked
from application.task_views import prepare, prepare_trees, prepare_whole
from application.tasks import Children
from application.undo import Selection
from application.views import PAGE_MAX
from domain.access import Actor, Errand, Scope
from domain.change import EntityKind
from domain.errors import CountMismatch
from domain.label import Label
from domain.task import Task, Verb
from tests.support.actors import actor
from tests.support.counted import Desk, Grown
from tests.support.things import task_of

SMALL, LARGE = 10, 1000


Act = Callable[[Desk, Grown], Awaitable[Any]]


async def purge(desk: Desk, kind: EntityKind, thing_id: UUID) -> None:
    with pytest.raises(CountMismatch) as refused:
        await desk.trash.purge(desk.me, kind, thing_id, 0)
    await desk.trash.purge(desk.me, kind, thing_id, refused.value.count)


async def empty(desk: Desk) -> None:
    with pytest.raises(CountMismatch) as refused:
        await desk.trash.empty(desk.me, 0)
    await desk.trash.empty(desk.me, refused.value.count)


TREES: list[tuple[str, list[Act]]] = [
    ("delete a task", [lambda d, t: d.tasks.delete(d.me, t.root)]),
    (
        "restore a task",
        [
            lambda d, t: d.tasks.delete(d.me, t.root),
            lambda d, t: d.trash.restore(d.me, EntityKind.TASK, t.root),
        ],
    ),
    (
        "purge a task",
        [lambda d, t: d.tasks.delete(d.me, t.root), lambda d, t: purge(d, EntityKind.TASK, t.root)],
    ),
    ("move a task", [lambda d, t: d.tasks.move(d.me, t.root, {"project_id": None, "section_id": None})]),
    (
        "complete a task",
        [lambda d, t: d.tasks.apply(d.me, t.root, Verb.COMPLETE, children=Children.COMPLETE)],
    ),
    ("duplicate a task", [lambda d, t: d.tasks.duplicate(d.me, t.root, tree=True)]),
    ("delete a project", [lambda d, t: d.projects.delete(d.me, t.project.id)]),
    (
        "restore a project",
        [
            lambda d, t: d.projects.delete(d.me, t.project.id),
            lambda d, t: d.trash.restore(d.me, EntityKind.PROJECT, t.project.id),
        ],
    ),
    (
        "purge a project",
        [
            lambda d, t: d.projects.delete(d.me, t.project.id),
            lambda d, t: purge(d, EntityKind.PROJECT, t.project.id),
        ],
    ),
    ("duplicate a project", [lambda d, t: d.projects.duplicate(d.me, t.project.id, tree=True)]),
    ("move a section", [lambda d, t: d.sections.move(d.me, t.section.id, (None,))]),
    ("delete a section", [lambda d, t: d.sections.delete(d.me, t.section.id)]),
    ("delete a label", [lambda d, t: d.labels.delete(d.me, t.label.id)]),
    (
        "restore a label",
        [
            lambda d, t: d.labels.delete(d.me, t.label.id),
            lambda d, t: d.trash.restore(d.me, EntityKind.LABEL, t.label.id),
        ],
    ),
    ("empty the trash", [lambda d, t: d.projects.delete(d.me, t.project.id), lambda d, t: empty(d)]),
]  # fmt: skip


@pytest.mark.parametrize("acts", [acts for _, acts in TREES], ids=[name for name, _ in TREES])
async def test_a_whole_tree_takes_as_many_statements_as_a_small_one(
    engine: AsyncEngine, acts: list[Act]
) -> None:
    counts = []
    for size in (SMALL, LARGE):
        desk = Desk(engine)
        grown = await desk.tree(size)
        for act in acts[:-1]:
            await act(desk, grown)
        counts.append(await desk.count(acts[-1](desk, grown)))
    assert counts[0] == counts[1]
    assert counts[0] <= 24


@pytest.mark.parametrize("what", ["a move", "a deletion", "a completion"])
async def test_taking_a_whole_tree_back_takes_as_many_statements_as_a_small_one(
    engine: AsyncEngine, what: str
) -> None:
    counts = []
    for size in (SMALL, LARGE // 2):
        desk = Desk(engine, me=with_request(what))
        grown = await desk.tree(size)
        desk.me = with_request(what, desk.me)
        if what == "a move":
            await desk.tasks.move(desk.me, grown.root, {"project_id": None, "section_id": None})
        elif what == "a deletion":
            await desk.tasks.delete(desk.me, grown.root)
        else:
            await desk.tasks.apply(desk.me, grown.root, Verb.COMPLETE, children=Children.COMPLETE)
        which = Selection({"request_id": desk.me.errand.request_id})
        pages = size // 200
        counts.append(await desk.count(desk.undo.revert_all(desk.me, which)) - pages)
    assert counts[0] == counts[1]
    assert counts[0] <= 20


def with_request(name: str, me: Actor | None = None) -> Actor:
    return replace(me or actor(), errand=Errand(request_id=f"{name} {uuid4()}"))


@pytest.mark.parametrize("kind", [EntityKind.TASK, EntityKind.LABEL, EntityKind.COMMENT])
async def test_emptying_a_trash_of_many_takes_as_many_statements_as_of_few(
    engine: AsyncEngine, kind: EntityKind
) -> None:
    counts = []
    for size in (2, 150):
        desk = Desk(engine)
        await fill_trash(desk, kind, size)
        counts.append(await desk.count(empty(desk)))
    assert counts[0] == counts[1]


async def fill_trash(desk: Desk, kind: EntityKind, size: int) -> None:
    tasks = [task_of(desk.me) for _ in range(size)]
    async with desk.units.writing(desk.me, Scope.TASKS_WRITE) as unit:
        for task in tasks:
            await unit.entities.add(task)
        await unit.commit()
    for number, task in enumerate(tasks):
        if kind is EntityKind.TASK:
            await desk.tasks.delete(desk.me, task.id)
        elif kind is EntityKind.LABEL:
            await desk.labels.delete(desk.me, (await desk.labels.create(desk.me, {"name": f"{number}"})).id)
        else:
            comment = await desk.comments.create(desk.me, task.id, "c")
            await desk.comments.delete(desk.me, comment.id)


async def test_what_single_acts_cost(engine: AsyncEngine) -> None:
    """One statement begins, the last one keeps all; those between look at what is named."""
    desk = Desk(engine)
    first = (await desk.tasks.create(desk.me, {"title": "t"})).task
    project = await desk.projects.create(desk.me, {"name": "p"})
    label = await desk.labels.create(desk.me, {"name": "l"})
    labels = {"labels": [label.id]}
    found = {
        "create": await desk.count(desk.tasks.create(desk.me, {"title": "t"})),
        "create in a project with a label": await desk.count(
            desk.tasks.create(desk.me, {"title": "t", **labels}, {"project_id": project.id})  # type: ignore[typeddict-item]
        ),
        "create below a task": await desk.count(
            desk.tasks.create(desk.me, {"title": "t"}, {"parent_id": first.id})
        ),
        "edit": await desk.count(desk.tasks.edit(desk.me, first.id, {"title": "u"})),
        "label": await desk.count(desk.tasks.edit(desk.me, first.id, labels)),  # type: ignore[arg-type]
        "complete": await desk.count(
            desk.tasks.apply(desk.me, first.id, Verb.COMPLETE, children=Children.KEEP)
        ),
        "get": await desk.count(desk.tasks.show(desk.me, first.id)),
        "list": await desk.count(desk.tasks.list(desk.me)),
    }
    assert found == {
        "create": 2,
        "create in a project with a label": 4,
        "create below a task": 3,
        "edit": 4,
        "label": 5,
        "complete": 4,
        "get": 1,
        "list": 1,
    }


async def test_a_page_of_two_hundred_is_one_statement(engine: AsyncEngine) -> None:
    desk = Desk(engine)
    await desk.tree(LARGE)
    assert await desk.count(desk.tasks.list(desk.me, Asked(limit=PAGE_MAX))) == 1
    page = await desk.tasks.list(desk.me, Asked(limit=PAGE_MAX))
    assert len(page.items) == PAGE_MAX
    assert all(one["labels"] for one in page.items)
    assert any(one["blocked_by_open"] for one in page.items)
    for kind in (
        EntityKind.PROJECT, EntityKind.SECTION, EntityKind.LABEL, EntityKind.COMMENT, EntityKind.VIEW,
    ):  # fmt: skip
        assert await desk.count(desk.listing.page(desk.me, kind, {})) == 1
    assert await desk.count(desk.trash.list(desk.me)) <= 7


def _commands(desk: Desk, grown: Grown, what: str, number: int) -> list[Command]:
    """Like commands, each of a task of its own."""
    chosen = [task.id for task in grown.tasks if task.parent_id is not None][:number]

    def command(place: int, task_id: UUID) -> Command:
        async def run(units: UnitsOfWork, me: Actor) -> Any:
            tasks = Desk(desk.engine, units, me).tasks
            if what == "create":
                return await tasks.create(
                    me, {"title": "t", "labels": [grown.label.id]}, {"parent_id": grown.root}
                )
            if what == "complete":
                return await tasks.apply(
                    me, task_id, Verb.COMPLETE, children=Children.COMPLETE, override=True
                )
            if what == "delete":
                return await tasks.delete(me, task_id)
            if what == "edit":
                return await tasks.edit(me, task_id, {"title": "u", "labels": [grown.label.id]})
            return await tasks.move(me, task_id, {"parent_id": None, "project_id": None, "section_id": None})

        how = {
            "complete": prepare_whole,
            "move": prepare_whole,
            "edit": prepare,
            "delete": prepare_trees,
        }.get(what)
        names: list[Any] = [(Task, grown.root), (Label, grown.label.id)]
        names = names if what == "create" else [(Task, task_id)]
        return Command(
            str(place), Scope.TASKS_WRITE, run, names=names, prepare=None if how is None else (how, task_id)
        )

    return [command(place, task_id) for place, task_id in enumerate(chosen)]


@pytest.mark.parametrize("what", ["create", "complete", "edit", "delete", "move"])
async def test_a_hundred_like_commands_take_as_many_statements_as_ten(engine: AsyncEngine, what: str) -> None:
    counts = []
    for number in (10, 100):
        desk = Desk(engine)
        grown = await desk.tree(LARGE // 5)
        commands = _commands(desk, grown, what, number)
        assert len(commands) == number
        counts.append(await desk.count(desk.batch.run(desk.me, Mode.ATOMIC, commands)))
    assert max(counts) <= 12
