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


async def ratio(thief: httpx.AsyncClient, kind: str, foreign: list[str]) -> float:
    """The median time for foreign ids over that for random ones, taken in turns."""
    known, unknown = [], []
    for number in range(PAIRS):
        paths = [f"/api/v1/{kind}/{one}" for one in (foreign[number % len(foreign)], uuid4())]
        turns = [(known, paths[0]), (unknown, paths[1])]
        for times, path in turns if number % 2 else reversed(turns):
            times.append(await seconds(thief, path))
    return median(known) / median(unknown)


THINGS: dict[str, dict[str, object]] = {
    "tasks": {"title": "t"},
    "projects": {"name": "n"},
    "sections": {"name": "n"},
    "labels": {},
    "comments": {"body": "b"},
}


@pytest.mark.long
@pytest.mark.rule("TASK-1")
@pytest.mark.parametrize("kind", THINGS)
async def test_a_foreign_id_takes_as_long_as_a_random_one(
    app: App, client: httpx.AsyncClient, kind: str
) -> None:
    task = (await client.post("/api/v1/tasks", json={"title": "t"})).json()["id"]
    foreign: list[str] = []
    for number in range(50):
        more = {"labels": {"name": f"l{number}"}, "comments": {"task_id": task}}.get(kind, {})
        made = await client.post(f"/api/v1/{kind}", json={**THINGS[kind], **more})
        foreign.append(made.json()["id"])
    async with app.client(f"a thief of {kind} with a watch") as thief:
        await ratio(thief, kind, foreign[:1])  # warm
        found = [await ratio(thief, kind, foreign)]
        if not 1 / NOISE < found[0] < NOISE:
            found.append(await ratio(thief, kind, foreign))
    assert 1 / NOISE < found[-1] < NOISE, found
