"""API tokens over REST, on PostgreSQL."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest
from dependency_injector import providers

from adapters.clock import SystemClock
from tests.support.apps import App, app_on, settings_for
from tests.support.clocks import FixedClock
from tests.support.databases import Database
from tests.support.queries import QueryRecorder

TOKENS, TASKS, ME = "/api/v1/tokens", "/api/v1/tasks", "/api/v1/me"
VALUES = {"name": "nightly report", "kind": "agent", "scopes": ["tasks:read"], "expires_in": 3600}


async def make(client: httpx.AsyncClient, **values: object) -> dict[str, object]:
    answer = await client.post(TOKENS, json={**VALUES, **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


def holder(app: App, text: object) -> httpx.AsyncClient:
    client = app.client()
    client.headers["Authorization"] = f"Bearer {text}"
    return client


@pytest.fixture
async def second_app(database: Database, tmp_path: Path) -> AsyncIterator[App]:
    """Another process, as far as anything kept in memory goes."""
    async with app_on(settings_for(tmp_path, database)) as running:
        yield running


@pytest.mark.rule("TOKEN-1", "TOKEN-2", "TOKEN-9")
async def test_the_text_is_shown_once_and_kept_nowhere(client: httpx.AsyncClient, database: Database) -> None:
    made = await make(client)
    text = made.pop("token")
    assert re.fullmatch("remit_[0-9A-Za-z]{92}", text)
    assert made == {
        "id": made["id"], "name": "nightly report", "kind": "agent", "scopes": ["tasks:read"],
        "created_at": made["created_at"], "expires_at": made["expires_at"], "revoked_at": None, "last_used_at": None,
    }  # fmt: skip
    answer = await client.get(TOKENS)
    assert answer.json() == {"items": [made], "next_cursor": None}
    connection = await asyncpg.connect(database.admin)
    rows = await connection.fetch("SELECT t::text AS row FROM remit.api_token AS t")
    await connection.close()
    assert rows
    assert all(text not in row["row"] and text[6:40] not in row["row"] for row in rows)


@pytest.mark.rule("TOKEN-4", "TOKEN-7")
async def test_it_acts_for_the_account_of_its_maker_with_its_own_scopes(
    app: App, client: httpx.AsyncClient
) -> None:
    task = (await client.post(TASKS, json={"title": "t"})).json()
    maker = (await client.get(ME)).json()
    async with holder(app, (await make(client))["token"]) as agent:
        assert (await agent.get(ME)).json() == {**maker, "scopes": ["tasks:read"], "via": "agent"}
        assert (await agent.get(f"{TASKS}/{task['id']}")).json() == task
        for refused in (
            await agent.post(TASKS, json={"title": "t"}),
            await agent.delete(f"{TASKS}/{task['id']}"),
            await agent.get(TOKENS),
            await agent.post(TOKENS, json=VALUES),
        ):
            assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    async with holder(app, (await make(client, kind="person"))["token"]) as script:
        assert (await script.get(ME)).json()["via"] == "token"


@pytest.mark.rule("TOKEN-3")
async def test_no_token_grants_more_than_its_maker_holds(app: App, subject: str) -> None:
    async with app.client(subject, ["account:admin", "tasks:read"]) as limited:
        assert (await limited.post(TOKENS, json={**VALUES, "scopes": ["tasks:read"]})).status_code == 201
        answer = await limited.post(TOKENS, json={**VALUES, "scopes": ["tasks:read", "tasks:write"]})
        assert (answer.status_code, answer.json()["scope"]) == (403, "tasks:write")
        made = (await limited.post(TOKENS, json={**VALUES, "scopes": ["account:admin"]})).json()
    async with holder(app, made["token"]) as child:
        answer = await child.post(TOKENS, json={**VALUES, "scopes": ["tasks:read"], "expires_in": 60})
        assert (answer.status_code, answer.json()["scope"]) == (403, "tasks:read")


@pytest.mark.rule("TOKEN-6")
async def test_revoking_is_effective_at_once_in_every_process(
    app: App, second_app: App, client: httpx.AsyncClient
) -> None:
    made = await make(client)
    async with holder(app, made["token"]) as here, holder(second_app, made["token"]) as there:
        assert [(await who.get(TASKS)).status_code for who in (here, there)] == [200, 200]
        for _ in range(2):
            assert (await client.delete(f"{TOKENS}/{made['id']}")).status_code == 204
        for who in (here, there):
            answer = await who.get(TASKS)
            assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert (await client.get(TOKENS)).json()["items"][0]["revoked_at"] is not None


@pytest.mark.rule("TOKEN-5", "TOKEN-8")
async def test_it_expires_and_its_use_is_noted_coarsely(database: Database, tmp_path: Path) -> None:
    async with app_on(settings_for(tmp_path, database)) as app:
        clock = FixedClock(SystemClock().now())
        app.container.clock.override(providers.Object(clock))
        async with app.client("somebody with a clock") as person:
            text = (await make(person, expires_in=7200))["token"]
            uses = []
            async with holder(app, text) as agent:
                for minutes in (0, 30, 29, 1):
                    clock.advance(minutes=minutes)
                    person.headers["Authorization"] = f"Bearer {app.token('somebody with a clock')}"
                    assert (await agent.get(TASKS)).status_code == 200
                    uses.append((await person.get(TOKENS)).json()["items"][0]["last_used_at"])
                clock.advance(hours=1)
                assert (await agent.get(TASKS)).status_code == 401
    assert uses[0] == uses[1] == uses[2] != uses[3]


@pytest.mark.rule("TOKEN-7")
async def test_a_foreign_token_and_a_missing_one_are_answered_alike(
    app: App, client: httpx.AsyncClient
) -> None:
    made = await make(client)
    async with app.client("a thief of tokens") as thief:
        answers = [await thief.delete(f"{TOKENS}/{wanted}") for wanted in (made["id"], uuid4())]
        assert (await thief.get(TOKENS)).json()["items"] == []
    told = [{k: v for k, v in a.json().items() if k not in {"instance", "request_id"}} for a in answers]
    assert told[0] == told[1]
    assert (answers[0].status_code, told[0]["code"]) == (404, "api_token_not_found")
    async with holder(app, made["token"]) as agent:
        assert (await agent.get(TASKS)).status_code == 200


@pytest.mark.rule("TOKEN-1", "TOKEN-8")
async def test_what_believing_a_token_costs(app: App, client: httpx.AsyncClient) -> None:
    text = (await make(client))["token"]
    async with holder(app, text) as agent:
        await agent.get(ME)
        with QueryRecorder(app.container.engine()) as recorded:
            assert (await agent.get(ME)).status_code == 200
        # One read by the primary key, then what the account likes; who asks goes along with BEGIN.
        assert ["remit.api_token" in statement for statement in recorded.statements] == [True, False]
    for bad in (text[:-1] + ("a" if text[-1] != "a" else "b"), text + "0", "remit_", "remit_" + "0" * 92):
        async with holder(app, bad) as stranger:
            with QueryRecorder(app.container.engine()) as recorded:
                assert (await stranger.get(ME)).status_code == 401
            assert recorded.statements == []


@pytest.mark.rule("TOKEN-3", "TOKEN-4", "TOKEN-5")
@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"name": " "}, "/name"), ({"name": "x" * 101}, "/name"), ({"name": "a\0"}, "/name"),
        ({"kind": "robot"}, "/kind"), ({"scopes": []}, "/scopes"), ({"scopes": ["tasks:all"]}, "/scopes/0"),
        ({"expires_in": 59}, "/expires_in"), ({"expires_in": 31_536_001}, "/expires_in"), ({"expires_in": "60"}, "/expires_in"),
        ({"expires_in": None}, "/expires_in"), ({"account_id": str(uuid4())}, "/account_id"),
    ],
)  # fmt: skip
async def test_values_that_are_refused(
    client: httpx.AsyncClient, values: dict[str, object], pointer: str
) -> None:
    answer = await client.post(TOKENS, json={**VALUES, **values})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await client.get(TOKENS)).json()["items"] == []


@pytest.mark.rule("TOKEN-5")
async def test_an_account_has_a_hundred_tokens_at_most(client: httpx.AsyncClient) -> None:
    made = [await make(client) for _ in range(100)]
    answer = await client.post(TOKENS, json=VALUES)
    assert (answer.status_code, answer.json()["code"]) == (409, "limit_reached")
    assert "100" in answer.json()["detail"]
    await client.delete(f"{TOKENS}/{made[0]['id']}")
    await make(client)


@pytest.mark.rule("TOKEN-5")
async def test_a_token_does_not_outlive_the_one_that_made_it(app: App, client: httpx.AsyncClient) -> None:
    values = {"name": "n", "kind": "person", "scopes": ["account:admin"], "expires_in": 600}
    parent = (await client.post("/api/v1/tokens", json=values)).json()["token"]
    async with app.client() as script:
        bearer = {"Authorization": f"Bearer {parent}"}
        longer = await script.post("/api/v1/tokens", json=values | {"expires_in": 601}, headers=bearer)
        assert (longer.status_code, longer.json()["errors"][0]["code"]) == (422, "outlives_maker")
        shorter = await script.post("/api/v1/tokens", json=values | {"expires_in": 300}, headers=bearer)
        assert shorter.status_code == 201


@pytest.mark.rule("TOKEN-9")
async def test_lists_have_pages(app: App, client: httpx.AsyncClient) -> None:
    values = {"kind": "agent", "scopes": ["tasks:read"], "expires_in": 600}
    made = [
        (await client.post("/api/v1/tokens", json=values | {"name": str(n)})).json()["id"] for n in range(5)
    ]
    seen: list[str] = []
    page = await client.get("/api/v1/tokens", params={"limit": 2})
    while True:
        seen += [token["id"] for token in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break
        assert page.links["next"]["url"].endswith(f"cursor={cursor}")
        page = await client.get(page.links["next"]["url"])
    assert seen == made[::-1]
    first = (await client.get("/api/v1/tokens", params={"limit": 2})).json()["next_cursor"]
    async with app.client("not the owner of the cursor") as other:
        assert (await other.get("/api/v1/tokens", params={"cursor": first})).status_code == 400
    assert (await client.get("/api/v1/tasks", params={"cursor": first})).status_code == 400


@pytest.mark.rule("IDENT-18")
async def test_denying_a_subject_ends_the_tokens_it_has_made(memory_app: App) -> None:
    values = {"name": "n", "kind": "person", "scopes": ["tasks:read"], "expires_in": 600}
    async with memory_app.client("eve") as eve:
        old = (await eve.post("/api/v1/tokens", json=values)).json()["token"]
        denied_at = memory_app.container.clock().now()
        new = (await eve.post("/api/v1/tokens", json=values)).json()["token"]
        memory_app.container.denials().deny("urn:remit:development", "eve", denied_at)
        found = [
            (await eve.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})).status_code
            for token in (old, new)
        ]
    assert found == [401, 200]
