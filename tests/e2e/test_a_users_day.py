"""A day of somebody who plans a project: on a real server over a real socket, and in memory."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.apps import app_on, remit, served, settings_for
from tests.support.asking import (
    API,
    COMMENTS,
    LABELS,
    ME,
    PROJECTS,
    SECTIONS,
    TASKS,
    TRASH,
    Json,
    done,
    got,
    listed,
    made,
    plain,
    refused,
    told,
)
from tests.support.databases import Database


@pytest.fixture(params=["remit serve on PostgreSQL", "in memory"])
async def client(
    request: pytest.FixtureRequest, database: Database, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with a token of their own."""
    if request.param == "in memory":
        async with app_on(settings_for(tmp_path)) as app, app.client("ada") as made_client:
            yield made_client
        return
    environment = {"REMIT_DATA_DIR": str(tmp_path), "REMIT_DATABASE_URL": database.app}
    async with served(environment) as running:
        token = await remit("token", "--subject", "ada's day", environment=environment)
        async with running.client(token.output.strip()) as made_client:
            yield made_client


@pytest.mark.rule(
    "PRJ-1", "SEC-1", "LBL-1", "SUB-1", "DEP-1", "ORD-2", "SUB-2", "SUB-3", "TRASH-1", "TRASH-3", "CMT-1"
)
async def test_from_plan_to_done(client: httpx.AsyncClient) -> None:
    plan = await planned(client)
    await rearranged(client, plan)
    await worked_off(client, plan)
    await regretted(client, plan)
    await looked_back(client, plan)


async def planned(client: httpx.AsyncClient) -> dict[str, Json]:
    """In the morning: what is to be done, and what waits for what."""
    await client.patch(ME, json={"time_zone": "Europe/Berlin"})
    house = await made(client, PROJECTS, "House", color="#aa5500")
    roof = await made(client, PROJECTS, "Roof", parent_id=house["id"])
    await client.patch(ME, json={"default_project_id": roof["id"]})
    shop, build = [await made(client, SECTIONS, name, project_id=roof["id"]) for name in ("Shop", "Build")]
    heavy, heights = [await made(client, LABELS, name) for name in ("heavy", "heights")]
    buy = await made(client, TASKS, "Buy tiles", section_id=shop["id"], labels=[heavy["id"]])
    lay = await made(client, TASKS, "Lay tiles", section_id=build["id"], blocked_by=[buy["id"]])
    left = await made(client, TASKS, "Left side", parent_id=lay["id"], labels=[heights["id"]])
    right = await made(
        client, TASKS, "Right side", parent_id=lay["id"], labels=[heights["id"]], blocked_by=[left["id"]],
        checklist=[{"title": "gloves"}, {"title": "rope"}],
    )  # fmt: skip
    call = await made(client, TASKS, "Call the crane")
    assert (call["project_id"], call["section_id"]) == (roof["id"], None)
    assert (right["project_id"], right["section_id"]) == (roof["id"], build["id"])
    await done(
        client, f"{TASKS}/{buy['id']}/attach", {"href": "message:%3Coffer@example.com%3E", "rel": "via"}
    )
    comment = await made(client, COMMENTS, "Mind the *rain*", task_id=lay["id"])
    assert (await got(client, TASKS, lay))["subtasks"] == {"total": 2, "closed": 0}
    names = {"house": house, "roof": roof, "shop": shop, "build": build, "heavy": heavy, "heights": heights}
    return names | {"buy": buy, "lay": lay, "left": left, "right": right, "call": call, "comment": comment}


async def rearranged(client: httpx.AsyncClient, plan: dict[str, Json]) -> None:
    """At noon: another order, and another place."""
    await done(client, f"{TASKS}/{plan['right']['id']}/move", {"before": plan["left"]["id"]})
    await done(client, f"{SECTIONS}/{plan['build']['id']}/move", {"before": plan["shop"]["id"]})
    await done(client, f"{TASKS}/{plan['call']['id']}/move", {"section_id": plan["shop"]["id"]})
    await done(client, f"{TASKS}/{plan['call']['id']}/move", {"before": plan["buy"]["id"]})
    assert await titles(client, parent_id=plan["lay"]["id"]) == ["Right side", "Left side"]
    assert await titles(client, section_id=plan["shop"]["id"]) == ["Call the crane", "Buy tiles"]
    sections = await listed(client, SECTIONS, project_id=plan["roof"]["id"])
    assert [section["name"] for section in sections] == ["Build", "Shop"]
    cycle = await client.patch(f"{TASKS}/{plan['left']['id']}", json={"blocked_by": [plan["right"]["id"]]})
    path = [plan[name]["id"] for name in ("left", "right", "left")]
    refused(cycle, 409, "dependency_cycle", path=path)
    into_itself = await client.post(
        f"{TASKS}/{plan['lay']['id']}/move", json={"parent_id": plan["left"]["id"]}
    )
    refused(into_itself, 409, "nesting_cycle")


