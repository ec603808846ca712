"""A foreign id and a random one take the same time."""

import time
from statistics import median
from uuid import uuid4

import httpx
import pytest

from tests.support.apps import App

PAIRS = 1000
NOISE = 1.1
"""A ratio of medians. Two runs of the same request differ by a few per cent on a shared machine."""


async def seconds(client: httpx.AsyncClient, path: str) -> float:
    began = time.perf_counter()
    answer = await client.get(path)
    took = time.perf_counter() - began
    assert answer.status_code == 404
    return took


async def ratio(thief: httpx.AsyncClient, foreign: list[str]) -> float:
    """The median time for foreign ids over that for random ones, taken in turns."""
    known, unknown = [], []
    for number in range(PAIRS):
        paths = [f"/api/v1/tasks/{foreign[number % len(foreign)]}", f"/api/v1/tasks/{uuid4()}"]
        turns = [(known, paths[0]), (unknown, paths[1])]
        for times, path in turns if number % 2 else reversed(turns):
            times.append(await seconds(thief, path))
    return median(known) / median(unknown)


@pytest.mark.long
@pytest.mark.rule("TASK-1")
async def test_a_foreign_id_takes_as_long_as_a_random_one(app: App, client: httpx.AsyncClient) -> None:
    foreign = [(await client.post("/api/v1/tasks", json={"title": "t"})).json()["id"] for _ in range(50)]
    async with app.client("a thief with a watch") as thief:
        await ratio(thief, foreign[:1])  # warm
        found = [await ratio(thief, foreign)]
        if not 1 / NOISE < found[0] < NOISE:
            found.append(await ratio(thief, foreign))
    assert 1 / NOISE < found[-1] < NOISE, found
