"""What people mean by projects, labels, trash, copies and undo, on the memory adapter."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from application.batch import Command, Mode
from application.ports import UnitsOfWork
from application.task_lists import Asked
from application.undo import Selection
from application.views import Progress
from domain.access import ALL_SCOPES, Actor, Errand, Scope
from domain.attached import ChecklistItem, Link
from domain.change import EntityKind
from domain.errors import (
    CountMismatch,
    InsufficientScope,
    InTrash,
    Invalid,
    LabelNameTaken,
    LabelNotFound,
    RevertConflict,
    TaskNotFound,
    TooManyAffected,
)
from domain.task import Status, Task, Verb
from tests.support.acts import Uses
from tests.support.desk import Desk
from tests.support.invariants import check, everything


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_archiving_hides_tasks_and_shows_them_again(desk: Desk) -> None:
    project = await desk.project()
    inner = await desk.project(parent=project)
    task = await desk.task(project_id=inner.id)
    then = desk.clock.now()
    await desk.projects.archive(desk.asking(), project.id)
    assert (await desk.tasks.list(desk.me)).items == []
    assert [
        UUID(one["id"])
        for one in (await desk.tasks.list(desk.me, Asked(where={"project_id": {inner.id}}))).items
    ] == [task.id]
    assert [v.task.id for v in (await desk.past.tasks(desk.me, then)).items] == [task.id]
    assert (await desk.past.tasks(desk.me, desk.clock.now())).items == []
    await desk.projects.unarchive(desk.asking(), project.id)
    assert len((await desk.tasks.list(desk.me)).items) == 1


async def test_a_project_goes_and_comes_back_with_all_that_is_in_it(desk: Desk) -> None:
    project = await desk.project()
    section = await desk.sections.create(desk.me, {"name": "s"}, project.id)
    task = await desk.task(section_id=section.id)
    early = await desk.task(project_id=project.id)
    await desk.tasks.delete(desk.asking(), early.id)
    await desk.projects.delete(desk.asking(), project.id)
    assert [one.id for one in (await desk.trash.list(desk.me)).items] == [project.id, early.id]
    with pytest.raises(InTrash):
        await desk.trash.restore(desk.me, EntityKind.TASK, task.id)
    await desk.trash.restore(desk.asking(), EntityKind.PROJECT, project.id)
    assert (await desk.now(task)).place == task.place
    with pytest.raises(TaskNotFound):
        await desk.now(early)


async def test_removing_for_good_needs_the_count_and_its_own_scope(desk: Desk) -> None:
    task = await desk.task()
    await desk.task(parent=task)
    await desk.uses.comments.create(desk.me, task.id, "c")
    with pytest.raises(TaskNotFound):
        await desk.trash.purge(desk.me, EntityKind.TASK, task.id, 3)
    await desk.tasks.delete(desk.me, task.id)
    with pytest.raises(CountMismatch) as refused:
        await desk.trash.purge(desk.me, EntityKind.TASK, task.id, 2)
    assert refused.value.count == 3
    less = replace(desk.me, scopes=ALL_SCOPES - {Scope.TASKS_PURGE})
    with pytest.raises(InsufficientScope):
        await desk.trash.empty(less, 3)
    await desk.trash.empty(desk.me, 3)
    assert (await everything(desk.units, desk.me)).things == {}


async def test_labels_are_one_for_each_name_and_go_and_come_back(desk: Desk) -> None:
    label = await desk.label("Café")
    for name in ("cafe", "CAFÉ", " café "):
        with pytest.raises(LabelNameTaken):
            await desk.label(name)
    task = (await desk.tasks.create(desk.me, {"title": "t", "labels": [label.id]})).task
    await desk.labels.edit(desk.me, label.id, {"name": "CAFE"})
    assert (await desk.now(task)).labels == {label.id}
    await desk.labels.delete(desk.asking(), label.id)
    assert (await desk.now(task)).labels == frozenset()
    other = await desk.label("cafe")
    with pytest.raises(LabelNameTaken):
        await desk.trash.restore(desk.me, EntityKind.LABEL, label.id)
    await desk.labels.edit(desk.me, other.id, {"name": "tea"})
    await desk.trash.restore(desk.asking(), EntityKind.LABEL, label.id)
    assert (await desk.now(task)).labels == {label.id}
    asked = desk.asking()
    await desk.labels.merge(asked, label.id, other.id)
    assert (await desk.now(task)).labels == {other.id}
    with pytest.raises(LabelNotFound):
        await desk.labels.get(desk.me, label.id)
    await desk.take_back(asked)
    assert (await desk.now(task)).labels == {label.id}
    with pytest.raises(Invalid):
        await desk.labels.merge(desk.me, label.id, label.id)


async def test_preferences_can_be_changed_while_the_default_project_is_in_the_trash(desk: Desk) -> None:
    project = await desk.project()
    await desk.uses.account.prefer(desk.me, {"default_project_id": project.id})
    assert (await desk.task()).project_id == project.id
    await desk.projects.delete(desk.me, project.id)
    await desk.uses.account.prefer(desk.me, {"locale": "de"})
    assert (await desk.task()).project_id is None
    with pytest.raises(Invalid):
        await desk.uses.account.prefer(desk.me, {"default_project_id": UUID(int=9)})


async def test_a_copy_is_to_do_and_tied_to_copies(desk: Desk) -> None:
    top = await desk.task("top")
    first, second = await desk.task("first", top), await desk.task("second", top)
    outside = await desk.task("outside")
    await desk.waits(second, first, outside)
    await desk.tasks.edit(desk.me, first.id, {"checklist": [ChecklistItem(title="x", checked=True)]})
    await desk.tasks.apply(desk.me, first.id, Verb.COMPLETE)
    copy = await desk.tasks.duplicate(desk.asking(), top.id, tree=True)
    assert copy.progress == Progress(2, 0)
    new = [one for one in (await everything(desk.units, desk.me)).live(Task) if one.parent_id == copy.task.id]
    by_title = {one.title: one for one in new}
    assert by_title["second"].blocked_by == {by_title["first"].id, outside.id}
    assert by_title["first"].checklist == (ChecklistItem(title="x"),)
    assert by_title["first"].status is Status.TODO
    alone = await desk.tasks.duplicate(desk.asking(), top.id, tree=False)
    assert alone.progress == Progress()


async def test_attaching_twice_is_once(desk: Desk) -> None:
    task = await desk.task()
    link = Link(href="https://a.test/1", title="one")
    once = await desk.tasks.attach(desk.asking(), task.id, link)
    assert await desk.tasks.attach(desk.asking(), task.id, link) == once
    other = await desk.tasks.attach(desk.asking(), task.id, replace(link, title="two"))
    assert other.task.links == (replace(link, title="two"),)
    assert (await desk.tasks.detach(desk.asking(), task.id, link.href)).task.links == ()


async def test_taking_a_deletion_back_alone_brings_back_what_went_along(desk: Desk) -> None:
    top = await desk.task()
    below = await desk.task(parent=top)
    asked = desk.asking()
    await desk.tasks.delete(asked, top.id)
    (last, *_) = (await desk.past.history(desk.me, top.id)).items
    await desk.undo.revert(desk.asking(), last.id)
    assert (await desk.tasks.get(desk.me, top.id)).progress == Progress(1, 0)
    assert (await desk.now(below)).parent_id == top.id


async def test_a_part_of_a_tree_cannot_be_taken_back_to_where_the_rest_is_not(desk: Desk) -> None:
    project = await desk.project()
    top = await desk.task(project_id=project.id)
    await desk.task(parent=top)
    asked = desk.asking()
    await desk.tasks.move(asked, top.id, {"project_id": None})
    (moved, *_) = (await desk.past.history(desk.me, top.id)).items
    with pytest.raises(RevertConflict):
        await desk.undo.revert(desk.asking(), moved.id)
    await desk.take_back(asked)
    assert (await desk.now(top)).project_id == project.id


async def test_a_forced_revert_in_the_trash_ties_nothing_to_what_is_gone(desk: Desk) -> None:
    label = await desk.label("l")
    task = (await desk.tasks.create(desk.me, {"title": "t", "labels": [label.id]})).task
    await desk.tasks.edit(desk.asking(), task.id, {"labels": []})
    (unlabelled, *_) = (await desk.past.history(desk.me, task.id)).items
    await desk.tasks.delete(desk.me, task.id)
    await desk.labels.delete(desk.me, label.id)
    await desk.trash.purge(desk.me, EntityKind.LABEL, label.id, 1)
    with pytest.raises(RevertConflict):
        await desk.undo.revert(desk.asking(), unlabelled.id, ["deleted_at", "labels"])
    check(await everything(desk.units, desk.me))


async def test_a_plan_and_another_move_to_the_same_spot_do_not_collide(desk: Desk) -> None:
    a, b, c, d = [await desk.task(title) for title in "abcd"]
    desk.made.ids[EntityKind.TASK] = [a.id, b.id, c.id, d.id]

    async def work(units: UnitsOfWork) -> Any:
        from application.once import Reply

        await Uses(units, desk.clock, desk.made).tasks.move(desk.me, c.id, {}, before=b.id)
        return Reply(200, {}, b"")

    plan = (await desk.plans.rehearse(desk.asking(), Scope.TASKS_WRITE, work, keep=True)).plan
    assert plan is not None
    await desk.tasks.move(desk.asking(), d.id, {}, before=b.id)
    await desk.plans.apply(desk.asking(), plan)
    check(await everything(desk.units, desk.me))
    assert set((await desk.row(a, b, c, d))[1:3]) == {"c", "d"}


def _moves(desk: Desk, ids: Sequence[UUID]) -> list[Command]:
    def command(task_id: UUID) -> Command:
        async def run(units: UnitsOfWork, me: Actor) -> Any:
            return await Uses(units, desk.clock, desk.made).tasks.apply(me, task_id, Verb.COMPLETE)

        return Command(str(task_id), Scope.TASKS_WRITE, run)

    return [command(task_id) for task_id in ids]


async def test_many_at_once_are_all_done_or_none_and_no_more_than_was_said(desk: Desk) -> None:
    tasks = [await desk.task() for _ in range(5)]
    commands = _moves(desk, [task.id for task in tasks])
    with pytest.raises(TooManyAffected):
        await desk.batch.run(desk.asking(), Mode.ATOMIC, commands, 4)
    assert {(await desk.now(task)).status for task in tasks} == {Status.TODO}
    asked = replace(desk.me, errand=Errand(request_id="bulk"))
    outcomes = await desk.batch.run(asked, Mode.ATOMIC, commands, 5)
    assert [outcome.result.task.status for outcome in outcomes] == [Status.DONE] * 5
    await desk.undo.revert_all(desk.asking(), Selection({"request_id": "bulk"}))
    assert {(await desk.now(task)).status for task in tasks} == {Status.TODO}
