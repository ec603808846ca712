"""If-Match on whatever changes something: compared with what is there, or refused, and never overlooked."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.test_every_verb import FIRST, named
from tests.api.test_undo import CHANGES, told
from tests.api.test_undo_things import API, filled, run
from tests.security.inventory import TABLE, changes_something, operations

UNSAFE = {route.name: route for route in operations() if changes_something(route)}
COMPARED = {
    "edit_task", "delete_task", "start_task", "complete_task", "cancel_task", "reopen_task", "move_task",
    "attach_link", "detach_link", "edit_project", "move_project", "archive_project", "unarchive_project",
    "delete_project", "edit_section", "move_section", "delete_section", "edit_label", "merge_label",
    "delete_label", "edit_comment", "delete_comment", "edit_view", "delete_view", "edit_preferences",
}  # fmt: skip


async def in_path(client: httpx.AsyncClient) -> dict[str, str]:
    """What a path can name."""
    ids = await filled(client)
    ids |= (await run(client, named(FIRST, ids)))["temp_ids"]
    task = f"{API}/tasks/{ids['task']}"
    planned = (await client.post(f"{task}/complete?children=keep&plan=true")).json()
    more = {"change_id": (await told(client))[-1]["id"], "plan": planned["plan"], "kind": "task"}
    kinds = ("task", "project", "section", "label", "comment", "view", "token")
    return ids | {f"{kind}_id": ids[kind] for kind in kinds} | more | {"thing_id": ids["gone_task"]}


async def ask(client: httpx.AsyncClient, name: str, ids: dict[str, str], headers: Any) -> httpx.Response:
    row, (method,) = TABLE[name], UNSAFE[name].methods
    path = f"{UNSAFE[name].path.format(**ids)}?{row.query}"
    others = {"other_task_id": ids["closed"], "other_label_id": ids["other_label"]}
    body = None if row.body is None else named(row.body, ids | others)
    return await client.request(method, path, json=body, headers=headers)


@pytest.mark.rule("HTTP-7", "HTTP-20")
@pytest.mark.parametrize("name", sorted(UNSAFE))
async def test_a_condition_is_compared_or_refused(client: httpx.AsyncClient, name: str) -> None:
    ids = await in_path(client)
    count = len(await told(client))
    answer = await ask(client, name, ids, {"If-Match": '"v99"'})
    assert answer.status_code == (412 if name in COMPARED else 400), answer.text
    for headers in ({"If-None-Match": "*"}, {"If-None-Match": '"v1"', "Idempotency-Key": str(uuid4())}):
        answer = await ask(client, name, ids, headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_header")
    assert len(await told(client)) == count
    assert (await client.get(f"{CHANGES}/verify")).json()["valid"] is True
