"""What an account likes and how much it has, over REST."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from domain.usage import Limits
from tests.support.apps import App, app_on, settings_for
from tests.support.asking import (
    API,
    COMMENTS,
    LABELS,
    ME,
    PROJECTS,
    SECTIONS,
    TASKS,
    TRASH,
    Json,
    done,
    invalid,
    made,
    refused,
    told,
)
from tests.support.databases import Database

DEFAULTS = {"time_zone": "UTC", "locale": "en", "first_day_of_week": 1, "default_project_id": None}


async def preferences(client: httpx.AsyncClient) -> Json:
    return dict((await client.get(ME)).json()["preferences"])


@pytest.mark.rule("ACC-1", "HTTP-2")
async def test_defaults(app: App, client: httpx.AsyncClient, subject: str) -> None:
    answer = await client.get(ME)
    assert answer.json()["preferences"] == {**DEFAULTS, "updated_at": None, "version": 0}
    assert (answer.headers["etag"], answer.json()["subject"]) == ('"v0"', subject)
    async with app.client(subject, ["tasks:write"]) as poor:
        assert (await poor.get(ME)).json()["preferences"] is None
        refused(await poor.get(f"{ME}/usage"), 403, "insufficient_scope", scope="tasks:read")
        answer = await poor.patch(ME, json={"locale": "de"})
        refused(answer, 403, "insufficient_scope", scope="account:admin")


@pytest.mark.rule("ACC-2", "UNDO-1")
async def test_setting_some_and_taking_it_back(client: httpx.AsyncClient) -> None:
    first = await client.patch(
        ME, json={"time_zone": "Europe/Berlin", "first_day_of_week": 7}, headers={"If-Match": '"v0"'}
    )
    assert (first.status_code, first.headers["etag"]) == (200, '"v1"')
    assert first.json() == await preferences(client)
    assert {name: first.json()[name] for name in DEFAULTS} == {
        **DEFAULTS, "time_zone": "Europe/Berlin", "first_day_of_week": 7,
    }  # fmt: skip
    assert (await client.patch(ME, json={})).json() == first.json()
    stale = await client.patch(ME, json={"locale": "pt-BR"}, headers={"If-Match": '"v0"'})
    refused(stale, 412, "version_mismatch", current=first.json(), conflicts=["/locale"])
    second = (await client.patch(ME, json={"locale": "pt-BR", "time_zone": None})).json()
    assert (second["locale"], second["time_zone"], second["version"]) == ("pt-BR", "UTC", 2)
    changes = await told(client)
    account_id = (await client.get(ME)).json()["account_id"]
    assert [(one["entity"], one["verb"], one["entity_id"]) for one in changes] == [
        ("preferences", "create", account_id), ("preferences", "update", account_id),
    ]  # fmt: skip
    back = await client.post(f"{API}/changes/{changes[1]['id']}/revert")
    assert back.status_code == 200
    assert (await preferences(client))["time_zone"] == "Europe/Berlin"
    assert (await client.post(f"{API}/changes/{changes[0]['id']}/revert")).status_code == 200
    assert {
        name: value for name, value in (await preferences(client)).items() if name in DEFAULTS
    } == DEFAULTS


@pytest.mark.rule("ACC-2", "HTTP-19")
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"time_zone": "Mars/Olympus"}, ("/time_zone", "not_a_time_zone")),
        ({"time_zone": "../../etc/passwd"}, ("/time_zone", "not_a_time_zone")),
        ({"time_zone": "Europe"}, ("/time_zone", "not_a_time_zone")),
        ({"time_zone": ""}, ("/time_zone", "not_a_time_zone")),
        ({"time_zone": "UTC\x00"}, ("/time_zone", "not_a_time_zone")),
        ({"time_zone": "localtime"}, ("/time_zone", "not_a_time_zone")),
        ({"time_zone": "posixrules"}, ("/time_zone", "not_a_time_zone")),
        ({"time_zone": "Factory"}, ("/time_zone", "not_a_time_zone")),
        ({"time_zone": "posix/Europe/Berlin"}, ("/time_zone", "not_a_time_zone")),
        ({"time_zone": "right/Europe/Berlin"}, ("/time_zone", "not_a_time_zone")),
        ({"locale": "english"}, ("/locale", "not_a_locale")),
        ({"locale": "en_US"}, ("/locale", "not_a_locale")),
        ({"locale": "en\n"}, ("/locale", "not_a_locale")),
        ({"first_day_of_week": 0}, ("/first_day_of_week", "out_of_range")),
        ({"first_day_of_week": 8}, ("/first_day_of_week", "out_of_range")),
        ({"first_day_of_week": "1"}, ("/first_day_of_week", "wrong_type")),
        ({"default_project_id": str(uuid4())}, ("/default_project_id", "not_found")),
        ({"account_id": str(uuid4())}, ("/account_id", "unknown_field")),
    ],
)
async def test_what_is_refused(client: httpx.AsyncClient, values: Json, expected: tuple[str, str]) -> None:
    invalid(await client.patch(ME, json=values), expected)
    assert (await preferences(client))["version"] == 0


@pytest.mark.rule("ACC-3")
async def test_where_new_tasks_go(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, "default")
    section = await made(client, SECTIONS, "of the inbox")
    await client.patch(ME, json={"default_project_id": project["id"]})
    assert (await made(client, TASKS))["project_id"] == project["id"]
    assert (await made(client, TASKS, project_id=None))["project_id"] is None
    assert (await made(client, TASKS, section_id=section["id"]))["project_id"] is None
    await client.delete(f"{PROJECTS}/{project['id']}")
    assert (await made(client, TASKS))["project_id"] is None
    assert (await preferences(client))["default_project_id"] == project["id"]
    await done(client, f"{TRASH}/project/{project['id']}/restore")
    assert (await made(client, TASKS))["project_id"] == project["id"]
    await client.delete(f"{PROJECTS}/{project['id']}")
    assert (await client.delete(TRASH, params={"count": 3})).status_code == 204
    assert (await preferences(client))["default_project_id"] is None
    assert (await told(client))[-1]["verb"] in {"purge", "update"}


@pytest.fixture
async def small(tmp_path: Path, database: Database) -> AsyncIterator[App]:
    limits = Limits.parse("tasks=3,projects=2,sections=1,labels=1,comments=1")
    async with app_on(settings_for(tmp_path, database, quotas=limits)) as running:
        yield running


@pytest.mark.rule("ACC-4", "ACC-5")
async def test_limits_are_named_and_told(small: App) -> None:
    async with small.client(f"small {uuid4()}") as client:
        task = await made(client, TASKS)
        await made(client, TASKS, parent_id=task["id"])
        for where, name, body, limit in (
            (PROJECTS, "projects", {"name": "n"}, 2),
            (SECTIONS, "sections", {"name": "n"}, 1),
            (LABELS, "labels", {"name": "n"}, 1),
            (COMMENTS, "comments", {"body": "n", "task_id": task["id"]}, 1),
        ):
            for _ in range(limit):
                assert (await client.post(where, json=body)).status_code == 201
            refused(await client.post(where, json=body), 409, "limit_reached", what=name, limit=limit)
        duplicate = await client.post(f"{TASKS}/{task['id']}/duplicate", json={})
        refused(duplicate, 409, "limit_reached", what="tasks", limit=3)
        usage = (await client.get(f"{ME}/usage")).json()
        assert usage["tasks"] == {"used": 2, "limit": 3}
        assert usage["comments"] == {"used": 1, "limit": 1}
        assert usage["levels_of_a_tree"] == {"used": None, "limit": 5}
        assert usage["labels_of_a_task"] == {"used": None, "limit": 50}
        await client.delete(f"{TASKS}/{task['id']}")
        await made(client, TASKS)
        refused(await client.post(TASKS, json={"title": "t"}), 409, "limit_reached", what="tasks", limit=3)
        assert (await client.delete(f"{TRASH}/task/{task['id']}", params={"count": 3})).status_code == 204
        usage = (await client.get(f"{ME}/usage")).json()
        assert (usage["tasks"]["used"], usage["comments"]["used"]) == (1, 0)