async def worked_off(client: httpx.AsyncClient, plan: dict[str, Json]) -> None:
    """In the afternoon: from the bottom up, and nothing before what it waits for."""

    async def complete(name: str, **query: Any) -> httpx.Response:
        return await client.post(f"{TASKS}/{plan[name]['id']}/complete", params=query)

    refused(await complete("lay"), 409, "open_subtasks", count=2)
    refused(await complete("right"), 409, "blocked", blockers=[plan["left"]["id"]])
    await client.patch(
        f"{TASKS}/{plan['right']['id']}", json={"checklist": [{"title": "gloves", "checked": True}]}
    )
    for name, progress in (("left", 1), ("right", 2)):
        answer = await complete(name)
        assert (answer.status_code, answer.json()["status"]) == (200, "done")
        assert (await got(client, TASKS, plan["lay"]))["subtasks"] == {"total": 2, "closed": progress}
    refused(await complete("lay"), 409, "blocked", blockers=[plan["buy"]["id"]])
    assert (await complete("buy")).json()["completed_at"] is not None
    assert (await got(client, TASKS, plan["lay"]))["ready"] is True
    assert (await complete("lay")).json()["status"] == "done"
    assert (await complete("lay")).json() == await got(client, TASKS, plan["lay"])
    assert await titles(client, status="todo") == ["Call the crane"]


async def regretted(client: httpx.AsyncClient, plan: dict[str, Json]) -> None:
    """In the evening: all of it away, and back."""
    wheres = {
        **dict.fromkeys(("house", "roof"), PROJECTS), **dict.fromkeys(("shop", "build"), SECTIONS),
        **dict.fromkeys(("buy", "lay", "left", "right", "call"), TASKS),
    }  # fmt: skip
    before = {name: await got(client, where, plan[name]) for name, where in wheres.items()}
    count = len(await told(client))
    assert (await client.delete(f"{PROJECTS}/{plan['house']['id']}")).status_code == 204
    assert [len(await listed(client, where)) for where in (PROJECTS, SECTIONS, TASKS)] == [0, 0, 0]
    (shown,) = await listed(client, TRASH)
    assert (shown["kind"], shown["title"]) == ("project", "House")
    refused(await client.post(f"{TRASH}/task/{plan['left']['id']}/restore"), 409, "parent_in_trash")
    await done(client, f"{TRASH}/project/{plan['house']['id']}/restore")
    assert await listed(client, TRASH) == []
    for name, where in wheres.items():
        now = await got(client, where, plan[name])
        assert plain(now) == plain(before[name]), name
        assert now["version"] == before[name]["version"] + 2
    verbs = [change["verb"] for change in (await told(client))[count:]]
    assert sorted(verbs) == ["delete"] * 9 + ["restore"] * 9


async def looked_back(client: httpx.AsyncClient, plan: dict[str, Json]) -> None:
    """At night: it is as the specs say, all of it is told, and nothing was altered."""
    tree = {task["title"]: task for task in await listed(client, TASKS)}
    assert {title: task["status"] for title, task in tree.items()} == {
        "Buy tiles": "done", "Lay tiles": "done", "Left side": "done", "Right side": "done", "Call the crane": "todo",
    }  # fmt: skip
    assert tree["Right side"]["checklist"] == [{"title": "gloves", "checked": True}]
    assert tree["Right side"]["parent_id"] == tree["Left side"]["parent_id"] == plan["lay"]["id"]
    assert tree["Right side"]["rank"] < tree["Left side"]["rank"]
    assert tree["Lay tiles"]["section_id"] == plan["build"]["id"]
    assert tree["Buy tiles"]["labels"] == [plan["heavy"]["id"]]
    assert [link["rel"] for link in tree["Buy tiles"]["links"]] == ["via"]
    assert [one["title"] for one in await listed(client, TASKS, label_id=plan["heights"]["id"])] == [
        "Right side", "Left side",
    ]  # fmt: skip
    assert await listed(client, COMMENTS, task_id=plan["lay"]["id"]) == [plan["comment"]]
    preferences = (await client.get(ME)).json()["preferences"]
    assert (preferences["time_zone"], preferences["default_project_id"]) == (
        "Europe/Berlin",
        plan["roof"]["id"],
    )
    usage = (await client.get(f"{ME}/usage")).json()
    kinds = ("projects", "sections", "labels", "tasks", "comments")
    assert [usage[kind]["used"] for kind in kinds] == [2, 2, 2, 5, 1]
    assert (await client.get(f"{API}/changes/verify")).json()["valid"] is True


async def titles(client: httpx.AsyncClient, **query: str) -> list[str]:
    """In their order."""
    return [
        task["title"] for task in sorted(await listed(client, TASKS, **query), key=lambda one: one["rank"])
    ]
