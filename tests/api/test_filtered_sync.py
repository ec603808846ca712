"""Filtered sync over REST, on PostgreSQL."""

import asyncio
import json
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from application import filtered
from entrypoints.http.told import ChangeList, ChangeOut, Kept
from tests.support.apps import App
from tests.support.asking import API, COMMENTS, PROJECTS, TASKS, listed, made, refused

CHANGES, SNAPSHOT, STREAM = f"{API}/changes", f"{API}/snapshot", f"{API}/changes/stream"
Json = dict[str, Any]


async def changes(client: httpx.AsyncClient, text: str, after: str | None = None, **more: Any) -> Json:
    asked = {"filter": text, **({"after": after} if after else {}), **more}
    answer = await client.get(CHANGES, params=asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def effects(item: Json) -> list[tuple[str, str]]:
    return [(one["id"], one["effect"]) for one in item["tasks"]]


@pytest.mark.rule("FSYNC-1", "FSYNC-2", "FSYNC-3")
async def test_tasks_enter_change_and_leave(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, "Work")
    start = (await changes(client, "#Work"))["next"]
    task = await made(client, TASKS, "t", project_id=project["id"])
    await made(client, TASKS, "elsewhere")
    await client.patch(f"{TASKS}/{task['id']}", json={"title": "u"})
    await client.patch(f"{PROJECTS}/{project['id']}", json={"name": "Play"})
    page = await changes(client, "#Work", start)
    entered, changed, left = page["items"]
    assert [effects(item) for item in page["items"]] == [
        [(task["id"], "entered")], [(task["id"], "changed")], [(task["id"], "left")],
    ]  # fmt: skip
    ((crossing,), whole) = entered["tasks"], (await client.get(f"{CHANGES}/{entered['id']}")).json()
    assert {name: entered[name] for name in whole} == whole
    assert crossing["version"] == 1
    assert crossing["state"] == entered["after"]
    assert changed["tasks"] == [{"id": task["id"], "effect": "changed", "version": None, "state": None}]
    assert (left["entity"], left["verb"], left["after"]["name"]) == ("project", "update", "Play")
    assert (page["turned"], page["has_more"], page["time_zone"]) == ([], False, "UTC")
    assert set(page) == {"items", "turned", "next", "has_more", "resolved_at", "time_zone", "kept"}
    assert page["kept"] == (await client.get(CHANGES)).json()["kept"]


@pytest.mark.rule("FSYNC-1", "FSYNC-8")
async def test_a_snapshot_and_what_follows_are_the_list(client: httpx.AsyncClient) -> None:
    kept, gone = await made(client, TASKS, "kept"), await made(client, TASKS, "gone")
    await made(client, TASKS, "other")
    text = 'title = kept | title = "gone" | title = new'
    *lines, end = (await client.get(SNAPSHOT, params={"filter": text})).text.splitlines()
    things = {line["id"]: line["state"] for line in map(json.loads, lines)}
    assert list(things) == [gone["id"], kept["id"]]
    assert json.loads(end)["count"] == 2
    await client.delete(f"{TASKS}/{gone['id']}")
    await made(client, COMMENTS, "said", task_id=kept["id"])
    await made(client, TASKS, "new")
    await client.patch(f"{TASKS}/{kept['id']}", json={"description": "d"})
    page = await changes(client, text, json.loads(end)["next"])
    for item in page["items"]:
        for crossing in item["tasks"]:
            if crossing["effect"] == "left":
                del things[crossing["id"]]
            else:
                things.setdefault(crossing["id"], {}).update(crossing["state"] or item["after"])
    fresh = {task["id"]: task for task in await listed(client, TASKS, filter=text)}
    assert things.keys() == fresh.keys()
    for task_id, state in things.items():
        told = state.keys() & fresh[task_id].keys()
        assert {name: state[name] for name in told} == {name: fresh[task_id][name] for name in told}
    assert [item["entity"] for item in page["items"]] == ["task", "comment", "task", "task"]


@pytest.mark.rule("FSYNC-6")
async def test_time_moves_tasks_that_nothing_changes(client: httpx.AsyncClient) -> None:
    text = "created_at > now-PT1S"
    task = await made(client, TASKS, "new")
    page = await changes(client, text)
    assert [effects(item) for item in page["items"]] == [[(task["id"], "entered")]]
    await asyncio.sleep(1)
    later = await changes(client, text, page["next"])
    assert (later["items"], effects({"tasks": later["turned"]})) == ([], [(task["id"], "left")])
    assert later["resolved_at"] > page["resolved_at"]
    assert (await changes(client, text, later["next"]))["turned"] == []


@pytest.mark.rule("FSYNC-5")
async def test_a_token_of_another_filter_is_refused(app: App, client: httpx.AsyncClient) -> None:
    token = (await changes(client, "overdue"))["next"]
    assert (await changes(client, "  OVERDUE ", token))["items"] == []
    async with app.client("somebody else") as other:
        for who, asked in (
            (client, {"filter": "today", "after": token}), (client, {"after": token}),
            (client, {"filter": "overdue", "after": token, "types": "task"}),
            (client, {"filter": "overdue", "after": token + "A"}),
            (client, {"filter": "overdue", "after": (await client.get(CHANGES)).json()["next"]}),
            (other, {"filter": "overdue", "after": token}),
        ):  # fmt: skip
            for path in (CHANGES, STREAM):
                refused(await who.get(path, params=asked), 400, "invalid_cursor")


@pytest.mark.rule("FSYNC-10")
@pytest.mark.parametrize("path", [CHANGES, STREAM, SNAPSHOT])
async def test_what_is_no_filter_is_refused(client: httpx.AsyncClient, path: str) -> None:
    refused(
        await client.get(path, params={"filter": "today & colour = red"}), 422, "invalid_filter",
        reason="unknown_field", start=8, end=14,
    )  # fmt: skip
    refused(await client.get(path, params={"filter": ""}), 422, "invalid_filter", reason="empty")


@pytest.mark.rule("FSYNC-3")
@pytest.mark.parametrize("path", [CHANGES, STREAM, SNAPSHOT])
async def test_a_filter_without_tasks_is_refused(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, params={"filter": "today", "types": "project"})
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("/types", "no_tasks")]


