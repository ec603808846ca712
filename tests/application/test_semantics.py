"""What people mean by trees, dependencies and order, on the memory adapter."""

from dataclasses import replace
from uuid import UUID

import pytest

from application.tasks import Children
from application.views import Progress
from domain.change import EntityKind
from domain.errors import (
    Blocked,
    DependencyCycle,
    Invalid,
    NestingCycle,
    OpenSubtasks,
    TooDeep,
)
from domain.rank import RANK_MAX
from domain.task import Status, Verb
from tests.support.desk import Desk
from tests.support.invariants import check, everything


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_subtask_is_where_its_parent_is_and_goes_where_it_goes(desk: Desk) -> None:
    project = await desk.project()
    section = await desk.sections.create(desk.me, {"name": "s"}, project.id)
    top = await desk.task(section_id=section.id)
    below = await desk.task(parent=top)
    deeper = await desk.task(parent=below)
    gone = await desk.task(parent=below)
    await desk.tasks.delete(desk.me, gone.id)
    assert (top.project_id, below.project_id, deeper.section_id) == (project.id, project.id, section.id)
    await desk.tasks.move(desk.asking(), top.id, {"project_id": None, "section_id": None})
    assert [(await desk.now(one)).project_id for one in (top, below, deeper)] == [None] * 3
    await desk.trash.restore(desk.me, EntityKind.TASK, gone.id)
    assert (await desk.now(gone)).place == replace((await desk.now(deeper)).place)
    check(await everything(desk.units, desk.me))


async def test_trees_have_five_levels_and_no_cycles(desk: Desk) -> None:
    chain = [await desk.task()]
    for _ in range(4):
        chain.append(await desk.task(parent=chain[-1]))
    with pytest.raises(TooDeep):
        await desk.task(parent=chain[-1])
    other = await desk.task()
    with pytest.raises(TooDeep):
        await desk.tasks.move(desk.me, chain[0].id, {"parent_id": other.id})
    with pytest.raises(NestingCycle):
        await desk.tasks.move(desk.me, chain[0].id, {"parent_id": chain[2].id})
    with pytest.raises(NestingCycle):
        await desk.tasks.move(desk.me, other.id, {"parent_id": other.id})


async def test_completing_a_parent_asks_what_becomes_of_its_children(desk: Desk) -> None:
    top = await desk.task()
    below = await desk.task(parent=top)
    deeper = await desk.task(parent=below)
    await desk.task(parent=top)
    with pytest.raises(OpenSubtasks) as refused:
        await desk.tasks.apply(desk.me, top.id, Verb.COMPLETE)
    assert refused.value.count == 2
    kept = await desk.tasks.apply(desk.asking(), top.id, Verb.COMPLETE, children=Children.KEEP)
    assert (kept.task.status, kept.progress) == (Status.DONE, Progress(2, 0))
    await desk.tasks.apply(desk.me, top.id, Verb.REOPEN)
    asked = desk.asking()
    done = await desk.tasks.apply(asked, top.id, Verb.COMPLETE, children=Children.COMPLETE)
    assert done.progress == Progress(2, 2)
    assert (await desk.now(deeper)).status is Status.DONE
    await desk.take_back(asked)
    assert [(await desk.now(one)).status for one in (top, below, deeper)] == [Status.TODO] * 3


async def test_what_waits_is_not_ready_and_starts_only_by_overriding_it(desk: Desk) -> None:
    first, second = await desk.task("first"), await desk.task("second")
    await desk.waits(second, first)
    view = await desk.tasks.get(desk.me, second.id)
    assert (view.ready, view.blocked_by_open) == (False, 1)
    for verb in (Verb.START, Verb.COMPLETE):
        with pytest.raises(Blocked) as refused:
            await desk.tasks.apply(desk.me, second.id, verb)
        assert refused.value.blockers == (first.id,)
    await desk.tasks.apply(desk.asking(), second.id, Verb.START, override=True)
    page = await desk.past.history(desk.me, second.id)
    assert page.items[0].verb == "override_start"
    await desk.tasks.apply(desk.me, first.id, Verb.COMPLETE)
    assert (await desk.tasks.get(desk.me, second.id)).ready
    await desk.tasks.apply(desk.asking(), second.id, Verb.COMPLETE, override=True)
    assert (await desk.past.history(desk.me, second.id)).items[0].verb == "complete"


async def test_a_blocker_in_the_trash_blocks_nothing_until_it_is_back(desk: Desk) -> None:
    first, second = await desk.task(), await desk.task()
    await desk.waits(second, first)
    await desk.tasks.delete(desk.me, first.id)
    assert (await desk.tasks.get(desk.me, second.id)).ready
    await desk.trash.restore(desk.me, EntityKind.TASK, first.id)
    assert not (await desk.tasks.get(desk.me, second.id)).ready
    await desk.tasks.delete(desk.me, first.id)
    await desk.trash.purge(desk.me, EntityKind.TASK, first.id, 1)
    assert (await desk.now(second)).blocked_by == frozenset()


async def test_nothing_waits_for_itself(desk: Desk) -> None:
    a, b, c = await desk.task(), await desk.task(), await desk.task()
    await desk.waits(b, a)
    await desk.waits(c, b)
    with pytest.raises(DependencyCycle) as refused:
        await desk.waits(a, c)
    assert refused.value.path == (a.id, c.id, b.id, a.id)
    with pytest.raises(DependencyCycle):
        await desk.waits(a, a)
    await desk.tasks.delete(desk.me, b.id)
    with pytest.raises(DependencyCycle):  # it may come back
        await desk.waits(a, c)


async def test_what_is_foreign_or_missing_or_in_the_trash_cannot_be_named(desk: Desk) -> None:
    other = Desk()
    foreign, gone = await other.task(), await desk.task()
    await desk.tasks.delete(desk.me, gone.id)
    mine = await desk.task()
    told: set[tuple[str, str]] = set()
    for named in (foreign.id, gone.id, UUID(int=5)):
        with pytest.raises(Invalid) as refused:
            await desk.tasks.edit(desk.me, mine.id, {"blocked_by": [named]})
        told |= {(one.code, one.message) for one in refused.value.violations}
        with pytest.raises(Invalid):
            await desk.task(parent_id=named)
        with pytest.raises(Invalid):
            await desk.tasks.edit(desk.me, mine.id, {"labels": [named]})
    assert len(told) == 1


async def test_moving_beside_where_it_is_changes_nothing(desk: Desk) -> None:
    tasks = [await desk.task(title) for title in "abc"]
    a, b, c = tasks
    moved = await desk.tasks.move(desk.asking(), a.id, {}, after=c.id)
    assert await desk.row(*tasks) == ["b", "c", "a"]
    for after, before in ((c, None), (None, None)):
        again = await desk.tasks.move(
            desk.asking(), a.id, {}, after=after and after.id, before=before and before.id
        )
        assert again == moved
    assert (await desk.tasks.move(desk.asking(), b.id, {}, before=c.id)).task == await desk.now(b)
    assert (await desk.now(b)).version == b.version


async def test_ranks_stay_short_whatever_is_done_at_one_spot(desk: Desk) -> None:
    tasks = [await desk.task(str(number)) for number in range(4)]
    first, last, *movers = tasks
    for number in range(300):
        await desk.tasks.move(desk.asking(), movers[number % 2].id, {}, before=last.id)
    for _ in range(300):
        copy = await desk.tasks.duplicate(desk.asking(), first.id, tree=False)
        assert len(copy.task.rank) <= RANK_MAX
    check(await everything(desk.units, desk.me))
    assert (await desk.row(*tasks))[-1] == last.title
