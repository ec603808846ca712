"""Taking back what was done to things that belong together, over REST, on PostgreSQL."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.api.test_undo import CHANGES, REVERTS, TASKS, made, revert, told

API = "/api/v1"
States = Mapping[tuple[str, str], Mapping[str, Any]]


async def states(client: httpx.AsyncClient) -> States:
    """Everything that is in use, without what only says that something happened."""
    lines = [json.loads(line) for line in (await client.get(f"{API}/snapshot")).text.splitlines()]
    return {
        (line["entity"], line["id"]): {k: v for k, v in line["state"].items() if k != "updated_at"}
        for line in lines[:-1]
    }


async def filled(client: httpx.AsyncClient) -> Mapping[str, str]:
    """A project with a section, a labelled task and its subtask; and a task with another label."""
    commands = [
        {"verb": "project.create", "args": {"name": "P"}, "temp_id": "project"},
        {"verb": "section.create", "args": {"name": "S", "project_id": "project"}, "temp_id": "section"},
        {"verb": "label.create", "args": {"name": "L"}, "temp_id": "label"},
        {"verb": "label.create", "args": {"name": "M"}, "temp_id": "other_label"},
        {
            "verb": "task.create",
            "args": {"title": "T", "project_id": "project", "section_id": "section", "labels": ["label"]},
            "temp_id": "task",
        },
        {"verb": "task.create", "args": {"title": "U", "parent_id": "task"}, "temp_id": "subtask"},
        {"verb": "task.create", "args": {"title": "V", "labels": ["other_label"]}, "temp_id": "alone"},
    ]
    return dict((await run(client, commands))["temp_ids"])


async def run(client: httpx.AsyncClient, commands: list[dict[str, Any]]) -> dict[str, Any]:
    body = {"mode": "atomic", "commands": [{"id": str(n), **one} for n, one in enumerate(commands)]}
    answer = await client.post(f"{API}/batch", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def the_delete(client: httpx.AsyncClient, thing_id: str) -> dict[str, Any]:
    return next(
        change
        for change in reversed(await told(client))
        if (change["verb"], change["entity_id"]) == ("delete", thing_id)
    )


@pytest.mark.rule("UNDO-6")
@pytest.mark.parametrize(("kind", "path"), [
    ("project", "projects"), ("section", "sections"), ("task", "tasks"), ("label", "labels"),
])  # fmt: skip
async def test_what_went_along_to_the_trash_comes_back_along(
    client: httpx.AsyncClient, kind: str, path: str
) -> None:
    ids = await filled(client)
    before = await states(client)
    assert (await client.delete(f"{API}/{path}/{ids[kind]}")).status_code == 204
    after = await states(client)
    assert after != before
    back = await revert(client, await the_delete(client, ids[kind]))
    assert back.status_code == 200, back.text
    assert await states(client) == before
    root = next(one for one in back.json()["changes"] if one["entity_id"] == ids[kind])
    assert (await revert(client, root)).status_code == 200
    assert await states(client) == after
    assert (await client.get(f"{API}/trash")).json()["items"][0]["id"] == ids[kind]
    assert (await client.get(f"{CHANGES}/verify")).json()["valid"] is True


@pytest.mark.rule("UNDO-6")
async def test_what_was_done_beside_it_in_the_same_batch_stays(client: httpx.AsyncClient) -> None:
    ids = await filled(client)
    commands = [
        {"verb": "task.update", "args": {"id": ids["alone"], "title": "W"}},
        {"verb": "project.delete", "args": {"id": ids["project"]}},
        {"verb": "task.delete", "args": {"id": ids["alone"]}},
    ]
    await run(client, commands)
    assert (await revert(client, await the_delete(client, ids["project"]))).status_code == 200
    assert (await client.get(f"{TASKS}/{ids['subtask']}")).status_code == 200
    assert (await client.get(f"{TASKS}/{ids['alone']}")).status_code == 404


@pytest.mark.rule("UNDO-1", "UNDO-3", "UNDO-4")
async def test_a_batch_of_every_kind_is_taken_back_and_done_again(client: httpx.AsyncClient) -> None:
    ids = await filled(client)
    before = await states(client)
    commands = [
        {"verb": "label.merge", "args": {"id": ids["label"], "into": ids["other_label"]}},
        {"verb": "project.create", "args": {"name": "Q"}, "temp_id": "new"},
        {"verb": "task.move", "args": {"id": ids["task"], "project_id": "new"}},
        {"verb": "section.update", "args": {"id": ids["section"], "name": "R"}},
        {"verb": "project.delete", "args": {"id": ids["project"]}},
        {"verb": "task.complete", "args": {"id": ids["alone"]}},
        {"verb": "comment.create", "args": {"task_id": ids["task"], "body": "c"}},
    ]
    await run(client, commands)
    after = await states(client)
    which: dict[str, str] = {"batch_id": (await told(client))[-1]["batch_id"]}
    for expected in (before, after, before, after):
        answer = await client.post(REVERTS, json=which)
        assert answer.status_code == 200, answer.text
        assert await states(client) == expected
        which = {"request_id": answer.json()["changes"][0]["request_id"]}
    assert (await client.get(f"{CHANGES}/verify")).json()["valid"] is True


@pytest.mark.rule("UNDO-7")
async def test_a_field_that_there_is_not_cannot_be_forced(client: httpx.AsyncClient) -> None:
    task = await made(client)
    await client.patch(f"{TASKS}/{task}", json={"title": "u"})
    edit = (await told(client))[-1]
    for unknown in ("titel", "name", "updated_at", "version", "/title"):
        refused = await revert(client, edit, "title", unknown)
        assert refused.status_code == 422, refused.text
        (error,) = refused.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/force/1", "unknown_field")
        body = {"request_id": edit["request_id"], "force": ["title", unknown]}
        assert (await client.post(REVERTS, json=body)).status_code == 422
    assert (await client.get(f"{TASKS}/{task}")).json()["title"] == "u"
    assert (await revert(client, edit, "title", "deleted_at")).status_code == 200