@pytest.mark.rule("FSYNC-7")
async def test_who_is_too_far_behind_is_sent_to_a_snapshot_by_the_same_filter(
    client: httpx.AsyncClient,
) -> None:
    asked = {"filter": '@"ä & ü" | today', "types": ["task", "label"]}
    token = (await client.get(CHANGES, params=asked)).json()["next"]
    for _ in range(3):
        await made(client, TASKS)
    with patch.object(filtered, "LAG_MAX", 2):
        answer = await client.get(CHANGES, params={**asked, "after": token})
        told = (await client.get(STREAM, params={**asked, "after": token})).text
    refused(answer, 410, "changes_gone")
    link = answer.links["alternate"]["url"]
    assert (urlsplit(link).path, parse_qsl(urlsplit(link).query)) == (
        SNAPSHOT, [("filter", asked["filter"]), ("types", "task"), ("types", "label")],
    )  # fmt: skip
    assert "event: resync" in told
    assert json.loads(told.split("data: ")[1]) == {"snapshot": link}
    assert (await client.get(link)).status_code == 200


@pytest.mark.rule("FSYNC-12")
async def test_without_a_filter_it_is_as_it_was(app: App, client: httpx.AsyncClient, subject: str) -> None:
    """As ChangeList alone writes it."""
    await made(client, TASKS)
    answer = await client.get(CHANGES)
    me = await app.container.authenticator().authenticate(app.token(subject))
    page = await app.container.changes().list(me)
    items = [ChangeOut.model_validate(change) for change in page.items]
    retention = app.container.settings().journal_retention
    kept = Kept(floor=0, floor_at=None, retention=retention)
    plain = ChangeList(items=items, next=page.next, has_more=False, kept=kept)
    assert answer.content == plain.model_dump_json().encode()
    assert set(answer.json()) == {"items", "next", "has_more", "kept"}
    *lines, end = (await client.get(SNAPSHOT)).text.splitlines()
    assert json.loads(end) == {"next": page.next, "count": len(lines)}
