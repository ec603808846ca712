"""Idempotency keys over REST, on PostgreSQL."""

import asyncio
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from adapters.seal import HmacSeal
from tests.support.apps import App

TASKS, TOKENS, CHANGES = "/api/v1/tasks", "/api/v1/tokens", "/api/v1/changes"


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def seqs(client: httpx.AsyncClient) -> list[int]:
    return [change["seq"] for change in (await client.get(CHANGES)).json()["items"]]


def shown(answer: httpx.Response) -> tuple[object, ...]:
    names = ("etag", "location", "content-type", "content-length")
    return answer.status_code, answer.content, {name: answer.headers.get(name) for name in names}


@pytest.mark.rule("ONCE-1", "ONCE-2")
async def test_every_operation_is_done_once_and_answered_alike(client: httpx.AsyncClient) -> None:
    made = (await client.post(TASKS, json={"title": "t"})).json()["id"]
    token = {"name": "n", "kind": "agent", "scopes": ["tasks:read"], "expires_in": 600}
    asked = [
        ("POST", TASKS, {"title": "made once"}),
        ("PATCH", f"{TASKS}/{made}", {"title": "edited once"}),
        *[("POST", f"{TASKS}/{made}/{verb}", None) for verb in ("start", "complete", "reopen", "cancel")],
        ("DELETE", f"{TASKS}/{made}", None),
        ("POST", TOKENS, token),
    ]
    for method, path, body in asked:
        headers = key()
        first = await client.request(method, path, json=body, headers=headers)
        done = await seqs(client)
        again = await client.request(method, path, json=body, headers=headers)
        assert first.is_success, first.text
        assert shown(first) == shown(again)
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"
        assert first.headers["x-request-id"] != again.headers["x-request-id"]
        assert await seqs(client) == done
    assert await seqs(client) == list(range(1, len(asked) + 2))


@pytest.mark.rule("ONCE-1")
async def test_a_verb_that_changes_nothing_is_answered_alike_whatever_has_happened_since(
    client: httpx.AsyncClient,
) -> None:
    made = (await client.post(TASKS, json={"title": "t"})).json()["id"]
    headers = key()
    first = await client.post(f"{TASKS}/{made}/reopen", headers=headers)
    await client.post(f"{TASKS}/{made}/complete")
    assert shown(await client.post(f"{TASKS}/{made}/reopen", headers=headers)) == shown(first)
    assert (await client.get(f"{TASKS}/{made}")).json()["status"] == "done"


@pytest.mark.rule("ONCE-1")
async def test_fifty_at_once_are_one(client: httpx.AsyncClient) -> None:
    headers = key()
    answers = await asyncio.gather(
        *(client.post(TASKS, json={"title": "once"}, headers=headers) for _ in range(50))
    )
    assert len({shown(answer)[:2] for answer in answers}) == 1
    assert answers[0].status_code == 201
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await seqs(client) == [1]


@pytest.mark.rule("ONCE-2")
async def test_a_refusal_is_not_kept(client: httpx.AsyncClient) -> None:
    headers, chosen = key(), str(uuid4())
    assert (await client.post(f"{TASKS}/{chosen}/start", headers=headers)).status_code == 404
    await client.post(TASKS, json={"title": "t", "id": chosen})
    assert (await client.post(f"{TASKS}/{chosen}/start", headers=headers)).status_code == 200
    taken = key()
    assert (await client.post(TASKS, json={"title": "t", "id": chosen}, headers=taken)).status_code == 409
    assert (await client.post(TASKS, json={"title": ""}, headers=taken)).status_code == 422
    assert (await client.post(TASKS, json={"title": "t"}, headers=taken)).status_code == 201


