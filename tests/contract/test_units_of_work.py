"""The contract of UnitsOfWork and of the repositories in it."""

import asyncio
from dataclasses import fields, replace
from datetime import UTC, date, timedelta

import pytest

from application.ports import UnitsOfWork
from application.views import Position, TaskQuery
from domain.access import Actor, Scope
from domain.errors import IdTaken, InsufficientScope, StaleVersion, TaskNotFound
from domain.task import Priority, Status, Task
from tests.support.actors import actor
from tests.support.things import NOW, task_of


async def keep(units: UnitsOfWork, owner: Actor, *tasks: Task) -> None:
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        for task in tasks:
            await unit.entities.add(task)
        await unit.commit()


async def fetch(units: UnitsOfWork, owner: Actor, task: Task) -> Task:
    async with units.reading(owner, Scope.TASKS_READ) as unit:
        return (await unit.tasks.get(task.id)).task


async def page(units: UnitsOfWork, owner: Actor, query: TaskQuery) -> list[Task]:
    async with units.reading(owner, Scope.TASKS_READ) as unit:
        return [view.task for view in await unit.tasks.page(query)]


async def test_every_field_comes_back_as_it_was_kept(units: UnitsOfWork) -> None:
    owner = actor()
    full = task_of(
        owner,
        title="Ünï \N{PILE OF POO} 'quoted' % \\",
        description="two\nlines\t.",
        status=Status.DONE,
        priority=Priority.URGENT,
        due_date=date(2026, 2, 28),
        updated_at=NOW + timedelta(seconds=1),
        completed_at=NOW + timedelta(microseconds=1),
        version=7,
    )
    await keep(units, owner, full)
    found = await fetch(units, owner, full)
    assert found == full
    for field in fields(full):
        assert isinstance(getattr(found, field.name), type(getattr(full, field.name)))
    assert found.created_at.tzinfo is UTC


async def test_saving_keeps_every_field(units: UnitsOfWork) -> None:
    owner = actor()
    before = task_of(owner)
    await keep(units, owner, before)
    after = replace(
        before, title="u", description="d", status=Status.DONE, priority=Priority.LOW, due_date=date(2, 1, 1),
        created_at=NOW + timedelta(1), updated_at=NOW + timedelta(2), completed_at=NOW + timedelta(3), version=2,
    )  # fmt: skip
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        await unit.entities.save(before, after, "update")
        await unit.commit()
    assert await fetch(units, owner, before) == after


@pytest.mark.rule("TASK-14")
async def test_nothing_is_kept_without_a_commit(units: UnitsOfWork) -> None:
    owner = actor()
    kept, lost = task_of(owner), task_of(owner)
    await keep(units, owner, kept)
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        await unit.entities.add(lost)
        await unit.entities.save(kept, replace(kept, title="changed", version=2), "update")
        assert (await unit.entities.get(Task, lost.id)) == lost
    with pytest.raises(TaskNotFound):
        await fetch(units, owner, lost)
    assert await fetch(units, owner, kept) == kept


@pytest.mark.rule("TASK-14")
async def test_an_error_rolls_back(units: UnitsOfWork) -> None:
    owner = actor()
    lost = task_of(owner)
    with pytest.raises(ZeroDivisionError):
        async with units.writing(owner, Scope.TASKS_WRITE) as unit:
            await unit.entities.add(lost)
            raise ZeroDivisionError
    with pytest.raises(TaskNotFound):
        await fetch(units, owner, lost)


@pytest.mark.rule("TASK-3")
async def test_an_id_is_taken_once_per_account(units: UnitsOfWork) -> None:
    owner, other = actor(), actor()
    task = task_of(owner)
    await keep(units, owner, task)
    with pytest.raises(IdTaken):
        await keep(units, owner, replace(task, title="again"))
    await keep(units, other, replace(task, account_id=other.account_id, title="theirs"))
    assert (await fetch(units, owner, task)).title == "t"
    assert (await fetch(units, other, task)).title == "theirs"


@pytest.mark.rule("TASK-3", "TASK-13")
async def test_an_id_in_the_trash_stays_taken(units: UnitsOfWork) -> None:
    owner = actor()
    task = task_of(owner, deleted_at=NOW)
    await keep(units, owner, task)
    with pytest.raises(IdTaken):
        await keep(units, owner, replace(task, deleted_at=None, deleted_with=None))


@pytest.mark.rule("IDENT-3", "TASK-1")
async def test_what_is_not_mine_is_not_there(units: UnitsOfWork) -> None:
    owner, thief = actor(), actor()
    task = task_of(owner)
    await keep(units, owner, task)
    with pytest.raises(TaskNotFound):
        await fetch(units, thief, task)
    assert await page(units, thief, TaskQuery()) == []
    async with units.writing(thief, Scope.TASKS_WRITE) as unit:
        with pytest.raises(TaskNotFound):
            await unit.entities.get(Task, task.id, trashed=True)
    for act in ("add", "save"):
        async with units.writing(thief, Scope.TASKS_WRITE) as unit:
            stolen = replace(task, title="stolen", version=2)
            with pytest.raises(TaskNotFound):
                await (
                    unit.entities.add(stolen) if act == "add" else unit.entities.save(task, stolen, "update")
                )
            await unit.commit()
    assert await fetch(units, owner, task) == task


