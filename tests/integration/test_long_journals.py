"""A long journal is not read where a few changes of it are wanted."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.api.test_undo import REVERTS, TASKS, made
from tests.integration.test_postgres import connected
from tests.support.apps import app_on, settings_for
from tests.support.databases import Database

LONG = 30_000
FILL = f"""
    INSERT INTO remit.change (account_id, seq, at, actor, via, request_id, entity, entity_id, verb, version,
                              before, after, hash)
    SELECT $1::uuid, n, now() - interval '1 day', 'x', 'web', md5(n::text), 'task', md5((n % 500)::text)::uuid,
           'update', 2, '{{"title": "a"}}', '{{"title": "b"}}', sha256(n::text::bytea)
    FROM generate_series(2, {LONG}) AS n
"""
READ = """
    SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables
    WHERE schemaname = 'remit' AND relname = 'change'
"""


@dataclass
class Long:
    """An account whose journal is long, and how many of its rows a request reads."""

    client: httpx.AsyncClient
    engine: AsyncEngine

    async def read_by(self, method: str, path: str, **asked: Any) -> tuple[int, int]:
        """The status, and the rows."""
        before = await self._read()
        answer = await self.client.request(method, path, **asked)
        return answer.status_code, await self._read() - before

    async def _read(self) -> int:
        """By the one connection there is, once it has told its figures."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT pg_stat_force_next_flush()"))
        async with self.engine.connect() as connection:
            return int((await connection.execute(text(READ))).scalar_one())


@pytest.fixture
async def journal(fresh_database: Database, tmp_path: Path) -> AsyncIterator[Long]:
    settings = settings_for(tmp_path, fresh_database, database_pool_size=1)
    async with (
        app_on(settings) as app,
        app.client("long") as client,
        connected(fresh_database.admin) as admin,
    ):
        await made(client)
        account = (await client.get("/api/v1/me")).json()["account_id"]
        await admin.execute(FILL, account)
        await admin.execute("UPDATE remit.account SET head_seq = $2 WHERE id = $1::uuid", account, LONG)
        await admin.execute("ANALYZE remit.change")
        yield Long(client, app.container.engine())


@pytest.mark.rule("UNDO-4")
async def test_what_is_taken_back_is_found_without_reading_all(journal: Long) -> None:
    command = {"id": "1", "verb": "task.create", "args": {"title": "t"}}
    await journal.client.post("/api/v1/batch", json={"mode": "atomic", "commands": [command]})
    after = (await journal.client.get("/api/v1/tasks")).json()["items"][0]["id"]
    change = (await journal.client.get(f"/api/v1/tasks/{after}/history")).json()["items"][0]
    for which in (
        {"batch_id": change["batch_id"]},
        {"request_id": change["request_id"]},
        {"batch_id": str(uuid4())},
        {"request_id": "0" * 32},
        {"token_id": str(uuid4())},
    ):
        _, rows = await journal.read_by("POST", REVERTS, json=which, params={"dry_run": "true"})
        assert rows < LONG / 10, which


@pytest.mark.rule("PAST-2")
async def test_the_near_past_is_found_without_reading_all(journal: Long) -> None:
    now = datetime.now(UTC).isoformat()
    task = (await journal.client.get(TASKS)).json()["items"][0]["id"]
    for path in (TASKS, f"{TASKS}/{task}"):
        status, rows = await journal.read_by("GET", path, params={"as_of": now})
        assert status == 200
        assert rows < LONG / 10, path
