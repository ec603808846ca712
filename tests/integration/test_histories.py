"""What several clients saw of a few shared tasks has an explanation: in memory, and on PostgreSQL with kills."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.integration.test_streams import PLENTY, token
from tests.support.apps import app_on, settings_for
from tests.support.databases import Database
from tests.support.histories import Operation, Outcome, check
from tests.support.mirrors import journal
from tests.support.recorders import Recorder, Service, entries
from tests.support.restarts import Restarted

CLIENTS, TASKS, REQUESTS = 8, 4, 600

Connect = Callable[[], httpx.AsyncClient]


class Steady:
    """Always there; lets others have their turn."""

    async def count(self) -> None:
        await asyncio.sleep(0)

    async def up(self) -> None:
        return


async def recorded(connect: Connect, service: Service, seed: int) -> list[Operation]:
    """All that the clients did, each over a connection of its own."""
    tasks, numbers = [str(uuid4()) for _ in range(TASKS)], iter(range(REQUESTS))
    histories: list[list[Operation]] = []

    async def work(number: int) -> None:
        async with connect() as client:
            recorder = Recorder(f"c{number}", client, tasks, random.Random(seed * 100 + number), service)
            histories.append(recorder.history)
            if number == 0:
                for task in tasks:
                    await recorder.create(task)
                ready.set()
            await ready.wait()
            for _ in numbers:
                await recorder.act()

    ready = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for number in range(CLIENTS):
            group.create_task(work(number))
    return [operation for history in histories for operation in history]


async def explained(history: list[Operation], connect: Connect) -> None:
    async with connect() as client:
        changes = await journal(client)
    outcomes = Counter(operation.outcome for operation in history)
    print(dict(outcomes), len(changes), "changes")
    assert outcomes[Outcome.DONE] > REQUESTS / 2
    assert outcomes[Outcome.REFUSED] > REQUESTS / 20
    assert check(history, entries(changes)) == []


@pytest.mark.rule("HTTP-18")
async def test_one_order_explains_what_was_seen_in_memory(tmp_path: Path) -> None:
    async with app_on(settings_for(tmp_path)) as app:
        history = await recorded(lambda: app.client("ada"), Steady(), seed=1)
        await explained(history, lambda: app.client("ada"))


@pytest.mark.rule("HTTP-18")
async def test_one_order_explains_what_was_seen_of_servers_that_were_killed(
    database: Database, tmp_path: Path
) -> None:
    environment = {"REMIT_DATABASE_URL": database.app, "REMIT_DATA_DIR": str(tmp_path), **PLENTY}
    headers = {"Authorization": f"Bearer {token(tmp_path, 'history')}"}
    stops = [(250, signal.SIGKILL)]
    async with asyncio.timeout(300), Restarted(environment, stops, "--workers", "2").running() as service:

        def connect() -> httpx.AsyncClient:
            return httpx.AsyncClient(base_url=service.url, headers=headers, trust_env=False, timeout=10)

        history = await recorded(connect, service, seed=2)
        await explained(history, connect)
        assert service.started == len(stops) + 1
