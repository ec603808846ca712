"""Every verb of every kind of thing: told, tried, copied and taken back alike."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from entrypoints.http.commands import VERBS
from tests.api.test_undo import CHANGES, REVERTS, TASKS, told
from tests.api.test_undo_things import API, filled, run

TOKEN = {"name": "n", "kind": "agent", "scopes": ["tasks:read"], "expires_in": 600}
TRASHED = ("project", "section", "task", "label", "comment", "view")
FIRST: list[dict[str, Any]] = [
    {"verb": "preferences.update", "args": {"locale": "de"}},
    {"verb": "comment.create", "args": {"task_id": "$task", "body": "c"}, "temp_id": "comment"},
    {"verb": "view.create", "args": {"name": "v", "filter": "overdue"}, "temp_id": "view"},
    {"verb": "task.attach", "args": {"id": "$task", "href": "https://example.com/"}},
    {"verb": "task.create", "args": {"title": "b", "blocked_by": ["$alone"]}, "temp_id": "blocked"},
    {"verb": "task.create", "args": {"title": "c"}, "temp_id": "closed"},
    {"verb": "task.complete", "args": {"id": "closed"}},
    {"verb": "project.create", "args": {"name": "A"}, "temp_id": "archived"},
    {"verb": "project.archive", "args": {"id": "archived"}},
    {"verb": "section.create", "args": {"name": "S2", "project_id": "$project"}, "temp_id": "section2"},
    {"verb": "api_token.create", "args": TOKEN, "temp_id": "token"},
    *(
        {"verb": f"{kind}.create", "args": args, "temp_id": f"gone_{kind}"}
        for kind, args in {
            "project": {"name": "gone"},
            "section": {"name": "gone", "project_id": "$project"},
            "task": {"title": "gone"},
            "label": {"name": "gone"},
            "comment": {"task_id": "$task", "body": "gone"},
            "view": {"name": "gone", "grouping": "day"},
        }.items()
    ),
    {"verb": "task.update", "args": {"id": "$alone", "labels": ["gone_label"]}},
    {"verb": "task.create", "args": {"title": "in it", "project_id": "gone_project"}},
    *({"verb": f"{kind}.delete", "args": {"id": f"gone_{kind}"}} for kind in TRASHED),
]
ARGS: Mapping[str, Mapping[str, Any]] = {
    "task.create": {"title": "new", "labels": ["$label"], "blocked_by": ["$task"], "project_id": "$project"},
    "task.update": {"id": "$task", "title": "u", "labels": ["$other_label"], "checklist": [{"title": "i"}]},
    "task.start": {"id": "$blocked", "override": True},
    "task.complete": {"id": "$task", "children": "complete"},
    "task.cancel": {"id": "$task"},
    "task.reopen": {"id": "$closed"},
    "task.move": {"id": "$task", "project_id": None, "before": "$alone"},
    "task.attach": {"id": "$task", "href": "https://example.org/"},
    "task.detach": {"id": "$task", "href": "https://example.com/"},
    "task.delete": {"id": "$task"},
    "task.duplicate": {"id": "$task", "tree": True},
    "project.create": {"name": "new", "parent_id": "$project"},
    "project.update": {"id": "$project", "name": "new", "color": "#123456"},
    "project.move": {"id": "$project", "after": "$archived"},
    "project.archive": {"id": "$project"},
    "project.unarchive": {"id": "$archived"},
    "project.duplicate": {"id": "$project", "tree": True},
    "project.delete": {"id": "$project"},
    "section.create": {"name": "new", "project_id": "$project"},
    "section.update": {"id": "$section", "name": "new"},
    "section.move": {"id": "$section", "after": "$section2"},
    "section.delete": {"id": "$section"},
    "label.create": {"name": "new"},
    "label.update": {"id": "$label", "name": "new"},
    "label.merge": {"id": "$label", "into": "$other_label"},
    "label.delete": {"id": "$label"},
    "comment.create": {"task_id": "$task", "body": "new"},
    "comment.update": {"id": "$comment", "body": "new"},
    "comment.delete": {"id": "$comment"},
    "view.create": {"name": "new", "filter": {"word": "today"}, "sort": "-priority", "grouping": "label"},
    "view.update": {"id": "$view", "name": "new", "filter": "@home", "sort": "title", "grouping": "project"},
    "view.delete": {"id": "$view"},
    "preferences.update": {"time_zone": "Europe/Berlin", "default_project_id": "$project"},
    **{f"{kind}.restore": {"id": f"$gone_{kind}"} for kind in TRASHED},
    **{f"{kind}.purge": {"id": f"$gone_{kind}", "count": 1 + (kind == "project")} for kind in TRASHED},
    "api_token.create": TOKEN,
    "api_token.revoke": {"id": "$token"},
}
STAY = {"api_token.create", "api_token.revoke", *(f"{kind}.purge" for kind in TRASHED)}
Copy = dict[tuple[str, str], dict[str, Any]]


def named(value: Any, ids: Mapping[str, str]) -> Any:
    """With the ids that `$name` stands for."""
    text = json.dumps(value)
    for name, one in ids.items():
        text = text.replace(f'"${name}"', f'"{one}"')
    return json.loads(text)


async def snapshot(client: httpx.AsyncClient) -> tuple[Copy, str]:
    """What there is, and where to go on from."""
    *lines, last = map(json.loads, (await client.get(f"{API}/snapshot")).text.splitlines())
    copy = {(one["entity"], one["id"]): one["state"] | {"version": one["version"]} for one in lines}
    assert last["count"] == len(lines)
    return copy, last["next"]


async def follow(client: httpx.AsyncClient, copy: Copy, after: str) -> None:
    """Bring a copy up to date, as JRN-15 says."""
    page = (await client.get(CHANGES, params={"after": after, "limit": 500})).json()
    assert not page["has_more"]
    for change in page["items"]:
        key = change["entity"], change["entity_id"]
        copy[key] = copy.get(key, {}) | (change["after"] or {}) | {"version": change["version"]}
        if change["after"] is None or copy[key].get("deleted_at") is not None:
            del copy[key]


def bare(copy: Copy) -> Copy:
    hidden = {"updated_at", "version"}
    return {key: {k: v for k, v in state.items() if k not in hidden} for key, state in copy.items()}


async def tasks(client: httpx.AsyncClient, **query: str) -> Any:
    return (await client.get(TASKS, params={"limit": "200", **query})).json()["items"]


def told_of(changes: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Without the ids of new things and times, which differ from one try to the next."""
    return [
        (one["entity"], one["verb"], one["version"], sorted(one["before"] or ()), sorted(one["after"] or ()))
        for one in changes
    ]


