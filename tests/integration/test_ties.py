"""What a task has in its arrays is what the tables tie to it, whatever is done."""

import random
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.clock import SystemClock
from adapters.memory import MemoryUnits
from adapters.postgres.uow import PostgresUnits
from adapters.seal import HmacSeal
from application.trash import Trash
from application.undo import Selection, Undo
from domain.access import Actor
from domain.change import EntityKind
from domain.errors import CountMismatch, RemitError, RevertConflict
from domain.task import TaskChanges
from tests.support.actors import actor
from tests.support.household import use_cases

ARRAYS = text("""
    SELECT 'label', id, one FROM remit.task, unnest(labels) AS one WHERE account_id = :account
    UNION ALL SELECT 'blocker', id, one FROM remit.task, unnest(blocked_by) AS one WHERE account_id = :account
    ORDER BY 1, 2, 3
""")
TIED = text("""
    SELECT 'label', task_id, label_id FROM remit.task_label WHERE account_id = :account
    UNION ALL SELECT 'blocker', task_id, blocker_id FROM remit.blocker WHERE account_id = :account
    ORDER BY 1, 2, 3
""")
DOUBLE = text("""
    SELECT id FROM remit.task WHERE account_id = :account AND (
        cardinality(labels) <> (SELECT count(DISTINCT one) FROM unnest(labels) AS one)
        OR cardinality(blocked_by) <> (SELECT count(DISTINCT one) FROM unnest(blocked_by) AS one))
""")


async def ties(engine: AsyncEngine, owner: Actor) -> list[tuple[str, UUID, UUID]]:
    """What is tied to what, seen to be the same in both ways that it is kept."""
    identity = {"account": owner.account_id}
    async with engine.connect() as connection:
        await connection.execute(
            text("SELECT set_config('remit.account_id', :account, true)"), {"account": str(owner.account_id)}
        )
        kept = [tuple(row) for row in await connection.execute(ARRAYS, identity)]
        tied = [tuple(row) for row in await connection.execute(TIED, identity)]
        assert kept == tied
        assert not (await connection.execute(DOUBLE, identity)).all()
    return kept


@pytest.mark.rule("DB-25")
async def test_ties_follow_every_change_purge_and_revert(engine: AsyncEngine) -> None:
    owner, units = actor(), PostgresUnits(engine)
    of, trash, undo = (
        use_cases(units),
        Trash(units, SystemClock(), HmacSeal(b"k" * 32)),
        Undo(units, SystemClock()),
    )
    labels = [(await of.labels.create(owner, {"name": name})).id for name in ("a", "b", "c")]
    blocker = (await of.tasks.create(owner, {"title": "blocker"})).task.id
    values: TaskChanges = {"title": "t", "labels": labels[:2], "blocked_by": [blocker]}
    task = (await of.tasks.create(owner, values)).task.id
    assert await ties(engine, owner) == sorted(
        [("blocker", task, blocker), *(("label", task, one) for one in labels[:2])]
    )
    await of.tasks.edit(owner, task, {"labels": labels[1:]})
    assert {other for _, _, other in await ties(engine, owner)} == {blocker, *labels[1:]}
    copy = (await of.tasks.duplicate(owner, task, tree=True)).task.id
    assert {one for _, one, _ in await ties(engine, owner)} == {task, copy}
    await of.labels.merge(owner, labels[1], labels[2])
    assert {other for _, _, other in await ties(engine, owner)} == {blocker, labels[2]}
    await of.labels.delete(owner, labels[2])
    assert {other for _, _, other in await ties(engine, owner)} == {blocker}
    await trash.restore(owner, EntityKind.LABEL, labels[2])
    assert {other for _, _, other in await ties(engine, owner)} == {blocker, labels[2]}
    await undo.revert_all(owner, Selection({"entity_id": copy}))
    assert ("label", copy, labels[1]) in await ties(engine, owner)  # both of them in the trash
    await trash.purge(owner, EntityKind.LABEL, labels[1], 1)
    await of.tasks.delete(owner, blocker)
    assert ("blocker", task, blocker) in await ties(engine, owner)
    await trash.purge(owner, EntityKind.TASK, blocker, 1)
    assert {other for _, _, other in await ties(engine, owner)} == {labels[2]}
    await of.tasks.delete(owner, task)
    with pytest.raises(CountMismatch) as many:
        await trash.empty(owner, 0)
    await trash.empty(owner, many.value.count)
    assert await ties(engine, owner) == []


