"""Tasks told apart, and the tasks of views, over REST."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.builtin_views import Builtin
from domain.view import Grouping
from entrypoints.http.grouped import GroupedOut, GroupOut, ScoreOut, ViewPageOut
from entrypoints.http.shown import TaskOut
from tests.support.apps import App
from tests.support.asking import LABELS, PROJECTS, TASKS, VIEWS, invalid, listed, made, refused


async def asked(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    assert ("next" in answer.links) == (answer.json()["next_cursor"] is not None)
    if answer.links:
        assert (await client.get(answer.links["next"]["url"])).status_code == 200
    return answer.json()


def titles(group: Any) -> list[str]:
    return [one["title"] for one in group["items"]]


@pytest.mark.rule("VIEW-8", "VIEW-10")
async def test_tasks_are_told_apart(client: httpx.AsyncClient) -> None:
    project, label, other = (
        await made(client, PROJECTS, "Garden"), await made(client, LABELS, "mow"), await made(client, LABELS, "Ants"),
    )  # fmt: skip
    for title, values in {
        "a": {"project_id": project["id"], "labels": [label["id"], other["id"]], "priority": "urgent"},
        "b": {"due_date": "2026-12-01", "priority": "low"},
        "c": {"labels": [label["id"]], "due_date": "2026-11-30", "priority": "low"},
    }.items():
        await made(client, TASKS, title, **values)
    await client.post(f"{TASKS}/{(await listed(client, TASKS))[0]['id']}/start")
    for by, expected in {
        "project": [(project["id"], "Garden", ["a"]), (None, "Inbox", ["b", "c"])],
        "label": [(other["id"], "Ants", ["a"]), (label["id"], "mow", ["a", "c"]), (None, None, ["b"])],
        "day": [("2026-11-30", None, ["c"]), ("2026-12-01", None, ["b"]), (None, None, ["a"])],
        "priority": [("urgent", None, ["a"]), ("low", None, ["b", "c"])],
        "status": [("todo", None, ["a", "b"]), ("in_progress", None, ["c"])],
    }.items():
        page = await asked(client, TASKS, group=by, sort="title")
        assert set(page) == {"groups", "next_cursor"}
        GroupedOut.model_validate(page)
        assert all(set(one) == set(GroupOut.model_fields) for one in page["groups"])
        assert [(one["key"], one["name"], titles(one)) for one in page["groups"]] == expected
    alone = (await client.get(f"{TASKS}/{page['groups'][1]['items'][0]['id']}")).json()
    assert page["groups"][1]["items"] == [alone]


@pytest.mark.rule("VIEW-10", "VIEW-11")
async def test_a_group_and_the_groups_go_on(client: httpx.AsyncClient) -> None:
    for number in range(7):
        for day in (1, 2, 3, 4, 5, 6):
            if number < 2 or day == 1:
                await made(client, TASKS, f"{number}", due_date=f"2026-12-0{day}")
    query = {"group": "day", "sort": "title", "filter": "open", "count": "exact"}
    page = await asked(client, TASKS, limit=2, **query)
    assert (page["count"], page["time_zone"], page["next_cursor"], len(page["groups"])) == (
        17,
        "UTC",
        None,
        6,
    )
    assert [one["next_cursor"] is None for one in page["groups"]] == [False, *[True] * 5]
    rest = await asked(client, TASKS, limit=3, cursor=page["groups"][0]["next_cursor"], **query)
    assert set(rest) == {"items", "next_cursor", "count", "resolved_at", "time_zone"}
    assert titles(rest) == ["2", "3", "4"]
    last = await asked(client, TASKS, limit=3, cursor=rest["next_cursor"], **query)
    assert (titles(last), last["next_cursor"]) == (["5", "6"], None)
    first = await asked(client, TASKS, limit=200, **query)
    second = await asked(client, TASKS, limit=200, cursor=first["next_cursor"], **query)
    assert [one["key"] for one in (*first["groups"], *second["groups"])] == [
        f"2026-12-0{n}" for n in range(1, 7)
    ]
    for cursor in (rest["next_cursor"], first["next_cursor"]):
        for more in (
            {**query, "group": "status"},
            {**query, "filter": "todo"},
            {"sort": "title", "filter": "open"},
        ):
            wrong = await client.get(TASKS, params={"cursor": cursor, **more})
            refused(wrong, 400, "invalid_cursor")


@pytest.mark.rule("VIEW-8", "VIEW-13")
async def test_what_cannot_be_told_apart(client: httpx.AsyncClient) -> None:
    invalid(await client.get(TASKS, params={"group": "week"}), ("/group", "not_one_of"))
    now = "2026-11-24T00:00:00Z"
    invalid(await client.get(TASKS, params={"group": "day", "as_of": now}), ("/as_of", "not_together"))
    for name, value in (("fields", "title"), ("include", "labels")):
        answer = await client.get(TASKS, params={"group": "day", name: value})
        invalid(answer, (f"/{name}", "not_together"))
        assert answer.json()["errors"][0]["message"] == "Cannot be sent together with group."
    for by in Grouping:
        answer = await client.get(f"{VIEWS}/next/tasks", params={"group": by.value})
        invalid(answer, ("/group", "not_grouped"))
        assert [error["in"] for error in answer.json()["errors"]] == ["query"]
    assert (await client.get(f"{VIEWS}/next/tasks", params={"group": "none"})).status_code == 200
    refused(await client.get(TASKS, params={"group": "day", "filter": "x"}), 422, "invalid_filter")
    invalid(await client.get(TASKS, params={"group": "day", "limit": "201"}), ("/limit", "out_of_range"))


@pytest.mark.rule("VIEW-8")
async def test_no_groups_can_be_asked_for(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await made(client, TASKS, f"{number}", priority="high")
    plain = await asked(client, TASKS, limit=2, sort="title", fields="title")
    page = await asked(client, TASKS, limit=2, sort="title", fields="title", group="none")
    assert page["items"] == plain["items"] == [{"title": "0"}, {"title": "1"}]
    for group in ({}, {"group": "none"}):
        rest = await asked(client, TASKS, sort="title", cursor=page["next_cursor"], **group)
        assert titles(rest) == ["2"]
    now = (await client.get(TASKS)).json()["items"][0]["updated_at"]
    assert titles(await asked(client, TASKS, group="none", as_of=now)) == ["2", "1", "0"]


@pytest.mark.rule("VIEW-6", "VIEW-7")
async def test_the_tasks_of_a_saved_view(client: httpx.AsyncClient, app: App) -> None:
    for number in range(5):
        await made(client, TASKS, f"t{number}", priority="high" if number % 2 else "none")
    view = await made(client, VIEWS, "mine", filter="open", sort="-title", grouping="priority")
    path = f"{VIEWS}/{view['id']}/tasks"
    page = await asked(client, path, limit=2)
    assert [(one["key"], titles(one)) for one in page["groups"]] == [
        ("high", ["t3", "t1"]),
        ("none", ["t4", "t2"]),
    ]
    assert set(page["groups"][0]["items"][0]) == set(TaskOut.model_fields)
    rest = await asked(client, path, cursor=page["groups"][1]["next_cursor"])
    assert titles(rest) == ["t0"]
    assert [one["title"] for one in await listed(client, path, group="none")] == [
        "t4",
        "t3",
        "t2",
        "t1",
        "t0",
    ]
    flat = await asked(client, path, group="none", limit=2, count="exact")
    assert (flat["count"], flat["time_zone"]) == (5, "UTC")
    assert {one["key"] for one in (await asked(client, path, group="status"))["groups"]} == {"todo"}
    changed = await client.patch(f"{VIEWS}/{view['id']}", json={"filter": "todo"})
    assert changed.status_code == 200
    for cursor, group in ((flat["next_cursor"], "none"), (page["groups"][1]["next_cursor"], "priority")):
        refused(await client.get(path, params={"cursor": cursor, "group": group}), 400, "invalid_cursor")
    async with app.client("a thief of views") as thief:
        refused(await thief.get(path), 404, "view_not_found")
    await client.delete(f"{VIEWS}/{view['id']}")
    refused(await client.get(path), 404, "view_not_found")
    refused(await client.get(f"{VIEWS}/{uuid4()}/tasks"), 404, "view_not_found")
    invalid(await client.get(f"{VIEWS}/tomorrow/tasks"), ("/view_id", "not_a_uuid"))


@pytest.mark.rule("VIEW-6")
async def test_a_view_shows_what_is_asked_for_and_what_it_refers_to(client: httpx.AsyncClient) -> None:
    label = await made(client, LABELS, "a")
    for number in range(3):
        await made(client, TASKS, f"t{number}", labels=[label["id"]], due_date="2026-01-01")
    view = await made(client, VIEWS, "mine", filter="open", sort="-title")
    query = {"fields": "title,labels", "include": "labels,parent", "limit": 2}
    for path in (f"{VIEWS}/{view['id']}/tasks", f"{VIEWS}/overdue/tasks"):
        page = await asked(client, path, **query)
        sort = (await client.get(path.removesuffix("/tasks"))).json()["sort"]
        same = await asked(client, TASKS, filter="open", sort=sort, **query)
        parts = ("items", "included", "included_complete")
        assert [page[part] for part in parts] == [same[part] for part in parts]
        assert set(page["items"][0]) == {"title", "labels"}
        assert page["included"] == {"labels": [label], "tasks": []}
        rest = await asked(client, path, fields="id", cursor=page["next_cursor"])
        assert [set(one) for one in rest["items"]] == [{"id"}]
    invalid(await client.get(path, params={"fields": "owner_id"}), ("/fields", "not_names"))
    invalid(await client.get(path, params={"include": "label"}), ("/include", "not_names"))


@pytest.mark.rule("VIEW-6")
async def test_a_view_in_groups_or_by_score_shows_whole_tasks(client: httpx.AsyncClient) -> None:
    await made(client, TASKS, "t", due_date="2999-01-01")
    for path in (f"{VIEWS}/upcoming/tasks", f"{VIEWS}/next/tasks", f"{VIEWS}/inbox/tasks?group=day"):
        for query in ({"fields": "title"}, {"include": "labels"}, {"fields": "title", "include": "labels"}):
            answer = await client.get(httpx.URL(path).copy_merge_params(query))
            invalid(answer, *((f"/{name}", "not_together") for name in query))
            assert {error["in"] for error in answer.json()["errors"]} == {"query"}
    flat = await asked(client, f"{VIEWS}/upcoming/tasks", group="none", fields="title", include="labels")
    assert (flat["items"], flat["included"]) == ([{"title": "t"}], {"labels": []})


@pytest.mark.rule("VIEW-5", "VIEW-6")
async def test_the_tasks_of_built_in_views(client: httpx.AsyncClient, app: App) -> None:
    today = app.container.clock().now().date()
    for title, days in {"late": -1, "now": 0, "soon": 1, "later": 9}.items():
        await made(client, TASKS, title, due_date=str(today + timedelta(days=days)))
    found = {}
    for view in Builtin:
        if view is not Builtin.UPCOMING:
            found[view.value] = [one["title"] for one in await listed(client, f"{VIEWS}/{view}/tasks")]
    assert sorted(found.pop("inbox")) == ["late", "later", "now", "soon"]
    assert found == {
        "today": ["now"], "overdue": ["late"], "waiting": [], "done_this_week": [], "next": ["late", "now", "soon", "later"],
    }  # fmt: skip
    upcoming = await asked(client, f"{VIEWS}/upcoming/tasks")
    assert [titles(group) for group in upcoming["groups"]] == [["soon"], ["later"]]


@pytest.mark.rule("VIEW-12")
async def test_what_is_next_says_why(client: httpx.AsyncClient) -> None:
    task = await made(client, TASKS, "first", priority="urgent")
    await made(client, TASKS, "waits", blocked_by=[task["id"]])
    await made(client, TASKS, "second")
    page = await asked(client, f"{VIEWS}/next/tasks", limit=1)
    ViewPageOut.model_validate(page)
    assert set(page["items"][0]) == {*TaskOut.model_fields, "score"}
    score = {"total": 45, "due": 0, "priority": 40, "started": 0, "unblocks": 5, "age": 0}
    assert (titles(page), page["items"][0]["score"]) == (["first"], score)
    assert set(score) == set(ScoreOut.model_fields)
    page = await asked(client, f"{VIEWS}/next/tasks", limit=1, cursor=page["next_cursor"])
    assert (titles(page), page["next_cursor"]) == (["second"], None)
    refused(await client.get(f"{VIEWS}/waiting/tasks", params={"cursor": "AAAA"}), 400, "invalid_cursor")
