"""Sections over REST, on PostgreSQL."""

from uuid import uuid4

import httpx
import pytest

from tests.support.asking import (
    PROJECTS,
    SECTIONS,
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


@pytest.mark.rule("SEC-1", "ORD-1")
async def test_sections_of_a_project_and_of_the_inbox(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, "p")
    mine = [await made(client, SECTIONS, name, project_id=project["id"]) for name in "abc"]
    inbox = await made(client, SECTIONS, "inbox")
    assert mine[0] == {
        "id": mine[0]["id"], "project_id": project["id"], "name": "a", "rank": mine[0]["rank"],
        "created_at": mine[0]["created_at"], "updated_at": mine[0]["created_at"], "version": 1,
    }  # fmt: skip
    await done(client, f"{SECTIONS}/{mine[2]['id']}/move", {"before": mine[0]["id"]})
    assert [one["name"] for one in await listed(client, SECTIONS, project_id=project["id"])] == [
        "c",
        "a",
        "b",
    ]
    assert [one["id"] for one in await listed(client, SECTIONS, project_id="none")] == [inbox["id"]]
    url = f"{SECTIONS}/{inbox['id']}"
    for bad, expected in (
        ({"name": " "}, ("/name", "too_short")),
        ({"name": None}, ("/name", "too_short")),
        ({"name": "\x07"}, ("/name", "control_character")),
        ({"project_id": None}, ("/project_id", "unknown_field")),
    ):
        invalid(await client.patch(url, json=bad), expected)
    renamed = (await client.patch(url, json={"name": "later"}, headers={"If-Match": '"v1"'})).json()
    stale = await client.patch(url, json={"name": "never"}, headers={"If-Match": '"v1"'})
    refused(stale, 412, "version_mismatch", current=renamed, conflicts=["/name"])
    invalid(
        await client.post(SECTIONS, json={"name": "s", "project_id": str(uuid4())}),
        ("/project_id", "not_found"),
    )
    assert (await client.get(url, headers={"If-None-Match": '"v2"'})).status_code == 304


@pytest.mark.rule("SEC-2")
async def test_a_task_is_in_a_section_of_its_project(client: httpx.AsyncClient) -> None:
    one, other = [await made(client, PROJECTS, name) for name in ("one", "other")]
    section = await made(client, SECTIONS, "s", project_id=one["id"])
    task = await made(client, TASKS, section_id=section["id"])
    assert (task["project_id"], task["section_id"]) == (one["id"], section["id"])
    for project in (other["id"], None):
        answer = await client.post(
            TASKS, json={"title": "t", "section_id": section["id"], "project_id": project}
        )
        invalid(answer, ("/section_id", "other_project"))
    loose = await made(client, TASKS)
    moved = await done(client, f"{TASKS}/{loose['id']}/move", {"section_id": section["id"]})
    assert (moved["project_id"], moved["section_id"]) == (one["id"], section["id"])
    away = await done(client, f"{TASKS}/{loose['id']}/move", {"section_id": None})
    assert (away["project_id"], away["section_id"]) == (one["id"], None)


@pytest.mark.rule("SEC-3", "UNDO-4")
async def test_moving_one_takes_its_tasks_along(client: httpx.AsyncClient) -> None:
    one, other = [await made(client, PROJECTS, name) for name in ("one", "other")]
    section = await made(client, SECTIONS, "s", project_id=one["id"])
    task = await made(client, TASKS, section_id=section["id"])
    child = await made(client, TASKS, parent_id=task["id"])
    task = await got(client, TASKS, task)
    beside = await made(client, SECTIONS, "beside", project_id=other["id"])
    moved = await done(client, f"{SECTIONS}/{section['id']}/move", {"before": beside["id"]})
    assert moved["project_id"] == other["id"]
    assert moved["rank"] < beside["rank"]
    for thing in (task, child):
        assert (await got(client, TASKS, thing))["project_id"] == other["id"]
    answer = await client.post(
        f"{SECTIONS}/{section['id']}/move", json={"project_id": one["id"], "before": beside["id"]}
    )
    invalid(answer, ("/before", "elsewhere"))
    assert (await taken_back(client, (await told(client))[-1])).status_code == 200
    for where, thing in ((SECTIONS, section), (TASKS, task), (TASKS, child)):
        assert plain(await got(client, where, thing)) == plain(thing)


@pytest.mark.rule("SEC-4", "TRASH-3")
async def test_deleting_one_takes_its_tasks_along(client: httpx.AsyncClient) -> None:
    section = await made(client, SECTIONS, "s")
    task = await made(client, TASKS, section_id=section["id"])
    other = await made(client, TASKS)
    for _ in range(2):
        assert (await client.delete(f"{SECTIONS}/{section['id']}")).status_code == 204
    assert [one["id"] for one in await listed(client, TASKS)] == [other["id"]]
    invalid(
        await client.post(f"{TASKS}/{other['id']}/move", json={"section_id": section["id"]}),
        ("/section_id", "not_found"),
    )
    back = await done(client, f"/api/v1/trash/section/{section['id']}/restore")
    assert plain(back) == plain(section)
    assert plain(await got(client, TASKS, task)) == plain(task)
