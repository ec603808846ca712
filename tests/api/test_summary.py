"""The summary over HTTP."""

from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest

from entrypoints.http.summary import SummaryOut
from entrypoints.svg.theme import POLICY
from tests.support.apps import App, app_on, settings_for
from tests.support.asking import API, PROJECTS, TASKS, done, invalid, made, refused

SUMMARY = f"{API}/summary"


@pytest.mark.rule("SUM-1", "SUM-2", "SUM-3", "SUM-4", "SUM-5", "SUM-6")
async def test_everything_is_counted_as_of_a_moment_and_a_zone(client: httpx.AsyncClient) -> None:
    empty = (await client.get(SUMMARY)).json()
    assert (empty["total"], empty["by_project"]) == (0, [])
    await client.patch(f"{API}/me", json={"time_zone": "Asia/Kolkata"})
    today = date.fromisoformat((await client.get(SUMMARY)).json()["today"])
    project = (await made(client, PROJECTS, name="Garden & <House>"))["id"]
    archived = (await made(client, PROJECTS, name="Old"))["id"]
    for day in (None, today, today + timedelta(27), today + timedelta(28), today - timedelta(1)):
        await made(client, TASKS, title="t", due_date=day and day.isoformat(), project_id=project)
    for title, verb in (("begun", "start"), ("done", "complete"), ("no", "cancel")):
        await done(client, f"{TASKS}/{(await made(client, TASKS, title=title))['id']}/{verb}")
    await made(client, TASKS, title="left out", project_id=archived)
    await done(client, f"{PROJECTS}/{archived}/archive")
    answer = await client.get(SUMMARY)
    summary = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert set(summary) == set(SummaryOut.model_fields)
    assert SummaryOut.model_validate(summary).model_dump(mode="json") == summary
    assert (summary["time_zone"], summary["total"]) == ("Asia/Kolkata", 8)
    assert summary["by_status"] == {"todo": 5, "in_progress": 1, "done": 1, "cancelled": 1}
    assert [summary[name] for name in ("overdue", "due_later", "no_due_date")] == [1, 1, 2]
    assert [(one["day"], one["count"]) for one in summary["due_by_day"] if one["count"]] == [
        (today.isoformat(), 1),
        ((today + timedelta(27)).isoformat(), 1),
    ]
    assert summary["completed_by_day"][-1] == {"day": today.isoformat(), "count": 1}
    assert (len(summary["due_by_day"]), len(summary["completed_by_day"])) == (28, 90)
    assert summary["by_project"] == [
        {"project_id": project, "name": "Garden & <House>", "open": 5, "closed": 0, "overdue": 1},
        {"project_id": None, "name": None, "open": 1, "closed": 2, "overdue": 0},
    ]


@pytest.mark.rule("SUM-1")
async def test_it_takes_no_parameters_and_needs_to_read(client: httpx.AsyncClient, app: App) -> None:
    invalid(await client.get(SUMMARY, params={"status": "todo"}), ("/status", "unknown_field"))
    async with app.client("nobody", ["tasks:write"]) as poor:
        refused(await poor.get(SUMMARY), 403, "insufficient_scope")


@pytest.mark.rule("SUM-1")
async def test_in_memory_it_is_the_same(memory_app: App) -> None:
    async with memory_app.client("ada") as client:
        await made(client, TASKS, title="t")
        summary = (await client.get(SUMMARY)).json()
    assert (summary["total"], summary["no_due_date"]) == (1, 1)


@pytest.mark.rule("SUM-8", "SUM-10", "SUM-11")
async def test_it_is_answered_as_a_picture_to_who_asks_for_one(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, name='A <b> & \u202e\ufffe "c"')
    await made(client, TASKS, project_id=project["id"])
    answer = await client.get(SUMMARY, headers={"Accept": "image/svg+xml"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert (answer.headers["vary"], answer.headers["content-security-policy"]) == ("Accept", POLICY)
    assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == (
        "nosniff",
        "no-store",
    )
    root = ET.fromstring(answer.content)  # noqa: S314 - it is our own
    assert 'A <b> & \ufffd "c"' in [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "<script" not in answer.text


@pytest.mark.rule("SUM-8")
@pytest.mark.parametrize(
    "accept", [None, "", "*/*", "application/json", "application/json, image/svg+xml", "text/html, */*;q=0.8"]
)
async def test_it_is_answered_as_json_to_everybody_else(
    client: httpx.AsyncClient, accept: str | None
) -> None:
    del client.headers["accept"]
    answer = await client.get(SUMMARY, headers={} if accept is None else {"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.rule("SUM-8", "HTTP-6")
async def test_what_it_has_no_form_for_is_refused_as_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get(SUMMARY, headers={"Accept": "image/png, text/html"})
    refused(answer, 406, "not_acceptable")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["vary"] == "Accept"
    assert "application/json or image/svg+xml" in answer.json()["detail"]
    refused(await client.get(SUMMARY, headers={"Accept": "nonsense"}), 400, "malformed_header")
    invalid(
        await client.get(SUMMARY, params={"a": "b"}, headers={"Accept": "image/png"}), ("/a", "unknown_field")
    )


@pytest.mark.rule("SUM-8", "HTTP-15")
async def test_a_head_says_what_a_get_would(client: httpx.AsyncClient) -> None:
    picture = await client.head(SUMMARY, headers={"Accept": "image/*"})
    assert (picture.status_code, picture.content) == (200, b"")
    assert picture.headers["content-type"] == "image/svg+xml"


@pytest.mark.rule("SUM-8", "HTTP-11")
async def test_what_varies_by_origin_too_says_both(tmp_path: Path) -> None:
    origin = "https://app.example.com"
    async with app_on(settings_for(tmp_path, cors_origins=(origin,))) as app, app.client("ada") as client:
        answer = await client.get(SUMMARY, headers={"Origin": origin})
    assert {one.strip() for one in answer.headers["vary"].split(",")} == {"Accept", "Origin"}
