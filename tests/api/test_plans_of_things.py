"""Plans about things that belong together: what came since is named, whatever it is."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.test_undo import TASKS, made, revert, told

API = "/api/v1"
PLAN = {"plan": "true"}


async def apply(client: httpx.AsyncClient, planned: httpx.Response) -> httpx.Response:
    assert planned.status_code == 200, planned.text
    return await client.post(f"{API}/plans/{planned.json()['plan']}/apply")


async def created(client: httpx.AsyncClient, path: str, **values: Any) -> str:
    answer = await client.post(f"{API}/{path}", json=values)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.mark.rule("PLAN-3")
async def test_what_came_into_it_since_is_named(client: httpx.AsyncClient) -> None:
    project = await created(client, "projects", name="p")
    planned = await client.delete(f"{API}/projects/{project}", params=PLAN)
    task = await created(client, "tasks", title="t", project_id=project)
    refused = await apply(client, planned)
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_outdated")
    assert refused.json()["moved"] == [
        {"entity": "task", "entity_id": task, "seen_version": None, "current_version": 1}
    ]
    assert (await client.get(f"{API}/projects/{project}")).status_code == 200


@pytest.mark.rule("PLAN-3")
async def test_what_has_taken_the_name_or_the_id_since_is_named(client: httpx.AsyncClient) -> None:
    planned = await client.post(f"{API}/labels", json={"name": "x"}, params=PLAN)
    label = await created(client, "labels", name="X")
    refused = await apply(client, planned)
    assert (refused.json()["code"], refused.json()["moved"]) == (
        "plan_outdated",
        [{"entity": "label", "entity_id": label, "seen_version": None, "current_version": 1}],
    )
    taken = str(uuid4())
    planned = await client.post(TASKS, json={"id": taken, "title": "t"}, params=PLAN)
    await created(client, "tasks", id=taken, title="other")
    refused = await apply(client, planned)
    assert (refused.json()["code"], refused.json()["moved"]) == (
        "plan_outdated",
        [{"entity": "task", "entity_id": taken, "seen_version": None, "current_version": 1}],
    )


@pytest.mark.rule("PLAN-2")
async def test_a_place_that_was_taken_since_is_the_one_beside_it(client: httpx.AsyncClient) -> None:
    tasks = [await made(client, title=title) for title in "abcdefghijkl"]
    planned = await client.post(f"{TASKS}/{tasks[6]}/move", json={"after": tasks[0]}, params=PLAN)
    moved = await client.post(f"{TASKS}/{tasks[11]}/move", json={"after": tasks[0]})
    applied = await apply(client, planned)
    assert applied.status_code == 200, applied.text
    ranks = {one["id"]: one["rank"] for one in (await client.get(TASKS)).json()["items"]}
    assert len(set(ranks.values())) == len(tasks)
    assert ranks[tasks[0]] < moved.json()["rank"] < ranks[tasks[6]] < ranks[tasks[1]]


@pytest.mark.rule("PLAN-4")
async def test_a_plan_is_not_applied_again_when_it_was_taken_back(client: httpx.AsyncClient) -> None:
    task = await made(client)
    planned = await client.post(f"{TASKS}/{task}/complete", params=PLAN)
    assert (await apply(client, planned)).status_code == 200
    assert (await revert(client, (await told(client))[-1])).status_code == 200
    assert (await apply(client, planned)).json()["code"] == "plan_applied"
    other = await client.post(f"{TASKS}/{task}/complete", params=PLAN)
    assert (await client.patch(f"{TASKS}/{task}", json={"title": "u"})).status_code == 200
    assert (await revert(client, (await told(client))[-1])).status_code == 200
    assert (await apply(client, other)).json()["code"] == "plan_outdated"


@pytest.mark.rule("UNDO-2")
async def test_what_would_be_left_behind_is_named(client: httpx.AsyncClient) -> None:
    project = await created(client, "projects", name="p")
    change = (await told(client))[-1]
    task = await created(client, "tasks", title="t", project_id=project)
    refused = await revert(client, change)
    assert (refused.status_code, refused.json()["code"]) == (409, "revert_conflict")
    assert refused.json()["left"] == [{"entity": "task", "entity_id": task}]
