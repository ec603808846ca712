"""Comments over REST, on PostgreSQL."""

import json
from uuid import uuid4

import httpx
import pytest

from tests.support.apps import App
from tests.support.asking import (
    API,
    COMMENTS,
    TASKS,
    TRASH,
    done,
    got,
    invalid,
    listed,
    made,
    refused,
)


@pytest.mark.rule("CMT-1")
async def test_a_comment_and_who_wrote_it(client: httpx.AsyncClient, app: App, subject: str) -> None:
    task = await made(client, TASKS)
    comment = await made(client, COMMENTS, " **Done** by\n\tnoon ", task_id=task["id"])
    assert comment == {
        "id": comment["id"], "task_id": task["id"], "author": subject, "body": "**Done** by\n\tnoon",
        "edited_at": None, "created_at": comment["created_at"], "updated_at": comment["created_at"], "version": 1,
    }  # fmt: skip
    assert await got(client, COMMENTS, comment) == comment
    assert await got(client, TASKS, task) == task
    for bad, expected in (
        ({"body": ""}, ("/body", "too_short")),
        ({"body": " \n "}, ("/body", "too_short")),
        ({"body": "c" * 16_385}, ("/body", "too_long")),
        ({"body": "\x00"}, ("/body", "control_character")),
        ({"body": "\ud800"}, ("/body", "control_character")),
        ({"body": "c", "author": "somebody else"}, ("/author", "unknown_field")),
        ({"body": "c", "edited_at": None}, ("/edited_at", "unknown_field")),
        ({}, ("/body", "required")),
    ):
        content = json.dumps({"task_id": task["id"], **bad})
        answer = await client.post(COMMENTS, content=content, headers={"Content-Type": "application/json"})
        invalid(answer, expected)
    values = {"name": "the agent", "kind": "agent", "scopes": ["tasks:write"], "expires_in": 600}
    token = (await client.post(f"{API}/tokens", json=values)).json()["token"]
    async with app.client() as agent:
        agent.headers["Authorization"] = f"Bearer {token}"
        assert (await made(agent, COMMENTS, "mine", task_id=task["id"]))["author"] == "the agent"


@pytest.mark.rule("CMT-2")
async def test_editing(client: httpx.AsyncClient) -> None:
    task = await made(client, TASKS)
    comment = await made(client, COMMENTS, "first", task_id=task["id"])
    url = f"{COMMENTS}/{comment['id']}"
    for same in ({}, {"body": "first"}, {"body": " first "}):
        assert (await client.patch(url, json=same)).json() == comment
    invalid(await client.patch(url, json={"body": None}), ("/body", "too_short"))
    invalid(await client.patch(url, json={"task_id": task["id"]}), ("/task_id", "unknown_field"))
    edited = (await client.patch(url, json={"body": "second"}, headers={"If-Match": '"v1"'})).json()
    assert (edited["body"], edited["version"], edited["edited_at"]) == ("second", 2, edited["updated_at"])
    stale = await client.patch(url, json={"body": "third"}, headers={"If-Match": '"v1"'})
    refused(stale, 412, "version_mismatch", current=edited, conflicts=["/body"])
    refused(await client.delete(url, headers={"If-Match": '"v1"'}), 412, "version_mismatch", current=edited)
    assert (await client.get(url, headers={"If-None-Match": '"v2"'})).status_code == 304


@pytest.mark.rule("CMT-3", "HTTP-19")
async def test_lists_and_tasks_that_are_not_there(client: httpx.AsyncClient, app: App) -> None:
    task, other = [await made(client, TASKS, name) for name in ("task", "other")]
    mine = [await made(client, COMMENTS, str(number), task_id=task["id"]) for number in range(3)]
    elsewhere = await made(client, COMMENTS, "elsewhere", task_id=other["id"])
    assert await listed(client, COMMENTS, task_id=task["id"]) == mine
    assert await listed(client, COMMENTS) == [*mine, elsewhere]
    cursor = (await client.get(COMMENTS, params={"limit": 1})).json()["next_cursor"]
    wrong = await client.get(COMMENTS, params={"cursor": cursor, "task_id": task["id"]})
    refused(wrong, 400, "invalid_cursor")
    gone = await made(client, TASKS)
    await client.delete(f"{TASKS}/{gone['id']}")
    async with app.client("somebody else to comment on") as stranger:
        foreign = await made(stranger, TASKS)
    told_apart = set()
    for task_id in (foreign["id"], gone["id"], str(uuid4())):
        answer = await client.post(COMMENTS, json={"task_id": task_id, "body": "c"})
        invalid(answer, ("/task_id", "not_found"))
        told_apart.add(answer.json()["detail"])
    assert len(told_apart) == 1


@pytest.mark.rule("CMT-4")
async def test_a_comment_stays_with_its_task(client: httpx.AsyncClient) -> None:
    task = await made(client, TASKS)
    comment = await made(client, COMMENTS, "c", task_id=task["id"])
    await client.delete(f"{TASKS}/{task['id']}")
    assert await got(client, COMMENTS, comment) == comment
    url = f"{COMMENTS}/{comment['id']}"
    refused(await client.patch(url, json={"body": "d"}), 409, "parent_in_trash")
    await done(client, f"{TRASH}/task/{task['id']}/restore")
    assert (await client.patch(url, json={"body": "d"})).status_code == 200
    await client.delete(url)
    await client.delete(f"{TASKS}/{task['id']}")
    refused(await client.post(f"{TRASH}/comment/{comment['id']}/restore"), 409, "parent_in_trash")
    assert (await client.delete(f"{TRASH}/task/{task['id']}", params={"count": 2})).status_code == 204
    refused(await client.post(f"{TRASH}/comment/{comment['id']}/restore"), 404, "comment_not_found")
