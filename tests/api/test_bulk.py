"""Bulk and duplicates over REST, on PostgreSQL."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.apps import App
from tests.support.asking import (
    API,
    COMMENTS,
    LABELS,
    PROJECTS,
    SECTIONS,
    TASKS,
    Json,
    done,
    got,
    invalid,
    listed,
    made,
    plain,
    refused,
    told,
)

BULK = f"{TASKS}/bulk"


async def bulk(client: httpx.AsyncClient, tasks: list[Json], verb: str, **more: Any) -> httpx.Response:
    return await client.post(BULK, json={"ids": [task["id"] for task in tasks], "verb": verb, **more})


@pytest.mark.rule("BULK-1", "BULK-2", "BULK-5")
async def test_each_verb_on_many(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, "p")
    tasks = [await made(client, TASKS, str(number)) for number in range(3)]
    link = {"href": "https://example.com/"}
    for verb, args, status in (
        ("task.update", {"priority": "high"}, 200),
        ("task.start", {}, 200),
        ("task.complete", {"children": "complete", "override": True}, 200),
        ("task.reopen", {}, 200),
        ("task.cancel", {}, 200),
        ("task.move", {"project_id": project["id"]}, 200),
        ("task.attach", link, 200),
        ("task.detach", link, 200),
        ("task.delete", {}, 204),
    ):
        answer = await bulk(client, tasks, verb, args=args)
        assert answer.status_code == 200, answer.text
        results = answer.json()["results"]
        assert [result["id"] for result in results] == [task["id"] for task in tasks]
        assert {result["status"] for result in results} == {status}
        if status == 200:
            assert results[1]["data"] == await got(client, TASKS, tasks[1])
        changes = (await told(client))[-3:]
        assert len({change["batch_id"] for change in changes}) == 1
    assert await listed(client, TASKS) == []
    back = await client.post(f"{API}/reverts", json={"batch_id": changes[0]["batch_id"]})
    assert back.status_code == 200
    assert len(await listed(client, TASKS)) == 3


@pytest.mark.rule("BULK-1")
async def test_what_it_refuses(client: httpx.AsyncClient) -> None:
    task = await made(client, TASKS)
    assert (await bulk(client, [task, task], "task.start")).status_code == 422
    assert (await bulk(client, [], "task.start")).status_code == 422
    many = [{"id": str(uuid4())} for _ in range(201)]
    assert (await bulk(client, many, "task.start")).status_code == 422
    for verb in ("task.create", "task.duplicate", "task.purge", "project.delete", "complete", ""):
        assert (await bulk(client, [task], verb)).status_code == 422
    invalid(
        await bulk(client, [task], "task.start", args={"id": str(uuid4())}), ("/args/id", "unknown_field")
    )
    invalid(
        await bulk(client, [task], "task.update", args={"tittle": "n"}), ("/args/tittle", "unknown_field")
    )
    invalid(await bulk(client, [task], "task.start", owner_id="x"), ("/owner_id", "unknown_field"))
    assert await got(client, TASKS, task) == task


@pytest.mark.rule("BULK-3")
async def test_modes(client: httpx.AsyncClient, app: App) -> None:
    good, done_before = [await made(client, TASKS, name) for name in ("good", "done")]
    await done(client, f"{TASKS}/{done_before['id']}/complete")
    async with app.client("somebody else in bulk") as other:
        foreign = await made(other, TASKS)
    tasks = [good, done_before, foreign, {"id": str(uuid4())}]
    count = len(await told(client))
    answer = await bulk(client, tasks, "task.cancel")
    refused(answer, 409, "batch_failed")
    assert [result["status"] for result in answer.json()["results"]] == [200, 409, 424, 424]
    assert len(await told(client)) == count
    answer = await bulk(client, tasks, "task.cancel", mode="independent")
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [200, 409, 404, 404]
    codes = [result["error"]["code"] for result in results[1:]]
    assert codes == ["transition_forbidden", "task_not_found", "task_not_found"]
    assert (await got(client, TASKS, good))["status"] == "cancelled"


@pytest.mark.rule("BULK-4")
async def test_a_ceiling_on_what_changes(client: httpx.AsyncClient) -> None:
    parents = [await made(client, TASKS, str(number)) for number in range(2)]
    for parent in parents:
        await made(client, TASKS, parent_id=parent["id"])
    for mode in ("atomic", "independent"):
        answer = await bulk(client, parents, "task.delete", max_affected=3, mode=mode)
        refused(answer, 409, "too_many_affected", affected=4, limit=3)
    assert len(await listed(client, TASKS)) == 4
    for wrong in (0, 1001, "4", None):
        assert (await bulk(client, parents, "task.delete", max_affected=wrong)).status_code == 422
    tried = await client.post(
        BULK,
        params={"dry_run": "true"},
        json={"ids": [one["id"] for one in parents], "verb": "task.delete", "max_affected": 4},
    )
    assert tried.json()["counts"] == {"delete": 4}
    assert (await bulk(client, parents, "task.delete", max_affected=4)).status_code == 200
    assert await listed(client, TASKS) == []


@pytest.mark.rule("BULK-6", "ORD-1")
async def test_duplicating_a_task(client: httpx.AsyncClient) -> None:
    label = await made(client, LABELS, "l")
    blocker, gone = [await made(client, TASKS, name) for name in ("blocker", "gone")]
    task = await made(
        client, TASKS, "original", description="d", priority="high", labels=[label["id"]],
        blocked_by=[blocker["id"], gone["id"]], links=[{"href": "https://example.com/"}],
        checklist=[{"title": "ticked", "checked": True}],
    )  # fmt: skip
    last = await made(client, TASKS, "last")
    child = await made(client, TASKS, "child", parent_id=task["id"])
    dropped = await made(client, TASKS, "dropped", parent_id=task["id"])
    await made(client, COMMENTS, "c", task_id=task["id"])
    for one in (gone, dropped):
        await client.delete(f"{TASKS}/{one['id']}")
    await done(client, f"{TASKS}/{child['id']}/complete")
    await done(client, f"{TASKS}/{task['id']}/cancel")
    task = await got(client, TASKS, task)
    chosen = str(uuid4())
    answer = await client.post(f"{TASKS}/{task['id']}/duplicate", json={"new_id": chosen})
    copied = answer.json()
    assert (answer.status_code, copied["id"], copied["version"]) == (201, chosen, 1)
    differing = {"id", "rank", "created_at"}
    expected = {
        **task, "status": "todo", "blocked_by": [blocker["id"]], "ready": False,
        "checklist": [{"title": "ticked", "checked": False}], "subtasks": {"total": 1, "closed": 0},
    }  # fmt: skip
    assert plain(copied, *differing) == plain(expected, *differing)
    assert task["rank"] < copied["rank"] < last["rank"]
    (copied_child,) = await listed(client, TASKS, parent_id=chosen)
    assert (copied_child["title"], copied_child["status"]) == ("child", "todo")
    assert await listed(client, COMMENTS, task_id=chosen) == []
    alone = await done(client, f"{TASKS}/{task['id']}/duplicate", {"tree": False})
    assert alone["subtasks"]["total"] == 0
    refused(await client.post(f"{TASKS}/{task['id']}/duplicate", json={"new_id": chosen}), 409, "id_taken")
    refused(await client.post(f"{TASKS}/{uuid4()}/duplicate", json={}), 404, "task_not_found")
    assert (await client.post(f"{TASKS}/{task['id']}/duplicate", json={"tree": "yes"})).status_code == 422


@pytest.mark.rule("BATCH-1", "BATCH-5", "BATCH-8")
async def test_a_whole_project_in_one_batch(client: httpx.AsyncClient) -> None:
    sent: list[tuple[str, dict[str, Any], str | None]] = [
        ("project.create", {"name": "House"}, "house"),
        ("project.create", {"name": "Roof", "parent_id": "house"}, "roof"),
        ("section.create", {"name": "Now", "project_id": "roof"}, "now"),
        ("label.create", {"name": "heavy"}, "heavy"),
        ("label.create", {"name": "light"}, "light"),
        ("task.create", {"title": "Buy tiles", "section_id": "now", "labels": ["heavy"]}, "buy"),
        ("task.create", {"title": "Lay tiles", "section_id": "now", "blocked_by": ["buy"]}, "lay"),
        ("task.create", {"title": "Left side", "parent_id": "lay", "labels": ["heavy", "light"]}, "left"),
        ("comment.create", {"task_id": "lay", "body": "Mind the rain"}, "said"),
        ("task.move", {"id": "lay", "before": "buy"}, None),
        ("task.duplicate", {"id": "lay"}, "again"),
        ("task.update", {"id": "again", "title": "Lay more"}, None),
        ("label.merge", {"id": "light", "into": "heavy"}, None),
        ("task.complete", {"id": "buy"}, None),
        ("task.attach", {"id": "buy", "href": "https://example.com/receipt"}, None),
        ("project.archive", {"id": "house"}, None),
        ("project.unarchive", {"id": "house"}, None),
        ("task.delete", {"id": "again"}, None),
        ("task.restore", {"id": "again"}, None),
    ]
    commands = [
        {"id": str(number), "verb": verb, "args": args, **({"temp_id": name} if name else {})}
        for number, (verb, args, name) in enumerate(sent)
    ]
    answer = await client.post(f"{API}/batch", json={"mode": "atomic", "commands": commands})
    assert answer.status_code == 200, answer.text
    ids = answer.json()["temp_ids"]
    assert set(ids) == {name for _, _, name in sent if name}
    lay = await got(client, TASKS, {"id": ids["lay"]})
    assert (lay["project_id"], lay["section_id"], lay["blocked_by"]) == (
        ids["roof"],
        ids["now"],
        [ids["buy"]],
    )
    assert (lay["ready"], lay["subtasks"]) == (True, {"total": 1, "closed": 0})
    left = await got(client, TASKS, {"id": ids["left"]})
    assert (left["parent_id"], left["labels"]) == (ids["lay"], [ids["heavy"]])
    assert (await got(client, TASKS, {"id": ids["again"]}))["title"] == "Lay more"
    assert (await got(client, COMMENTS, {"id": ids["said"]}))["task_id"] == ids["lay"]
    assert (await got(client, SECTIONS, {"id": ids["now"]}))["project_id"] == ids["roof"]
    batch_id = (await told(client))[-1]["batch_id"]
    back = await client.post(f"{API}/reverts", json={"batch_id": batch_id})
    assert back.status_code == 200, back.text
    for where in (PROJECTS, SECTIONS, LABELS, TASKS, COMMENTS):
        assert await listed(client, where) == []
    wrong = [{"id": "1", "verb": "task.create", "args": {"title": "t", "project_id": "house"}}]
    unknown = await client.post(f"{API}/batch", json={"mode": "atomic", "commands": wrong})
    invalid(unknown, ("/commands/0/args/project_id", "not_a_uuid"))
