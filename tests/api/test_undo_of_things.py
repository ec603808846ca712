"""Whatever is done to anything is taken back by its request, and done again by taking that back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from domain.change import EntityKind
from entrypoints.http.commands import VERBS
from tests.support.asking import (
    API,
    COMMENTS,
    LABELS,
    ME,
    PROJECTS,
    SECTIONS,
    TASKS,
    TRASH,
    VIEWS,
    Json,
    done,
    got,
    made,
    refused,
    taken_back,
    told,
)

Things = dict[str, Json]


async def world(client: httpx.AsyncClient) -> Things:
    """Something of each kind, tied to the others."""
    outer = await made(client, PROJECTS, "outer")
    inner = await made(client, PROJECTS, "inner", parent_id=outer["id"])
    other = await made(client, PROJECTS, "other")
    section = await made(client, SECTIONS, "section", project_id=inner["id"])
    beside = await made(client, SECTIONS, "beside", project_id=inner["id"])
    label, twin = [await made(client, LABELS, name) for name in ("label", "twin")]
    blocker = await made(client, TASKS, "blocker", project_id=other["id"])
    task = await made(
        client, TASKS, "task", section_id=section["id"], labels=[label["id"]],
        links=[{"href": "https://example.com/"}], checklist=[{"title": "c"}],
    )  # fmt: skip
    child = await made(client, TASKS, "child", parent_id=task["id"], labels=[label["id"], twin["id"]])
    comment = await made(client, COMMENTS, "comment", task_id=task["id"])
    view = await made(client, VIEWS, "view", filter="overdue", grouping="day")
    lost = await made(client, TASKS, "lost", project_id=inner["id"])
    await client.delete(f"{TASKS}/{lost['id']}")
    closed = await made(client, TASKS, "closed", section_id=section["id"])
    await done(client, f"{TASKS}/{closed['id']}/complete")
    archived = await made(client, PROJECTS, "archived")
    await done(client, f"{PROJECTS}/{archived['id']}/archive")
    return {
        "outer": outer, "inner": inner, "other": other, "section": section, "beside": beside, "label": label,
        "twin": twin, "blocker": blocker, "task": task, "child": child, "comment": comment, "view": view, "lost": lost,
        "closed": closed, "archived": archived,
    }  # fmt: skip


@dataclass(frozen=True)
class Act:
    """A request. Names of things stand for their ids: in the path as `{name}`, in the body as values."""

    method: str
    path: str
    body: Json | None = None
    query: Mapping[str, str] = field(default_factory=dict[str, str])

    async def do(self, client: httpx.AsyncClient, things: Things, **more: Any) -> httpx.Response:
        ids = {name: thing["id"] for name, thing in things.items()}
        body = self.body and {key: ids.get(str(value), value) for key, value in self.body.items()}
        params = {**self.query, **more.pop("params", {})}
        path = self.path.format_map(ids)
        return await client.request(self.method, path, json=body, params=params, **more)


HREF = "https://example.com/"
ACTS = {
    "task.create": Act("POST", TASKS, {"title": "new", "parent_id": "task"}),
    "task.update": Act(
        "PATCH", f"{TASKS}/{{task}}", {"title": "n", "labels": [], "checklist": None, "links": []}
    ),
    "task.start": Act("POST", f"{TASKS}/{{task}}/start"),
    "task.complete": Act("POST", f"{TASKS}/{{task}}/complete", query={"children": "complete"}),
    "task.cancel": Act("POST", f"{TASKS}/{{task}}/cancel"),
    "task.reopen": Act("POST", f"{TASKS}/{{closed}}/reopen"),
    "task.move": Act("POST", f"{TASKS}/{{task}}/move", {"project_id": "other"}),
    "task.attach": Act("POST", f"{TASKS}/{{task}}/attach", {"href": "https://example.org/"}),
    "task.detach": Act("POST", f"{TASKS}/{{task}}/detach", {"href": HREF}),
    "task.duplicate": Act("POST", f"{TASKS}/{{task}}/duplicate", {}),
    "task.delete": Act("DELETE", f"{TASKS}/{{task}}"),
    "task.restore": Act("POST", f"{TRASH}/task/{{lost}}/restore"),
    "project.create": Act("POST", PROJECTS, {"name": "new", "parent_id": "inner"}),
    "project.update": Act("PATCH", f"{PROJECTS}/{{inner}}", {"name": "n", "color": "#123456"}),
    "project.move": Act("POST", f"{PROJECTS}/{{inner}}/move", {"parent_id": "other"}),
    "project.archive": Act("POST", f"{PROJECTS}/{{outer}}/archive"),
    "project.unarchive": Act("POST", f"{PROJECTS}/{{archived}}/unarchive"),
    "project.duplicate": Act("POST", f"{PROJECTS}/{{outer}}/duplicate", {}),
    "project.delete": Act("DELETE", f"{PROJECTS}/{{outer}}"),
    "section.create": Act("POST", SECTIONS, {"name": "new", "project_id": "other"}),
    "section.update": Act("PATCH", f"{SECTIONS}/{{section}}", {"name": "n"}),
    "section.move": Act("POST", f"{SECTIONS}/{{section}}/move", {"project_id": "other"}),
    "section.delete": Act("DELETE", f"{SECTIONS}/{{section}}"),
    "label.create": Act("POST", LABELS, {"name": "new"}),
    "label.update": Act("PATCH", f"{LABELS}/{{label}}", {"name": "renamed", "color": "#000000"}),
    "label.merge": Act("POST", f"{LABELS}/{{label}}/merge", {"into": "twin"}),
    "label.delete": Act("DELETE", f"{LABELS}/{{label}}"),
    "comment.create": Act("POST", COMMENTS, {"task_id": "task", "body": "new"}),
    "comment.update": Act("PATCH", f"{COMMENTS}/{{comment}}", {"body": "n"}),
    "comment.delete": Act("DELETE", f"{COMMENTS}/{{comment}}"),
    "view.create": Act("POST", VIEWS, {"name": "new", "filter": "today & open", "sort": "-priority"}),
    "view.update": Act("PATCH", f"{VIEWS}/{{view}}", {"name": "Übrig", "filter": None, "grouping": "status"}),
    "view.delete": Act("DELETE", f"{VIEWS}/{{view}}"),
    "preferences.update": Act("PATCH", ME, {"locale": "de", "default_project_id": "other"}),
    "tasks.bulk": Act(
        "POST", f"{TASKS}/bulk", {"ids": [], "verb": "task.update", "args": {"priority": "urgent"}}
    ),
}


async def everything(client: httpx.AsyncClient) -> dict[tuple[str, str], Json]:
    """All that is not in the trash, but for versions and times of changes."""
    lines = (await client.get(f"{API}/snapshot")).text.splitlines()
    besides = {"updated_at", "edited_at"}
    return {
        (one["entity"], one["id"]): {name: one["state"][name] for name in one["state"].keys() - besides}
        for one in map(json.loads, lines[:-1])
        if one["entity"] != EntityKind.PREFERENCES or one["version"]
    }


def asked(verb: str, things: Things) -> Act:
    act = ACTS[verb]
    if verb == "tasks.bulk":
        return replace(act, body={**(act.body or {}), "ids": [things["task"]["id"], things["child"]["id"]]})
    return act


@pytest.mark.rule("UNDO-1", "UNDO-3", "UNDO-4", "JRN-1")
@pytest.mark.parametrize("verb", ACTS)
async def test_taken_back_and_done_again(client: httpx.AsyncClient, verb: str) -> None:
    things = await world(client)
    await client.patch(ME, json={"locale": "fr"})
    before, count = await everything(client), len(await told(client))
    assert (await asked(verb, things).do(client, things)).is_success
    after, changes = await everything(client), (await told(client))[count:]
    assert after != before
    assert len({change["request_id"] for change in changes}) == 1
    back = await taken_back(client, changes[0])
    assert back.status_code == 200, back.text
    assert {change["reverts"] for change in back.json()["changes"]} == {change["seq"] for change in changes}
    assert await everything(client) == before
    again = await taken_back(client, back.json()["changes"][0])
    assert again.status_code == 200, again.text
    assert await everything(client) == after
    assert (await client.get(f"{API}/changes/verify")).json()["valid"] is True


@pytest.mark.rule("ONCE-1", "PLAN-1", "PLAN-2")
@pytest.mark.parametrize("verb", ACTS)
async def test_tried_planned_and_done_once(client: httpx.AsyncClient, verb: str) -> None:
    things = await world(client)
    await client.patch(ME, json={"locale": "fr"})
    act, before, count = asked(verb, things), await everything(client), len(await told(client))
    tried = (await act.do(client, things, params={"dry_run": "true"})).json()
    assert tried["dry_run"] is True
    assert (await everything(client), len(await told(client))) == (before, count)
    planned = (await act.do(client, things, params={"plan": "true"})).json()
    applied = await client.post(f"{API}/plans/{planned['plan']}/apply")
    assert applied.status_code == 200, applied.text
    names = ("entity", "entity_id", "verb", "before", "after", "version")
    shown, kept = (
        [{name: change[name] for name in names} for change in found["changes"]]
        for found in (planned, applied.json())
    )
    assert kept == shown
    assert await everything(client) != before
    assert (await taken_back(client, applied.json()["changes"][0])).status_code == 200
    assert await everything(client) == before
    count = len(await told(client))
    answers = [await act.do(client, things, headers={"Idempotency-Key": verb}) for _ in range(2)]
    assert answers[0].is_success, answers[0].text
    assert [one.headers.get("idempotency-replayed") for one in answers] == [None, "true"]
    assert (answers[0].status_code, answers[0].content) == (answers[1].status_code, answers[1].content)
    assert len(await told(client)) == count + len(planned["changes"])


@pytest.mark.rule("UNDO-4")
def test_no_verb_is_forgotten() -> None:
    others = {
        verb for verb in VERBS if verb.endswith((".purge", ".restore")) or verb.startswith("api_token.")
    }
    assert set(VERBS) - others == set(ACTS) - {"tasks.bulk", "task.restore"}


@pytest.mark.rule("UNDO-2")
async def test_what_others_rely_on_is_not_taken_back_alone(client: httpx.AsyncClient) -> None:
    project = await made(client, PROJECTS, "p")
    created = (await told(client))[-1]
    await made(client, TASKS, project_id=project["id"])
    for answer in (
        await client.post(f"{API}/changes/{created['id']}/revert"),
        await taken_back(client, created),
    ):
        refused(answer, 409, "revert_conflict", conflicts=[])
    assert await got(client, PROJECTS, project) == project
    label = await made(client, LABELS, "old")
    await client.patch(f"{LABELS}/{label['id']}", json={"name": "new"})
    renamed = (await told(client))[-1]
    await made(client, LABELS, "OLD")
    refused(await client.post(f"{API}/changes/{renamed['id']}/revert"), 409, "label_name_taken")
