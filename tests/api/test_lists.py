"""Lists of tasks over HTTP: filtered, sorted, counted."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.api.test_due_dates import TASKS, made


async def listed(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get(TASKS, params=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def titles(page: dict[str, Any]) -> list[str]:
    return [task["title"] for task in page["items"]]


@pytest.mark.rule("LIST-1", "LIST-2", "LIST-3", "LIST-7")
async def test_filtered_sorted_counted_and_told_when_and_where(client: httpx.AsyncClient) -> None:
    for title, priority, due in (
        ("Übung", "high", None),
        ("b", "high", "2026-01-01"),
        ("c", "low", "2025-01-01"),
    ):
        await made(client, title=title, priority=priority, due_date=due)
    assert set(await listed(client)) == {"items", "next_cursor"}
    page = await listed(client, filter='"ubung" | overdue', sort="-priority,due_date", limit=2, count="exact")
    assert (titles(page), page["count"], page["time_zone"]) == (["b", "Übung"], 3, "UTC")
    assert page["resolved_at"].endswith("Z")
    rest = await listed(
        client, filter='"ubung"|overdue', sort="-priority,due_date", limit=2, cursor=page["next_cursor"]
    )
    assert (titles(rest), rest["next_cursor"], rest["resolved_at"]) == (["c"], None, page["resolved_at"])
    both = await listed(client, filter="overdue", status="done")
    assert titles(both) == []
    project = (await client.post("/api/v1/projects", json={"name": "P"})).json()["id"]
    await made(client, title="in", project_id=project)
    assert titles(await listed(client, filter="todo", project_id=project)) == ["in"]
    assert titles(await listed(client, filter="#p & title = IN")) == ["in"]


@pytest.mark.rule("LIST-5", "HTTP-8")
async def test_the_next_page_is_linked_with_all_that_was_asked(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await made(client, title=f"t & {number}")
    answer = await client.get(TASKS, params={"filter": 'title ~ "t &"', "sort": "title", "limit": 2})
    url = answer.headers["link"].partition(">")[0][1:]
    asked = parse_qs(urlsplit(url).query)
    assert (asked["filter"], asked["sort"], asked["cursor"]) == (
        ['title ~ "t &"'],
        ["title"],
        [answer.json()["next_cursor"]],
    )
    assert titles((await client.get(url)).json()) == ["t & 2"]
    other = await client.get(TASKS, params={"filter": "todo", "cursor": answer.json()["next_cursor"]})
    assert (other.status_code, other.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.rule("LIST-8", "FLT-5")
async def test_what_is_no_filter_is_refused_with_its_place(client: httpx.AsyncClient) -> None:
    answer = await client.get(TASKS, params={"filter": "todo & stauts = secretvalue"})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["reason"]) == (
        422,
        "invalid_filter",
        "unknown_field",
    )
    assert (problem["start"], problem["end"], problem["suggestions"]) == (7, 13, ["status"])
    assert "secretvalue" not in answer.text
    for text in ("", "x" * 1025, "todo &", "a\x00", "due_date = now", "due_date < +P9999Y"):
        answer = await client.get(TASKS, params={"filter": text})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_filter"), text
        [error] = answer.json()["errors"]
        assert (error["in"], error["pointer"], error["code"]) == ("query", "/filter", answer.json()["reason"])


@pytest.mark.rule("LIST-8")
async def test_what_cannot_be_asked(client: httpx.AsyncClient) -> None:
    refused = [
        ({"sort": "colour"}, "/sort", "not_a_sort"),
        ({"sort": "title,title"}, "/sort", "not_a_sort"),
        ({"count": "planned"}, "/count", "not_one_of"),
        ({"filter": "todo", "as_of": "2026-01-01T00:00:00Z"}, "/as_of", "not_together"),
        ({"sort": "title", "as_of": "2026-01-01T00:00:00Z"}, "/as_of", "not_together"),
        ({"count": "exact", "as_of": "2026-01-01T00:00:00Z"}, "/as_of", "not_together"),
    ]
    for query, pointer, code in refused:
        answer = await client.get(TASKS, params=query)
        assert answer.status_code == 422, query
        assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)], query
    for twice in ("filter=todo&filter=done", "sort=title&sort=rank"):
        assert (await client.get(f"{TASKS}?{twice}")).status_code == 422
