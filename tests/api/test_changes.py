"""The journal over REST, on PostgreSQL."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.support.apps import App, app_on, settings_for

TASKS, CHANGES, TOKENS = "/api/v1/tasks", "/api/v1/changes", "/api/v1/tokens"


async def made(client: httpx.AsyncClient, title: str = "t", **headers: str) -> str:
    answer = await client.post(TASKS, json={"title": title}, headers=headers)
    return str(answer.json()["id"])


async def changes(client: httpx.AsyncClient, **parameters: object) -> dict[str, object]:
    answer = await client.get(CHANGES, params=parameters)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.rule("JRN-1", "JRN-3", "JRN-4")
async def test_every_verb_is_told(client: httpx.AsyncClient, subject: str) -> None:
    trace = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"
    task_id = await made(client, "first", **{"Remit-Reason": "  because it is Monday ", "traceparent": trace})
    await client.patch(f"{TASKS}/{task_id}", json={"title": "second"})
    await client.patch(f"{TASKS}/{task_id}", json={"title": "second"})  # changes nothing
    for verb in ("start", "complete", "complete", "reopen", "cancel"):
        await client.post(f"{TASKS}/{task_id}/{verb}")
    await client.delete(f"{TASKS}/{task_id}")
    told = (await changes(client))["items"]
    assert [change["verb"] for change in told] == [
        "create", "update", "start", "complete", "reopen", "cancel", "delete",
    ]  # fmt: skip
    assert [change["seq"] for change in told] == [1, 2, 3, 4, 5, 6, 7]
    assert [change["version"] for change in told] == [1, 2, 3, 4, 5, 6, 7]
    first, second = told[:2]
    assert (first["actor"], first["via"], first["token_id"]) == (subject, "web", None)
    assert (first["reason"], first["request_id"]) == ("because it is Monday", "ab" * 16)
    assert second["reason"] is None
    assert (first["before"], first["after"]["title"]) == (None, "first")
    assert (second["before"]["title"], second["after"]["title"]) == ("first", "second")
    assert set(second["after"]) == {"title", "updated_at"}
    assert told[-1]["after"]["deleted_at"] is not None


@pytest.mark.rule("JRN-3")
async def test_an_agent_is_told_by_its_name(app: App, client: httpx.AsyncClient) -> None:
    values = {"name": "planner", "kind": "agent", "scopes": ["tasks:write"], "expires_in": 600}
    token = (await client.post(TOKENS, json=values)).json()
    async with app.client() as agent:
        await made(agent, "an agent's", Authorization=f"Bearer {token['token']}")
    told = (await changes(client))["items"]
    assert (told[-1]["actor"], told[-1]["via"], told[-1]["token_id"]) == ("planner", "agent", token["id"])
    assert token["token"] not in str(told)
    assert "digest" not in str(told)


@pytest.mark.rule("JRN-4")
@pytest.mark.parametrize(("sent", "said"), [
    ("caf\u00e9".encode(), "caf\u00e9"),
    ("caf\u00e9".encode("latin-1"), "caf\u00e9"),
    (b"x" * 500, "x" * 500),
    (b"   ", None),
    (b"x" * 501, 400),
    (b"a\tb\x1b", 400),
])  # fmt: skip
async def test_the_reason(client: httpx.AsyncClient, sent: bytes, said: str | int | None) -> None:
    answer = await client.post(TASKS, json={"title": "t"}, headers=[(b"Remit-Reason", sent)])
    told = (await changes(client))["items"]
    if said == 400:
        assert (answer.status_code, answer.json()["code"], told) == (400, "malformed_header", [])
    else:
        assert (answer.status_code, told[-1]["reason"]) == (201, said)


@pytest.mark.rule("JRN-6")
async def test_pages_go_on_where_they_ended(client: httpx.AsyncClient) -> None:
    ids = [await made(client) for _ in range(5)]
    seen, after = [], None
    for expected in (True, True, False):
        page = await changes(client, limit=2, **({"after": after} if after else {}))
        seen += [change["entity_id"] for change in page["items"]]
        after = page["next"]
        assert page["has_more"] is expected
    assert seen == ids
    assert (await changes(client, after=after))["items"] == []
    late = await made(client)
    page = await changes(client, after=after)
    assert [change["entity_id"] for change in page["items"]] == [late]


@pytest.mark.rule("JRN-6")
async def test_an_account_without_a_change_begins_with_its_first(client: httpx.AsyncClient) -> None:
    page = await changes(client)
    assert (page["items"], page["has_more"]) == ([], False)
    first = await made(client)
    assert [c["entity_id"] for c in (await changes(client, after=page["next"]))["items"]] == [first]


@pytest.mark.rule("JRN-7", "JRN-8")
async def test_types_and_scopes_choose_what_is_shown(
    app: App, client: httpx.AsyncClient, subject: str
) -> None:
    await made(client)
    values = {"name": "n", "kind": "agent", "scopes": ["tasks:read"], "expires_in": 600}
    await client.post(TOKENS, json=values)
    await made(client)
    whole = await changes(client)
    assert [change["entity"] for change in whole["items"]] == ["task", "api_token", "task"]
    only = await changes(client, types="api_token")
    assert [change["seq"] for change in only["items"]] == [2]
    async with app.client(subject, ["tasks:read"]) as reader:
        assert [change["seq"] for change in (await changes(reader))["items"]] == [1, 3]
        refused = await reader.get(CHANGES, params={"types": "api_token"})
        assert (refused.status_code, refused.json()["scope"]) == (403, "account:admin")
        assert (await reader.get(f"{CHANGES}/{whole['items'][1]['id']}")).status_code == 404
        assert (await reader.get(f"{CHANGES}/{whole['items'][0]['id']}")).status_code == 200
        assert (await reader.get(CHANGES, params={"after": whole["next"]})).status_code == 400
    assert (await client.get(CHANGES, params={"after": only["next"]})).status_code == 400
    both = await client.get(CHANGES, params={"types": ["task", "api_token"]})
    assert len(both.json()["items"]) == 3


@pytest.mark.rule("JRN-8")
async def test_a_token_is_good_for_its_account_alone(app: App, client: httpx.AsyncClient) -> None:
    await made(client)
    token = str((await changes(client))["next"])
    for bad in (token[:-1] + ("A" if token[-1] != "A" else "B"), "", "x", token + "A"):
        answer = await client.get(CHANGES, params={"after": bad})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
    async with app.client("somebody else") as other:
        answer = await other.get(CHANGES, params={"after": token})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.rule("JRN-6")
async def test_what_cannot_be_asked(client: httpx.AsyncClient) -> None:
    for parameters in ({"limit": 0}, {"limit": 501}, {"types": "account"}, {"since": "1"}):
        assert (await client.get(CHANGES, params=parameters)).status_code == 422


@pytest.mark.rule("JRN-11")
async def test_one_change(app: App, client: httpx.AsyncClient) -> None:
    await made(client)
    (first,) = (await changes(client))["items"]
    assert (await client.get(f"{CHANGES}/{first['id']}")).json() == first
    async with app.client("somebody else") as other:
        foreign = await other.get(f"{CHANGES}/{first['id']}")
        missing = await other.get(f"{CHANGES}/{uuid4()}")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["code"] == missing.json()["code"] == "change_not_found"


@pytest.mark.rule("JRN-13")
async def test_verification(client: httpx.AsyncClient) -> None:
    nothing = (await client.get(f"{CHANGES}/verify")).json()
    assert nothing == {"valid": True, "first": 1, "last": 0, "hash": "", "broken_at": None}
    for _ in range(3):
        await made(client)
    found = (await client.get(f"{CHANGES}/verify")).json()
    last = (await changes(client))["items"][-1]
    assert found == {"valid": True, "first": 1, "last": 3, "hash": last["hash"], "broken_at": None}


@pytest.mark.rule("JRN-25")
@pytest.mark.parametrize(("retention", "said"), [
    (timedelta(days=365), "P365D"),
    (timedelta(days=1), "P1D"),
    (timedelta(days=36500), "P36500D"),
    (timedelta(days=1, hours=12), "P1DT12H"),
])  # fmt: skip
async def test_how_far_back_it_reaches_is_published(tmp_path: Path, retention: timedelta, said: str) -> None:
    async with (
        app_on(settings_for(tmp_path, journal_retention=retention)) as app,
        app.client("ada") as client,
    ):
        assert (await changes(client))["kept"] == {"floor": 0, "floor_at": None, "retention": said}
