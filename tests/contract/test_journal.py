"""The contract of the journal: written by every unit of work, read by ChangeReads."""

import asyncio
from dataclasses import replace
from datetime import UTC, timedelta
from uuid import uuid4

import pytest

from adapters.memory import MemoryUnits
from adapters.postgres.uow import PostgresUnits
from domain.access import Actor, Errand, Scope, Via
from domain.api_token import ApiToken, ApiTokenKind
from domain.change import Change, EntityKind, hash_of
from domain.errors import ChangeNotFound
from domain.ids import ApiTokenId, change_id_for
from domain.task import Task
from tests.contract.test_api_tokens import token_of
from tests.support.actors import actor
from tests.support.things import NOW, task_of

ALL = frozenset(EntityKind)
Units = MemoryUnits | PostgresUnits


async def journal(units: Units, owner: Actor, after: int = 0, limit: int = 1000) -> list[Change]:
    async with units.reading(owner, Scope.TASKS_READ) as unit:
        return list(await unit.changes.after(after, ALL, limit))


async def keep(units: Units, owner: Actor, *tasks: Task) -> None:
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        for task in tasks:
            await unit.entities.add(task)
        await unit.commit()


@pytest.mark.rule("JRN-1", "JRN-3")
async def test_a_change_says_what_who_through_what_and_why(units: Units) -> None:
    batch = uuid4()
    owner = replace(
        actor("ada"),
        via=Via.AGENT,
        token_id=ApiTokenId(uuid4()),
        token_name="planner",
        errand=Errand(request_id="r" * 32, batch_id=batch, reason="because \N{PILE OF POO}"),
    )
    task = task_of(owner)
    edited = replace(task, title="u", updated_at=NOW + timedelta(1), version=2)
    await keep(units, owner, task)
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        await unit.entities.save(task, edited, "update", reverts=1)
        await unit.commit()
    made, changed = await journal(units, owner)
    for change in (made, changed):
        assert (change.actor, change.via, change.token_id) == ("planner", Via.AGENT, owner.token_id)
        assert (change.request_id, change.batch_id) == ("r" * 32, batch)
        assert change.reason == "because \N{PILE OF POO}"
        assert (change.entity, change.entity_id) == (EntityKind.TASK, task.id)
        assert change.at.tzinfo is UTC
    assert (made.seq, made.verb, made.version, made.reverts, made.before) == (1, "create", 1, None, None)
    assert made.after == {
        "title": "t", "description": "", "status": "todo", "priority": "none", "due_date": None,
        "created_at": "2026-03-29T01:30:00.123456Z", "updated_at": "2026-03-29T01:30:00.123456Z",
        "completed_at": None, "deleted_at": None, "deleted_with": None,
        "project_id": None, "section_id": None, "parent_id": None, "rank": task.rank,
        "labels": [], "blocked_by": [], "checklist": [], "links": [],
    }  # fmt: skip
    assert (changed.seq, changed.verb, changed.version, changed.reverts) == (2, "update", 2, 1)
    assert changed.before == {"title": "t", "updated_at": "2026-03-29T01:30:00.123456Z"}
    assert changed.after == {"title": "u", "updated_at": "2026-03-30T01:30:00.123456Z"}


@pytest.mark.rule("JRN-3")
async def test_the_trash_and_back(units: Units) -> None:
    owner = actor()
    task = task_of(owner, description="d")
    gone = replace(task, deleted_at=NOW, deleted_with=task.id, version=2)
    await keep(units, owner, task)
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        await unit.entities.save(task, gone, "delete")
        await unit.entities.save(gone, replace(task, version=3), "restore")
        await unit.commit()
    _, deleted, restored = await journal(units, owner)
    assert (deleted.before, deleted.after) == (
        {"deleted_at": None, "deleted_with": None},
        {"deleted_at": "2026-03-29T01:30:00.123456Z", "deleted_with": str(task.id)},
    )
    assert restored.before == deleted.after
    assert restored.after is not None
    assert (restored.after["description"], restored.after["deleted_at"]) == ("d", None)


@pytest.mark.rule("JRN-1", "JRN-3")
async def test_tokens_are_journaled_without_their_digest(units: Units) -> None:
    owner = actor()
    token = token_of(owner, kind=ApiTokenKind.AGENT)
    async with units.writing(owner, Scope.ACCOUNT_ADMIN) as unit:
        await unit.entities.add(token)
        await unit.commit()
    await units.note_use(token, NOW)
    async with units.writing(owner, Scope.ACCOUNT_ADMIN) as unit:
        kept = await unit.entities.get(ApiToken, token.id)
        await unit.entities.save(kept, kept.revoke(NOW), "revoke")
        await unit.commit()
    made, revoked = await journal(units, owner)
    assert made.after is not None
    assert set(made.after) == {
        "name", "kind", "scopes", "issuer", "subject", "created_at", "expires_at", "revoked_at",
    }  # fmt: skip
    assert made.after["scopes"] == sorted(token.scopes)
    assert (revoked.verb, revoked.version, revoked.before) == ("revoke", 2, {"revoked_at": None})


