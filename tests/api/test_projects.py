"""Projects over REST, on PostgreSQL."""

from uuid import uuid4

import httpx
import pytest

from tests.support.apps import App
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


@pytest.mark.rule("PRJ-1")
async def test_a_project_and_what_it_refuses(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, " Garden ", description="*green*", color="#00ff7f")
    assert project == {
        "id": project["id"], "name": "Garden", "description": "*green*", "color": "#00ff7f", "parent_id": None,
        "rank": project["rank"], "archived_at": None, "created_at": project["created_at"],
        "updated_at": project["created_at"], "version": 1,
    }  # fmt: skip
    url = f"{PROJECTS}/{project['id']}"
    edited = (await client.patch(url, json={"name": "Garden 2", "color": None})).json()
    assert (edited["name"], edited["color"], edited["description"], edited["version"]) == (
        "Garden 2", None, "*green*", 2,
    )  # fmt: skip
    assert (await client.patch(url, json={})).json() == edited
    for bad, expected in (
        ({"name": ""}, ("/name", "too_short")),
        ({"name": None}, ("/name", "too_short")),
        ({"name": "n" * 201}, ("/name", "too_long")),
        ({"name": "a\nb"}, ("/name", "control_character")),
        ({"description": "\x00"}, ("/description", "control_character")),
        ({"color": "red"}, ("/color", "not_a_color")),
        ({"color": "#00FF7F"}, ("/color", "not_a_color")),
        ({"archived_at": None}, ("/archived_at", "unknown_field")),
        ({"owner_id": str(uuid4())}, ("/owner_id", "unknown_field")),
    ):
        invalid(await client.patch(url, json=bad), expected)
    assert await got(client, PROJECTS, project) == edited


@pytest.mark.rule("PRJ-1", "HTTP-7")
async def test_preconditions(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, "p")
    url = f"{PROJECTS}/{project['id']}"
    assert (await client.get(url, headers={"If-None-Match": '"v1"'})).status_code == 304
    now = (await client.patch(url, json={"name": "q"}, headers={"If-Match": '"v1"'})).json()
    stale = {"If-Match": '"v1"'}
    for answer in (
        await client.patch(url, json={"name": "r", "color": None}, headers=stale),
        await client.post(f"{url}/archive", headers=stale),
        await client.post(f"{url}/unarchive", headers=stale),
        await client.post(f"{url}/move", json={"parent_id": None}, headers=stale),
        await client.delete(url, headers=stale),
    ):
        refused(answer, 412, "version_mismatch", current=now)
        assert answer.headers["etag"] == '"v2"'
        assert answer.json()["conflicts"] == (["/name"] if answer.request.method == "PATCH" else [])
    assert await got(client, PROJECTS, project) == now


@pytest.mark.rule("PRJ-2")
async def test_the_inbox_is_there_and_is_no_project(client: httpx.AsyncClient) -> None:
    task = await made(client, TASKS, "in the inbox")
    assert task["project_id"] is None
    assert [one["id"] for one in await listed(client, TASKS, project_id="none")] == [task["id"]]
    section = await made(client, SECTIONS, "later")
    assert section["project_id"] is None
    assert await listed(client, PROJECTS) == []
    for method, path in (("DELETE", ""), ("PATCH", ""), ("POST", "/archive")):
        body = {"name": "Inbox"} if method == "PATCH" else None
        assert (await client.request(method, f"{PROJECTS}/none{path}", json=body)).status_code == 422


@pytest.mark.rule("PRJ-3")
async def test_nesting(client: httpx.AsyncClient) -> None:
    chain = [await made(client, PROJECTS, "1")]
    for level in range(2, 6):
        chain.append(await made(client, PROJECTS, str(level), parent_id=chain[-1]["id"]))
    sixth = await client.post(PROJECTS, json={"name": "6", "parent_id": chain[-1]["id"]})
    refused(sixth, 409, "too_deep", limit=5)
    top, second, last = chain[0], chain[1], chain[-1]
    for below in (top, second, last):
        answer = await client.post(f"{PROJECTS}/{top['id']}/move", json={"parent_id": below["id"]})
        refused(answer, 409, "nesting_cycle")
    other = await made(client, PROJECTS, "other")
    answer = await client.post(f"{PROJECTS}/{top['id']}/move", json={"parent_id": other["id"]})
    refused(answer, 409, "too_deep", limit=5)
    moved = await done(client, f"{PROJECTS}/{second['id']}/move", {"parent_id": other["id"]})
    assert moved["parent_id"] == other["id"]
    assert (await got(client, PROJECTS, last))["parent_id"] == chain[3]["id"]
    missing = await client.post(PROJECTS, json={"name": "x", "parent_id": str(uuid4())})
    invalid(missing, ("/parent_id", "not_found"))


