"""What a refusal says to whoever has to mend the request."""

from uuid import uuid4

import httpx
import pytest

from domain.builtin_views import Builtin
from entrypoints.http.unsafe import QUESTIONS
from tests.support.asking import API, PROJECTS, TASKS, done, invalid, listed, made, refused

BATCH, BULK = f"{API}/batch", f"{TASKS}/bulk"


@pytest.mark.rule("HTTP-6", "BATCH-7", "BULK-1")
@pytest.mark.parametrize(
    ("path", "body", "pointer", "code", "words"),
    [
        (f"{TASKS}?dry_run=yes", {"title": "t"}, "/dry_run", "not_one_of", "Must be true or false."),
        (TASKS, {"title": "t", "checklist": [{"title": "c", "checked": "x"}]}, "/checklist/0/checked", "wrong_type", "Must be true or false."),
        (TASKS, {"title": "t", "owner_id": 1}, "/owner_id", "unknown_field", "There is no such member."),
        (f"{TASKS}?owner_id=1", {"title": "t"}, "/owner_id", "unknown_field", "There is no such parameter."),
        (f"{API}/tasks/{uuid4()}/start", {"now": True}, "", "unknown_field", "There is no body here."),
        (BATCH, {"mode": "atomic", "commands": [{"id": "1", "args": {}}]}, "/commands/0/verb", "required", "Is required."),
        (BATCH, {"mode": "atomic", "commands": [{"id": "1", "verb": "x.y", "args": {}}]}, "/commands/0/verb", "not_one_of", "Must be one of 'task.create', "),
        (BULK, {"ids": [str(uuid4())], "verb": "complete"}, "/verb", "not_one_of", "Must be one of 'task.update', "),
        (BULK, {"ids": [str(uuid4())], "verb": "task.update", "args": {"priority": "max"}}, "/args/priority", "not_one_of", "Must be one of 'none', "),
        (BULK, {"ids": [str(uuid4())], "verb": "task.update", "args": {"labels": [str(uuid4())] * 51}}, "/args/labels", "too_long", "Must have a length of at most 50."),
    ],
)  # fmt: skip
async def test_a_refusal_says_what_would_do(
    client: httpx.AsyncClient, path: str, body: object, pointer: str, code: str, words: str
) -> None:
    answer = await client.post(path, json=body)
    invalid(answer, (pointer, code))
    assert answer.json()["errors"][0]["message"].startswith(words)


@pytest.mark.rule("HTTP-6")
@pytest.mark.parametrize(
    ("method", "path", "body", "pointer", "code", "message"),
    [
        ("GET", f"{TASKS}?group=foo", None, "/group", "not_one_of", "Must be one of 'project', 'day', 'label', 'priority', 'status' or 'none'."),
        ("POST", f"{API}/filters/compile", {"filter": None}, "/filter", "wrong_type", "Must be a string or a JSON object."),
        ("POST", f"{API}/filters/compile", {"filter": 5}, "/filter", "wrong_type", "Must be a string or a JSON object."),
        ("POST", f"{TASKS}/{uuid4()}/explain", {"filter": [1]}, "/filter", "wrong_type", "Must be a string or a JSON object."),
        ("GET", f"{API}/views/nope/tasks", None, "/view_id", "not_a_uuid", f"Must be a UUID or one of {', '.join(Builtin)}."),
        ("GET", f"{API}/views/nope", None, "/view_id", "not_a_uuid", f"Must be a UUID or one of {', '.join(Builtin)}."),
        ("DELETE", f"{API}/views/nope", None, "/view_id", "not_a_uuid", "Must be a UUID."),
    ],
)  # fmt: skip
async def test_a_refusal_names_all_that_a_value_may_be(
    client: httpx.AsyncClient, method: str, path: str, body: object, pointer: str, code: str, message: str
) -> None:
    answer = await client.request(method, path, json=body)
    invalid(answer, (pointer, code))
    assert [one["message"] for one in answer.json()["errors"]] == [message]


@pytest.mark.rule("HTTP-4")
async def test_a_body_that_needs_nothing_may_be_left_out(client: httpx.AsyncClient) -> None:
    task, project = await made(client, TASKS), await made(client, PROJECTS)
    for where, thing in ((TASKS, task), (PROJECTS, project)):
        url = f"{where}/{thing['id']}"
        assert (await client.post(f"{url}/duplicate", params={"dry_run": "true"})).status_code == 200
        keyed = {"Idempotency-Key": f"copy-{thing['id']}"}
        first = await client.post(f"{url}/duplicate", headers=keyed)
        assert first.status_code == 201, first.text
        assert (await client.post(f"{url}/duplicate", headers=keyed)).json() == first.json()
        assert await done(client, f"{url}/move") == thing
        text = await client.post(f"{url}/duplicate", content="{}", headers={"Content-Type": "text/plain"})
        refused(text, 415, "unsupported_media_type")
    refused(await client.post(TASKS), 415, "unsupported_media_type")
    assert len(await listed(client, TASKS)) == len(await listed(client, PROJECTS)) == 2


@pytest.mark.rule("BATCH-10", "HTTP-6")
async def test_each_change_says_that_it_may_be_refused_for_what_there_is(
    anonymous: httpx.AsyncClient,
) -> None:
    paths = (await anonymous.get("/openapi.json")).json()["paths"]
    changes = {
        f"{method} {path}": operation["responses"]
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method in {"post", "patch", "delete"} and operation["operationId"] not in QUESTIONS
    }
    assert [name for name, responses in changes.items() if "409" not in responses] == []
