"""Taking back moves of what has something in the trash by then."""

import httpx
import pytest

BATCH, REVERTS = "/api/v1/batch", "/api/v1/reverts"


@pytest.mark.rule("UNDO-4", "SEC-3")
async def test_what_was_made_where_something_was_moved_goes_along(client: httpx.AsyncClient) -> None:
    project = (await client.post("/api/v1/projects", json={"name": "p"})).json()["id"]
    section = (await client.post("/api/v1/sections", json={"name": "s"})).json()["id"]
    task = (await client.post("/api/v1/tasks", json={"title": "t", "section_id": section})).json()["id"]
    child = (await client.post("/api/v1/tasks", json={"title": "c", "parent_id": task})).json()["id"]
    commands = [
        {"id": "1", "verb": "section.move", "args": {"id": section, "project_id": project}},
        {"id": "2", "verb": "task.duplicate", "args": {"id": task}, "temp_id": "copy"},
        {"id": "3", "verb": "task.move", "args": {"id": task, "section_id": None}},
        {"id": "4", "verb": "task.create", "args": {"title": "n", "parent_id": task}, "temp_id": "new"},
    ]
    done = (await client.post(BATCH, json={"mode": "atomic", "commands": commands})).json()
    batch = (await client.get("/api/v1/changes", params={"limit": 500})).json()["items"][-1]["batch_id"]
    answer = await client.post(REVERTS, json={"batch_id": batch})
    assert answer.status_code == 200, answer.text
    assert (await client.get(f"/api/v1/sections/{section}")).json()["project_id"] is None
    for one in (task, child):
        shown = (await client.get(f"/api/v1/tasks/{one}")).json()
        assert (shown["project_id"], shown["section_id"]) == (None, section)
    for name in ("copy", "new"):
        back = await client.post(f"/api/v1/trash/task/{done['temp_ids'][name]}/restore")
        assert back.status_code == 200, back.text
        assert (back.json()["project_id"], back.json()["section_id"]) == (None, section)
    assert (await client.get("/api/v1/changes/verify")).json()["valid"] is True
