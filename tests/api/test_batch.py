"""Batches over REST, on PostgreSQL."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from application.trees import KINDS
from entrypoints.http.commands import VERBS
from tests.security.inventory import changes_something, operations
from tests.support.apps import App
from tests.support.queries import QueryRecorder

TASKS, BATCH, CHANGES = "/api/v1/tasks", "/api/v1/batch", "/api/v1/changes"
TOKEN = {"name": "n", "kind": "agent", "scopes": ["tasks:read"], "expires_in": 600}


def command(number: int, verb: str, args: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": f"c{number}", "verb": verb, "args": args, **more}


async def run(
    client: httpx.AsyncClient, mode: str, *commands: dict[str, Any], **request: Any
) -> httpx.Response:
    return await client.post(BATCH, json={"mode": mode, "commands": commands}, **request)


async def told(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    return list((await client.get(CHANGES, params={"limit": 500})).json()["items"])


def verbs() -> set[str]:
    """Every verb that a batch takes."""
    return set(VERBS)


@pytest.mark.rule("BATCH-1")
def test_every_operation_that_changes_something_has_a_verb() -> None:
    special = {
        *("run_batch", "apply_plan", "revert_change", "revert_changes", "change_tasks"),
        *("restore_from_trash", "purge_from_trash", "empty_trash"),
    }
    expected = set[str]()
    for route in operations():
        if changes_something(route) and route.name not in special:
            verb, _, entity = route.name.partition("_")
            verb = {"edit": "update"}.get(verb, verb)
            entity = {"token": "api_token", "link": "task"}.get(entity, entity)
            expected.add(f"{entity}.{verb}")
    expected |= {f"{kind}.{verb}" for kind in KINDS for verb in ("restore", "purge")}
    assert verbs() == expected


@pytest.mark.rule("BATCH-1", "BATCH-2", "BATCH-5", "BATCH-8")
async def test_every_verb_one_after_the_other(client: httpx.AsyncClient) -> None:
    answer = await run(
        client,
        "atomic",
        command(1, "task.create", {"title": "first"}, temp_id="t1"),
        command(2, "task.update", {"id": "t1", "title": "second", "priority": "high"}, if_version=1),
        command(3, "task.start", {"id": "t1"}, if_version=2),
        command(4, "task.complete", {"id": "t1"}),
        command(5, "task.reopen", {"id": "t1"}),
        command(6, "task.cancel", {"id": "t1"}),
        command(7, "task.create", {"title": "gone"}, temp_id="t2"),
        command(8, "task.delete", {"id": "t2"}),
        command(9, "api_token.create", TOKEN, temp_id="k"),
        command(10, "api_token.revoke", {"id": "k"}),
    )
    assert answer.status_code == 200, answer.text
    results, temp_ids = answer.json()["results"], answer.json()["temp_ids"]
    assert [result["id"] for result in results] == [f"c{n}" for n in range(1, 11)]
    assert [result["status"] for result in results] == [201, 200, 200, 200, 200, 200, 201, 204, 201, 204]
    assert results[1]["data"]["title"] == "second"
    assert results[5]["data"] == (await client.get(f"{TASKS}/{temp_ids['t1']}")).json()
    assert results[8]["data"]["token"].startswith("remit_")
    assert results[8]["data"]["id"] == temp_ids["k"]
    assert (await client.get(f"{TASKS}/{temp_ids['t2']}")).status_code == 404
    changes = await told(client)
    assert [change["seq"] for change in changes] == list(range(1, 11))
    assert len({change["batch_id"] for change in changes}) == 1
    assert changes[0]["batch_id"] is not None


@pytest.mark.rule("BATCH-3")
async def test_an_atomic_batch_is_done_whole_or_not_at_all(client: httpx.AsyncClient) -> None:
    kept = (await client.post(TASKS, json={"title": "kept"})).json()["id"]
    answer = await run(
        client,
        "atomic",
        command(1, "task.create", {"title": "lost"}),
        command(2, "task.update", {"id": kept, "title": "lost"}),
        command(3, "task.start", {"id": str(uuid4())}),
        command(4, "task.delete", {"id": kept}),
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "batch_failed")
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [201, 200, 404, 424]
    assert results[2]["error"]["code"] == "task_not_found"
    assert (await client.get(f"{TASKS}/{kept}")).json()["title"] == "kept"
    assert len(await told(client)) == 1


@pytest.mark.rule("BATCH-2", "BATCH-4", "BATCH-5", "BATCH-6")
async def test_independent_commands_fail_alone(client: httpx.AsyncClient) -> None:
    kept = (await client.post(TASKS, json={"title": "kept"})).json()
    answer = await run(
        client,
        "independent",
        command(1, "task.create", {"title": ""}, temp_id="no"),
        command(2, "task.update", {"id": "no", "title": "x"}),
        command(3, "task.create", {"title": "again", "id": kept["id"]}),
        command(4, "task.update", {"id": kept["id"], "title": "stale"}, if_version=9),
        command(5, "task.update", {"id": kept["id"], "title": "fresh"}, if_version=1),
        command(6, "task.start", {"id": kept["id"]}),
        command(7, "task.create", {"title": "yes"}, temp_id="yes"),
    )
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [422, 404, 409, 412, 200, 200, 201]
    assert results[0]["error"]["errors"][0]["pointer"] == "/title"
    assert results[3]["error"]["current"] == kept
    assert set(answer.json()["temp_ids"]) == {"yes"}
    assert [change["verb"] for change in await told(client)] == ["create", "update", "start", "create"]


@pytest.mark.rule("BATCH-1")
async def test_each_command_needs_its_own_scope(app: App, client: httpx.AsyncClient, subject: str) -> None:
    task = (await client.post(TASKS, json={"title": "t"})).json()["id"]
    commands = [
        command(1, "task.start", {"id": task}), command(2, "task.delete", {"id": task}),
        command(3, "api_token.create", TOKEN),
    ]  # fmt: skip
    async with app.client(subject, ["tasks:read", "tasks:write"]) as poor:
        answer = await run(poor, "independent", *commands)
        assert [result["status"] for result in answer.json()["results"]] == [200, 403, 403]
        assert answer.json()["results"][1]["error"]["scope"] == "tasks:delete"
    async with app.client(subject, ["tasks:read"]) as reader:
        answer = await run(reader, "independent", *commands)
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


@pytest.mark.rule("BATCH-5", "BATCH-7")
async def test_a_batch_that_is_too_long_is_told_how_long_it_may_be(client: httpx.AsyncClient) -> None:
    commands = [command(n, "task.create", {"title": "t"}) for n in range(101)]
    for some, code, message in (
        (commands, "too_long", "Must have a length of at most 100."),
        ([], "too_short", "Must have a length of at least 1."),
        ([commands[0] | {"id": "i" * 65}], "too_long", "Must have a length of at most 64."),
    ):
        (error,) = (await run(client, "atomic", *some)).json()["errors"]
        assert (error["code"], error["message"]) == (code, message)
    many = {"ids": [str(uuid4()) for _ in range(201)], "verb": "task.complete"}
    (error,) = (await client.post(f"{TASKS}/bulk", json=many)).json()["errors"]
    assert (error["pointer"], error["message"]) == ("/ids", "Must have a length of at most 200.")


@pytest.mark.rule("BATCH-5", "BATCH-7")
async def test_what_is_not_a_batch(client: httpx.AsyncClient) -> None:
    create = command(1, "task.create", {"title": "t"})
    bad: list[tuple[list[dict[str, Any]], str]] = [
        ([], "/commands"),
        ([create | {"id": f"c{n}"} for n in range(101)], "/commands"),
        ([create, create], "/commands/1/id"),
        ([create, command(2, "task.destroy", {})], "/commands/1/verb"),
        ([create | {"owner": "me"}], "/commands/0/owner"),
        ([command(1, "task.create", {"title": "t", "owner": "me"})], "/commands/0/args/owner"),
        ([command(1, "task.start", {"id": "later"}), create | {"id": "2", "temp_id": "later"}],
         "/commands/0/args/id"),
        ([create, command(2, "task.start", {"id": "None"})], "/commands/1/args/id"),
        ([create | {"temp_id": None}, command(2, "task.start", {"id": "None"})], "/commands/1/args/id"),
        ([create | {"temp_id": str(uuid4())}], "/commands/0/temp_id"),
        ([create | {"temp_id": "a"}, create | {"id": "2", "temp_id": "a"}], "/commands/1/temp_id"),
        ([create | {"if_version": 1}], "/commands/0/if_version"),
    ]  # fmt: skip
    for commands, pointer in bad:
        answer = await run(client, "atomic", *commands)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await run(client, "both", create)).status_code == 422
    assert await told(client) == []


@pytest.mark.rule("BATCH-8")
async def test_a_batch_can_be_repeated_tried_and_planned(client: httpx.AsyncClient) -> None:
    commands = [
        command(1, "task.create", {"title": "one"}, temp_id="a"), command(2, "task.start", {"id": "a"}),
        command(3, "task.create", {"title": "two"}),
    ]  # fmt: skip
    tried = (await run(client, "atomic", *commands, params={"dry_run": "true"})).json()
    assert (tried["counts"], len(tried["changes"])) == ({"create": 2, "start": 1}, 3)
    plan = (await run(client, "atomic", *commands, params={"plan": "true"})).json()
    assert await told(client) == []
    applied = (await client.post(f"/api/v1/plans/{plan['plan']}/apply")).json()["changes"]
    assert [change["verb"] for change in applied] == ["create", "start", "create"]
    assert [change["entity_id"] for change in applied] == [one["entity_id"] for one in plan["changes"]]
    assert applied == await told(client)
    key = {"Idempotency-Key": str(uuid4())}
    first, again = [await run(client, "atomic", *commands, headers=key) for _ in range(2)]
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await told(client)) == 6
    assert (await client.get(f"{CHANGES}/verify")).json()["valid"] is True


@pytest.mark.rule("BATCH-8")
async def test_a_plan_of_a_batch_names_everything_that_moved(client: httpx.AsyncClient) -> None:
    tasks = [(await client.post(TASKS, json={"title": "t"})).json()["id"] for _ in range(3)]
    commands = [command(n, "task.complete", {"id": task}) for n, task in enumerate(tasks)]
    plan = (await run(client, "atomic", *commands, params={"plan": "true"})).json()
    await client.post(f"{TASKS}/{tasks[0]}/start")
    await client.delete(f"{TASKS}/{tasks[2]}")
    answer = await client.post(f"/api/v1/plans/{plan['plan']}/apply")
    assert answer.status_code == 409
    assert [moved["entity_id"] for moved in answer.json()["moved"]] == [tasks[0], tasks[2]]


@pytest.mark.rule("BATCH-1", "BATCH-9")
async def test_a_hundred_commands_take_a_few_statements(app: App, client: httpx.AsyncClient) -> None:
    creates = [command(n, "task.create", {"title": f"t{n}"}) for n in range(100)]
    with QueryRecorder(app.container.engine()) as recorder:
        made = await run(client, "atomic", *creates)
    assert made.status_code == 200
    assert len(recorder.statements) == 3
    ids = [result["data"]["id"] for result in made.json()["results"]]
    mixed = [
        command(n, ("task.start", "task.complete", "task.delete", "task.cancel")[n % 4], {"id": task})
        for n, task in enumerate(ids)
    ]
    with QueryRecorder(app.container.engine()) as recorder:
        done = await run(client, "atomic", *mixed)
    assert done.status_code == 200
    # With progress and subtasks: of what is completed, and of the others.
    assert len(recorder.statements) == 7
    assert len(await told(client)) == 200