@pytest.mark.rule("IDENT-3", "TASK-1")
async def test_what_is_mine_is_not_given_away(units: UnitsOfWork) -> None:
    owner, other = actor(), actor()
    task = task_of(owner)
    await keep(units, owner, task)
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        given = replace(task, account_id=other.account_id, title="given", version=2)
        with pytest.raises(TaskNotFound):
            await unit.entities.save(task, given, "update")
        await unit.commit()
    assert await fetch(units, owner, task) == task


@pytest.mark.rule("TASK-10")
async def test_a_stale_save_is_refused_and_names_what_is_there(units: UnitsOfWork) -> None:
    owner = actor()
    task = task_of(owner, version=3)
    await keep(units, owner, task)
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        with pytest.raises(StaleVersion) as refused:
            await unit.entities.save(
                replace(task, version=2), replace(task, title="late", version=3), "update"
            )
    assert refused.value.current == task


@pytest.mark.rule("TASK-13")
async def test_the_trash_is_seen_only_when_asked_for(units: UnitsOfWork) -> None:
    owner = actor()
    task = task_of(owner, deleted_at=NOW)
    await keep(units, owner, task)
    with pytest.raises(TaskNotFound):
        await fetch(units, owner, task)
    assert await page(units, owner, TaskQuery()) == []
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        assert await unit.entities.get(Task, task.id, trashed=True) == task
        with pytest.raises(TaskNotFound):
            await unit.entities.get(Task, task.id)


@pytest.mark.rule("TASK-11")
async def test_pages_are_newest_first_ties_by_id_and_start_after_the_position(units: UnitsOfWork) -> None:
    owner = actor()
    tasks = [task_of(owner, created_at=NOW + timedelta(seconds=n // 3)) for n in range(10)]
    await keep(units, owner, *tasks)
    expected = sorted(tasks, key=lambda t: (t.created_at, t.id), reverse=True)
    assert await page(units, owner, TaskQuery()) == expected
    assert await page(units, owner, TaskQuery(limit=4)) == expected[:4]
    for place, last in enumerate(expected):
        after = TaskQuery(after=Position(last.created_at, last.id))
        assert await page(units, owner, after) == expected[place + 1 :]


@pytest.mark.rule("TASK-12")
async def test_pages_hold_only_the_statuses_asked_for(units: UnitsOfWork) -> None:
    owner = actor()
    tasks = {
        status: task_of(owner, status=status, completed_at=NOW if status is Status.DONE else None)
        for status in Status
    }
    await keep(units, owner, *tasks.values())
    for status in Status:
        assert await page(units, owner, TaskQuery(statuses=frozenset({status}))) == [tasks[status]]
    both = await page(units, owner, TaskQuery(statuses=frozenset({Status.TODO, Status.DONE})))
    assert {task.status for task in both} == {Status.TODO, Status.DONE}


@pytest.mark.rule("IDENT-11")
async def test_a_unit_opens_only_for_a_scope_that_is_held(units: UnitsOfWork) -> None:
    reader = actor(scopes=frozenset({Scope.TASKS_READ}))
    async with units.reading(reader, Scope.TASKS_READ):
        pass
    with pytest.raises(InsufficientScope):
        async with units.writing(reader, Scope.TASKS_WRITE):
            pytest.fail("opened")
    with pytest.raises(InsufficientScope):
        async with units.reading(actor(scopes=frozenset({Scope.TASKS_WRITE})), Scope.TASKS_READ):
            pytest.fail("opened")


@pytest.mark.rule("TASK-15")
async def test_one_writer_per_account_at_a_time_and_none_waits_for_another_account(
    units: UnitsOfWork,
) -> None:
    owner, other = actor(), actor()
    order: list[str] = []
    entered = asyncio.Event()

    async def first() -> None:
        async with units.writing(owner, Scope.TASKS_WRITE) as unit:
            entered.set()
            await keep(units, other, task_of(other))  # passes while `owner` is locked
            await asyncio.sleep(0.05)
            order.append("first")
            await unit.commit()

    async def second() -> None:
        await entered.wait()
        async with units.writing(owner, Scope.TASKS_WRITE):
            order.append("second")

    await asyncio.gather(first(), second())
    assert order == ["first", "second"]


@pytest.mark.rule("TASK-15")
async def test_a_read_does_not_wait_for_a_writer_and_sees_only_what_is_committed(units: UnitsOfWork) -> None:
    owner = actor()
    task = task_of(owner)
    await keep(units, owner, task)
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        await unit.entities.save(task, replace(task, title="unseen", version=2), "update")
        assert await fetch(units, owner, task) == task
        await unit.commit()
    assert (await fetch(units, owner, task)).title == "unseen"


@pytest.mark.rule("TASK-15")
async def test_fifty_first_writes_at_once_make_one_account_and_lose_nothing(units: UnitsOfWork) -> None:
    owner = actor()
    await asyncio.gather(*(keep(units, owner, task_of(owner)) for _ in range(50)))
    assert len(await page(units, owner, TaskQuery(limit=100))) == 50
