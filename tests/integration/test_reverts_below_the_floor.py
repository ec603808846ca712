"""Taking back what is kept in part only: refused, never done by halves."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.clock import UuidV7
from application.api_tokens import ApiTokens
from application.trash import Trash
from application.undo import Selection, Undo
from domain.access import Actor, Errand, Scope, Via
from domain.api_token import ApiTokenKind
from domain.change import EntityKind
from domain.errors import ChangeNotFound, ChangesGone
from domain.ids import ApiTokenId
from domain.retention import RETENTION_DEFAULT, Purgeable
from tests.contract.test_journal import keep, task_of
from tests.contract.test_upkeep import SEAL, World, world_on
from tests.support.actors import actor
from tests.support.databases import Database

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def world(fresh_database: Database) -> AsyncIterator[World]:
    async with world_on(fresh_database) as made:
        yield made


def acting(owner: Actor, request: str, batch_id: UUID | None = None) -> Actor:
    return replace(owner, errand=Errand(request_id=request * 32, batch_id=batch_id))


async def purge_all_but(world: World, owner: Actor, left: int) -> None:
    """One step removes a beginning, wherever an act ends."""
    count = len(await world.seqs(owner))
    await world.due()
    await world.upkeep.purge(Purgeable.CHANGES, RETENTION_DEFAULT, count - left)
    assert len(await world.seqs(owner)) == left


@pytest.mark.rule("UNDO-8")
async def test_a_batch_that_is_kept_in_part_is_not_taken_back(world: World) -> None:
    owner, undo = actor(), Undo(world.units, world.clock)
    batch = uuid4()
    await keep(
        world.units, acting(owner, "a", batch_id=batch), task_of(owner), task_of(owner), task_of(owner)
    )
    await purge_all_but(world, owner, 2)
    for which in ({"batch_id": batch}, {"request_id": "a" * 32}):
        with pytest.raises(ChangesGone):
            await undo.revert_all(owner, Selection(which))
        with pytest.raises(ChangesGone):
            await undo.revert_all(owner, Selection(which, world.clock.now() - timedelta(days=1)))
    assert len(await world.seqs(owner)) == 2


@pytest.mark.rule("UNDO-8")
async def test_what_is_kept_whole_is_taken_back_wherever_the_floor_is(world: World) -> None:
    owner, undo = actor(), Undo(world.units, world.clock)
    await keep(world.units, acting(owner, "a"), task_of(owner))
    world.clock.advance(minutes=1)
    await keep(world.units, acting(owner, "b", batch_id=uuid4()), task_of(owner), task_of(owner))
    await purge_all_but(world, owner, 2)
    assert len((await undo.revert_all(owner, Selection({"request_id": "b" * 32}))).changes) == 2
    with pytest.raises(ChangeNotFound):
        await undo.revert_all(owner, Selection({"request_id": "a" * 32}))


@pytest.mark.rule("UNDO-8")
async def test_an_agents_run_is_taken_back_from_a_time_that_is_kept(world: World) -> None:
    owner, undo = actor(), Undo(world.units, world.clock)
    token = ApiTokenId(uuid4())
    agent = replace(owner, via=Via.AGENT, token_id=token, token_name="planner")
    for _ in range(4):
        await keep(world.units, agent, task_of(owner))
        world.clock.advance(minutes=1)
    await purge_all_but(world, owner, 2)
    floor = await world.floor(owner)
    assert floor.at is not None
    for since in (None, floor.at, floor.at - MINUTE):
        with pytest.raises(ChangesGone):
            await undo.revert_all(owner, Selection({"token_id": token}, since))
    back = await undo.revert_all(owner, Selection({"token_id": token}, floor.at + MINUTE / 2))
    assert len(back.changes) == 2


@pytest.mark.rule("UNDO-8")
async def test_all_of_a_token_that_came_later_is_kept(world: World) -> None:
    owner, undo = actor(), Undo(world.units, world.clock)
    await keep(world.units, owner, task_of(owner), task_of(owner))
    world.clock.advance(minutes=1)
    made, _ = await ApiTokens(world.units, world.clock, UuidV7()).create(
        owner, name="n", kind=ApiTokenKind.AGENT, scopes=[Scope.TASKS_WRITE], lifetime=timedelta(hours=1)
    )
    await keep(world.units, replace(owner, token_id=made.id), task_of(owner))
    await purge_all_but(world, owner, 2)
    assert len((await undo.revert_all(owner, Selection({"token_id": made.id}))).changes) == 1


@pytest.mark.rule("UNDO-6", "UNDO-8")
async def test_a_delete_whose_beginning_is_gone_is_not_taken_back_by_halves(world: World) -> None:
    owner, undo = actor(), Undo(world.units, world.clock)
    parent = (await world.tasks.create(owner, {"title": "parent"})).task
    await world.tasks.create(owner, {"title": "child"}, placing={"parent_id": parent.id})
    world.clock.advance(minutes=1)
    await world.tasks.delete(owner, parent.id)
    async with world.units.reading(owner, Scope.TASKS_READ) as unit:
        *_, deleted = await unit.changes.after(0, frozenset(EntityKind), 10)
    await purge_all_but(world, owner, 1)
    with pytest.raises(ChangesGone):
        await undo.revert(owner, deleted.id)
    await Trash(world.units, world.clock, SEAL).restore(owner, EntityKind.TASK, parent.id)
