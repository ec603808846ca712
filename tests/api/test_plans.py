"""Dry runs and plans over REST, on PostgreSQL."""

from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from tests.support.apps import App

TASKS, TOKENS, CHANGES, PLANS = "/api/v1/tasks", "/api/v1/tokens", "/api/v1/changes", "/api/v1/plans"
TOKEN = {"name": "n", "kind": "agent", "scopes": ["tasks:read"], "expires_in": 600}


async def made(client: httpx.AsyncClient, title: str = "t") -> str:
    return str((await client.post(TASKS, json={"title": title})).json()["id"])


async def told(client: httpx.AsyncClient) -> list[dict[str, object]]:
    return list((await client.get(CHANGES)).json()["items"])


@pytest.mark.rule("PLAN-1")
async def test_a_dry_run_of_every_operation_keeps_nothing_and_shows_what_would_change(
    client: httpx.AsyncClient,
) -> None:
    task, token = await made(client), (await client.post(TOKENS, json=TOKEN)).json()["id"]
    asked = [
        ("POST", TASKS, {"title": "new"}, 201, "create"),
        ("PATCH", f"{TASKS}/{task}", {"title": "edited"}, 200, "update"),
        *[("POST", f"{TASKS}/{task}/{verb}", None, 200, verb) for verb in ("start", "complete", "cancel")],
        ("DELETE", f"{TASKS}/{task}", None, 204, "delete"),
        ("POST", TOKENS, TOKEN, 201, "create"),
        ("DELETE", f"{TOKENS}/{token}", None, 204, "revoke"),
    ]
    before = await told(client), (await client.get(TASKS)).json(), (await client.get(TOKENS)).json()
    for method, path, body, status, verb in asked:
        answer = await client.request(method, path, json=body, params={"dry_run": "true"})
        assert answer.status_code == 200, answer.text
        shown = answer.json()
        assert (shown["dry_run"], shown["status"], shown["counts"]) == (True, status, {verb: 1})
        assert (shown["warnings"], shown["plan"], shown["expires_at"]) == ([], None, None)
        assert "remit_" not in answer.text
    edit = (await client.patch(f"{TASKS}/{task}?dry_run=true", json={"title": "edited"})).json()
    (change,) = edit["changes"]
    assert (change["entity"], change["entity_id"], change["version"]) == ("task", task, 2)
    assert (change["before"]["title"], change["after"]["title"]) == ("t", "edited")
    same = (await client.post(f"{TASKS}/{task}/reopen?dry_run=true")).json()
    assert (same["changes"], same["counts"], same["warnings"]) == ([], {}, ["nothing_changes"])
    assert before == (await told(client), (await client.get(TASKS)).json(), (await client.get(TOKENS)).json())


@pytest.mark.rule("PLAN-1")
async def test_what_would_be_refused_is_refused_alike(client: httpx.AsyncClient) -> None:
    task = await made(client)
    for method, path, body, headers in (
        ("POST", TASKS, {"title": ""}, {}),
        ("POST", TASKS, {"title": "t", "id": task}, {}),
        ("POST", f"{TASKS}/{uuid4()}/start", None, {}),
        ("PATCH", f"{TASKS}/{task}", {"title": "u"}, {"If-Match": '"v9"'}),
    ):
        real, dry = [
            await client.request(method, path, json=body, headers=headers, params=parameters)
            for parameters in ({"dry_run": "true"}, {})
        ]
        assert real.status_code == dry.status_code >= 400
        assert real.json()["code"] == dry.json()["code"]
    for bad in ("1", "yes", ""):
        answer = await client.post(TASKS, json={"title": "t"}, params={"dry_run": bad})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/dry_run")
    assert (await client.get(TASKS, params={"dry_run": "true"})).status_code == 422


@pytest.mark.rule("PLAN-2", "PLAN-4")
async def test_a_plan_does_exactly_what_was_shown_once(client: httpx.AsyncClient) -> None:
    task = await made(client)
    asked = [
        ("POST", TASKS, {"title": "new"}),
        ("PATCH", f"{TASKS}/{task}", {"title": "edited"}),
        ("POST", f"{TASKS}/{task}/complete", None),
        ("DELETE", f"{TASKS}/{task}", None),
    ]
    names = ("entity", "entity_id", "verb", "version", "before", "after")
    for method, path, body in asked:
        planned = (await client.request(method, path, json=body, params={"plan": "true"})).json()
        held = {"Idempotency-Key": str(uuid4())}
        answer = await client.post(f"{PLANS}/{planned['plan']}/apply", headers=held)
        assert answer.status_code == 200, answer.text
        (done,) = answer.json()["changes"]
        assert [{name: done[name] for name in names}] == planned["changes"]
        assert done == (await told(client))[-1]
        replayed = await client.post(f"{PLANS}/{planned['plan']}/apply", headers=held)
        assert (replayed.json(), replayed.headers["idempotency-replayed"]) == (answer.json(), "true")
        again = await client.post(f"{PLANS}/{planned['plan']}/apply")
        assert (again.status_code, again.json()["code"]) == (409, "plan_applied")
    assert (await client.get(f"{TASKS}/{task}")).status_code == 404
    assert (await client.get("/api/v1/changes/verify")).json()["valid"] is True