@pytest.mark.rule("PRJ-4")
async def test_archiving(client: httpx.AsyncClient) -> None:
    outer = await made(client, PROJECTS, "outer")
    inner = await made(client, PROJECTS, "inner", parent_id=outer["id"])
    kept = await made(client, TASKS, "kept")
    hidden = await made(client, TASKS, "hidden", project_id=inner["id"])
    url = f"{PROJECTS}/{outer['id']}"
    archived = await done(client, f"{url}/archive")
    assert archived["archived_at"] == archived["updated_at"]
    assert await done(client, f"{url}/archive") == archived
    assert [one["id"] for one in await listed(client, TASKS)] == [kept["id"]]
    assert await listed(client, PROJECTS) == []
    assert [one["id"] for one in await listed(client, PROJECTS, archived="true")] == [
        outer["id"],
        inner["id"],
    ]
    assert [one["id"] for one in await listed(client, TASKS, project_id=inner["id"])] == [hidden["id"]]
    assert await got(client, TASKS, hidden) == hidden
    await done(client, f"{TASKS}/{hidden['id']}/start")
    assert (await done(client, f"{url}/unarchive"))["archived_at"] is None
    assert {one["id"] for one in await listed(client, TASKS)} == {kept["id"], hidden["id"]}
    assert len(await listed(client, PROJECTS)) == 2
    verbs = [change["verb"] for change in await told(client) if change["entity"] == "project"]
    assert verbs == ["create", "create", "archive", "archive", "unarchive", "unarchive"]
    answer = await client.get(PROJECTS, params={"archived": "yes"})
    assert answer.status_code == 422


@pytest.mark.rule("PRJ-5", "ORD-1")
async def test_lists_are_in_order(client: httpx.AsyncClient, app: App) -> None:
    top = [await made(client, PROJECTS, name) for name in "abcde"]
    below = await made(client, PROJECTS, "below", parent_id=top[0]["id"])
    await done(client, f"{PROJECTS}/{top[4]['id']}/move", {"before": top[0]["id"]})
    await done(client, f"{PROJECTS}/{top[1]['id']}/move", {"after": top[3]["id"]})
    names = [one["name"] for one in await listed(client, PROJECTS, parent_id="none")]
    assert names == ["e", "a", "c", "d", "b"]
    assert [one["id"] for one in await listed(client, PROJECTS, parent_id=top[0]["id"])] == [below["id"]]
    cursor = (await client.get(PROJECTS, params={"limit": 1})).json()["next_cursor"]
    for wrong in (f"{cursor}x", cursor[:-1], ""):
        refused(await client.get(PROJECTS, params={"cursor": wrong}), 400, "invalid_cursor")
    for other in ({"parent_id": "none"}, {"archived": "true"}):
        refused(await client.get(PROJECTS, params={"cursor": cursor, **other}), 400, "invalid_cursor")
    refused(await client.get(TASKS, params={"cursor": cursor}), 400, "invalid_cursor")
    async with app.client("a thief of projects") as thief:
        refused(await thief.get(PROJECTS, params={"cursor": cursor}), 400, "invalid_cursor")


@pytest.mark.rule("PRJ-6", "TRASH-1", "UNDO-4")
async def test_deleting_takes_all_along_and_is_taken_back(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, "p")
    inner = await made(client, PROJECTS, "inner", parent_id=project["id"])
    section = await made(client, SECTIONS, "s", project_id=inner["id"])
    task = await made(client, TASKS, section_id=section["id"])
    things = ((PROJECTS, project), (PROJECTS, inner), (SECTIONS, section), (TASKS, task))
    for _ in range(2):
        assert (await client.delete(f"{PROJECTS}/{project['id']}")).status_code == 204
    for where, thing in things:
        assert (await client.get(f"{where}/{thing['id']}")).status_code == 404
        assert await listed(client, where) == []
    deleted = [change for change in await told(client) if change["verb"] == "delete"]
    assert len({change["request_id"] for change in deleted}) == 1
    assert {change["entity_id"] for change in deleted} == {thing["id"] for _, thing in things}
    assert all(change["after"]["deleted_with"] == project["id"] for change in deleted)
    assert (await taken_back(client, deleted[0])).status_code == 200
    for where, thing in things:
        assert plain(await got(client, where, thing)) == plain(thing)


