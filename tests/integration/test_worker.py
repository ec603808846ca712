"""`remit worker` as it runs, and the one that `remit serve` runs in development."""

import asyncio
import json
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest

import entrypoints.worker
from domain.access import Actor
from domain.change import Head
from domain.ids import AccountId
from entrypoints.container import of_worker
from entrypoints.values import Env
from entrypoints.worker import Worker, beside
from tests.contract.test_journal import journal, task_of
from tests.contract.test_journal import keep as keep_tasks
from tests.contract.test_notes import answer_of, keep, plan_of
from tests.contract.test_upkeep import LONG_AGO, World, world_on
from tests.integration.test_postgres import connected
from tests.support.actors import actor
from tests.support.apps import Served, command, remit, served, settings_for
from tests.support.databases import Database, Databases

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and process groups of Unix")

FLOOR = "SELECT coalesce(min(floor_seq), 0) FROM remit.account"
WORKING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'remit worker' AND datname = current_database()"

SLOW = """
    CREATE FUNCTION remit.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END $$;
    CREATE TRIGGER slow AFTER DELETE ON remit.change FOR EACH STATEMENT EXECUTE FUNCTION remit.slow();
"""


@pytest.fixture
async def world(fresh_database: Database) -> AsyncIterator[World]:
    async with world_on(fresh_database) as made:
        yield made