@pytest.mark.rule("JRN-1", "JRN-2")
async def test_what_is_not_committed_is_not_journaled_and_leaves_no_gap(units: Units) -> None:
    owner = actor()
    await keep(units, owner, task_of(owner))
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        await unit.entities.add(task_of(owner))
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        await unit.commit()
    await keep(units, owner, task_of(owner), task_of(owner))
    assert [change.seq for change in await journal(units, owner)] == [1, 2, 3]
    async with units.reading(owner, Scope.TASKS_READ) as unit:
        extent = await unit.changes.extent()
    assert (extent.floor.seq, extent.head.seq) == (0, 3)


@pytest.mark.rule("JRN-2")
async def test_many_writers_leave_no_gap_and_time_never_runs_backwards(units: Units) -> None:
    owner = actor()
    await asyncio.gather(*(keep(units, owner, task_of(owner), task_of(owner)) for _ in range(20)))
    changes = await journal(units, owner)
    assert [change.seq for change in changes] == list(range(1, 41))
    assert [change.at for change in changes] == sorted(change.at for change in changes)


@pytest.mark.rule("JRN-12")
async def test_each_hash_covers_the_change_and_the_hash_before(units: Units) -> None:
    owner = actor()
    await keep(units, owner, task_of(owner, title='ü\N{PILE OF POO}\\"'), task_of(owner))
    await keep(units, owner, task_of(owner))
    held = b""
    for change in await journal(units, owner):
        assert change.hash == hash_of(held, change)
        assert change.hash != hash_of(held, replace(change, actor="somebody else"))
        held = change.hash
    async with units.reading(owner, Scope.TASKS_READ) as unit:
        assert (await unit.changes.extent()).head.hash == held


@pytest.mark.rule("JRN-6", "JRN-7")
async def test_pages_of_the_journal(units: Units) -> None:
    owner = actor()
    await keep(units, owner, *(task_of(owner) for _ in range(5)))
    async with units.writing(owner, Scope.ACCOUNT_ADMIN) as unit:
        await unit.entities.add(token_of(owner))
        await unit.commit()
    assert [change.seq for change in await journal(units, owner, after=2, limit=2)] == [3, 4]
    async with units.reading(owner, Scope.TASKS_READ) as unit:
        for kind, expected in ((EntityKind.TASK, [1, 2, 3, 4, 5]), (EntityKind.API_TOKEN, [6])):
            found = await unit.changes.after(0, frozenset({kind}), 10)
            assert [change.seq for change in found] == expected


@pytest.mark.rule("JRN-11")
async def test_a_change_is_found_by_its_id_and_only_ones_own(units: Units) -> None:
    owner, thief = actor(), actor()
    task = task_of(owner)
    await keep(units, owner, task, task_of(owner))
    await keep(units, thief, task_of(thief))
    first, _ = await journal(units, owner)
    async with units.reading(owner, Scope.TASKS_READ) as unit:
        assert await unit.changes.find(first.id) == first
        assert await unit.changes.of(EntityKind.TASK, task.id, None, 10) == [first]
        assert await unit.changes.of(EntityKind.API_TOKEN, task.id, None, 10) == []
        for absent in (uuid4(), change_id_for(owner.account_id, 3), change_id_for(owner.account_id, 0)):
            with pytest.raises(ChangeNotFound):
                await unit.changes.find(absent)
    async with units.reading(thief, Scope.TASKS_READ) as unit:
        with pytest.raises(ChangeNotFound):
            await unit.changes.find(first.id)
        assert await unit.changes.of(EntityKind.TASK, task.id, None, 10) == []
    assert [change.account_id for change in await journal(units, thief)] == [thief.account_id]


@pytest.mark.rule("JRN-6")
async def test_one_things_changes_the_last_first(units: Units) -> None:
    owner = actor()
    task = task_of(owner)
    await keep(units, owner, task)
    for version in range(2, 6):
        async with units.writing(owner, Scope.TASKS_WRITE) as unit:
            now = await unit.entities.get(Task, task.id)
            await unit.entities.save(now, replace(now, title=f"t{version}", version=version), "update")
            await unit.commit()
    async with units.reading(owner, Scope.TASKS_READ) as unit:
        assert [c.seq for c in await unit.changes.of(EntityKind.TASK, task.id, None, 3)] == [5, 4, 3]
        assert [c.seq for c in await unit.changes.of(EntityKind.TASK, task.id, 3, 3)] == [2, 1]


@pytest.mark.rule("JRN-10")
async def test_a_reader_does_not_miss_who_commits_late(units: Units) -> None:
    owner = actor()
    await keep(units, owner, task_of(owner))
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        await unit.entities.add(task_of(owner))
        later = asyncio.create_task(keep(units, owner, task_of(owner)))  # must wait: it would be seen first
        await asyncio.sleep(0.05)
        assert [change.seq for change in await journal(units, owner)] == [1]
        assert not later.done()
        await unit.commit()
    await later
    assert [change.seq for change in await journal(units, owner, after=1)] == [2, 3]


@pytest.mark.rule("JRN-1")
async def test_a_unit_sees_what_it_has_done(units: Units) -> None:
    owner = actor()
    task = task_of(owner)
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        await unit.entities.add(task)
        await unit.entities.save(task, replace(task, title="u", version=2), "update")
        await unit.entities.load(Task, [task.id, uuid4()])
        assert (await unit.entities.get(Task, task.id)).title == "u"
        await unit.commit()
    async with units.reading(owner, Scope.TASKS_READ) as unit:
        assert (await unit.tasks.get(task.id)).task.version == 2
    assert [change.verb for change in await journal(units, owner)] == ["create", "update"]
