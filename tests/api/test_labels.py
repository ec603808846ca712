"""Labels over REST, on PostgreSQL."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.apps import App
from tests.support.asking import (
    LABELS,
    TASKS,
    TRASH,
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


@pytest.mark.rule("LBL-1")
async def test_names_are_unique_without_case_and_accents(client: httpx.AsyncClient, app: App) -> None:
    cafe = await made(client, LABELS, "Café", color="#3b82f6")
    assert cafe == {
        "id": cafe["id"], "name": "Café", "color": "#3b82f6", "created_at": cafe["created_at"],
        "updated_at": cafe["created_at"], "version": 1,
    }  # fmt: skip
    zoo = await made(client, LABELS, "zoo")
    ant = await made(client, LABELS, "Ant")
    for name in ("cafe", "CAFE\u0301", "\uff43afé", " café "):
        refused(await client.post(LABELS, json={"name": name}), 409, "label_name_taken")
        refused(await client.patch(f"{LABELS}/{zoo['id']}", json={"name": name}), 409, "label_name_taken")
    same = (await client.patch(f"{LABELS}/{cafe['id']}", json={"name": "CAFÉ"})).json()
    assert (same["name"], same["version"]) == ("CAFÉ", 2)
    assert [one["id"] for one in await listed(client, LABELS)] == [ant["id"], cafe["id"], zoo["id"]]
    for bad, expected in (
        ({"name": ""}, ("/name", "too_short")),
        ({"name": "n" * 101}, ("/name", "too_long")),
        ({"name": "a\tb"}, ("/name", "control_character")),
        ({"color": "blue"}, ("/color", "not_a_color")),
        ({"key": "x"}, ("/key", "unknown_field")),
    ):
        invalid(await client.patch(f"{LABELS}/{cafe['id']}", json=bad), expected)
    assert (await client.post(LABELS, json={"name": "\ufdfa" * 100})).status_code == 201
    async with app.client("somebody else who likes coffee") as other:
        await made(other, LABELS, "café")


@pytest.mark.rule("LBL-2", "HTTP-19")
async def test_a_task_has_labels_that_are_in_use(client: httpx.AsyncClient, app: App) -> None:
    labels = [await made(client, LABELS, f"l{number}") for number in range(51)]
    task = await made(client, TASKS, labels=[labels[1]["id"], labels[0]["id"], labels[0]["id"]])
    assert task["labels"] == sorted([labels[0]["id"], labels[1]["id"]])
    assert [one["id"] for one in await listed(client, TASKS, label_id=labels[0]["id"])] == [task["id"]]
    assert await listed(client, TASKS, label_id=labels[2]["id"]) == []
    url = f"{TASKS}/{task['id']}"
    many: dict[str, Any] = {"labels": [label["id"] for label in labels]}
    assert (await client.patch(url, json=many)).status_code == 422
    fifty = (await client.patch(url, json={"labels": many["labels"][:50]})).json()
    assert len(fifty["labels"]) == 50
    async with app.client("somebody else with a label") as other:
        foreign = await made(other, LABELS, "foreign")
    await client.delete(f"{LABELS}/{labels[50]['id']}")
    for wrong in (foreign["id"], str(uuid4()), labels[50]["id"]):
        invalid(await client.patch(url, json={"labels": [wrong]}), ("/labels", "not_found"))
    assert (await client.patch(url, json={"labels": None})).json()["labels"] == []


@pytest.mark.rule("LBL-3")
async def test_renaming_changes_no_task(client: httpx.AsyncClient) -> None:
    label = await made(client, LABELS, "old")
    task = await made(client, TASKS, labels=[label["id"]])
    await client.patch(f"{LABELS}/{label['id']}", json={"name": "new", "color": "#000000"})
    assert await got(client, TASKS, task) == task
    assert [change["entity"] for change in await told(client)] == ["label", "task", "label"]


@pytest.mark.rule("LBL-4", "UNDO-4")
async def test_merging(client: httpx.AsyncClient, app: App, subject: str) -> None:
    old, new = [await made(client, LABELS, name) for name in ("old", "new")]
    both = await made(client, TASKS, labels=[old["id"], new["id"]])
    only = await made(client, TASKS, labels=[old["id"]])
    neither = await made(client, TASKS)
    url = f"{LABELS}/{old['id']}/merge"
    for wrong in (old["id"], str(uuid4())):
        invalid(await client.post(url, json={"into": wrong}), ("/into", "not_found"))
    async with app.client(subject, ["tasks:read", "tasks:write"]) as poor:
        answer = await poor.post(url, json={"into": new["id"]})
        refused(answer, 403, "insufficient_scope", scope="tasks:delete")
    stale = await client.post(url, json={"into": new["id"]}, headers={"If-Match": '"v9"'})
    refused(stale, 412, "version_mismatch", current=old)
    answer = await client.post(url, json={"into": new["id"]}, headers={"If-Match": '"v1"'})
    assert (answer.status_code, answer.json()) == (200, new)
    for task in (both, only):
        assert (await got(client, TASKS, task))["labels"] == [new["id"]]
    assert await got(client, TASKS, neither) == neither
    assert [one["id"] for one in await listed(client, LABELS)] == [new["id"]]
    merged = (await told(client))[-3:]
    assert sorted((change["entity"], change["verb"]) for change in merged) == [
        ("label", "delete"), ("task", "merge"), ("task", "merge"),
    ]  # fmt: skip
    assert (await taken_back(client, merged[0])).status_code == 200
    for where, thing in ((LABELS, old), (TASKS, both), (TASKS, only)):
        assert plain(await got(client, where, thing)) == plain(thing)


@pytest.mark.rule("LBL-5", "TRASH-3")
async def test_deleting_and_restoring(client: httpx.AsyncClient) -> None:
    label = await made(client, LABELS, "Once")
    task = await made(client, TASKS, labels=[label["id"]])
    gone = await made(client, TASKS, labels=[label["id"]])
    assert (await client.delete(f"{LABELS}/{label['id']}")).status_code == 204
    assert (await client.delete(f"{LABELS}/{label['id']}")).status_code == 204
    assert (await got(client, TASKS, task))["labels"] == []
    await client.delete(f"{TASKS}/{gone['id']}")
    rival = await made(client, LABELS, "ONCE")
    restore = f"{TRASH}/label/{label['id']}/restore"
    refused(await client.post(restore), 409, "label_name_taken")
    await client.delete(f"{LABELS}/{rival['id']}")
    back = await done(client, restore)
    assert plain(back) == plain(label)
    assert plain(await got(client, TASKS, task)) == plain(task)
    assert (await done(client, f"{TRASH}/task/{gone['id']}/restore"))["labels"] == [label["id"]]
