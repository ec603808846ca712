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
    """One server at a time on the same database, killed when so many requests have been answered, and replaced."""

    def __init__(self, environment: dict[str, str], kills: list[int]) -> None:
        self._environment = environment
        self._kills = kills
        self._counted = asyncio.Condition()
        self.url = ""
        self.up = asyncio.Event()
        self.answered = 0

    async def count(self) -> None:
        """One more request has been answered."""
        async with self._counted:
            self.answered += 1
            self._counted.notify_all()

    async def run(self) -> None:
        for limit in self._kills:
            async with served(self._environment) as server:
                self._is_up(server)
                await self._reached(limit)
                self.up.clear()
                server.signal_group(signal.SIGKILL)
                await server.process.wait()
        async with served(self._environment) as server:
            self._is_up(server)
            await asyncio.Event().wait()

    async def _reached(self, limit: int) -> None:
        async with self._counted:
            await self._counted.wait_for(lambda: self.answered >= limit)

    def _is_up(self, server: Served) -> None:
        self.url = server.url
        self.up.set()


async def insist(client: httpx.AsyncClient, service: Service, number: int) -> httpx.Response:
    """Send until it is answered, with the same key."""
    key = {"Idempotency-Key": str(uuid4())}
    while True:
        with suppress(httpx.HTTPError):
            answer = await client.post(service.url + TASKS, json={"title": f"task {number}"}, headers=key)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                await service.count()
                return answer
        await asyncio.sleep(0.02)


@pytest.mark.rule("ONCE-1", "ONCE-2")
async def test_each_of_500_writes_is_done_once_though_the_server_is_killed(
    database: Database, tmp_path: Path
) -> None:
    environment = {"REMIT_DATABASE_URL": database.app, "REMIT_DATA_DIR": str(tmp_path), **PLENTY}
    bearer, dice = token(tmp_path, "retries"), random.Random(3)
    service = Service(environment, sorted(dice.sample(range(10, WRITES - 50), KILLS)))
    running = asyncio.create_task(service.run())
    await service.up.wait()
    numbers = iter(range(WRITES))

    async def work() -> list[str]:
        headers = {"Authorization": f"Bearer {bearer}"}
        async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=5) as client:
            return [(await insist(client, service, number)).json()["id"] for number in numbers]

    acknowledged = [one for some in await asyncio.gather(*(work() for _ in range(CLIENTS))) for one in some]
    await service.up.wait()
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
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    titles = Counter(change["after"]["title"] for change in told)
    assert titles == Counter(f"task {number}" for number in range(WRITES))
    assert sorted(change["entity_id"] for change in told) == sorted(acknowledged)
