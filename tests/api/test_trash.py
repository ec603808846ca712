"""The trash over REST, on PostgreSQL."""

from collections.abc import Sequence
from uuid import uuid4

import httpx
import pytest

from tests.support.apps import App
from tests.support.asking import (
    API,
    COMMENTS,
    LABELS,
    ME,
    PROJECTS,
    SECTIONS,
    TASKS,
    TRASH,
    VIEWS,
    Json,
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

KINDS = {
    "project": PROJECTS, "section": SECTIONS, "task": TASKS, "label": LABELS, "comment": COMMENTS, "view": VIEWS,
}  # fmt: skip


async def one_of_each(client: httpx.AsyncClient) -> list[tuple[str, Json]]:
    task = await made(client, TASKS, "a task")
    return [
        ("project", await made(client, PROJECTS, "a project")),
        ("section", await made(client, SECTIONS, "a section")),
        ("task", await made(client, TASKS, "another task")),
        ("label", await made(client, LABELS, "a label")),
        ("comment", await made(client, COMMENTS, "a comment", task_id=task["id"])),
        ("view", await made(client, VIEWS, "a view", filter="open")),
    ]


async def delete(client: httpx.AsyncClient, things: Sequence[tuple[str, Json]]) -> None:
    for kind, thing in things:
        assert (await client.delete(f"{KINDS[kind]}/{thing['id']}")).status_code == 204


@pytest.mark.rule("TRASH-1", "TRASH-2", "TRASH-3")
async def test_everything_goes_there_and_comes_back(client: httpx.AsyncClient, app: App) -> None:
    things = await one_of_each(client)
    await delete(client, things)
    await delete(client, things)
    shown = await listed(client, TRASH)
    assert [(one["kind"], one["id"]) for one in shown] == [
        (kind, one["id"]) for kind, one in reversed(things)
    ]
    titles = {"a project", "a section", "another task", "a label", "a comment", "a view"}
    assert {one["title"] for one in shown} == titles
    assert shown == sorted(shown, key=lambda one: one["deleted_at"], reverse=True)
    cursor = (await client.get(TRASH, params={"limit": 1})).json()["next_cursor"]
    refused(await client.get(TRASH, params={"cursor": f"{cursor}x"}), 400, "invalid_cursor")
    async with app.client("a thief in the trash") as thief:
        refused(await thief.get(TRASH, params={"cursor": cursor}), 400, "invalid_cursor")
        assert await listed(thief, TRASH) == []
        for kind, thing in things:
            refused(await thief.post(f"{TRASH}/{kind}/{thing['id']}/restore"), 404, f"{kind}_not_found")
    for kind, thing in things:
        where = KINDS[kind]
        assert thing["id"] not in [one["id"] for one in await listed(client, where)]
        for method in ("GET", "PATCH"):
            body = {} if method == "PATCH" else None
            gone = await client.request(method, f"{where}/{thing['id']}", json=body)
            refused(gone, 404, f"{kind}_not_found")
        answer = await client.post(f"{TRASH}/{kind}/{thing['id']}/restore")
        assert (answer.status_code, answer.headers["etag"]) == (200, '"v3"')
        assert plain(answer.json()) == plain(thing)
        again = await client.post(f"{TRASH}/{kind}/{thing['id']}/restore")
        assert (again.status_code, again.json()) == (200, answer.json())
        assert await got(client, where, thing) == answer.json()
    assert await listed(client, TRASH) == []
    restored = [change for change in await told(client) if change["verb"] == "restore"]
    assert len(restored) == len(things)
    assert all(
        change["after"]["deleted_at"] is None and "created_at" in change["after"] for change in restored
    )


@pytest.mark.rule("TRASH-1", "TRASH-2", "TRASH-3", "TRASH-4")
async def test_what_went_along_comes_back_along(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, "p")
    parent = await made(client, TASKS, "parent", project_id=project["id"])
    child = await made(client, TASKS, "child", parent_id=parent["id"])
    before = await made(client, TASKS, "before", parent_id=parent["id"])
    await delete(client, [("task", before)])
    await delete(client, [("task", parent), ("project", project)])
    assert [one["id"] for one in await listed(client, TRASH)] == [project["id"], parent["id"], before["id"]]
    for thing in (parent, child, before):
        answer = await client.post(f"{TRASH}/task/{thing['id']}/restore")
        refused(answer, 409, "parent_in_trash")
    refused(await client.get(f"{PROJECTS}/{project['id']}"), 404, "project_not_found")
    await done(client, f"{TRASH}/project/{project['id']}/restore")
    assert await listed(client, TASKS) == []
    back = await done(client, f"{TRASH}/task/{parent['id']}/restore")
    assert (back["subtasks"]["total"], back["project_id"], back["rank"]) == (1, project["id"], parent["rank"])
    assert plain(await got(client, TASKS, child)) == plain(child)
    refused(await client.get(f"{TASKS}/{before['id']}"), 404, "task_not_found")
    await done(client, f"{TRASH}/task/{before['id']}/restore")
    assert (await got(client, TASKS, parent))["subtasks"]["total"] == 2


@pytest.mark.rule("TRASH-4")
async def test_nothing_is_put_into_what_is_there(client: httpx.AsyncClient) -> None:
    project, section, task = [await made(client, where, "gone") for where in (PROJECTS, SECTIONS, TASKS)]
    await delete(client, [("project", project), ("section", section), ("task", task)])
    for where, name, thing in (
        (PROJECTS, "parent_id", project),
        (SECTIONS, "project_id", project),
        (TASKS, "project_id", project),
        (TASKS, "section_id", section),
        (TASKS, "parent_id", task),
    ):
        label = "title" if where == TASKS else "name"
        answer = await client.post(where, json={label: "n", name: thing["id"]})
        invalid(answer, (f"/{name}", "not_found"))


@pytest.mark.rule("TRASH-5", "DEP-1")
async def test_what_is_there_blocks_nobody(client: httpx.AsyncClient) -> None:
    blocker = await made(client, TASKS)
    task = await made(client, TASKS, blocked_by=[blocker["id"]])
    await delete(client, [("task", blocker)])
    assert (await got(client, TASKS, task))["ready"] is True
    await done(client, f"{TRASH}/task/{blocker['id']}/restore")
    assert await got(client, TASKS, task) == task
    refused(await client.post(f"{TASKS}/{task['id']}/start"), 409, "blocked")


@pytest.mark.rule("TRASH-6", "TRASH-7")
async def test_purging_is_confirmed_by_a_count(client: httpx.AsyncClient) -> None:
    parent = await made(client, TASKS, "parent")
    child = await made(client, TASKS, "child", parent_id=parent["id"])
    comment = await made(client, COMMENTS, "said", task_id=child["id"])
    waiting = await made(client, TASKS, "waiting", blocked_by=[child["id"]])
    url = f"{TRASH}/task/{parent['id']}"
    refused(await client.delete(url, params={"count": 3}), 404, "task_not_found")
    await delete(client, [("task", parent)])
    assert (await client.delete(url)).status_code == 422
    for wrong in ("+3", "3.0", "-1", "x"):
        assert (await client.delete(url, params={"count": wrong})).status_code == 422
    for wrong_count in (0, 1, 2, 4):
        refused(await client.delete(url, params={"count": wrong_count}), 409, "count_mismatch", count=3)
    assert len(await listed(client, TRASH)) == 1
    gone = await client.delete(url, params={"count": 3})
    assert (gone.status_code, gone.content) == (204, b"")
    refused(await client.delete(url, params={"count": 3}), 404, "task_not_found")
    refused(await client.post(f"{url}/restore"), 404, "task_not_found")
    refused(await client.get(f"{COMMENTS}/{comment['id']}"), 404, "comment_not_found")
    assert (await got(client, TASKS, waiting))["blocked_by"] == []
    purged = [change for change in await told(client) if change["verb"] == "purge"]
    assert {change["entity_id"] for change in purged} == {one["id"] for one in (parent, child, comment)}
    assert all(change["after"] is None and "created_at" in change["before"] for change in purged)
    refused(await client.post(f"{API}/changes/{purged[0]['id']}/revert"), 409, "not_revertible")
    refused(await taken_back(client, purged[0]), 409, "revert_conflict", conflicts=[])
    assert (await client.get(f"{API}/changes/verify")).json()["valid"] is True
    assert (await client.post(TASKS, json={"title": "t", "id": parent["id"]})).status_code == 201


@pytest.mark.rule("TRASH-6")
async def test_emptying_it(client: httpx.AsyncClient) -> None:
    things = await one_of_each(client)
    parent = await made(client, TASKS)
    await made(client, TASKS, parent_id=parent["id"])
    await delete(client, [*things, ("task", parent)])
    refused(await client.delete(TRASH, params={"count": 7}), 409, "count_mismatch", count=8)
    tried = await client.delete(TRASH, params={"count": 8, "dry_run": "true"})
    assert tried.json()["counts"] == {"purge": 8}
    assert (await client.delete(TRASH, params={"count": 8})).status_code == 204
    purged = (await told(client))[-8:]
    back = await taken_back(client, purged[0])
    assert (back.json()["changes"], set(back.json()["skipped"])) == ([], {change["id"] for change in purged})
    assert await listed(client, TRASH) == []
    assert (await client.delete(TRASH, params={"count": 0})).status_code == 204
    assert len(await listed(client, TASKS)) == 1


@pytest.mark.rule("TRASH-7", "HTTP-2")
async def test_purging_needs_its_own_scope(app: App, client: httpx.AsyncClient, subject: str) -> None:
    task = await made(client, TASKS)
    await delete(client, [("task", task)])
    command = {"id": "1", "verb": "task.purge", "args": {"id": task["id"], "count": 1}}
    async with app.client(subject, ["tasks:read", "tasks:write", "tasks:delete"]) as poor:
        for path in (f"{TRASH}/task/{task['id']}", TRASH):
            answer = await poor.delete(path, params={"count": 1})
            refused(answer, 403, "insufficient_scope", scope="tasks:purge")
        batch = await poor.post(f"{API}/batch", json={"mode": "independent", "commands": [command]})
        assert batch.status_code == 403 or batch.json()["results"][0]["status"] == 403
    async with app.client(subject, ["tasks:purge"]) as enough:
        assert (await enough.delete(TRASH, params={"count": 1})).status_code == 204


@pytest.mark.rule("TRASH-9", "ACC-4")
async def test_ids_stay_taken_and_things_count(client: httpx.AsyncClient) -> None:
    for kind, thing in await one_of_each(client):
        await delete(client, [(kind, thing)])
        body = {
            "title" if kind == "task" else "body" if kind == "comment" else "name": "n",
            "id": thing["id"],
        }
        if kind == "comment":
            body["task_id"] = (await listed(client, TASKS))[0]["id"]
        refused(await client.post(KINDS[kind], json=body), 409, "id_taken")
        usage = (await client.get(f"{ME}/usage")).json()
        assert usage[f"{kind}s"]["used"] == (2 if kind == "task" else 1)


@pytest.mark.rule("TRASH-3")
async def test_only_what_has_a_trash_is_looked_for_there(client: httpx.AsyncClient) -> None:
    for kind in ("preferences", "api_token", "tasks", "x"):
        assert (await client.post(f"{TRASH}/{kind}/{uuid4()}/restore")).status_code == 422
    for kind in KINDS:
        refused(await client.post(f"{TRASH}/{kind}/{uuid4()}/restore"), 404, f"{kind}_not_found")
        missing = await client.delete(f"{TRASH}/{kind}/{uuid4()}", params={"count": 1})
        refused(missing, 404, f"{kind}_not_found")


@pytest.mark.rule("TASK-3", "TRASH-9")
async def test_an_id_is_free_again_once_its_task_is_gone_for_good(client: httpx.AsyncClient) -> None:
    task = await made(client, TASKS)
    again = {"title": "again", "id": task["id"]}
    await client.delete(f"{TASKS}/{task['id']}")
    refused(await client.post(TASKS, json=again), 409, "id_taken")
    gone = await client.delete(f"{TRASH}/task/{task['id']}", params={"count": 1})
    assert gone.status_code == 204
    assert (await client.post(TASKS, json=again)).status_code == 201