@pytest.mark.rule("PLAN-2")
async def test_what_a_plan_does_can_be_tried_too(client: httpx.AsyncClient) -> None:
    planned = (await client.post(TASKS, json={"title": "new"}, params={"plan": "true"})).json()
    tried = (await client.post(f"{PLANS}/{planned['plan']}/apply?dry_run=true")).json()
    assert tried["changes"] == planned["changes"]
    assert await told(client) == []
    assert (await client.post(f"{PLANS}/{planned['plan']}/apply")).status_code == 200


@pytest.mark.rule("PLAN-2")
async def test_a_revocation_can_be_planned_and_a_new_token_cannot(client: httpx.AsyncClient) -> None:
    refused = await client.post(TOKENS, json=TOKEN, params={"plan": "true"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_plannable")
    token = (await client.post(TOKENS, json=TOKEN)).json()["id"]
    planned = (await client.delete(f"{TOKENS}/{token}", params={"plan": "true"})).json()
    assert (await client.post(f"{PLANS}/{planned['plan']}/apply")).status_code == 200
    (kept,) = (await client.get(TOKENS)).json()["items"]
    assert kept["revoked_at"] is not None


@pytest.mark.rule("PLAN-3")
async def test_a_plan_whose_ground_has_moved_changes_nothing_and_says_what_moved(
    client: httpx.AsyncClient,
) -> None:
    task = await made(client)
    planned = (await client.post(f"{TASKS}/{task}/complete", params={"plan": "true"})).json()
    await client.patch(f"{TASKS}/{task}", json={"title": "moved"})
    answer = await client.post(f"{PLANS}/{planned['plan']}/apply")
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_outdated")
    assert answer.json()["moved"] == [
        {"entity": "task", "entity_id": task, "seen_version": 1, "current_version": 2}
    ]
    assert (await client.get(f"{TASKS}/{task}")).json()["status"] == "todo"
    chosen = str(uuid4())
    planned = (await client.post(TASKS, json={"title": "t", "id": chosen}, params={"plan": "true"})).json()
    await client.post(TASKS, json={"title": "faster", "id": chosen})
    answer = await client.post(f"{PLANS}/{planned['plan']}/apply")
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_outdated")
    assert answer.json()["moved"] == [
        {"entity": "task", "entity_id": chosen, "seen_version": None, "current_version": 1}
    ]


@pytest.mark.rule("PLAN-5", "UNDO-5")
async def test_however_a_plan_was_made_it_needs_the_scopes_of_its_changes(
    app: App, client: httpx.AsyncClient, subject: str
) -> None:
    _, deleted, batched = [await made(client, title) for title in ("made", "deleted", "batched")]
    change = (await told(client))[0]["id"]
    batch = {
        "mode": "atomic",
        "commands": [
            {"id": "1", "verb": "task.update", "args": {"id": batched, "title": "edited"}},
            {"id": "2", "verb": "task.delete", "args": {"id": batched}},
        ],
    }
    of_a_plan = (await client.delete(f"{TASKS}/{deleted}?plan=true")).json()["plan"]
    plans = [
        await client.post(f"{CHANGES}/{change}/revert?plan=true"),
        await client.post(f"{PLANS}/{of_a_plan}/apply?plan=true"),
        await client.post("/api/v1/batch?plan=true", json=batch),
    ]
    async with app.client(subject, ["account:admin", "tasks:read", "tasks:write"]) as poor:
        for planned in plans:
            answer = await poor.post(f"{PLANS}/{planned.json()['plan']}/apply")
            assert (answer.status_code, answer.json()["scope"]) == (403, "tasks:delete")
        assert len((await poor.get(TASKS)).json()["items"]) == 3


@pytest.mark.rule("PLAN-5")
async def test_a_plan_needs_no_more_than_its_changes(
    app: App, client: httpx.AsyncClient, subject: str
) -> None:
    task = await made(client)
    edit = {"id": "1", "verb": "task.update", "args": {"id": task, "title": "edited"}}
    planned = await client.post("/api/v1/batch?plan=true", json={"mode": "atomic", "commands": [edit]})
    async with app.client(subject, ["tasks:write"]) as poor:
        answer = await poor.post(f"{PLANS}/{planned.json()['plan']}/apply")
    assert answer.status_code == 200, answer.text


@pytest.mark.rule("PLAN-5")
async def test_a_plan_needs_its_scopes_and_its_account(
    app: App, client: httpx.AsyncClient, subject: str
) -> None:
    task = await made(client)
    plan = (await client.delete(f"{TASKS}/{task}", params={"plan": "true"})).json()["plan"]
    async with app.client(subject, ["tasks:read", "tasks:write"]) as poor:
        answer = await poor.post(f"{PLANS}/{plan}/apply")
        assert (answer.status_code, answer.json()["scope"]) == (403, "tasks:delete")
    async with app.client(f"not {subject}") as other:
        foreign = await other.post(f"{PLANS}/{plan}/apply")
        unknown = await other.post(f"{PLANS}/x/apply")
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.json()["detail"] == unknown.json()["detail"]
    altered = plan[:-2] + ("AA" if not plan.endswith("AA") else "BB")
    assert (await client.post(f"{PLANS}/{altered}/apply")).status_code == 404
    account = (await client.get("/api/v1/me")).json()["account_id"]
    async with app.container.engine().begin() as connection:
        await connection.execute(text("SELECT set_config('remit.account_id', :id, true)"), {"id": account})
        await connection.execute(text("UPDATE remit.plan SET expires_at = now()"))
    expired = await client.post(f"{PLANS}/{plan}/apply")
    assert (expired.status_code, expired.json()["code"]) == (404, "plan_not_found")
    assert (await client.get(f"{TASKS}/{task}")).status_code == 200