@pytest.mark.rule("ONCE-3")
async def test_a_key_belongs_to_one_request(client: httpx.AsyncClient) -> None:
    made = (await client.post(TASKS, json={"title": "t"})).json()["id"]
    headers = key()
    await client.patch(f"{TASKS}/{made}", json={"title": "one"}, headers=headers)
    others = [
        client.patch(f"{TASKS}/{made}", json={"title": "two"}, headers=headers),
        client.patch(f"{TASKS}/{made}", json={"title": "one"}, headers=headers | {"If-Match": '"v1"'}),
        client.patch(f"{TASKS}/{uuid4()}", json={"title": "one"}, headers=headers),
        client.post(TASKS, json={"title": "one"}, headers=headers),
        client.delete(f"{TASKS}/{made}", headers=headers),
    ]
    for other in others:
        answer = await other
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert (await client.get(f"{TASKS}/{made}")).json()["version"] == 2


@pytest.mark.rule("ONCE-3", "ONCE-7")
async def test_an_answer_is_not_shown_to_a_token_of_other_scopes(
    app: App, client: httpx.AsyncClient, subject: str
) -> None:
    headers = key()
    args = {"name": "n", "kind": "agent", "scopes": ["account:admin"], "expires_in": 600}
    batch = {"mode": "atomic", "commands": [{"id": "1", "verb": "api_token.create", "args": args}]}
    first = await client.post("/api/v1/batch", json=batch, headers=headers)
    secret = first.json()["results"][0]["data"]["token"]
    async with app.client(subject, ["tasks:read"]) as poor:
        stolen = await poor.post("/api/v1/batch", json=batch, headers=headers)
    assert secret not in stolen.text
    assert (stolen.status_code, stolen.json()["code"]) == (422, "idempotency_key_reused")
    async with app.client(subject) as same:
        assert (await same.post("/api/v1/batch", json=batch, headers=headers)).json() == first.json()


@pytest.mark.rule("ONCE-4")
async def test_keys_are_an_accounts_own(app: App, client: httpx.AsyncClient) -> None:
    headers = key()
    mine = await client.post(TASKS, json={"title": "mine"}, headers=headers)
    async with app.client("another account with the same key") as other:
        theirs = await other.post(TASKS, json={"title": "theirs"}, headers=headers)
        assert (theirs.status_code, theirs.json()["title"]) == (201, "theirs")
        assert "idempotency-replayed" not in theirs.headers
    assert mine.json()["id"] != theirs.json()["id"]


@pytest.mark.rule("ONCE-5")
async def test_what_a_key_is(client: httpx.AsyncClient) -> None:
    for bad in ("", "a b", "x" * 256, '""', "ü"):
        answer = await client.post(
            TASKS, json={"title": "t"}, headers=[(b"Idempotency-Key", bad.encode("latin-1"))]
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_header"), bad
    twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    assert (await client.post(TASKS, json={"title": "t"}, headers=twice)).status_code == 400
    first = await client.post(TASKS, json={"title": "t"}, headers={"Idempotency-Key": "quoted"})
    again = await client.post(TASKS, json={"title": "t"}, headers={"Idempotency-Key": '"quoted"'})
    assert first.json() == again.json()


@pytest.mark.rule("ONCE-5", "ONCE-6")
async def test_what_is_kept_tells_nothing(
    app: App, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = key()
    values = {"name": "n", "kind": "agent", "scopes": ["tasks:read"], "expires_in": 600}
    made = (await client.post(TOKENS, json=values, headers=headers)).json()
    account = (await client.get("/api/v1/me")).json()["account_id"]
    async with app.container.engine().connect() as connection:
        await connection.execute(
            text("SELECT set_config('remit.account_id', :account, true)"), {"account": account}
        )
        (row,) = (await connection.execute(text("SELECT * FROM remit.answer"))).all()
    told = repr(row).encode() + row.body
    assert made["token"].encode() not in told
    assert headers["Idempotency-Key"].encode() not in told
    once = app.container.once()
    with monkeypatch.context() as patch:
        patch.setattr(once, "_seal", HmacSeal(b"another key, of thirty-two bytes"))
        answer = await client.post(TOKENS, json=values, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "answer_unreadable")
