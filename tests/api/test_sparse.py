"""Lists of tasks with some of their members, and with what they refer to."""

from typing import Any

import httpx
import pytest

from application.shown import FIELDS
from tests.api.test_due_dates import TASKS, made
from tests.api.test_lists import listed
from tests.support.apps import App


async def thing(client: httpx.AsyncClient, kind: str, **values: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/{kind}", json=values)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.rule("LIST-14")
async def test_only_what_was_asked_for(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await made(client, title=f"t{number}", due_date="2026-01-01", checklist=[{"title": "c"}])
    whole = (await listed(client))["items"]
    for names in (["title"], ["ready"], ["status", "id"], ["subtasks", "checklist", "labels"], [*whole[0]]):
        page = await listed(client, fields=",".join(names), sort="-priority,due_date,title", limit=2)
        rest = await listed(
            client, sort="-priority,due_date,title", fields="id", limit=2, cursor=page["next_cursor"]
        )
        expected = [{name: task[name] for name in names} for task in reversed(whole)]
        assert page["items"] == expected[:2]
        assert rest["items"] == [{"id": whole[0]["id"]}]


@pytest.mark.rule("LIST-14")
async def test_items_have_one_schema_that_requires_nothing(app: App) -> None:
    schemas = app.asgi.openapi()["components"]["schemas"]
    items = schemas["TaskPageOut"]["properties"]["items"]["items"]
    listed_task = schemas[items["$ref"].removeprefix("#/components/schemas/")]
    assert listed_task["properties"] == schemas["TaskOut"]["properties"]
    assert "required" not in listed_task
    assert set(schemas["TaskOut"]["required"]) == set(FIELDS)


@pytest.mark.rule("LIST-14", "LIST-15", "LIST-8")
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"fields": "title,owner_id"}, "not_names"),
        ({"fields": "title,title"}, "not_names"),
        ({"fields": ""}, "not_names"),
        ({"include": "label"}, "not_names"),
        ({"include": "labels,labels"}, "not_names"),
        ({"fields": "title", "as_of": "2026-01-01T00:00:00Z"}, "not_together"),
        ({"include": "labels", "as_of": "2026-01-01T00:00:00Z"}, "not_together"),
    ],
)
async def test_what_is_no_member_is_refused(client: httpx.AsyncClient, query: Any, code: str) -> None:
    answer = await client.get(TASKS, params=query)
    assert (answer.status_code, [one["code"] for one in answer.json()["errors"]]) == (422, [code])


@pytest.mark.rule("LIST-15")
async def test_what_tasks_refer_to_comes_along(client: httpx.AsyncClient) -> None:
    label, other = await thing(client, "labels", name="a"), await thing(client, "labels", name="b")
    project = await thing(client, "projects", name="p")
    section = await thing(client, "sections", name="s", project_id=project["id"])
    blocker, gone = await made(client, title="blocker"), await made(client, title="gone")
    place = {"project_id": project["id"], "section_id": section["id"]}
    task = await made(
        client, title="task", labels=[label["id"]], blocked_by=[blocker["id"], gone["id"]], **place
    )
    children = [await made(client, title=f"c{n}", parent_id=task["id"]) for n in range(3)]
    await made(client, title="elsewhere", labels=[other["id"]])
    await client.delete(f"{TASKS}/{gone['id']}")
    names = "labels,project,section,parent,blocked_by,subtasks"
    page = await listed(client, filter="title = task", include=names, fields="title")
    assert page["items"] == [{"title": "task"}]
    assert page["included_complete"] is True
    included = page["included"]
    assert [included[kind] for kind in ("labels", "projects", "sections")] == [[label], [project], [section]]
    assert [one["id"] for one in included["tasks"]] == sorted(one["id"] for one in [blocker, *children])
    assert included["tasks"] == [
        (await client.get(f"{TASKS}/{one['id']}")).json() for one in included["tasks"]
    ]
    below = await listed(client, filter="title = c1", include="parent,labels")
    assert ([one["title"] for one in below["included"]["tasks"]], below["included"]["labels"]) == (
        ["task"],
        [],
    )
    assert "included" not in await listed(client)
    empty = await listed(client, filter="title = nothing", include=names)
    assert empty["included"] == {"labels": [], "projects": [], "sections": [], "tasks": []}


@pytest.mark.rule("LIST-15")
async def test_no_more_comes_along_than_fits_a_page(client: httpx.AsyncClient) -> None:
    parents = [await made(client, title=f"p{n}") for n in range(2)]
    commands = [
        {
            "id": f"{n}.{k}",
            "verb": "task.create",
            "args": {"title": f"{n}.{k}", "parent_id": parents[n]["id"]},
        }
        for n in range(2)
        for k in range(150 if n else 60)
    ]
    for start in range(0, len(commands), 100):
        answer = await client.post(
            "/api/v1/batch", json={"mode": "atomic", "commands": commands[start : start + 100]}
        )
        assert answer.status_code == 200, answer.text
    page = await listed(client, filter="title ^= p", include="subtasks")
    titles = [one["title"] for one in page["included"]["tasks"]]
    assert (len(titles), page["included_complete"]) == (200, False)
    assert {f"0.{k}" for k in range(60)} | {f"1.{k}" for k in range(140)} == set(titles)
    page = await listed(client, filter="title = p0", include="subtasks")
    assert (len(page["included"]["tasks"]), page["included_complete"]) == (60, True)
