"""Use cases on the in-memory adapter."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.clock import UuidV7
from adapters.memory import MemoryUnits
from adapters.seal import HmacSeal
from application.task_lists import Asked
from application.tasks import Tasks
from domain.access import Actor, Scope
from domain.errors import (
    IdTaken,
    InsufficientScope,
    Invalid,
    InvalidCursor,
    StaleVersion,
    TaskNotFound,
    TransitionForbidden,
)
from domain.task import Priority, Status, Task, Verb
from tests.support.actors import actor
from tests.support.clocks import FixedClock


class World:
    """The use cases, with a clock that the test moves."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.tasks = Tasks(MemoryUnits(), self.clock, UuidV7(), HmacSeal(b"k" * 32))
        self.me = actor()

    async def made(self, count: int, tied: int = 1) -> list[UUID]:
        ids = []
        for number in range(count):
            if number % tied == 0:
                self.clock.advance(seconds=1)
            ids.append((await self.tasks.create(self.me, {"title": f"task {number}"})).task.id)
        return ids

    async def task(self, title: str) -> Task:
        return (await self.tasks.create(self.me, {"title": title})).task

    async def now(self, task_id: UUID) -> Task:
        return (await self.tasks.get(self.me, task_id)).task


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.rule("TASK-1", "TASK-5")
async def test_a_task_belongs_to_whoever_made_it(world: World) -> None:
    task = await world.task("mine")
    assert task.account_id == world.me.account_id
    assert task.created_at == world.clock.now()
    assert await world.now(task.id) == task


@pytest.mark.rule("TASK-1")
async def test_every_use_case_answers_a_foreign_task_as_a_missing_one(world: World) -> None:
    task = await world.task("mine")
    thief = actor()
    uses = [
        lambda of: world.tasks.get(thief, of),
        lambda of: world.tasks.edit(thief, of, {"title": "stolen"}),
        lambda of: world.tasks.delete(thief, of),
        *[lambda of, verb=verb: world.tasks.apply(thief, of, verb) for verb in Verb],
    ]
    for use in uses:
        told = []
        for wanted in (task.id, uuid4()):
            with pytest.raises(TaskNotFound) as refused:
                await use(wanted)
            told.append((refused.value.code, refused.value.detail))
        assert told[0] == told[1]
    assert await world.now(task.id) == task
    assert (await world.tasks.list(thief)).items == []


@pytest.mark.rule("TASK-3")
async def test_the_client_may_choose_the_id_once(world: World) -> None:
    chosen = uuid4()
    await world.tasks.create(world.me, {"title": "first"}, task_id=chosen)
    with pytest.raises(IdTaken):
        await world.tasks.create(world.me, {"title": "second"}, task_id=chosen)
    await world.tasks.delete(world.me, chosen)
    with pytest.raises(IdTaken):
        await world.tasks.create(world.me, {"title": "third"}, task_id=chosen)
    other = await world.tasks.create(actor(), {"title": "somebody else's"}, task_id=chosen)
    assert other.task.id == chosen


@pytest.mark.rule("TASK-10")
async def test_a_precondition_that_fails_changes_nothing_and_says_what_is_there(world: World) -> None:
    task = await world.task("one")
    edited = await world.tasks.edit(world.me, task.id, {"title": "two", "priority": Priority.LOW})
    stale = frozenset({1})
    with pytest.raises(StaleVersion) as refused:
        await world.tasks.edit(world.me, task.id, {"title": "three", "priority": Priority.LOW}, stale)
    assert (refused.value.current, refused.value.conflicts) == (edited, ("title",))
    for attempt in (
        world.tasks.apply(world.me, task.id, Verb.START, stale),
        world.tasks.delete(world.me, task.id, stale),
    ):
        with pytest.raises(StaleVersion):
            await attempt
    assert await world.now(task.id) == edited.task
    accepted = await world.tasks.edit(world.me, task.id, {"title": "three"}, frozenset({1, 2}))
    assert accepted.task.version == 3


@pytest.mark.rule("TASK-10")
async def test_an_empty_set_of_versions_never_holds(world: World) -> None:
    task = await world.task("one")
    with pytest.raises(StaleVersion):
        await world.tasks.edit(world.me, task.id, {"title": "two"}, frozenset())


@pytest.mark.rule("TASK-6", "TASK-7")
async def test_verbs_are_kept_and_can_be_repeated(world: World) -> None:
    task = await world.task("one")
    done = await world.tasks.apply(world.me, task.id, Verb.COMPLETE)
    world.clock.advance(hours=1)
    assert await world.tasks.apply(world.me, task.id, Verb.COMPLETE) == done
    assert await world.now(task.id) == done.task
    with pytest.raises(TransitionForbidden):
        await world.tasks.apply(world.me, task.id, Verb.START)


