"""Taking back, history and the past over REST, on PostgreSQL."""

import asyncio
import random
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.change import JOURNALED, EntityKind
from tests.support.apps import App

TASKS, CHANGES, REVERTS, TOKENS = "/api/v1/tasks", "/api/v1/changes", "/api/v1/reverts", "/api/v1/tokens"


async def made(client: httpx.AsyncClient, **values: str) -> str:
    return str((await client.post(TASKS, json={"title": "t", **values})).json()["id"])


async def told(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    return list((await client.get(CHANGES, params={"limit": 500})).json()["items"])


async def revert(client: httpx.AsyncClient, change: dict[str, Any], *force: str) -> httpx.Response:
    return await client.post(f"{CHANGES}/{change['id']}/revert", params={"force": list(force)})


@pytest.mark.rule("UNDO-1", "UNDO-3")
async def test_every_verb_is_taken_back_and_done_again(client: httpx.AsyncClient) -> None:
    task = await made(client)
    path = f"{TASKS}/{task}"
    for act in (
        client.patch(path, json={"title": "u", "priority": "high"}),
        *(client.post(f"{path}/{verb}") for verb in ("start", "complete", "reopen", "cancel")),
        client.delete(path),
    ):
        before = await client.get(path)
        await act
        after, change = await client.get(path), (await told(client))[-1]
        back = await revert(client, change)
        assert back.status_code == 200, back.text
        (taken,) = back.json()["changes"]
        assert (taken["verb"], taken["reverts"], taken["entity_id"]) == ("revert", change["seq"], task)
        assert same(await client.get(path), before)
        (redone,) = (await revert(client, taken)).json()["changes"]
        assert same(await client.get(path), after)
        assert (await revert(client, taken)).json()["changes"] == []
        await revert(client, redone)
        if change["verb"] != "delete":
            await revert(client, (await told(client))[-1])
    assert (await client.get(f"{CHANGES}/verify")).json()["valid"] is True


def same(one: httpx.Response, other: httpx.Response) -> bool:
    hidden = {"version", "updated_at", "request_id", "instance"}
    shown = [{k: v for k, v in answer.json().items() if k not in hidden} for answer in (one, other)]
    return (one.status_code, shown[0]) == (other.status_code, shown[1])


@pytest.mark.rule("UNDO-1", "UNDO-5")
async def test_what_was_made_goes_to_the_trash_and_that_needs_its_scope(
    app: App, client: httpx.AsyncClient, subject: str
) -> None:
    task = await made(client)
    (create,) = await told(client)
    async with app.client(subject, ["tasks:read", "tasks:write"]) as poor:
        refused = await revert(poor, create)
        assert (refused.status_code, refused.json()["scope"]) == (403, "tasks:delete")
    assert (await revert(client, create)).status_code == 200
    assert (await client.get(f"{TASKS}/{task}")).status_code == 404
    assert (await revert(client, create)).json()["changes"] == []


@pytest.mark.rule("UNDO-2")
async def test_conflicts_say_what_is_there_and_give_way_to_force(client: httpx.AsyncClient) -> None:
    task = await made(client)
    await client.patch(f"{TASKS}/{task}", json={"title": "u", "description": "d"})
    edit = (await told(client))[-1]
    await client.patch(f"{TASKS}/{task}", json={"title": "v"})
    refused = await revert(client, edit)
    assert (refused.status_code, refused.json()["code"]) == (409, "revert_conflict")
    assert refused.json()["conflicts"] == [
        {"change_id": edit["id"], "entity": "task", "entity_id": task, "field": "title",
         "current": "v", "reverted": "t"}
    ]  # fmt: skip
    assert (await client.get(f"{TASKS}/{task}")).json()["description"] == "d"
    assert (await revert(client, edit, "title")).status_code == 200
    now = (await client.get(f"{TASKS}/{task}")).json()
    assert (now["title"], now["description"]) == ("t", "")


@pytest.mark.rule("UNDO-4", "UNDO-5")
async def test_tokens_stay_and_what_is_not_mine_is_not_there(app: App, client: httpx.AsyncClient) -> None:
    values = {"name": "n", "kind": "agent", "scopes": ["tasks:read"], "expires_in": 600}
    await client.post(TOKENS, json=values)
    (issued,) = await told(client)
    refused = await revert(client, issued)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_revertible")
    await made(client)
    mine = (await told(client))[-1]
    async with app.client("somebody else") as other:
        assert (await revert(other, mine)).status_code == 404
        for wanted in ({"request_id": mine["request_id"]}, {"batch_id": str(uuid4())}):
            answer = await other.post(REVERTS, json=wanted)
            assert (answer.status_code, answer.json()["code"]) == (404, "change_not_found")


@pytest.mark.rule("UNDO-4")
async def test_a_batch_is_taken_back_whole(client: httpx.AsyncClient) -> None:
    old = await made(client, title="old")
    commands = [
        {"id": "1", "verb": "task.create", "args": {"title": "new"}, "temp_id": "n"},
        {"id": "2", "verb": "task.complete", "args": {"id": "n"}},
        {"id": "3", "verb": "task.update", "args": {"id": old, "title": "renamed"}},
        {"id": "4", "verb": "task.delete", "args": {"id": old}},
    ]
    done = (await client.post("/api/v1/batch", json={"mode": "atomic", "commands": commands})).json()
    batch_id = (await told(client))[-1]["batch_id"]
    back = await client.post(REVERTS, json={"batch_id": batch_id})
    assert back.status_code == 200, back.text
    assert [change["reverts"] for change in back.json()["changes"]] == [5, 4, 3, 2]
    assert (await client.get(f"{TASKS}/{old}")).json()["title"] == "old"
    assert (await client.get(f"{TASKS}/{done['temp_ids']['n']}")).status_code == 404
    assert (await client.post(REVERTS, json={"batch_id": batch_id})).json()["changes"] == []


@pytest.mark.rule("UNDO-2", "UNDO-4")
async def test_an_agents_run_is_taken_back_or_nothing_of_it(app: App, client: httpx.AsyncClient) -> None:
    first, second = await made(client, title="first"), await made(client, title="second")
    values = {"name": "a", "kind": "agent", "scopes": ["tasks:write", "account:admin"], "expires_in": 600}
    token = (await client.post(TOKENS, json=values)).json()
    async with app.client() as agent:
        agent.headers["Authorization"] = f"Bearer {token['token']}"
        await agent.patch(f"{TASKS}/{first}", json={"title": "long ago"})
        await asyncio.sleep(0.01)
        since = datetime.now(UTC).isoformat()
        await agent.patch(f"{TASKS}/{first}", json={"title": "agent's"})
        await agent.post(f"{TASKS}/{second}/complete")
        await agent.post(TOKENS, json=values | {"expires_in": 60})
        extra = await made(agent, title="extra")
    await client.patch(f"{TASKS}/{first}", json={"title": "mine"})
    asked = {"token_id": token["id"], "since": since}
    refused = await client.post(REVERTS, json=asked)
    assert (refused.status_code, [one["field"] for one in refused.json()["conflicts"]]) == (409, ["title"])
    assert (await client.get(f"{TASKS}/{second}")).json()["status"] == "done"
    back = (await client.post(REVERTS, json=asked | {"force": ["title"]})).json()
    assert (len(back["changes"]), len(back["skipped"])) == (3, 1)
    assert (await client.get(f"{TASKS}/{first}")).json()["title"] == "long ago"
    assert (await client.get(f"{TASKS}/{second}")).json()["status"] == "todo"
    assert (await client.get(f"{TASKS}/{extra}")).status_code == 404


@pytest.mark.rule("UNDO-4")
async def test_what_cannot_be_asked(client: httpx.AsyncClient) -> None:
    for body in ({}, {"request_id": "a", "batch_id": str(uuid4())}, {"since": "2026-01-01T00:00:00Z"},
                 {"request_id": "a", "since": "2026-01-01T00:00:00"}, {"account": "a"}):  # fmt: skip
        assert (await client.post(REVERTS, json=body)).status_code == 422


@pytest.mark.rule("UNDO-1")
async def test_taking_back_can_be_tried_and_repeated(client: httpx.AsyncClient) -> None:
    task = await made(client)
    await client.post(f"{TASKS}/{task}/complete")
    change = (await told(client))[-1]
    path = f"{CHANGES}/{change['id']}/revert"
    tried = (await client.post(path, params={"dry_run": "true"})).json()
    assert tried["counts"] == {"revert": 1}
    key = {"Idempotency-Key": str(uuid4())}
    first, again = [await client.post(path, headers=key) for _ in range(2)]
    assert first.json() == again.json()
    assert len(first.json()["changes"]) == 1
    assert len(await told(client)) == 3


@pytest.mark.rule("PAST-1")
async def test_history_says_who_set_what_and_why(app: App, client: httpx.AsyncClient, subject: str) -> None:
    task = await made(client)
    await client.patch(
        f"{TASKS}/{task}", json={"title": "u"}, headers={"Remit-Reason": "the old one was wrong"}
    )
    values = {"name": "planner", "kind": "agent", "scopes": ["tasks:write"], "expires_in": 600}
    token = (await client.post(TOKENS, json=values)).json()
    async with app.client() as agent:
        bearer = {"Authorization": f"Bearer {token['token']}"}
        await agent.post(f"{TASKS}/{task}/complete", headers=bearer)
    await client.delete(f"{TASKS}/{task}")
    history = (await client.get(f"{TASKS}/{task}/history")).json()
    assert [change["verb"] for change in history["items"]] == ["delete", "complete", "update", "create"]
    fields = history["fields"]
    title, status, description = fields["title"], fields["status"], fields["description"]
    assert (title["value"], title["actor"], title["reason"]) == ("u", subject, "the old one was wrong")
    assert (status["value"], status["actor"], status["via"]) == ("done", "planner", "agent")
    assert status["token_id"] == token["id"]
    assert (description["value"], description["verb"]) == ("", "create")
    assert set(fields) == set(JOURNALED[EntityKind.TASK].codec.names) - {"updated_at"}
    seen, cursor = [], None
    for _ in range(4):
        asked = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        page = (await client.get(f"{TASKS}/{task}/history", params=asked)).json()
        seen += page["items"]
        cursor = page["next_cursor"]
    assert (seen, cursor) == (history["items"], None)
    first = (await client.get(f"{TASKS}/{task}/history", params={"limit": 1})).json()["next_cursor"]
    other = await made(client)
    assert (await client.get(f"{TASKS}/{other}/history", params={"cursor": first})).status_code == 400
    assert (await client.get(f"{TASKS}/{uuid4()}/history")).status_code == 404


@pytest.mark.rule("PAST-2")
async def test_the_past_is_what_was_answered_then(client: httpx.AsyncClient) -> None:
    dice, tasks, seen = random.Random(5), list[str](), list[tuple[str, Any, Any, Any]]()
    for number in range(40):
        match dice.choice(("create", "create", "edit", "verb", "delete", "revert")):
            case "edit" if tasks:
                await client.patch(f"{TASKS}/{dice.choice(tasks)}", json={"title": f"edited {number}"})
            case "verb" if tasks:
                verb = dice.choice(("start", "complete", "cancel", "reopen"))
                await client.post(f"{TASKS}/{dice.choice(tasks)}/{verb}")
            case "delete" if tasks:
                await client.delete(f"{TASKS}/{dice.choice(tasks)}")
            case "revert" if tasks:
                await revert(client, dice.choice(await told(client)))
            case _:
                tasks.append(await made(client))
        which = dice.choice(tasks)
        one = (await client.get(f"{TASKS}/{which}")).json()
        everything = (await client.get(TASKS, params={"limit": 200})).json()["items"]
        seen.append((datetime.now(UTC).isoformat(), which, one, everything))
        await asyncio.sleep(0.001)
    for at, which, one, everything in seen:
        then = (await client.get(f"{TASKS}/{which}", params={"as_of": at})).json()
        hidden = {"request_id"}
        assert {k: v for k, v in then.items() if k not in hidden} == {
            k: v for k, v in one.items() if k not in hidden
        }
        listed: list[Any] = []
        page = (await client.get(TASKS, params={"as_of": at, "limit": 7})).json()
        while True:
            listed += page["items"]
            if page["next_cursor"] is None:
                break
            asked = {"as_of": at, "limit": 7, "cursor": page["next_cursor"]}
            page = (await client.get(TASKS, params=asked)).json()
        assert listed == everything
        done = (await client.get(TASKS, params={"as_of": at, "status": "done"})).json()["items"]
        assert done == [task for task in everything if task["status"] == "done"][:50]


@pytest.mark.rule("PAST-2")
async def test_times_that_cannot_be_looked_at(app: App, client: httpx.AsyncClient) -> None:
    task = await made(client)
    for bad in ("yesterday", "2026-01-01T00:00:00", ""):
        for path in (TASKS, f"{TASKS}/{task}"):
            assert (await client.get(path, params={"as_of": bad})).status_code == 422
    long_ago = "2020-01-01T00:00:00Z"
    assert (await client.get(f"{TASKS}/{task}", params={"as_of": long_ago})).status_code == 404
    assert (await client.get(TASKS, params={"as_of": long_ago})).json()["items"] == []
    async with app.client("somebody else") as other:
        now = datetime.now(UTC).isoformat()
        assert (await other.get(f"{TASKS}/{task}", params={"as_of": now})).status_code == 404
