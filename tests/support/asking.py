"""Asking the API for things, and being refused."""

from typing import Any

import httpx

API = "/api/v1"
TASKS, PROJECTS, SECTIONS = f"{API}/tasks", f"{API}/projects", f"{API}/sections"
LABELS, COMMENTS, TRASH, ME = f"{API}/labels", f"{API}/comments", f"{API}/trash", f"{API}/me"
VIEWS = f"{API}/views"
NAMED = {TASKS: "title", PROJECTS: "name", SECTIONS: "name", LABELS: "name", VIEWS: "name"}

Json = dict[str, Any]


async def made(client: httpx.AsyncClient, where: str, name: str = "t", **values: Any) -> Json:
    """A new thing."""
    answer = await client.post(where, json={NAMED.get(where, "body"): name, **values})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{where}/{answer.json()['id']}"
    return dict(answer.json())


async def got(client: httpx.AsyncClient, where: str, thing: Json) -> Json:
    """The thing as it is now."""
    answer = await client.get(f"{where}/{thing['id']}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def done(client: httpx.AsyncClient, path: str, body: Json | None = None, **query: Any) -> Json:
    """What a verb answers."""
    answer = await client.post(path, json=body, params=query)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def listed(client: httpx.AsyncClient, where: str, **query: Any) -> list[Json]:
    """All of a list, page by page: every item once."""
    found: list[Json] = []
    cursor: str | None = None
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        answer = await client.get(where, params={"limit": 2, **query, **more})
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        assert ("next" in answer.links) == (cursor is not None)
        if cursor is None:
            return found


async def told(client: httpx.AsyncClient) -> list[Json]:
    """The journal."""
    return list((await client.get(f"{API}/changes", params={"limit": 500})).json()["items"])


async def taken_back(client: httpx.AsyncClient, change: Json) -> httpx.Response:
    """Take back everything of the change's request."""
    return await client.post(f"{API}/reverts", json={"request_id": change["request_id"]})


def refused(answer: httpx.Response, status: int, code: str, **members: Any) -> None:
    """See that it is answered so, with these members."""
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    assert {name: problem[name] for name in members} == members


def invalid(answer: httpx.Response, *expected: tuple[str, str]) -> None:
    """See that these pointers are refused by these codes, and no others."""
    assert answer.status_code == 422, answer.text
    assert {(error["pointer"], error["code"]) for error in answer.json()["errors"]} == set(expected)


def plain(thing: Json, *besides: str) -> Json:
    """What is left of a thing whose history does not matter."""
    return {name: value for name, value in thing.items() if name not in {"version", "updated_at", *besides}}