@pytest.mark.rule("PRJ-7")
async def test_duplicating(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, "p", color="#112233")
    await made(client, PROJECTS, "next")
    inner = await made(client, PROJECTS, "inner", parent_id=project["id"])
    section = await made(client, SECTIONS, "s", project_id=inner["id"])
    first = await made(client, TASKS, "first", section_id=section["id"])
    second = await made(client, TASKS, "second", parent_id=first["id"])
    third = await made(client, TASKS, "third", project_id=project["id"], blocked_by=[second["id"]])
    gone = await made(client, TASKS, "gone", project_id=project["id"])
    await client.delete(f"{TASKS}/{gone['id']}")
    await done(client, f"{TASKS}/{second['id']}/complete")
    await done(client, f"{PROJECTS}/{project['id']}/archive")
    chosen = str(uuid4())
    copied = await client.post(f"{PROJECTS}/{project['id']}/duplicate", json={"new_id": chosen})
    assert (copied.status_code, copied.json()["id"]) == (201, chosen)
    assert (copied.json()["color"], copied.json()["archived_at"]) == ("#112233", None)
    tops = [one["name"] for one in await listed(client, PROJECTS, parent_id="none", archived="true")]
    assert tops == ["p", "p", "next"]
    (copied_inner,) = await listed(client, PROJECTS, parent_id=chosen)
    assert copied_inner["id"] != inner["id"]
    (copied_section,) = await listed(client, SECTIONS, project_id=copied_inner["id"])
    tasks = {one["title"]: one for one in await listed(client, TASKS, project_id=copied_inner["id"])}
    assert tasks["first"]["section_id"] == tasks["second"]["section_id"] == copied_section["id"]
    assert (tasks["second"]["parent_id"], tasks["second"]["status"]) == (tasks["first"]["id"], "todo")
    (copied_third,) = await listed(client, TASKS, project_id=chosen)
    assert (copied_third["title"], copied_third["blocked_by"]) == ("third", [tasks["second"]["id"]])
    assert copied_third["id"] != third["id"]
    again = await client.post(f"{PROJECTS}/{project['id']}/duplicate", json={"new_id": chosen})
    refused(again, 409, "id_taken")
    alone = await done(client, f"{PROJECTS}/{project['id']}/duplicate", {"tree": False})
    assert await listed(client, TASKS, project_id=alone["id"]) == []
    assert [change["verb"] for change in await told(client)][-7:] == ["duplicate"] * 7


@pytest.mark.rule("PRJ-4")
async def test_what_was_archived_by_itself_stays_archived(client: httpx.AsyncClient) -> None:
    outer = await made(client, PROJECTS, "outer")
    old = await made(client, PROJECTS, "old", parent_id=outer["id"])
    within = await made(client, PROJECTS, "within", parent_id=old["id"])
    new = await made(client, PROJECTS, "new", parent_id=outer["id"])
    await done(client, f"{PROJECTS}/{old['id']}/archive")
    before = await got(client, PROJECTS, old)
    await done(client, f"{PROJECTS}/{outer['id']}/archive")
    await done(client, f"{PROJECTS}/{outer['id']}/unarchive")
    assert await got(client, PROJECTS, old) == before
    assert (await got(client, PROJECTS, new))["archived_at"] is None
    await done(client, f"{PROJECTS}/{outer['id']}/unarchive")
    assert await got(client, PROJECTS, old) == before
    await done(client, f"{PROJECTS}/{old['id']}/unarchive")
    assert (await got(client, PROJECTS, within))["archived_at"] is None


@pytest.mark.rule("PRJ-4", "TASK-18")
async def test_a_place_that_is_named_may_be_archived(app: App, memory_app: App, subject: str) -> None:
    for running in (app, memory_app):
        async with running.client(subject) as client:
            project = await made(client, PROJECTS, "p")
            section = await made(client, SECTIONS, "s", project_id=project["id"])
            parent = await made(client, TASKS, "parent", section_id=section["id"])
            child = await made(client, TASKS, "child", parent_id=parent["id"])
            await done(client, f"{PROJECTS}/{project['id']}/archive")
            for where, found in (
                ({"project_id": project["id"]}, [child, parent]),
                ({"section_id": section["id"]}, [child, parent]),
                ({"parent_id": parent["id"]}, [child]),
                ({"section_id": section["id"], "parent_id": "none"}, [parent]),
                ({"parent_id": "none"}, []),
                ({"project_id": "none"}, []),
                ({}, []),
            ):
                chosen = await listed(client, TASKS, **where)
                assert [one["id"] for one in chosen] == [one["id"] for one in found], where
