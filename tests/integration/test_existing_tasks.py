"""What accounts had before there were projects: each task gets its place, and nothing is lost on the way back."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from adapters.postgres.engine import pool
from adapters.postgres.migrate import alembic_config, migrate
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.url import DatabaseUrl
from domain import rank
from domain.access import Actor, Scope
from domain.change import EntityKind, Head, record
from domain.ids import TaskId
from domain.revert import reverted
from domain.task import Task
from domain.thing import restored, trashed
from tests.support.actors import actor
from tests.support.databases import Database, Databases
from tests.support.things import task_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE = next(
    str(script.down_revision)
    for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()
    if script.path.endswith("_projects.py")
)
"""The last revision without projects."""
TASKS = """
    INSERT INTO remit.task (account_id, id, title, description, status, priority, created_at, updated_at,
                            deleted_at, version)
    VALUES ($1, $2, $3, '', 'todo', 'none', $4, $4, $5, 1)
"""
TOKEN = """
    INSERT INTO remit.api_token (account_id, id, issuer, subject, name, kind, scopes, digest, created_at, expires_at)
    VALUES ($1, $2, 'i', 's', 'n', 'agent', '{tasks:read}', decode(repeat('00', 32), 'hex'), $3, $4)
"""
RANKED = 'SELECT id, rank, deleted_at, deleted_with FROM remit.task WHERE account_id = $1 ORDER BY rank COLLATE "C"'


@asynccontextmanager
async def connected(database: Database) -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.admin)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def before(databases: Databases) -> AsyncIterator[Database]:
    """A database of before there were projects."""
    async with databases.clone("template0") as database:
        await migrate(DatabaseUrl.parse(database.owner), DatabaseUrl.parse(database.app), revision=BEFORE)
        yield database


async def fill(database: Database, owner: Actor, count: int) -> list[UUID]:
    """An account with so many tasks and two tokens; the ids of the tasks, the oldest first."""
    ids = [uuid4() for _ in range(count)]
    rows = [
        (owner.account_id, one, f"task {n}", NOW + timedelta(minutes=n // 2), NOW if n % 5 == 4 else None)
        for n, one in enumerate(ids)
    ]
    async with connected(database) as admin:
        await admin.execute(
            "INSERT INTO remit.account (id, issuer, subject) VALUES ($1, $2, $3)",
            *(owner.account_id, owner.issuer, owner.subject),
        )
        await admin.executemany(TASKS, rows[::-1])
        for _ in range(2):
            await admin.execute(TOKEN, owner.account_id, uuid4(), NOW, NOW + timedelta(days=1))
    return [row[1] for row in sorted(rows, key=lambda row: (row[3], row[1]))]


async def ranked(database: Database, owner: Actor) -> list[Any]:
    async with connected(database) as admin:
        return list(await admin.fetch(RANKED, owner.account_id))


@pytest.mark.rule("DB-24")
async def test_tasks_that_were_there_get_their_places(before: Database) -> None:
    owners = {actor(): count for count in (0, 1, 7, 150)}
    made = {owner: await fill(before, owner, count) for owner, count in owners.items()}
    await migrate(DatabaseUrl.parse(before.owner))
    for owner, ids in made.items():
        rows = await ranked(before, owner)
        assert [row["id"] for row in rows] == ids
        assert [row["deleted_with"] for row in rows] == [row["deleted_at"] and row["id"] for row in rows]
        ranks = [row["rank"] for row in rows]
        assert ranks == sorted(set(ranks))
        for after in (None, *ranks):  # they are ranks: others fit between them
            rank.between(None, after)
        async with connected(before) as admin:
            counts = await admin.fetchval("SELECT counts FROM remit.account WHERE id = $1", owner.account_id)
        assert f'"task": {len(ids)}' in counts
        assert not ranks or rank.at_end(json.loads(counts)["rank"]) > ranks[-1]
        assert '"api_token": 2' in counts


@pytest.mark.rule("DB-24")
async def test_what_is_made_next_comes_after_them_and_is_counted(before: Database) -> None:
    owner = actor()
    await fill(before, owner, 3)
    await migrate(DatabaseUrl.parse(before.owner))
    engine = pool(DatabaseUrl.parse(before.app), size=1)
    try:
        units = PostgresUnits(engine)
        async with units.writing(owner, Scope.TASKS_WRITE) as unit:
            new = task_of(owner, rank=unit.entities.next_rank())
            await unit.entities.add(new)
            await unit.commit()
        async with units.reading(owner, Scope.TASKS_READ) as reading:
            assert (await reading.entities.counts())[EntityKind.TASK] == 4
            for task in await reading.entities.some(EntityKind.TASK, {"parent_id": {None}}):
                assert isinstance(task, Task)
                assert task == new or task.rank < new.rank
    finally:
        await engine.dispose()


@pytest.mark.rule("DB-24")
async def test_on_the_way_back_the_tasks_stay(before: Database) -> None:
    owner = actor()
    ids = await fill(before, owner, 7)
    await migrate(DatabaseUrl.parse(before.owner))
    first = await ranked(before, owner)
    await migrate(DatabaseUrl.parse(before.owner), revision=BEFORE)
    async with connected(before) as admin:
        left = await admin.fetch("SELECT id FROM remit.task WHERE account_id = $1", owner.account_id)
    assert {row["id"] for row in left} == set(ids)
    await migrate(DatabaseUrl.parse(before.owner))
    assert await ranked(before, owner) == first


@pytest.mark.rule("DB-24", "UNDO-1")
async def test_deletions_and_restorations_of_then_can_be_taken_back(before: Database) -> None:
    owner = actor()
    await migrate(DatabaseUrl.parse(before.owner))
    engine = pool(DatabaseUrl.parse(before.app), size=1)
    try:
        units = PostgresUnits(engine)
        task = task_of(owner)
        for was, then in (
            (task, trashed(task, NOW)),
            (trashed(task, NOW), restored(trashed(task, NOW), NOW)),
        ):
            change = record(owner, Head(), NOW, was, then, "any")
            assert change.before is not None
            told = replace(
                change,
                before={"deleted_at": change.before["deleted_at"]},
                after={"deleted_at": (change.after or {})["deleted_at"]},
            )
            async with units.writing(owner, Scope.TASKS_WRITE) as unit:
                kept = replace(then, id=TaskId(uuid4()), rank=unit.entities.next_rank(), version=1)
                await unit.entities.add(kept)
                await unit.commit()
            async with units.writing(owner, Scope.TASKS_WRITE) as unit:
                now = await unit.entities.get(Task, kept.id, trashed=True)
                back = reverted(now, replace(told, entity_id=kept.id), (), NOW)
                assert (back.deleted_at, back.deleted_with) == (was.deleted_at, was.deleted_at and kept.id)
                await unit.entities.save(now, back, "revert", told.seq)
                await unit.commit()
    finally:
        await engine.dispose()