def test_no_verb_is_left_out() -> None:
    assert set(ARGS) == set(VERBS)


@pytest.mark.rule("JRN-1", "JRN-15", "UNDO-1", "UNDO-3", "PAST-2", "PLAN-1", "BATCH-1")
@pytest.mark.parametrize("verb", sorted(VERBS))
async def test_it_is_tried_told_copied_and_taken_back(client: httpx.AsyncClient, verb: str) -> None:
    ids = await filled(client)
    ids |= (await run(client, named(FIRST, ids)))["temp_ids"]
    copy, place = await snapshot(client)
    before = {key: dict(state) for key, state in copy.items()}
    listed, then = await tasks(client), datetime.now(UTC).isoformat()
    count = len(await told(client))
    body = {"mode": "atomic", "commands": [{"id": "1", "verb": verb, "args": named(ARGS[verb], ids)}]}

    tried = await client.post(f"{API}/batch", json=body, params={"dry_run": "true"})
    assert tried.status_code == 200, tried.text
    assert (await snapshot(client))[0] == before
    assert len(await told(client)) == count

    done = await client.post(f"{API}/batch", json=body)
    assert done.status_code == 200, done.text
    changes = (await told(client))[count:]
    assert changes
    assert told_of(changes) == told_of(tried.json()["changes"])
    await follow(client, copy, place)
    after, _ = await snapshot(client)
    assert copy == after
    assert await tasks(client, as_of=then) == listed

    back = await client.post(REVERTS, json={"batch_id": changes[0]["batch_id"]})
    assert back.status_code == 200, back.text
    if verb in STAY:
        assert back.json()["skipped"]
        return
    assert bare((await snapshot(client))[0]) == bare(before)
    again = {"request_id": back.json()["changes"][0]["request_id"]}
    assert (await client.post(REVERTS, json=again)).status_code == 200
    assert bare((await snapshot(client))[0]) == bare(after)
    assert (await client.get(f"{CHANGES}/verify")).json()["valid"] is True
