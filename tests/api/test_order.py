"""The order of tasks over REST, on PostgreSQL."""

import asyncio
import random
from uuid import uuid4

import httpx
import pytest

from tests.support.apps import App
from tests.support.asking import PROJECTS, SECTIONS, TASKS, Json, done, got, invalid, listed, made, told


async def ordered(client: httpx.AsyncClient, **query: str) -> list[str]:
    """The titles, in their order."""
    tasks = await listed(client, TASKS, **query)
    assert len({task["rank"] for task in tasks}) == len(tasks)
    return [task["title"] for task in sorted(tasks, key=lambda task: task["rank"].encode())]


async def move(client: httpx.AsyncClient, task: Json, **where: str | None) -> Json:
    return await done(client, f"{TASKS}/{task['id']}/move", where)


@pytest.mark.rule("ORD-1", "ORD-2", "ORD-3")
async def test_before_and_after(client: httpx.AsyncClient) -> None:
    a, b, c, d = [await made(client, TASKS, name) for name in "abcd"]
    assert await ordered(client) == ["a", "b", "c", "d"]
    moved = await move(client, d, before=b["id"])
    assert await ordered(client) == ["a", "d", "b", "c"]
    assert await move(client, d, before=b["id"]) == moved
    assert await move(client, d, after=a["id"]) == moved
    assert await move(client, d, project_id=None) == moved
    assert await move(client, c, after=b["id"]) == c
    await move(client, a, after=c["id"])
    await move(client, b, before=d["id"])
    assert await ordered(client) == ["b", "d", "c", "a"]
    assert [change["verb"] for change in await told(client)][4:] == ["move"] * 3
    url = f"{TASKS}/{a['id']}/move"
    invalid(await client.post(url, json={"before": b["id"], "after": c["id"]}), ("/after", "one_of"))
    for wrong in (a["id"], str(uuid4())):
        invalid(await client.post(url, json={"before": wrong}), ("/before", "not_found"))
        invalid(await client.post(url, json={"after": wrong}), ("/after", "not_found"))
    invalid(await client.post(url, json={"rank": "a0"}), ("/rank", "unknown_field"))
    invalid(await client.patch(f"{TASKS}/{a['id']}", json={"rank": "a0"}), ("/rank", "unknown_field"))


@pytest.mark.rule("ORD-2")
async def test_what_is_left_out_follows(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, "p")
    section = await made(client, SECTIONS, "s", project_id=project["id"])
    parent = await made(client, TASKS, section_id=section["id"])
    task = await made(client, TASKS)

    async def place(**where: str | None) -> tuple[str | None, str | None, str | None]:
        moved = await move(client, task, **where)
        return moved["project_id"], moved["section_id"], moved["parent_id"]

    in_section = (project["id"], section["id"], None)
    below = (project["id"], section["id"], parent["id"])
    assert await place(parent_id=parent["id"]) == below
    assert await place(parent_id=None) == in_section
    assert await place(project_id=project["id"]) == (project["id"], None, None)
    assert await place(section_id=section["id"]) == in_section
    assert await place(project_id=None) == (None, None, None)
    assert await place(before=parent["id"]) == in_section
    assert await place() == in_section
    other = await made(client, TASKS)
    answer = await client.post(
        f"{TASKS}/{task['id']}/move", json={"project_id": None, "before": parent["id"]}
    )
    invalid(answer, ("/before", "elsewhere"))
    for name in ("project_id", "section_id", "parent_id"):
        missing = await client.post(f"{TASKS}/{other['id']}/move", json={name: str(uuid4())})
        invalid(missing, (f"/{name}", "not_found"))


@pytest.mark.rule("ORD-4")
async def test_moves_at_once_never_collide(client: httpx.AsyncClient) -> None:
    tasks = [await made(client, TASKS, str(number)) for number in range(12)]
    dice = random.Random(7)

    async def shuffle(task: Json) -> None:
        other = dice.choice([one for one in tasks if one is not task])
        await move(client, task, **{dice.choice(("before", "after")): other["id"]})

    await asyncio.gather(*(shuffle(task) for task in tasks for _ in range(3)))
    assert sorted(await ordered(client), key=int) == [str(number) for number in range(12)]


@pytest.mark.rule("ORD-4")
async def test_ranks_stay_short_and_the_order_what_it_was(client: httpx.AsyncClient) -> None:
    first, last, one, other = [await made(client, TASKS, name) for name in ("first", "last", "one", "other")]
    expected = ["first", "one", "other", "last"]
    for number in range(240):
        moved = (one, other)[number % 2]
        await move(client, moved, after=first["id"])
        expected = ["first", moved["title"], (other, one)[number % 2]["title"], "last"]
    await move(client, last, after=(await got(client, TASKS, one))["id"])
    ranks = [task["rank"] for task in await listed(client, TASKS)]
    assert max(map(len, ranks)) <= 40
    assert [name for name in await ordered(client) if name != "last"] == expected[:3]


@pytest.mark.rule("TASK-18", "TASK-16")
async def test_lists_of_places(client: httpx.AsyncClient, app: App) -> None:
    project = await made(client, PROJECTS, "p")
    section = await made(client, SECTIONS, "s", project_id=project["id"])
    loose = await made(client, TASKS, "loose")
    inside = await made(client, TASKS, "inside", project_id=project["id"])
    sectioned = await made(client, TASKS, "sectioned", section_id=section["id"])
    child = await made(client, TASKS, "child", parent_id=sectioned["id"])

    async def ids(**query: str) -> list[str]:
        return [task["id"] for task in await listed(client, TASKS, **query)]

    assert await ids() == [one["id"] for one in (child, sectioned, inside, loose)]
    assert await ids(project_id="none") == [loose["id"]]
    assert await ids(project_id=project["id"]) == [one["id"] for one in (child, sectioned, inside)]
    assert await ids(project_id=project["id"], section_id="none") == [inside["id"]]
    assert await ids(section_id=section["id"], parent_id="none") == [sectioned["id"]]
    assert await ids(parent_id=sectioned["id"], status="todo") == [child["id"]]
    assert await ids(project_id=str(uuid4())) == []
    assert (await client.get(TASKS, params={"project_id": "inbox"})).status_code == 422
    cursor = (await client.get(TASKS, params={"limit": 1, "parent_id": "none"})).json()["next_cursor"]
    for other in ({}, {"parent_id": sectioned["id"]}, {"parent_id": "none", "section_id": "none"}):
        answer = await client.get(TASKS, params={"cursor": cursor, **other})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