@pytest.fixture
async def admin(fresh_database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with connected(fresh_database.admin) as connection:
        yield connection


@pytest.fixture
def environment(fresh_database: Database, tmp_path: Path) -> dict[str, str]:
    return {
        "REMIT_DATABASE_URL": fresh_database.app,
        "REMIT_DATA_DIR": str(tmp_path / "data"),
        "REMIT_LOG_FORMAT": "json",
    }


@asynccontextmanager
async def worker(environment: dict[str, str], cwd: Path) -> AsyncIterator[Served]:
    """`remit worker`, killed in the end if it still runs."""
    process = await command("worker", environment=environment, cwd=cwd)
    running = Served(process)
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await running.ended()


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while True:
            if await true():
                return
            await asyncio.sleep(0.01)


async def fill(world: World, owner: Actor, times: int, count: int) -> None:
    for _ in range(times):
        await keep_tasks(
            world.units, owner, *(task_of(owner, title="not to be logged") for _ in range(count))
        )


@pytest.mark.rule("RUN-31", "RUN-32", "JRN-20", "JRN-22")
async def test_once_does_what_is_due_and_says_how_much(world: World, environment: dict[str, str]) -> None:
    owner, other = actor(), actor()
    await fill(world, owner, 3, 250)
    await keep(world.units, owner, answer_of(owner, expires_at=LONG_AGO), plan_of(owner, expires_at=LONG_AGO))
    world.today()
    await world.make(owner, 2)
    await world.make(other, 1)
    await world.due()
    done = await remit("worker", "--once", environment=environment)
    assert (done.code, done.output) == (0, "")
    lines = [json.loads(line) for line in done.log.splitlines()]
    assert {line["job"]: line["done"] for line in lines} == {
        "purge_changes": 750,
        "purge_answers": 1,
        "purge_plans": 1,
    }
    for secret in (
        "not to be logged",
        owner.subject,
        str(owner.account_id),
        environment["REMIT_DATABASE_URL"],
    ):
        assert secret not in done.log
    assert (await world.seqs(owner), (await world.floor(owner)).seq) == ([751, 752], 750)
    assert (await world.seqs(other), await world.floor(other)) == ([1], Head())


@pytest.mark.rule("RUN-31", "RUN-35")
async def test_the_retention_is_what_the_settings_say(
    world: World, fresh_database: Database, tmp_path: Path
) -> None:
    owner = actor()
    await world.make(owner, 2)
    for days, left in ((401, 2), (399, 0)):
        settings = settings_for(tmp_path, fresh_database, journal_retention=timedelta(days=days))
        container = of_worker(settings)
        await world.due()
        assert await Worker(container).run_once()
        assert len(await world.seqs(owner)) == left
        await container.engine().dispose()


@pytest.mark.rule("RUN-31")
async def test_it_refuses_to_start_as_the_server_does(
    fresh_database: Database, environment: dict[str, str]
) -> None:
    for url, said in (
        (fresh_database.owner, "owns Remit's tables"),
        ("postgresql://remit_app:hunter2@127.0.0.1:1/remit", "cannot be reached"),
    ):
        refused = await remit("worker", environment=environment | {"REMIT_DATABASE_URL": url})
        assert refused.code == 1
        assert refused.log.startswith("Not working:\n")
        assert said in refused.log
        assert "Traceback" not in refused.log
        assert "hunter2" not in refused.log


@pytest.mark.rule("RUN-31")
async def test_once_tells_by_its_exit_code_that_something_stood_in_the_way(
    world: World, admin: asyncpg.Connection, environment: dict[str, str]
) -> None:
    owner = actor()
    await world.make(owner, 1)
    await world.due()
    await admin.execute("ALTER FUNCTION remit.purge_changes(uuid, timestamptz, integer) RENAME TO elsewhere")
    done = await remit("worker", "--once", environment=environment)
    assert done.code == 1
    line = json.loads(done.log)
    assert (line["level"], line["job"], line["problems"]) == ("error", "purge_changes", {"42883": 1})


@pytest.mark.rule("RUN-31", "RUN-20")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_works_until_it_is_told_to_stop(
    world: World,
    admin: asyncpg.Connection,
    environment: dict[str, str],
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    owner = actor()
    await world.make(owner, 3)
    await world.due()
    async with worker(environment, tmp_path) as running:
        await until(lambda: _reached(admin, 3))
        running.process.send_signal(number)
        assert await running.ended() == 0
    assert [json.loads(line)["done"] for line in running.log.splitlines()] == [3]
    assert running.output == ""


async def _reached(admin: asyncpg.Connection, floor: int) -> bool:
    return int(await admin.fetchval(FLOOR)) >= floor


@pytest.mark.rule("JRN-23", "RUN-31")
async def test_workers_that_are_killed_leave_whole_journals_and_others_finish(
    world: World, admin: asyncpg.Connection, environment: dict[str, str], tmp_path: Path
) -> None:
    owners = [actor() for _ in range(3)]
    for owner in owners:
        await fill(world, owner, 12, 250)
    last = {owner.account_id: (await journal(world.units, owner, after=2999))[0] for owner in owners}
    world.today()
    for owner in owners:
        await world.make(owner, 1)
    await world.due()
    await admin.execute(SLOW)  # so that they are killed in the middle of a step
    for floor in (1, 1000):
        async with worker(environment, tmp_path) as first, worker(environment, tmp_path) as second:
            await until(lambda floor=floor: _reached(admin, floor))
            first.process.kill()
            second.process.kill()
            assert {await first.ended(), await second.ended()} == {-signal.SIGKILL}
        for owner in owners:
            kept = await world.seqs(owner)
            assert kept[0] == (await world.floor(owner)).seq + 1
            assert (await world.changes.verify(owner)).broken_at is None
    assert await admin.fetchval(FLOOR) < 3000
    await admin.execute("DROP TRIGGER slow ON remit.change")
    await world.due()
    assert (await remit("worker", "--once", environment=environment)).code == 0
    for owner in owners:
        end = last[owner.account_id]
        assert await world.seqs(owner) == [3001]
        assert await world.floor(owner) == Head(end.seq, end.hash, end.at)
        assert (await world.changes.verify(owner)).broken_at is None


@pytest.mark.rule("RUN-33")
async def test_it_outlives_the_database(
    databases: Databases,
    world: World,
    fresh_database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entrypoints.worker, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(entrypoints.worker, "AGAIN_SECONDS", (0.05, 0.1))
    owner = actor()
    name = urlsplit(fresh_database.app).path.removeprefix("/")
    container = of_worker(settings_for(tmp_path, fresh_database))
    running = Worker(container)
    working = asyncio.create_task(running.run())
    try:
        await world.make(owner, 1)
        await world.due()
        await until(lambda: _purged(world, owner, 1))
        kill = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND usename = 'remit_app'"
        await databases.server.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false', kill)
        await asyncio.sleep(0.5)
        assert not working.done()
        await databases.server.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await world.make(owner, 1)
        await world.due()
        await until(lambda: _purged(world, owner, 2))
    finally:
        running.stop()
        await asyncio.wait_for(working, 10)
        await container.engine().dispose()


async def _purged(world: World, owner: Actor, seq: int) -> bool:
    return (await world.floor(owner)).seq == seq


@pytest.mark.rule("RUN-34")
@pytest.mark.parametrize("workers", [1, 2])
async def test_in_development_the_server_brings_one_along(
    world: World, admin: asyncpg.Connection, environment: dict[str, str], workers: int
) -> None:
    owner = actor()
    await world.make(owner, 3)
    await world.due()
    async with served(environment, "--workers", str(workers)) as running:
        await until(lambda: _reached(admin, 3))
        assert await admin.fetchval(WORKING) == 1
        running.process.terminate()
        assert await running.ended() == 0
    done = [json.loads(line)["done"] for line in running.log.splitlines() if '"job"' in line]
    assert done == [3]


@pytest.mark.rule("RUN-34")
def test_in_production_it_does_not(fresh_database: Database, tmp_path: Path) -> None:
    def working() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name == "remit worker"]

    for env, expected in ((Env.PRODUCTION, []), (Env.DEVELOPMENT, ["remit worker"])):
        with beside(settings_for(tmp_path, fresh_database, env=env)):
            assert working() == expected
        assert working() == []


@pytest.mark.rule("JRN-9", "JRN-20", "JRN-25")
async def test_a_client_below_the_floor_is_told_and_begins_anew(
    world: World, environment: dict[str, str]
) -> None:
    variables = environment | {"REMIT_JOURNAL_RETENTION": "P90D"}
    token = (await remit("token", "--subject", "ada", environment=variables)).output.strip()
    async with served(variables) as running, running.client(token) as client:
        account = UUID((await client.get("/api/v1/me")).json()["account_id"])
        ada = replace(actor(), account_id=AccountId(account))
        await world.make(ada, 2)
        second = (await journal(world.units, ada))[-1]
        page = (await client.get("/api/v1/changes", params={"limit": 1})).json()
        assert page["kept"] == {"floor": 0, "floor_at": None, "retention": "P90D"}
        made = (await client.post("/api/v1/tasks", json={"title": "new"})).json()
        await world.due()
        assert (await remit("worker", "--once", environment=variables)).code == 0
        await until(lambda: _purged(world, ada, 2))
        gone = await client.get("/api/v1/changes", params={"after": page["next"]})
        assert (gone.status_code, gone.json()["code"]) == (410, "changes_gone")
        lines = (await client.get(gone.headers["link"].partition(">")[0].removeprefix("<"))).text.splitlines()
        assert made["id"] in {json.loads(line).get("id") for line in lines}
        page = (await client.get("/api/v1/changes", params={"after": json.loads(lines[-1])["next"]})).json()
        assert (page["items"], page["kept"]["floor"]) == ([], 2)
        assert datetime.fromisoformat(page["kept"]["floor_at"]) == second.at
        verified = (await client.get("/api/v1/changes/verify")).json()
        assert (verified["valid"], verified["first"], verified["last"]) == (True, 3, 3)
