"""Idempotency on the in-memory adapter, with a clock that the test moves."""

from uuid import uuid4

import pytest

from adapters.memory import MemoryUnits
from adapters.seal import HmacSeal
from application.once import Once, Reply
from application.ports import UnitsOfWork
from domain.access import Scope
from domain.answer import ANSWER_MAX
from domain.change import EntityKind
from domain.errors import KeyReused, LimitReached
from domain.ids import TaskId
from domain.task import Task
from tests.support.actors import actor
from tests.support.clocks import FixedClock


@pytest.mark.rule("ONCE-1", "ONCE-3", "ONCE-5")
async def test_a_key_is_good_for_a_day() -> None:
    clock, me, done = FixedClock(), actor(), list[int]()
    once = Once(MemoryUnits(clock), clock, HmacSeal(b"k" * 32))

    async def work(_: UnitsOfWork) -> Reply:
        done.append(len(done))
        return Reply(200, {"n": str(len(done))}, b"body")

    async def ask(fingerprint: bytes = b"f" * 32) -> Reply:
        return await once.run(me, Scope.TASKS_WRITE, "key", fingerprint, work)

    assert await ask() == Reply(200, {"n": "1"}, b"body")
    clock.advance(hours=23, minutes=59)
    assert await ask() == Reply(200, {"n": "1"}, b"body", replayed=True)
    with pytest.raises(KeyReused):
        await ask(b"g" * 32)
    clock.advance(minutes=1)
    assert await ask(b"g" * 32) == Reply(200, {"n": "2"}, b"body")
    assert done == [0, 1]


@pytest.mark.rule("ONCE-8")
async def test_what_is_too_long_to_keep_is_not_done() -> None:
    clock, me = FixedClock(), actor()
    units = MemoryUnits(clock)
    once = Once(units, clock, HmacSeal(b"k" * 32))

    async def answered(length: int) -> Reply:
        async def work(parts: UnitsOfWork) -> Reply:
            async with parts.writing(me, Scope.TASKS_WRITE) as unit:
                task_id = TaskId(uuid4())
                await unit.entities.add(
                    Task.create(me.account_id, task_id, {"title": "t"}, clock.now(), rank="a0")
                )
                await unit.commit()
            return Reply(200, {}, bytes(length))

        return await once.run(me, Scope.TASKS_WRITE, "key", b"f" * 32, work)

    with pytest.raises(LimitReached):
        await answered(ANSWER_MAX + 1)
    assert not units.store.entities
    assert not units.store.notes
    assert not (await answered(ANSWER_MAX)).replayed
    assert (await answered(0)).body == bytes(ANSWER_MAX)
    assert len(units.store.entities) == 1


@pytest.mark.rule("ONCE-2")
async def test_what_a_part_does_not_commit_is_forgotten() -> None:
    clock, me = FixedClock(), actor()
    units = MemoryUnits(clock)
    kept, lost = (
        Task.create(me.account_id, TaskId(actor().account_id), {"title": t}, clock.now(), rank=f"a{n}")
        for n, t in enumerate("kl")
    )

    async def work(parts: UnitsOfWork) -> Reply:
        for task, commits in ((kept, True), (lost, False)):
            async with parts.writing(me, Scope.TASKS_WRITE) as unit:
                await unit.entities.add(task)
                assert (await unit.entities.get(Task, task.id)) == task
                if commits:
                    await unit.commit()
        return Reply(200, {}, b"")

    await Once(units, clock, HmacSeal(b"k" * 32)).run(me, Scope.TASKS_WRITE, "key", b"f" * 32, work)
    async with units.reading(me, Scope.TASKS_READ) as unit:
        assert await unit.entities.chunk(EntityKind.TASK, None, 10) == [kept]