@pytest.mark.rule("DB-25")
@pytest.mark.parametrize("seed", range(4))
async def test_ties_follow_whatever_is_done(engine: AsyncEngine, seed: int) -> None:
    chance, owner, units = random.Random(seed), actor(), PostgresUnits(engine)
    of, trash, undo = (
        use_cases(units),
        Trash(units, SystemClock(), HmacSeal(b"k" * 32)),
        Undo(units, SystemClock()),
    )
    labels = [(await of.labels.create(owner, {"name": f"l{n}"})).id for n in range(4)]
    tasks = [(await of.tasks.create(owner, {"title": "t"})).task.id for _ in range(5)]
    kinds = {**dict.fromkeys(labels, EntityKind.LABEL), **dict.fromkeys(tasks, EntityKind.TASK)}

    async def act() -> None:
        task, label = chance.choice(tasks), chance.choice(labels)
        match chance.randrange(8):
            case 0 | 1:
                some = chance.sample(labels, chance.randrange(3))
                await of.tasks.edit(owner, task, {"labels": some})
            case 2 | 3:
                some = [one for one in chance.sample(tasks, chance.randrange(3)) if one != task]
                await of.tasks.edit(owner, task, {"blocked_by": some})
            case 4:
                await (
                    of.tasks.delete(owner, task) if chance.random() < 0.5 else of.labels.delete(owner, label)
                )
            case 5:
                one = chance.choice([*tasks, *labels])
                await trash.restore(owner, kinds[one], one)
            case 6:
                one = chance.choice([*tasks, *labels])
                await undo.revert_all(owner, Selection({"entity_id": one}))
            case _:
                await trash.purge(owner, EntityKind.TASK, task, 1)

    for _ in range(60):
        try:
            await act()
        except RemitError:
            continue
        await ties(engine, owner)


@pytest.mark.rule("UNDO-2")
@pytest.mark.parametrize("tied", ["project", "label", "blocker"])
async def test_nothing_is_tied_again_to_what_is_gone_for_good(
    engine: AsyncEngine, memory: bool, tied: str
) -> None:
    """Neither in the trash: what a run has made goes there when the run is taken back."""
    owner, units = actor(), MemoryUnits() if memory else PostgresUnits(engine)
    of, trash, undo = (
        use_cases(units),
        Trash(units, SystemClock(), HmacSeal(b"k" * 32)),
        Undo(units, SystemClock()),
    )
    match tied:
        case "project":
            gone = (await of.projects.create(owner, {"name": "p"})).id
            task = (await of.tasks.create(owner, {"title": "t"}, {"project_id": gone})).task.id
            await of.tasks.move(owner, task, {"project_id": None})
            await of.projects.delete(owner, gone)
        case "label":
            gone = (await of.labels.create(owner, {"name": "l"})).id
            task = (await of.tasks.create(owner, {"title": "t", "labels": [gone]})).task.id
            await of.labels.delete(owner, gone)
        case _:
            gone = (await of.tasks.create(owner, {"title": "b"})).task.id
            task = (await of.tasks.create(owner, {"title": "t", "blocked_by": [gone]})).task.id
            await of.tasks.delete(owner, gone)
    await trash.purge(owner, EntityKind(tied if tied != "blocker" else "task"), gone, 1)
    with pytest.raises(RevertConflict):
        await undo.revert_all(owner, Selection({"entity_id": task}))
    assert (await of.tasks.get(owner, task)).task.title == "t"


@pytest.fixture(params=[False, True], ids=["PostgreSQL", "memory"])
def memory(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)
