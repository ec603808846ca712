"""What a unit of work keeps of any kind, what it refuses, and what is listed of it: on every adapter alike."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.clock import SystemClock, UuidV7
from adapters.memory import MemoryUnits
from adapters.postgres.uow import PostgresUnits
from adapters.seal import HmacSeal
from application.tasks import Tasks
from application.views import Order, Position
from domain.access import Actor, Scope
from domain.change import EntityKind
from domain.comment import Comment
from domain.errors import IdTaken, LabelNameTaken, LimitReached
from domain.label import Label
from domain.rank import at_end
from domain.task import Task
from domain.thing import restored, revised, trashed
from domain.usage import Limits
from tests.support.actors import actor
from tests.support.stored import (
    Units,
    comment_of,
    found,
    ids,
    keep,
    label_of,
    project_of,
    save,
    section_of,
    view_of,
)
from tests.support.things import NOW, task_of


@pytest.fixture
def me() -> Actor:
    return actor()


async def test_neighbours_are_those_of_the_same_place_by_bytes(units: Units, me: Actor) -> None:
    parent = task_of(me)
    ranks = ["Zz", "a0", "a0V", "a1", "az", "b10"]
    tasks = [task_of(me, parent_id=parent.id, rank=rank) for rank in ranks]
    await keep(units, me, parent, *random.Random(1).sample(tasks, len(tasks)), task_of(me, rank="a0F"))
    async with units.writing(me, Scope.TASKS_WRITE) as unit:
        where = {"parent_id": {parent.id}}
        for place, one in enumerate(tasks):
            above = await unit.entities.beyond(Task, where, one.rank, forward=True, without=one.id, limit=2)
            assert [other.rank for other in above] == ranks[place + 1 : place + 3]
            below = await unit.entities.beyond(Task, where, one.rank, forward=False, without=one.id, limit=2)
            assert [other.rank for other in below] == ranks[max(0, place - 2) : place][::-1]


async def test_two_can_swap_their_places_in_one_unit(units: Units, me: Actor) -> None:
    one, other = task_of(me), task_of(me)
    await keep(units, me, one, other)
    swapped = revised(one, NOW, rank=other.rank), revised(other, NOW, rank=one.rank)
    await save(units, me, (one, swapped[0]), (other, swapped[1]))
    assert {task.id: task.rank for task in await found(units, me, EntityKind.TASK)} == {
        one.id: other.rank, other.id: one.rank,
    }  # fmt: skip


async def test_two_labels_can_swap_their_names_and_give_them_on(units: Units, me: Actor) -> None:
    one, other = label_of(me, "one"), label_of(me, "other")
    await keep(units, me, one, other)
    one_now, other_now = (
        revised(one, NOW, name="other", key="other"),
        revised(other, NOW, name="one", key="one"),
    )
    await save(units, me, (one, one_now), (other, other_now))
    async with units.writing(me, Scope.TASKS_WRITE) as unit:
        await unit.entities.save(one_now, trashed(one_now, NOW), "delete")
        await unit.entities.add(label_of(me, "other"))
        await unit.commit()
    assert sorted(label.key for label in await found(units, me, EntityKind.LABEL, deleted_at={None})) == [
        "one", "other",
    ]  # fmt: skip


async def test_a_name_is_one_label_s_alone(units: Units, me: Actor) -> None:
    label = label_of(me, "one")
    await keep(units, me, label, label_of(actor("else"), "x", account_id=me.account_id))
    with pytest.raises(LabelNameTaken):
        await keep(units, me, label_of(me, "one"))
    gone = trashed(label, NOW)
    await save(units, me, (label, gone))
    await keep(units, me, label_of(me, "one"))
    with pytest.raises(LabelNameTaken):
        await save(units, me, (gone, restored(gone, NOW)))


@pytest.mark.parametrize("make", [project_of, section_of, task_of])
async def test_an_id_is_taken_once(units: Units, me: Actor, make: Any) -> None:
    one = make(me)
    await keep(units, me, one)
    with pytest.raises(IdTaken):
        await keep(units, me, replace(one, rank=at_end(9)))
    await keep(units, actor(), *[])
    stranger = actor()
    await keep(units, stranger, replace(one, account_id=stranger.account_id))


async def test_blocking_follows_blockers_of_blockers_stored_and_pending(units: Units, me: Actor) -> None:
    a, b = task_of(me), task_of(me)
    c = task_of(me, blocked_by=frozenset({b.id}))
    d = task_of(me, blocked_by=frozenset({c.id}))
    await keep(units, me, a, b, c, d)
    async with units.writing(me, Scope.TASKS_WRITE) as unit:
        assert await unit.entities.blocking([d.id]) == {d.id: {c.id}, c.id: {b.id}}
        now = revised(await unit.entities.get(Task, b.id), NOW, blocked_by=frozenset({a.id}))
        await unit.entities.save(b, now, "update")
        edges = await unit.entities.blocking([d.id])
        assert {key: value for key, value in edges.items() if value} == {
            d.id: {c.id}, c.id: {b.id}, b.id: {a.id},
        }  # fmt: skip
        free = revised(await unit.entities.get(Task, d.id), NOW, blocked_by=frozenset())
        await unit.entities.save(d, free, "update")
        assert not (await unit.entities.blocking([d.id])).get(d.id)


async def test_what_waits_for_each_other_can_be_removed_at_once(units: Units, me: Actor) -> None:
    tasks = [task_of(me)]
    for _ in range(20):
        tasks.append(task_of(me, blocked_by=frozenset({tasks[-1].id})))
    comments = [comment_of(me, task) for task in tasks]
    await keep(units, me, *tasks, *comments)
    async with units.writing(me, Scope.TASKS_PURGE) as unit:
        await unit.entities.some(Task, ids(tasks))
        await unit.entities.some(Comment, ids(comments))
        for one in (*tasks, *comments):
            await unit.entities.remove(one, "purge")
        await unit.commit()
    assert await found(units, me, EntityKind.TASK) == []
    assert await found(units, me, EntityKind.COMMENT) == []


async def test_the_trash_shows_what_was_deleted_itself_the_last_one_first(units: Units, me: Actor) -> None:
    things: list[Any] = []
    for minute in range(4):
        at = NOW + timedelta(minutes=minute // 2)
        task, other = task_of(me, deleted_at=at), task_of(me)
        things += [
            task, task_of(me, deleted_at=at, deleted_with=task.id), other,
            project_of(me, minute, deleted_at=at), label_of(me, f"{minute}", deleted_at=at),
            section_of(me, minute, deleted_at=at), comment_of(me, other, deleted_at=at),
            view_of(me, deleted_at=at),
        ]  # fmt: skip
    things = [
        replace(one, deleted_with=one.id) if one.deleted_at and not one.deleted_with else one
        for one in things
    ]
    await keep(units, me, *things)
    roots = [one for one in things if one.deleted_with == one.id]
    expected = sorted(roots, key=lambda one: (one.deleted_at, one.id), reverse=True)
    seen: list[Any] = []
    async with units.reading(me, Scope.TASKS_READ) as unit:
        while page := await unit.entities.trash(
            Position(seen[-1].deleted_at, seen[-1].id) if seen else None, 3
        ):
            seen += page
    assert seen == expected
    async with units.writing(me, Scope.TASKS_WRITE) as writing:
        until = NOW + timedelta(seconds=1)
        due = [one for one in things if isinstance(one, Task) and one.deleted_at and one.deleted_at <= until]
        assert ids(await writing.entities.trashed(Task, until, 3)) == ids(
            sorted(due, key=lambda one: (one.deleted_at, one.id))[:3]
        )


@pytest.mark.parametrize("descending", [False, True])
async def test_pages_in_any_order_show_everything_once(units: Units, me: Actor, descending: bool) -> None:
    labels = [label_of(me, name) for name in ("b", "a", "Z", "é", "aa", "ß", "日")]
    await keep(units, me, *labels, label_of(me, "x", deleted_at=NOW, deleted_with=uuid4()))
    order = Order(("key", "id"), descending=descending)
    seen: list[Label] = []
    async with units.reading(me, Scope.TASKS_READ) as unit:
        while page := await unit.entities.page(
            EntityKind.LABEL, {}, order, (seen[-1].key, seen[-1].id) if seen else None, 2
        ):
            seen += page
    by_bytes = sorted(labels, key=lambda one: one.key.encode(), reverse=descending)
    assert ids(seen) == ids(by_bytes)


async def test_limits_are_those_of_the_account_and_count_the_trash(
    request: pytest.FixtureRequest, me: Actor
) -> None:
    few = Limits(tasks=2, projects=1)
    for units in (MemoryUnits(limits=few), PostgresUnits(request.getfixturevalue("engine"), limits=few)):
        owner = actor()
        await keep(units, owner, task_of(owner), task_of(owner, deleted_at=NOW), project_of(owner))
        for thing in (task_of(owner), project_of(owner, 5)):
            with pytest.raises(LimitReached):
                await keep(units, owner, thing)
        async with units.writing(owner, Scope.TASKS_WRITE) as unit:
            (gone,) = await unit.entities.trashed(Task, NOW, 9)
            await unit.entities.remove(gone, "purge")
            await unit.entities.add(task_of(owner))
            await unit.commit()


async def test_moves_of_eight_writers_at_once_neither_collide_nor_get_lost(units: Units, me: Actor) -> None:
    tasks = Tasks(units, SystemClock(), UuidV7(), HmacSeal(b"k" * 32))
    made = [(await tasks.create(me, {"title": f"{number}"})).task.id for number in range(12)]
    dice = random.Random(3)
    moves = [dice.sample(made, 2) for _ in range(80)]

    async def writer(mine: Sequence[Sequence[UUID]]) -> None:
        for which, beside in mine:
            if dice.random() < 0.5:
                await tasks.move(me, which, {}, before=beside)
            else:
                await tasks.move(me, which, {}, after=beside)

    await asyncio.gather(*(writer(moves[start::8]) for start in range(8)))
    stored = await found(units, me, EntityKind.TASK)
    assert {task.id for task in stored} == set(made)
    assert len({task.rank for task in stored}) == len(made)
    async with units.reading(me, Scope.TASKS_READ) as unit:
        changes = await unit.changes.before(None, {"verb": "move"}, 100)
    # In the order in which they were kept, each move leads from the order before it to the one after it.
    order = {task.id: change_rank(changes, task) for task in stored}
    assert order == {task.id: task.rank for task in stored}


def change_rank(changes: Sequence[Any], task: Task) -> str:
    """The rank that the last move of the task told, or the one that it has always had."""
    told = [change for change in changes if change.entity_id == task.id and "rank" in (change.after or {})]
    return told[0].after["rank"] if told else task.rank
