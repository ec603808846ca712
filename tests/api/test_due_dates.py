"""The day that a task is due, from the wire to the journal and back."""

from typing import Any

import httpx
import pytest

TASKS = "/api/v1/tasks"


async def made(client: httpx.AsyncClient, **values: Any) -> dict[str, Any]:
    answer = await client.post(TASKS, json={"title": "t", **values})
    assert answer.status_code == 201, answer.text
    task: dict[str, Any] = answer.json()
    return task


@pytest.mark.rule("DUE-1", "DUE-2")
async def test_it_is_set_changed_cleared_and_told(client: httpx.AsyncClient) -> None:
    task = await made(client, due_date="2026-02-28")
    place = f"{TASKS}/{task['id']}"
    assert task["due_date"] == "2026-02-28"
    assert (await client.get(place)).json() == task
    assert (await client.get(TASKS)).json()["items"] == [task]
    assert (await client.patch(place, json={"title": "u"})).json()["due_date"] == "2026-02-28"
    assert (await client.patch(place, json={"due_date": "0002-01-01"})).json()["due_date"] == "0002-01-01"
    same = await client.patch(place, json={"due_date": "0002-01-01"})
    assert same.json()["version"] == 3
    assert (await client.patch(place, json={"due_date": None})).json()["due_date"] is None
    told = (await client.get("/api/v1/changes")).json()["items"]
    days = (
        [(change["before"] or {}).get("due_date") for change in told],
        [change["after"].get("due_date") for change in told],
    )
    assert days == ([None, None, "2026-02-28", "0002-01-01"], ["2026-02-28", None, "0002-01-01", None])


@pytest.mark.rule("DUE-2")
async def test_it_is_reverted_copied_and_seen_as_it_was(client: httpx.AsyncClient) -> None:
    task = await made(client, due_date="2026-02-28")
    place = f"{TASKS}/{task['id']}"
    await client.patch(place, json={"due_date": "9998-12-31"})
    change = (await client.get("/api/v1/changes")).json()["items"][-1]
    then = await client.get(place, params={"as_of": task["updated_at"]})
    assert then.json()["due_date"] == "2026-02-28"
    assert (await client.post(f"/api/v1/changes/{change['id']}/revert")).is_success
    assert (await client.get(place)).json()["due_date"] == "2026-02-28"
    assert (await client.post(f"{place}/duplicate", json={})).json()["due_date"] == "2026-02-28"


@pytest.mark.rule("DUE-1", "HTTP-6")
@pytest.mark.parametrize(
    "wrong", ["2026-02-30", "2026-02-28T00:00:00Z", "28.2.2026", "", 20260228, 1e3, True, "\uff10001-01-01"]
)
async def test_what_is_no_date_is_refused(client: httpx.AsyncClient, wrong: object) -> None:
    answer = await client.post(TASKS, json={"title": "t", "due_date": wrong})
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/due_date", "not_a_date")


@pytest.mark.rule("DUE-1")
@pytest.mark.parametrize("wrong", ["0001-12-31", "9999-01-01"])
async def test_days_that_no_filter_can_name_are_refused(client: httpx.AsyncClient, wrong: str) -> None:
    answer = await client.post(TASKS, json={"title": "t", "due_date": wrong})
    assert answer.status_code == 422, answer.text
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/due_date", "out_of_range")
    ]
