"""Filtered streams over real sockets, from real server processes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.test_streams import PLENTY, token
from tests.support.apps import Served, served
from tests.support.databases import Database
from tests.support.events import Event, change, stream

TASKS, PROJECTS, SNAPSHOT = "/api/v1/tasks", "/api/v1/projects", "/api/v1/snapshot"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("filtered")


@pytest.fixture(scope="module")
async def server(database: Database, folder: Path) -> AsyncIterator[Served]:
    environment = {"REMIT_DATABASE_URL": database.app, "REMIT_DATA_DIR": str(folder), **PLENTY}
    async with served(environment) as running:
        yield running


@pytest.fixture
async def client(
    server: Served, folder: Path, request: pytest.FixtureRequest
) -> AsyncIterator[httpx.AsyncClient]:
    async with server.client(token(folder, request.node.name)) as made:
        yield made


async def made(client: httpx.AsyncClient, path: str, **values: Any) -> str:
    answer = await client.post(path, json=values)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def told(event: Event) -> tuple[str, list[tuple[str, str]]]:
    name = "turned" if event.name == "turned" else "tasks"
    return event.name, [(one["id"], one["effect"]) for one in event.data[name]]


@pytest.mark.rule("FSYNC-5", "FSYNC-9")
async def test_a_stream_tells_of_tasks_and_goes_on_where_it_ended(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, name="Work")
    asked = {"filter": "#Work", "types": "task"}
    async with stream(client, params=asked) as events:
        first = await anext(events)
        assert (first.name, bool(first.id)) == ("", True)
        await made(client, TASKS, title="elsewhere")
        task = await made(client, TASKS, title="t", project_id=project)
        entered = await asyncio.wait_for(change(events), 5)
    assert told(entered) == ("change", [(task, "entered")])
    await client.patch(f"{TASKS}/{task}", json={"title": "u"})
    await client.patch(f"{PROJECTS}/{project}", json={"name": "Play"})
    for begun in ({"headers": {"Last-Event-ID": entered.id}}, {"params": {"after": entered.id}}):
        more = {**begun, "params": {**asked, **begun.get("params", {})}}
        async with stream(client, **more) as events:
            found = [await asyncio.wait_for(change(events), 5) for _ in range(2)]
        assert list(map(told, found)) == [("change", [(task, "changed")]), ("change", [(task, "left")])]
        assert found[1].data["entity"] == "project"
        async with stream(client, params=asked, headers={"Last-Event-ID": found[0].id}) as events:
            assert (await asyncio.wait_for(change(events), 5)).data == found[1].data
    listed = await client.get("/api/v1/changes", params={**asked, "after": first.id})
    assert [item["tasks"] for item in listed.json()["items"]] == [
        event.data["tasks"] for event in (entered, *found)
    ]
    unfiltered = await client.get("/api/v1/changes/stream", headers={"Last-Event-ID": entered.id})
    assert (unfiltered.status_code, unfiltered.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.rule("FSYNC-4", "FSYNC-9")
async def test_a_change_of_many_comes_in_parts_and_is_gone_on_with_within(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, name="Work")
    for start in range(0, 520, 65):
        ids = [f"00000000-0000-4000-8000-{number:012d}" for number in range(start, start + 65)]
        commands = [
            {"id": one, "verb": "task.create", "args": {"id": one, "title": "t", "project_id": project}}
            for one in ids
        ]
        answer = await client.post("/api/v1/batch", json={"mode": "atomic", "commands": commands})
        assert answer.status_code == 200, answer.text
    *lines, _ = (await client.get(SNAPSHOT, params={"filter": "#Work", "types": "task"})).text.splitlines()
    assert len(lines) == 520
    async with stream(client, params={"filter": "#Work"}) as events:
        place = (await anext(events)).id
        await client.patch(f"{PROJECTS}/{project}", json={"name": "Play"})
        part = await asyncio.wait_for(change(events), 10)
    assert (part.id == place, len(part.data["tasks"])) == (False, 500)
    async with stream(client, params={"filter": "#Work"}, headers={"Last-Event-ID": part.id}) as events:
        rest = await asyncio.wait_for(change(events), 10)
    assert rest.data["id"] == part.data["id"]
    left = [one["id"] for event in (part, rest) for one in event.data["tasks"]]
    assert (len(left), left) == (520, sorted(set(left)))


@pytest.mark.rule("FSYNC-6", "FSYNC-9")
async def test_a_stream_tells_what_time_has_moved(server: Served, client: httpx.AsyncClient) -> None:
    asked = {"filter": "created_at > now-PT2S", "types": "task"}
    async with stream(client, params=asked) as events:
        await anext(events)
        task = await made(client, TASKS, title="t")
        assert told(await asyncio.wait_for(change(events), 5)) == ("change", [(task, "entered")])
        turned = await asyncio.wait_for(change(events), 20)
        assert told(turned) == ("turned", [(task, "left")])
        assert set(turned.data) == {"turned", "resolved_at", "time_zone"}
    async with stream(client, params=asked, headers={"Last-Event-ID": turned.id}) as events:
        assert (await anext(events)).name == ""
