"""A server that is killed at random points while clients retry: nothing acknowledged is lost, nothing is done twice."""

import asyncio
import random
import signal
from collections import Counter
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.integration.test_streams import PLENTY, token
from tests.support.apps import Served, served
from tests.support.databases import Database

TASKS, CHANGES = "/api/v1/tasks", "/api/v1/changes"
WRITES, CLIENTS, KILLS = 500, 8, 5


class Service:
    """One server at a time on the same database, replaced when it is killed."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self.url = ""
        self.up = asyncio.Event()
        self.kills = 0

    async def run(self, until: asyncio.Event, dice: random.Random) -> None:
        while not until.is_set():
            async with served(self._environment) as server:
                self.url = server.url
                self.up.set()
                await self._live(server, until, dice)

    async def _live(self, server: Served, until: asyncio.Event, dice: random.Random) -> None:
        if self.kills == KILLS:
            await until.wait()
            return
        try:
            async with asyncio.timeout(dice.uniform(0.1, 0.8)):
                await until.wait()
        except TimeoutError:
            self.kills += 1
            server.signal_group(signal.SIGKILL)
            await server.process.wait()


async def insist(client: httpx.AsyncClient, service: Service, number: int) -> httpx.Response:
    """Send until it is answered, with the same key."""
    key = {"Idempotency-Key": str(uuid4())}
    while True:
        with suppress(httpx.HTTPError):
            answer = await client.post(service.url + TASKS, json={"title": f"task {number}"}, headers=key)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
        await asyncio.sleep(0.02)


@pytest.mark.rule("ONCE-1", "ONCE-2")
async def test_each_of_500_writes_is_done_once_though_the_server_is_killed(
    database: Database, tmp_path: Path
) -> None:
    environment = {"REMIT_DATABASE_URL": database.app, "REMIT_DATA_DIR": str(tmp_path), **PLENTY}
    bearer, done = token(tmp_path, "retries"), asyncio.Event()
    service = Service(environment)
    running = asyncio.create_task(service.run(done, random.Random(3)))
    await service.up.wait()
    numbers = iter(range(WRITES))

    async def work() -> list[str]:
        headers = {"Authorization": f"Bearer {bearer}"}
        async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=5) as client:
            return [(await insist(client, service, number)).json()["id"] for number in numbers]

    acknowledged = [one for some in await asyncio.gather(*(work() for _ in range(CLIENTS))) for one in some]
    async with httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
        told, after = [], None
        while True:
            page = await client.get(
                CHANGES, params={"limit": 500, **({"after": after} if after else {})},
                headers={"Authorization": f"Bearer {bearer}"},
            )  # fmt: skip
            told += page.json()["items"]
            after = page.json()["next"]
            if not page.json()["has_more"]:
                break
    done.set()
    await running
    assert service.kills == KILLS
    titles = Counter(change["after"]["title"] for change in told)
    assert titles == Counter(f"task {number}" for number in range(WRITES))
    assert sorted(change["entity_id"] for change in told) == sorted(acknowledged)
