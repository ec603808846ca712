"""Snapshots and streams over real sockets, from real server processes."""

import asyncio
import json
import os
import resource
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from entrypoints.container import Container
from tests.support.apps import Served, served, settings_for
from tests.support.databases import Database
from tests.support.events import change, stream

TASKS, SNAPSHOT, STREAM = "/api/v1/tasks", "/api/v1/snapshot", "/api/v1/changes/stream"
PLENTY = {"REMIT_LIMIT_ACCOUNT": "1000000/minute", "REMIT_LOG_LEVEL": "error"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("streams")


@pytest.fixture(scope="module")
def variables(database: Database, folder: Path, by: dict[str, str]) -> dict[str, str]:
    return {"REMIT_DATABASE_URL": database.app, "REMIT_DATA_DIR": str(folder), **PLENTY, **by}


@pytest.fixture(scope="module")
async def server(variables: dict[str, str]) -> AsyncIterator[Served]:
    async with served(variables) as running:
        yield running


def token(folder: Path, subject: str, seconds: int = 3000) -> str:
    container = Container(settings=settings_for(folder))
    issuer = container.development_issuer()
    lifetime = timedelta(seconds=seconds)
    return str(issuer.token(subject, expires_in=lifetime, scopes=None, now=container.clock().now()))


@pytest.fixture
async def client(
    server: Served, folder: Path, request: pytest.FixtureRequest
) -> AsyncIterator[httpx.AsyncClient]:
    async with server.client(token(folder, request.node.name)) as made:
        yield made


async def make(client: httpx.AsyncClient, title: str = "t") -> str:
    answer = await client.post(TASKS, json={"title": title})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def snapshot(
    client: httpx.AsyncClient, **parameters: Any
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    answer = await client.get(SNAPSHOT, params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/jsonl"
    *lines, end = [json.loads(line) for line in answer.text.splitlines()]
    assert end["count"] == len(lines)
    return lines, end


@pytest.mark.rule("JRN-14")
async def test_a_snapshot_is_everything_but_the_trash(client: httpx.AsyncClient) -> None:
    kept, gone = await make(client, "kept ü"), await make(client)
    await client.delete(f"{TASKS}/{gone}")
    values = {"name": "n", "kind": "agent", "scopes": ["tasks:read"], "expires_in": 600}
    made = (await client.post("/api/v1/tokens", json=values)).json()
    lines, end = await snapshot(client)
    assert [(line["entity"], line["id"]) for line in lines] == [("api_token", made["id"]), ("task", kept)]
    task = (await client.get(f"{TASKS}/{kept}")).json()
    state = lines[1]["state"]
    assert {name: state[name] for name in task if name in state} == {
        name: value for name, value in task.items() if name in state
    }
    assert lines[1]["version"] == task["version"]
    later = await make(client)
    page = (await client.get("/api/v1/changes", params={"after": end["next"]})).json()
    assert [one["entity_id"] for one in page["items"]] == [later]
    only, _ = await snapshot(client, types="task")
    assert {line["entity"] for line in only} == {"task"}


@pytest.mark.rule("JRN-14")
async def test_a_snapshot_of_nothing_is_its_end(client: httpx.AsyncClient) -> None:
    lines, end = await snapshot(client)
    assert lines == []
    assert (await client.get("/api/v1/changes", params={"after": end["next"]})).json()["items"] == []


@pytest.mark.rule("JRN-14", "JRN-19")
async def test_a_long_snapshot_is_of_one_moment(client: httpx.AsyncClient) -> None:
    ids = [f"00000000-0000-4000-8000-{number:012d}" for number in range(1201)]
    for start in range(0, len(ids), 50):
        await asyncio.gather(
            *(client.post(TASKS, json={"title": "t" * 400, "id": one}) for one in ids[start : start + 50])
        )
    seen = []
    async with client.stream("GET", SNAPSHOT) as answer:
        async for line in answer.aiter_lines():
            if not seen:
                await client.patch(f"{TASKS}/{ids[-1]}", json={"title": "changed meanwhile"})
                await client.delete(f"{TASKS}/{ids[-2]}")
            seen.append(json.loads(line))
    assert [line["id"] for line in seen[:-1]] == ids
    assert seen[-2]["state"]["title"] == "t" * 400
    page = (await client.get("/api/v1/changes", params={"after": seen[-1]["next"]})).json()
    assert [one["verb"] for one in page["items"]] == ["update", "delete"]


@pytest.mark.rule("JRN-16")
async def test_a_stream_tells_what_happens_and_goes_on_where_it_ended(client: httpx.AsyncClient) -> None:
    await make(client, "before")
    async with stream(client) as events:
        first = await anext(events)
        assert (first.name, bool(first.id)) == ("", True)
        made = await make(client, "during")
        told = await asyncio.wait_for(change(events), 5)
        assert (told.name, told.data["entity_id"], told.data["verb"]) == ("change", made, "create")
    missed = [await make(client, f"missed {number}") for number in range(3)]
    for asked in ({"headers": {"Last-Event-ID": told.id}}, {"params": {"after": told.id}}):
        async with stream(client, **asked) as events:
            found = [await asyncio.wait_for(change(events), 5) for _ in missed]
            assert [event.data["entity_id"] for event in found] == missed
    async with stream(client, headers={"Last-Event-ID": first.id}) as events:
        assert (await change(events)).data == told.data


@pytest.mark.rule("JRN-16")
async def test_a_stream_tells_many_changes_in_their_order(client: httpx.AsyncClient) -> None:
    async with stream(client) as events:
        await anext(events)
        await asyncio.gather(*(make(client) for _ in range(250)))
        told = [(await asyncio.wait_for(change(events), 5)).data["seq"] for _ in range(250)]
    assert told == list(range(1, 251))


@pytest.mark.rule("JRN-8", "JRN-16")
@pytest.mark.parametrize("asked", [{"headers": {"Last-Event-ID": "x"}}, {"params": {"after": "x"}}])
async def test_a_stream_from_nowhere_is_refused(client: httpx.AsyncClient, asked: dict[str, Any]) -> None:
    answer = await client.get(STREAM, **asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.rule("JRN-8", "JRN-16")
async def test_an_event_id_of_another_account_is_refused(
    server: Served, folder: Path, client: httpx.AsyncClient
) -> None:
    async with stream(client) as events:
        mine = (await anext(events)).id
    async with server.client(token(folder, "another account")) as other:
        answer = await other.get(STREAM, headers={"Last-Event-ID": mine})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.rule("JRN-17")
@pytest.mark.parametrize("direct", [True, False], ids=["listening", "looking"])
async def test_a_change_in_another_process_is_told(
    variables: dict[str, str], database: Database, folder: Path, server: Served, direct: bool
) -> None:
    pooled = {"REMIT_DATABASE_URL": f"{database.app}{'&' if '?' in database.app else '?'}pgbouncer=true"}
    subject = token(folder, f"two processes {direct}")
    async with (
        served(variables | ({} if direct else pooled)) as other,
        other.client(subject) as following,
        server.client(subject) as writing,
        stream(following) as events,
    ):
        await anext(events)
        await asyncio.sleep(1)  # it listens by now, or has looked once
        began = asyncio.get_running_loop().time()
        made = await make(writing)
        told = await asyncio.wait_for(change(events), 10)
        took = asyncio.get_running_loop().time() - began
    assert told.data["entity_id"] == made
    assert took < (2.5 if direct else 8)


@pytest.mark.rule("JRN-18")
async def test_a_stream_ends_with_its_token(server: Served, folder: Path) -> None:
    async with server.client(token(folder, "short lived", seconds=2)) as client, stream(client) as events:
        async with asyncio.timeout(10):
            assert not [event async for event in events if event.name]


@pytest.mark.rule("JRN-18")
async def test_streams_end_at_once_when_the_service_stops(variables: dict[str, str], folder: Path) -> None:
    async with served(variables) as server, server.client(token(folder, "stopped")) as client:
        async with stream(client) as events:
            await anext(events)
            server.process.terminate()
            async with asyncio.timeout(5):
                assert [event async for event in events if event.name] == []
        assert await asyncio.wait_for(server.ended(), 10) == 0


@pytest.mark.rule("JRN-18")
async def test_where_changes_are_not_kept_a_stream_says_resync(
    fresh_database: Database, tmp_path: Path, by: dict[str, str]
) -> None:
    from tests.integration.test_postgres import connected

    environment = {"REMIT_DATABASE_URL": fresh_database.app, "REMIT_DATA_DIR": str(tmp_path), **PLENTY, **by}
    async with served(environment) as server, server.client(token(tmp_path, "resync")) as client:
        await make(client)
        first = (await client.get("/api/v1/changes")).json()["next"]
        for _ in range(3):
            await make(client)
        async with connected(fresh_database.admin) as admin:
            await admin.execute("DELETE FROM remit.change WHERE seq <= 2")
            await admin.execute("UPDATE remit.account SET floor_seq = 2")
        async with stream(client, headers={"Last-Event-ID": first}) as events:
            told = [event async for event in events]
        assert [(event.name, event.data) for event in told if event.name] == [
            ("resync", {"snapshot": "/api/v1/snapshot"})
        ]
        answer = await client.get("/api/v1/changes", params={"after": first})
        assert (answer.status_code, answer.json()["code"]) == (410, "changes_gone")
        assert answer.headers["link"] == '</api/v1/snapshot>; rel="alternate"'


@pytest.mark.rule("JRN-19")
async def test_an_account_has_a_hundred_streams_at_most(server: Served, folder: Path) -> None:
    async with AsyncExitStack() as stack:
        limits = httpx.Limits(max_connections=200)
        headers = {"Authorization": f"Bearer {token(folder, 'many streams')}"}
        client = await stack.enter_async_context(
            httpx.AsyncClient(base_url=server.url, headers=headers, limits=limits, trust_env=False)
        )
        for _ in range(100):
            events = await stack.enter_async_context(stream(client))
            await anext(events)
        answer = await client.get(STREAM)
        assert (answer.status_code, answer.json()["code"]) == (409, "limit_reached")


@pytest.mark.rule("JRN-19")
async def test_who_leaves_a_stream_makes_room_for_another(server: Served, folder: Path) -> None:
    headers = {"Authorization": f"Bearer {token(folder, 'come and go')}"}
    limits = httpx.Limits(max_connections=200)
    client = httpx.AsyncClient(base_url=server.url, headers=headers, limits=limits, trust_env=False)
    async with client:
        for _ in range(2):
            async with AsyncExitStack() as stack, asyncio.timeout(20):
                for _ in range(100):
                    while True:
                        answer = await stack.enter_async_context(client.stream("GET", STREAM))
                        if answer.status_code == 200:
                            break
                        assert answer.status_code == 409  # those before are still leaving
                        await asyncio.sleep(0.05)


def resident(pid: int) -> int:
    """Bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.long
@pytest.mark.rule("JRN-19")
async def test_a_thousand_idle_streams_weigh_less_than_150_megabytes(
    variables: dict[str, str], folder: Path
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    try:
        async with served(variables) as server, AsyncExitStack() as stack:
            for number in range(10):
                client = await stack.enter_async_context(
                    httpx.AsyncClient(
                        base_url=server.url,
                        headers={"Authorization": f"Bearer {token(folder, f'crowd {number}')}"},
                        limits=httpx.Limits(max_connections=200),
                        timeout=60,
                        trust_env=False,
                    )
                )
                if number == 0:
                    before = resident(server.process.pid)
                for _ in range(100):
                    await anext(await stack.enter_async_context(stream(client)))
            await asyncio.sleep(20)  # a heartbeat each
            assert resident(server.process.pid) - before < 150 * 2**20
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
