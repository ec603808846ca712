"""Tasks over REST, on PostgreSQL."""

from uuid import UUID, uuid4

import httpx
import pytest

from tests.support.apps import App

TASKS = "/api/v1/tasks"


async def make(client: httpx.AsyncClient, **values: object) -> dict[str, object]:
    answer = await client.post(TASKS, json={"title": "t", **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.mark.rule("TASK-5", "HTTP-7")
async def test_create(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        TASKS, json={"title": " Water ", "description": "the *plants*", "priority": "high"}
    )
    assert answer.status_code == 201
    task = answer.json()
    assert answer.headers["etag"] == '"v1"'
    assert answer.headers["location"] == f"{TASKS}/{task['id']}"
    assert UUID(task["id"]).version == 7
    assert task == {
        "id": task["id"], "title": "Water", "description": "the *plants*", "status": "todo", "priority": "high", "due_date": None,
        "project_id": None, "section_id": None, "parent_id": None, "rank": task["rank"], "labels": [],
        "blocked_by": [], "checklist": [], "links": [], "subtasks": {"total": 0, "closed": 0},
        "blocked_by_open": 0, "ready": True,
        "created_at": task["created_at"], "updated_at": task["created_at"], "completed_at": None, "version": 1,
    }  # fmt: skip
    again = await client.get(answer.headers["location"])
    assert (again.json(), again.headers["etag"]) == (task, '"v1"')


@pytest.mark.rule("TASK-3")
async def test_create_with_an_id_of_ones_own(client: httpx.AsyncClient, app: App) -> None:
    chosen = str(uuid4())
    assert (await make(client, id=chosen))["id"] == chosen
    again = await client.post(TASKS, json={"title": "t", "id": chosen})
    assert (again.status_code, again.json()["code"]) == (409, "id_taken")
    async with app.client("somebody else with the same id") as other:
        assert (await make(other, id=chosen))["id"] == chosen


@pytest.mark.rule("TASK-9")
async def test_patch_touches_only_what_is_sent(client: httpx.AsyncClient) -> None:
    task = await make(client, description="kept", priority="low")
    url = f"{TASKS}/{task['id']}"
    answer = await client.patch(
        url, json={"title": "new"}, headers={"Content-Type": "application/merge-patch+json"}
    )
    assert answer.status_code == 200
    changed = answer.json()
    assert changed == {**task, "title": "new", "version": 2, "updated_at": changed["updated_at"]}
    cleared = (await client.patch(url, json={"description": None, "priority": None})).json()
    assert (cleared["description"], cleared["priority"], cleared["title"]) == ("", "none", "new")
    unchanged = await client.patch(url, json={})
    assert unchanged.json() == cleared


@pytest.mark.rule("TASK-6", "TASK-7", "TASK-8")
async def test_verbs(client: httpx.AsyncClient) -> None:
    task = await make(client)
    url = f"{TASKS}/{task['id']}"
    started = (await client.post(f"{url}/start")).json()
    assert (started["status"], started["version"]) == ("in_progress", 2)
    done = (await client.post(f"{url}/complete")).json()
    assert (done["status"], done["version"], done["completed_at"]) == ("done", 3, done["updated_at"])
    assert (await client.post(f"{url}/complete", json={})).json() == done
    for verb in ("start", "cancel"):
        refused = await client.post(f"{url}/{verb}")
        assert (refused.status_code, refused.json()["code"]) == (409, "transition_forbidden")
    reopened = (await client.post(f"{url}/reopen")).json()
    assert (reopened["status"], reopened["completed_at"]) == ("todo", None)
    assert (await client.post(f"{url}/cancel")).json()["status"] == "cancelled"


@pytest.mark.rule("TASK-13")
async def test_delete(client: httpx.AsyncClient) -> None:
    task = await make(client)
    url = f"{TASKS}/{task['id']}"
    for _ in range(2):
        gone = await client.delete(url)
        assert (gone.status_code, gone.content) == (204, b"")
    assert (await client.get(url)).status_code == 404
    assert (await client.get(TASKS)).json()["items"] == []


@pytest.mark.rule("HTTP-7", "TASK-10")
async def test_if_match(client: httpx.AsyncClient) -> None:
    task = await make(client)
    url = f"{TASKS}/{task['id']}"
    current = (await client.patch(url, json={"title": "new"}, headers={"If-Match": '"v1"'})).json()
    for tag in ('"v1"', 'W/"v2"', '"other"', '"v1", "v3"', '"V2"', '"v02"'):
        for answer in (
            await client.patch(url, json={"title": "newer", "description": ""}, headers={"If-Match": tag}),
            await client.post(f"{url}/start", headers={"If-Match": tag}),
            await client.delete(url, headers={"If-Match": tag}),
        ):
            assert (answer.status_code, answer.headers["etag"]) == (412, '"v2"'), tag
            problem = answer.json()
            assert (problem["code"], problem["current"]) == ("version_mismatch", current)
            assert problem["conflicts"] == (["/title"] if answer.request.method == "PATCH" else [])
    assert (await client.get(url)).json() == current
    for tag in ("*", '"v2"', '"v1" , "v2"', 'W/"v1","v2"'):
        assert (await client.patch(url, json={}, headers={"If-Match": tag})).status_code == 200, tag


@pytest.mark.rule("HTTP-7")
async def test_if_none_match(client: httpx.AsyncClient) -> None:
    task = await make(client)
    url = f"{TASKS}/{task['id']}"
    for tag in ('"v1"', 'W/"v1"', '"x", "v1"', "*"):
        answer = await client.get(url, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"v1"'), tag
    for tag in ('"v2"', '"x"'):
        assert (await client.get(url, headers={"If-None-Match": tag})).status_code == 200, tag


@pytest.mark.rule("HTTP-7")
@pytest.mark.parametrize("value", ["v1", "17", '"v1', '"v1",', '"a" "b"', "W/*", ""])
async def test_malformed_conditions(client: httpx.AsyncClient, value: str) -> None:
    task = await make(client)
    url = f"{TASKS}/{task['id']}"
    for answer in (
        await client.patch(url, json={"title": "n"}, headers={"If-Match": value}),
        await client.get(url, headers={"If-None-Match": value}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_header")
    assert (await client.get(url)).json() == task


@pytest.mark.rule("TASK-11", "TASK-12", "HTTP-8")
async def test_pages(client: httpx.AsyncClient) -> None:
    made = [(await make(client))["id"] for _ in range(5)]
    await client.post(f"{TASKS}/{made[0]}/complete")
    seen, url = [], f"{TASKS}?limit=2&status=todo&status=in_progress"
    while url:
        answer = await client.get(url)
        seen += [task["id"] for task in answer.json()["items"]]
        following = answer.links.get("next", {}).get("url")
        assert (following is None) == (answer.json()["next_cursor"] is None)
        url = following
    assert seen == made[:0:-1]
    assert [task["id"] for task in (await client.get(f"{TASKS}?status=done")).json()["items"]] == [made[0]]


@pytest.mark.rule("TASK-16")
async def test_a_cursor_that_is_not_ours(client: httpx.AsyncClient, app: App) -> None:
    for _ in range(3):
        await make(client)
    cursor = (await client.get(f"{TASKS}?limit=1")).json()["next_cursor"]
    for wrong in (f"{cursor}x", cursor[:-1], "", "%00", "..."):
        answer = await client.get(f"{TASKS}?cursor={wrong}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor"), wrong
    assert (await client.get(TASKS, params={"cursor": cursor, "status": "todo"})).status_code == 400
    async with app.client("a cursor thief") as thief:
        assert (await thief.get(TASKS, params={"cursor": cursor})).status_code == 400


@pytest.mark.rule("TASK-1")
async def test_a_foreign_task_and_a_missing_one_are_answered_alike(
    client: httpx.AsyncClient, app: App
) -> None:
    task = await make(client)
    varying = ("instance", "request_id")
    async with app.client("a thief") as thief:
        for method, path, body in (
            ("GET", "", None), ("PATCH", "", {"title": "stolen"}), ("DELETE", "", None),
            ("POST", "/complete", None), ("POST", "/reopen", None), ("POST", "/start", None), ("POST", "/cancel", None),
        ):  # fmt: skip
            answers = [
                await thief.request(
                    method, f"{TASKS}/{wanted}{path}", json=body, headers={"If-Match": '"v9"'}
                )
                for wanted in (task["id"], uuid4())
            ]
            told = [
                (
                    answer.status_code,
                    {name: value for name, value in answer.json().items() if name not in varying},
                    {
                        name: value
                        for name, value in answer.headers.items()
                        if name not in {"x-request-id", "ratelimit"}
                    },
                )
                for answer in answers
            ]
            assert told[0] == told[1]
            assert told[0][0] == 404
        assert (await thief.get(TASKS)).json()["items"] == []
    assert (await client.get(f"{TASKS}/{task['id']}")).json() == task


@pytest.mark.rule("HTTP-2", "TASK-17")
@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "", "tasks:read"), ("GET", "/{id}", "tasks:read"), ("POST", "", "tasks:write"),
        ("PATCH", "/{id}", "tasks:write"), ("DELETE", "/{id}", "tasks:delete"),
        *[("POST", f"/{{id}}/{verb}", "tasks:write") for verb in ("start", "complete", "cancel", "reopen")],
    ],
)  # fmt: skip
async def test_scopes(
    app: App, client: httpx.AsyncClient, subject: str, method: str, path: str, scope: str
) -> None:
    task = await make(client)
    url = TASKS + path.format(id=task["id"])
    body = {"title": "n"} if method in {"POST", "PATCH"} and not path.count("/") > 1 else None
    others = sorted({"tasks:read", "tasks:write", "tasks:delete"} - {scope})
    async with app.client(subject, others) as poor:
        answer = await poor.request(method, url, json=body)
    assert (answer.status_code, answer.json()["code"], answer.json()["scope"]) == (
        403,
        "insufficient_scope",
        scope,
    )
    assert answer.headers["www-authenticate"] == f'Bearer error="insufficient_scope", scope="{scope}"'
    async with app.client(subject, [scope]) as enough:
        assert (await enough.request(method, url, json=body)).is_success


async def test_the_application_runs_in_memory_too(memory_app: App) -> None:
    async with memory_app.client("ada") as client:
        task = await make(client)
        assert (await client.post(f"{TASKS}/{task['id']}/complete")).json()["status"] == "done"
        assert [one["id"] for one in (await client.get(TASKS)).json()["items"]] == [task["id"]]
