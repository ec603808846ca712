"""A server that is killed at random points while clients retry: nothing acknowledged is lost, nothing is done twice."""

import asyncio
import random
import signal
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.integration.test_streams import PLENTY, token
from tests.support.databases import Database
from tests.support.restarts import Restarted

TASKS, CHANGES = "/api/v1/tasks", "/api/v1/changes"
WRITES, CLIENTS, KILLS = 500, 8, 5


@pytest.mark.rule("ONCE-1", "ONCE-2")
async def test_each_of_500_writes_is_done_once_though_the_server_is_killed(
    database: Database, tmp_path: Path
) -> None:
    environment = {"REMIT_DATABASE_URL": database.app, "REMIT_DATA_DIR": str(tmp_path), **PLENTY}
    bearer, dice = {"Authorization": f"Bearer {token(tmp_path, 'retries')}"}, random.Random(3)
    kills = [(count, signal.SIGKILL) for count in dice.sample(range(10, WRITES - 50), KILLS)]
    numbers = iter(range(WRITES))

    async def work(service: Restarted) -> list[str]:
        async with httpx.AsyncClient(headers=bearer, trust_env=False, timeout=5) as client:
            return [
                (await service.insist(client, "POST", TASKS, json={"title": f"task {number}"})).json()["id"]
                for number in numbers
            ]

    async with Restarted(environment, kills).running() as service:
        acknowledged = [
            one for some in await asyncio.gather(*(work(service) for _ in range(CLIENTS))) for one in some
        ]
        async with httpx.AsyncClient(headers=bearer, trust_env=False) as client:
            told, more, after = [], True, {}
            while more:
                page = (await service.insist(client, "GET", CHANGES, params={"limit": 500, **after})).json()
                told += page["items"]
                after, more = {"after": page["next"]}, page["has_more"]
        assert service.started == KILLS + 1
    titles = Counter(change["after"]["title"] for change in told)
    assert titles == Counter(f"task {number}" for number in range(WRITES))
    assert sorted(change["entity_id"] for change in told) == sorted(acknowledged)
