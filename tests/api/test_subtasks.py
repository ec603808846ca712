"""Subtasks, checklists and links over REST, on PostgreSQL."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.asking import (
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
    taken_back,
    told,
)


async def chain(client: httpx.AsyncClient, levels: int) -> list[Json]:
    tasks = [await made(client, TASKS, "1")]
    for level in range(2, levels + 1):
        tasks.append(await made(client, TASKS, str(level), parent_id=tasks[-1]["id"]))
    return tasks


@pytest.mark.rule("SUB-1")
async def test_a_subtask_is_where_its_parent_is(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, "p")
    section = await made(client, SECTIONS, "s", project_id=project["id"])
    parent = await made(client, TASKS, section_id=section["id"])
    child = await made(client, TASKS, parent_id=parent["id"])
    assert (child["project_id"], child["section_id"]) == (project["id"], section["id"])
    elsewhere = await client.post(TASKS, json={"title": "t", "parent_id": parent["id"], "project_id": None})
    invalid(elsewhere, ("/parent_id", "other_project"), ("/section_id", "other_project"))
    gone = await made(client, TASKS)
    await client.delete(f"{TASKS}/{gone['id']}")
    for wrong in (str(uuid4()), gone["id"]):
        invalid(
            await client.post(TASKS, json={"title": "t", "parent_id": wrong}), ("/parent_id", "not_found")
        )
    assert [one["id"] for one in await listed(client, TASKS, parent_id=parent["id"])] == [child["id"]]
    assert [one["id"] for one in await listed(client, TASKS, parent_id="none")] == [parent["id"]]


@pytest.mark.rule("SUB-1")
async def test_levels_and_cycles(client: httpx.AsyncClient) -> None:
    tasks = await chain(client, 5)
    sixth = await client.post(TASKS, json={"title": "6", "parent_id": tasks[-1]["id"]})
    refused(sixth, 409, "too_deep", limit=5)
    for below in (tasks[0], tasks[1], tasks[4]):
        answer = await client.post(f"{TASKS}/{tasks[0]['id']}/move", json={"parent_id": below["id"]})
        refused(answer, 409, "nesting_cycle")
    other = await made(client, TASKS)
    answer = await client.post(f"{TASKS}/{tasks[0]['id']}/move", json={"parent_id": other["id"]})
    refused(answer, 409, "too_deep", limit=5)
    assert [one["parent_id"] for one in [await got(client, TASKS, task) for task in tasks]] == [
        task["parent_id"] for task in tasks
    ]


@pytest.mark.rule("SUB-2", "HTTP-7")
async def test_progress_is_told_and_in_the_entity_tag(client: httpx.AsyncClient) -> None:
    parent = await made(client, TASKS)
    url = f"{TASKS}/{parent['id']}"
    children = [await made(client, TASKS, parent_id=parent["id"]) for _ in range(3)]
    await made(client, TASKS, parent_id=children[2]["id"])

    async def shown() -> tuple[int, int, str]:
        answer = await client.get(url)
        assert answer.json()["version"] == 1
        progress = answer.json()["subtasks"]
        return progress["total"], progress["closed"], answer.headers["etag"]

    assert await shown() == (3, 0, '"v1.3.0.0"')
    await done(client, f"{TASKS}/{children[0]['id']}/complete")
    held = {"If-None-Match": '"v1.3.0.0"'}
    assert (await client.get(url, headers=held)).status_code == 200
    assert await shown() == (3, 1, '"v1.3.1.0"')
    assert (await client.get(url, headers={"If-None-Match": '"v1.3.1.0"'})).status_code == 304
    await done(client, f"{TASKS}/{children[1]['id']}/cancel")
    await client.delete(f"{TASKS}/{children[2]['id']}")
    assert await shown() == (2, 2, '"v1.2.2.0"')
    old = {"If-Match": '"v1.3.0.0"'}
    assert (await client.patch(url, json={"title": "n"}, headers=old)).status_code == 200
    refused(await client.patch(url, json={"title": "m"}, headers=old), 412, "version_mismatch")


@pytest.mark.rule("SUB-3", "JRN-1")
async def test_completing_a_task_with_open_subtasks(client: httpx.AsyncClient) -> None:
    parent, child, grandchild = await chain(client, 3)
    closed = await made(client, TASKS, parent_id=parent["id"])
    await done(client, f"{TASKS}/{closed['id']}/cancel")
    url = f"{TASKS}/{parent['id']}/complete"
    refused(await client.post(url), 409, "open_subtasks", count=1)
    refused(await client.post(url, params={"children": "refuse"}), 409, "open_subtasks", count=1)
    assert (await client.post(url, params={"children": "eat"})).status_code == 422
    kept = await done(client, url, children="keep")
    assert (kept["status"], kept["subtasks"]) == ("done", {"total": 2, "closed": 1})
    await done(client, f"{TASKS}/{parent['id']}/reopen")
    count = len(await told(client))
    whole = await done(client, url, children="complete")
    assert (whole["status"], whole["subtasks"]) == ("done", {"total": 2, "closed": 2})
    assert await done(client, url, children="complete") == whole
    changes = (await told(client))[count:]
    assert [change["entity_id"] for change in changes] == [one["id"] for one in (grandchild, child, parent)]
    assert {change["verb"] for change in changes} == {"complete"}
    assert (await got(client, TASKS, closed))["status"] == "cancelled"
    assert (await taken_back(client, changes[0])).status_code == 200
    assert (await got(client, TASKS, grandchild))["status"] == "todo"
    assert (await got(client, TASKS, parent))["status"] == "todo"


@pytest.mark.rule("SUB-4", "PLAN-1", "PLAN-2")
async def test_a_tree_goes_along_and_can_be_tried_and_planned(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, "p")
    tasks = await chain(client, 3)
    url = f"{TASKS}/{tasks[0]['id']}/move"
    tried = await done(client, url, {"project_id": project["id"]}, dry_run="true")
    assert (tried["counts"], tried["status"]) == ({"move": 3}, 200)
    assert (await got(client, TASKS, tasks[2]))["project_id"] is None
    plan = (await done(client, url, {"project_id": project["id"]}, plan="true"))["plan"]
    applied = await done(client, f"/api/v1/plans/{plan}/apply")
    assert len(applied["changes"]) == 3
    for task in tasks:
        assert (await got(client, TASKS, task))["project_id"] == project["id"]
    gone = await client.delete(f"{TASKS}/{tasks[0]['id']}", params={"plan": "true"})
    assert gone.json()["counts"] == {"delete": 3}
    await client.patch(f"{TASKS}/{tasks[2]['id']}", json={"title": "moved on"})
    refused(await client.post(f"/api/v1/plans/{gone.json()['plan']}/apply"), 409, "plan_outdated")
    before = [await got(client, TASKS, task) for task in tasks]
    assert (await client.delete(f"{TASKS}/{tasks[0]['id']}")).status_code == 204
    assert await listed(client, TASKS) == []
    assert (await taken_back(client, (await told(client))[-1])).status_code == 200
    for task in before:
        assert plain(await got(client, TASKS, task)) == plain(task)


@pytest.mark.rule("SUB-5", "TASK-9")
async def test_checklists(client: httpx.AsyncClient) -> None:
    items = [{"title": " milk "}, {"title": "bread", "checked": True}]
    task = await made(client, TASKS, checklist=items)
    kept = [{"title": "milk", "checked": False}, {"title": "bread", "checked": True}]
    assert task["checklist"] == kept
    url = f"{TASKS}/{task['id']}"
    answer = await client.patch(url, json={"checklist": [{"title": ""}, {"title": "a\x00b"}]})
    invalid(answer, ("/checklist/0/title", "too_short"), ("/checklist/1/title", "control_character"))
    for bad in (
        [{"title": "t"}] * 101,
        [{"title": "t", "id": 1}],
        [{"checked": True}],
        [{"title": "t", "checked": "yes"}],
        "milk",
    ):
        assert (await client.patch(url, json={"checklist": bad})).status_code == 422
    assert (await client.patch(url, json={"title": "n"})).json()["checklist"] == kept
    assert (await client.patch(url, json={"checklist": None})).json()["checklist"] == []


@pytest.mark.rule("SUB-6")
async def test_links_are_attached_once(client: httpx.AsyncClient) -> None:
    task = await made(client, TASKS)
    url = f"{TASKS}/{task['id']}"
    mail: dict[str, Any] = {"href": "message:%3C1@example.com%3E", "rel": "via", "title": "the mail"}
    pull: dict[str, Any] = {"href": "https://example.com/pulls/1"}
    first = await done(client, f"{url}/attach", mail)
    both = await done(client, f"{url}/attach", pull)
    assert both["links"] == [mail, {**pull, "rel": "related", "title": ""}]
    for again in (mail, pull):
        assert await done(client, f"{url}/attach", again) == both
    changed = await done(client, f"{url}/attach", {**mail, "title": "another"})
    assert [link["title"] for link in changed["links"]] == ["another", ""]
    left = await done(client, f"{url}/detach", {"href": mail["href"]})
    assert [link["href"] for link in left["links"]] == [pull["href"]]
    assert await done(client, f"{url}/detach", {"href": mail["href"]}) == left
    stale = await client.post(f"{url}/attach", json=mail, headers={"If-Match": '"v1"'})
    refused(stale, 412, "version_mismatch", current=left)
    twice = (await client.patch(url, json={"links": [mail, {**mail, "title": "last"}]})).json()
    assert twice["links"] == [{**mail, "title": "last"}]
    assert first["version"] == 2


@pytest.mark.rule("SUB-6")
@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.com",
     "https://", "http:///x", "https://a b", "ftp://example.com", "", "https://example.com/\n", "x" * 2049],
)  # fmt: skip
async def test_links_that_run_or_lead_nowhere(client: httpx.AsyncClient, href: str) -> None:
    task = await made(client, TASKS)
    answer = await client.post(f"{TASKS}/{task['id']}/attach", json={"href": href})
    assert answer.status_code == 422, answer.text
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/href"}
    within = await client.patch(f"{TASKS}/{task['id']}", json={"links": [{"href": href}]})
    assert {error["pointer"] for error in within.json()["errors"]} == {"/links/0/href"}
    assert await got(client, TASKS, task) == task


@pytest.mark.rule("SUB-6")
async def test_what_else_a_link_refuses(client: httpx.AsyncClient) -> None:
    task = await made(client, TASKS)
    good = {"href": "https://example.com/"}
    for bad, expected in (
        ({**good, "rel": "Related"}, ("/rel", "not_a_relation")),
        ({**good, "rel": ""}, ("/rel", "not_a_relation")),
        ({**good, "title": "\x1b[2J"}, ("/title", "control_character")),
        ({**good, "type": "mail"}, ("/type", "unknown_field")),
        ({}, ("/href", "required")),
    ):
        invalid(await client.post(f"{TASKS}/{task['id']}/attach", json=bad), expected)
    many = [{"href": f"https://example.com/{number}"} for number in range(51)]
    assert (await client.patch(f"{TASKS}/{task['id']}", json={"links": many})).status_code == 422
    await client.patch(f"{TASKS}/{task['id']}", json={"links": many[:50]})
    full = await client.post(f"{TASKS}/{task['id']}/attach", json=many[50])
    invalid(full, ("/links", "too_long"))