@pytest.mark.rule("TASK-13")
async def test_a_deleted_task_is_gone_and_deleting_again_is_harmless(world: World) -> None:
    task = await world.task("one")
    await world.tasks.delete(world.me, task.id)
    await world.tasks.delete(world.me, task.id)
    await world.tasks.delete(world.me, task.id, frozenset({1}))
    assert (await world.tasks.list(world.me)).items == []
    with pytest.raises(TaskNotFound):
        await world.tasks.get(world.me, task.id)
    with pytest.raises(TaskNotFound):
        await world.tasks.edit(world.me, task.id, {"title": "two"})
    with pytest.raises(TaskNotFound):
        await world.tasks.apply(world.me, task.id, Verb.REOPEN)


@pytest.mark.rule("TASK-14")
async def test_a_refused_change_leaves_nothing_behind(world: World) -> None:
    task = await world.task("one")
    with pytest.raises(Invalid):
        await world.tasks.edit(world.me, task.id, {"priority": Priority.HIGH, "title": ""})
    assert await world.now(task.id) == task


@pytest.mark.rule("TASK-11")
@pytest.mark.parametrize("limit", [1, 3, 7, 200])
async def test_pages_show_everything_once_newest_first(world: World, limit: int) -> None:
    made = await world.made(20, tied=4)
    seen, cursor = [], None
    while True:
        page = await world.tasks.list(world.me, Asked(limit=limit, cursor=cursor))
        assert len(page.items) <= limit
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(UUID(one["id"]) for one in seen) == sorted(made)
    keys = [(one["created_at"], UUID(one["id"])) for one in seen]
    assert keys == sorted(keys, reverse=True)


@pytest.mark.rule("TASK-11")
@given(st.data())
async def test_what_is_there_throughout_appears_once_whatever_happens_between_pages(
    data: st.DataObject,
) -> None:
    world = World()
    made = await world.made(data.draw(st.integers(0, 12)), tied=data.draw(st.integers(1, 4)))
    steady, seen, cursor = set(made), [], None
    while True:
        page = await world.tasks.list(world.me, Asked(limit=data.draw(st.integers(1, 4)), cursor=cursor))
        seen += [UUID(one["id"]) for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
        for victim in data.draw(st.lists(st.sampled_from(made), max_size=2)):
            await world.tasks.delete(world.me, victim)
            steady.discard(victim)
        await world.made(data.draw(st.integers(0, 2)))
        await world.tasks.edit(world.me, next(iter(steady)), {"title": "touched"}) if steady else None
    assert len(seen) == len(set(seen))
    assert steady <= set(seen)


@pytest.mark.rule("TASK-11")
@pytest.mark.parametrize("limit", [0, -1, 201])
async def test_limits_out_of_range(world: World, limit: int) -> None:
    with pytest.raises(Invalid):
        await world.tasks.list(world.me, Asked(limit=limit))


@pytest.mark.rule("TASK-12")
async def test_a_list_of_some_statuses(world: World) -> None:
    first, second, _ = await world.made(3)
    await world.tasks.apply(world.me, first, Verb.COMPLETE)
    await world.tasks.apply(world.me, second, Verb.START)
    page = await world.tasks.list(world.me, Asked(statuses=frozenset({Status.DONE, Status.IN_PROGRESS})))
    assert [UUID(one["id"]) for one in page.items] == [second, first]


@pytest.mark.rule("TASK-16")
async def test_a_cursor_serves_its_account_and_its_statuses_alone(world: World) -> None:
    await world.made(3)
    open_ones = Asked(statuses=frozenset({Status.TODO}), limit=1)
    cursor = (await world.tasks.list(world.me, open_ones)).next_cursor
    assert cursor is not None
    await world.tasks.list(world.me, replace(open_ones, limit=2, cursor=cursor))
    for who, statuses in ((actor(), {Status.TODO}), (world.me, set[Status]()), (world.me, {*Status})):
        with pytest.raises(InvalidCursor):
            await world.tasks.list(who, Asked(statuses=frozenset(statuses), cursor=cursor))
    for forged in ("", "x", cursor[:-1], cursor + "A", "B" + cursor[1:], cursor.swapcase()):
        with pytest.raises(InvalidCursor):
            await world.tasks.list(world.me, replace(open_ones, cursor=forged))


@pytest.mark.rule("TASK-17")
async def test_each_use_case_needs_its_scope(world: World) -> None:
    task = await world.task("one")

    def holding(*scopes: Scope) -> Actor:
        return actor(world.me.subject, frozenset(scopes))

    needs = {
        Scope.TASKS_READ: [lambda who: world.tasks.get(who, task.id), world.tasks.list],
        Scope.TASKS_WRITE: [
            lambda who: world.tasks.create(who, {"title": "t"}),
            lambda who: world.tasks.edit(who, task.id, {"title": "t"}),
            *[
                lambda who, verb=verb: world.tasks.apply(who, task.id, verb)
                for verb in (Verb.START, Verb.COMPLETE, Verb.REOPEN, Verb.CANCEL)
            ],
        ],
        Scope.TASKS_DELETE: [lambda who: world.tasks.delete(who, task.id)],
    }
    for scope, uses in needs.items():
        for use in uses:
            with pytest.raises(InsufficientScope) as refused:
                await use(holding(*(set(Scope) - {scope})))
            assert refused.value.scope == scope
            await use(holding(scope))
