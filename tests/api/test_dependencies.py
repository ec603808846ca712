"""What tasks wait for over REST, on PostgreSQL."""

from uuid import uuid4

import httpx
import pytest

from tests.support.apps import App
from tests.support.asking import (
    TASKS,
    done,
    got,
    invalid,
    listed,
    made,
    plain,
    refused,
    taken_back,
    told,
)


@pytest.mark.rule("DEP-1", "HTTP-7")
async def test_closing_the_last_blocker_makes_ready(client: httpx.AsyncClient) -> None:
    first, second = [await made(client, TASKS, name) for name in ("first", "second")]
    task = await made(client, TASKS, blocked_by=[second["id"], first["id"], first["id"]])
    url = f"{TASKS}/{task['id']}"
    assert task["blocked_by"] == sorted([first["id"], second["id"]])
    assert (task["blocked_by_open"], task["ready"]) == (2, False)
    assert (await client.get(url)).headers["etag"] == '"v1.0.0.2"'
    await done(client, f"{TASKS}/{first['id']}/complete")
    await client.delete(f"{TASKS}/{second['id']}")
    answer = await client.get(url, headers={"If-None-Match": '"v1.0.0.2"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"v1"')
    assert (answer.json()["blocked_by_open"], answer.json()["ready"]) == (0, True)
    assert answer.json()["blocked_by"] == task["blocked_by"]
    (shown,) = [one for one in await listed(client, TASKS) if one["id"] == task["id"]]
    assert shown == answer.json()
    await done(client, f"{TASKS}/{first['id']}/reopen")
    assert (await got(client, TASKS, task))["ready"] is False
    await client.patch(url, json={"blocked_by": None})
    done_now = await done(client, f"{url}/complete")
    assert (done_now["ready"], done_now["blocked_by"]) == (False, [])


@pytest.mark.rule("DEP-1", "HTTP-19")
async def test_blockers_are_tasks_in_use_and_few(client: httpx.AsyncClient, app: App) -> None:
    task = await made(client, TASKS)
    gone = await made(client, TASKS)
    await client.delete(f"{TASKS}/{gone['id']}")
    async with app.client("somebody else with a task") as other:
        foreign = await made(other, TASKS)
    url = f"{TASKS}/{task['id']}"
    for wrong in (foreign["id"], gone["id"], str(uuid4())):
        invalid(await client.patch(url, json={"blocked_by": [wrong]}), ("/blocked_by", "not_found"))
    many = [str(uuid4()) for _ in range(51)]
    assert (await client.patch(url, json={"blocked_by": many})).json()["errors"][0][
        "pointer"
    ] == "/blocked_by"
    assert await got(client, TASKS, task) == task


@pytest.mark.rule("DEP-2")
async def test_nothing_waits_for_itself(client: httpx.AsyncClient) -> None:
    a, b, c = [await made(client, TASKS, name) for name in "abc"]
    await client.patch(f"{TASKS}/{b['id']}", json={"blocked_by": [a["id"]]})
    await client.patch(f"{TASKS}/{c['id']}", json={"blocked_by": [b["id"]]})
    itself = await client.patch(f"{TASKS}/{a['id']}", json={"blocked_by": [a["id"]]})
    refused(itself, 409, "dependency_cycle", path=[a["id"], a["id"]])
    around = await client.patch(f"{TASKS}/{a['id']}", json={"blocked_by": [c["id"]]})
    refused(around, 409, "dependency_cycle", path=[a["id"], c["id"], b["id"], a["id"]])
    assert (await got(client, TASKS, a))["blocked_by"] == []


@pytest.mark.rule("DEP-3")
async def test_what_is_blocked_is_neither_started_nor_completed(client: httpx.AsyncClient) -> None:
    blocker = await made(client, TASKS)
    task = await made(client, TASKS, blocked_by=[blocker["id"]])
    url = f"{TASKS}/{task['id']}"
    for verb in ("start", "complete"):
        refused(await client.post(f"{url}/{verb}"), 409, "blocked", blockers=[blocker["id"]])
    assert await got(client, TASKS, task) == task
    assert (await done(client, f"{url}/cancel"))["status"] == "cancelled"
    assert (await done(client, f"{url}/reopen"))["status"] == "todo"
    await done(client, f"{TASKS}/{blocker['id']}/complete")
    assert (await done(client, f"{url}/start"))["status"] == "in_progress"


@pytest.mark.rule("DEP-3", "SUB-3")
async def test_subtasks_that_block_each_other_are_completed_together(client: httpx.AsyncClient) -> None:
    parent = await made(client, TASKS)
    first = await made(client, TASKS, parent_id=parent["id"])
    second = await made(client, TASKS, parent_id=parent["id"], blocked_by=[first["id"]])
    outside = await made(client, TASKS)
    url = f"{TASKS}/{parent['id']}/complete"
    await client.patch(f"{TASKS}/{second['id']}", json={"blocked_by": [first["id"], outside["id"]]})
    blocked = await client.post(url, params={"children": "complete"})
    refused(blocked, 409, "blocked", blockers=[outside["id"]])
    await done(client, f"{TASKS}/{outside['id']}/cancel")
    assert (await done(client, url, children="complete"))["subtasks"] == {"total": 2, "closed": 2}


@pytest.mark.rule("DEP-4", "JRN-3")
async def test_an_override_is_in_the_journal(client: httpx.AsyncClient) -> None:
    blocker = await made(client, TASKS)
    task = await made(client, TASKS, blocked_by=[blocker["id"]])
    url = f"{TASKS}/{task['id']}"
    assert (await client.post(f"{url}/start", params={"override": "1"})).status_code == 422
    await done(client, f"{url}/start", override="true")
    after = await done(client, f"{url}/complete", override="true")
    assert (after["status"], after["blocked_by_open"]) == ("done", 1)
    assert await done(client, f"{url}/complete", override="true") == after
    changes = await told(client)
    assert [change["verb"] for change in changes[2:]] == ["override_start", "override_complete"]
    assert changes[-1]["after"]["status"] == "done"
    assert (await taken_back(client, changes[-1])).status_code == 200
    assert (await got(client, TASKS, task))["status"] == "in_progress"
    free = await made(client, TASKS)
    await done(client, f"{TASKS}/{free['id']}/complete", override="true")
    assert (await told(client))[-1]["verb"] == "complete"


@pytest.mark.rule("DEP-1", "PAST-1", "PAST-2")
async def test_history_and_the_past_know_them(client: httpx.AsyncClient) -> None:
    blocker = await made(client, TASKS)
    task = await made(client, TASKS, blocked_by=[blocker["id"]])
    child = await made(client, TASKS, parent_id=task["id"])
    before = await got(client, TASKS, task)
    at = (await told(client))[-1]["at"]
    await done(client, f"{TASKS}/{blocker['id']}/complete")
    await done(client, f"{TASKS}/{child['id']}/complete")
    await client.patch(f"{TASKS}/{task['id']}", json={"blocked_by": []})
    then = (await client.get(f"{TASKS}/{task['id']}", params={"as_of": at})).json()
    assert then == before
    page = (await client.get(TASKS, params={"as_of": at})).json()["items"]
    assert [one for one in page if one["id"] == task["id"]] == [before]
    fields = (await client.get(f"{TASKS}/{task['id']}/history")).json()["fields"]
    assert (fields["blocked_by"]["value"], fields["blocked_by"]["verb"]) == ([], "update")
    assert fields["parent_id"]["verb"] == "create"
    for more in ({"project_id": "none"}, {"label_id": str(uuid4())}):
        assert (await client.get(TASKS, params={"as_of": at, **more})).status_code == 422
    assert plain(await got(client, TASKS, child))["status"] == "done"
