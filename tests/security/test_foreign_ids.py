"""An id of another account's thing, wherever it can be sent, is answered exactly as one that names nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest

from entrypoints.http.commands import VERBS
from tests.security.inventory import filled
from tests.security.test_inventory import Things, are_untouched, comparable, things_of
from tests.support.apps import App

HERE = "$here"
"""Where the id is put that is tried."""


@dataclass(frozen=True)
class Case:
    """A request with one id that is tried; `own` names the caller's thing that would be right there."""

    method: str
    path: str
    own: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Any] = field(default_factory=dict)


API = "/api/v1"
BODIES: dict[str, Case] = {}
QUERIES: dict[str, Case] = {}


def _bodies(name: str, method: str, path: str, rest: Mapping[str, Any], **fields: str) -> None:
    for one, own in fields.items():
        many = one in {"labels", "blocked_by", "ids"}
        value: Any = [HERE] if many else HERE
        BODIES[f"{name} {one}"] = Case(method, f"{API}{path}", own, {**rest, one: value})


_bodies(
    "create_task", "POST", "/tasks", {"title": "t"},
    project_id="project_id", section_id="section_id", parent_id="task_id", labels="label_id", blocked_by="task_id",
)  # fmt: skip
_bodies("edit_task", "PATCH", "/tasks/{task_id}", {}, labels="other_label_id", blocked_by="other_task_id")
_bodies(
    "move_task", "POST", "/tasks/{other_task_id}/move", {},
    project_id="project_id", section_id="section_id", parent_id="task_id", before="task_id", after="task_id",
)  # fmt: skip
_bodies("create_project", "POST", "/projects", {"name": "p"}, parent_id="project_id")
_bodies(
    "move_project", "POST", "/projects/{other_project_id}/move", {},
    parent_id="project_id", before="project_id", after="project_id",
)  # fmt: skip
_bodies("create_section", "POST", "/sections", {"name": "s"}, project_id="project_id")
_bodies(
    "move_section", "POST", "/sections/{other_section_id}/move", {},
    project_id="project_id", before="section_id", after="section_id",
)  # fmt: skip
_bodies("merge_label", "POST", "/labels/{label_id}/merge", {}, into="other_label_id")
_bodies("create_comment", "POST", "/comments", {"body": "c"}, task_id="task_id")
_bodies("edit_preferences", "PATCH", "/me", {}, default_project_id="project_id")
for _verb in ("task.complete", "task.delete", "task.update", "task.move"):
    _args = {"title": "x"} if _verb == "task.update" else {}
    for _mode in ("atomic", "independent"):
        _rest = {"verb": _verb, "args": _args, "mode": _mode}
        _bodies(f"change_tasks {_verb} {_mode}", "POST", "/tasks/bulk", _rest, ids="task_id")

for _name, _path, _own in (
    ("project_id", "/tasks", "project_id"),
    ("section_id", "/tasks", "section_id"),
    ("parent_id", "/tasks", "task_id"),
    ("label_id", "/tasks", "label_id"),
    ("project_id", "/sections", "project_id"),
    ("task_id", "/comments", "task_id"),
):
    QUERIES[f"{_path} {_name}"] = Case("GET", f"{API}{_path}", _own, None, {_name: HERE})


async def more_of(client: httpx.AsyncClient, things: Things) -> dict[str, str]:
    """And a second project and section, to be moved."""
    project = (await client.post(f"{API}/projects", json={"name": "other"})).json()["id"]
    section = (
        await client.post(f"{API}/sections", json={"name": "other", "project_id": things.project_id})
    ).json()["id"]
    return vars(things) | {"other_project_id": project, "other_section_id": section}


async def send(client: httpx.AsyncClient, case: Case, mine: Mapping[str, str], tried: str) -> httpx.Response:
    values = type("Values", (), {**mine, "here": tried})
    return await client.request(
        case.method,
        case.path.format(**mine),
        json=filled(case.body, values),
        params=filled(case.query, values),
    )


def masked(answer: httpx.Response, tried: str) -> Any:
    status, body, headers = comparable(answer)
    return status, str(body).replace(tried, "the id"), {**headers, "content-length": None}


@pytest.mark.rule("TASK-1", "DB-1")
@pytest.mark.parametrize("name", BODIES)
async def test_a_foreign_id_in_a_body(app: App, client: httpx.AsyncClient, name: str) -> None:
    case, theirs = BODIES[name], await things_of(client)
    async with app.client(f"a thief with a body of {name}") as thief:
        mine = await more_of(thief, await things_of(thief))
        missing = str(uuid4())
        foreign = getattr(theirs, case.own)
        refused = masked(await send(thief, case, mine, foreign), foreign)
        assert refused == masked(await send(thief, case, mine, missing), missing)
        independent = (case.body or {}).get("mode") == "independent"
        assert refused[0] == (200 if independent else 409 if "ids" in name else 422), refused
        if independent:
            assert "'status': 404" in refused[1]
        assert (await send(thief, case, mine, mine[case.own])).is_success
        other = (await client.request("GET", f"{API}/trash")).text
        assert foreign not in other or foreign == theirs.thing_id
    await are_untouched(client, theirs)


@pytest.mark.rule("TASK-1")
@pytest.mark.parametrize("name", QUERIES)
async def test_a_foreign_id_in_a_query(app: App, client: httpx.AsyncClient, name: str) -> None:
    case, theirs = QUERIES[name], await things_of(client)
    if case.own == "task_id":
        await client.post(f"{API}/tasks", json={"title": "part", "parent_id": theirs.task_id})
    async with app.client(f"a thief with a query of {name}") as thief:
        mine = vars(await things_of(thief))
        missing, foreign = str(uuid4()), getattr(theirs, case.own)
        found = await send(thief, case, mine, foreign)
        assert masked(found, foreign) == masked(await send(thief, case, mine, missing), missing)
        assert found.json() == {"items": [], "next_cursor": None}
        owned = await send(client, case, vars(theirs), foreign)
        assert owned.json()["items"]


@pytest.mark.rule("TASK-1")
@pytest.mark.parametrize("kind", ["task", "project", "section", "label", "comment", "view"])
async def test_a_foreign_id_in_the_trash(app: App, client: httpx.AsyncClient, kind: str) -> None:
    theirs = await things_of(client)
    foreign, missing = getattr(theirs, f"{kind}_id"), str(uuid4())
    async with app.client(f"a thief in the trash for a {kind}") as thief:
        for trashed in (False, True):
            if trashed:
                assert (await client.delete(f"{API}/{kind}s/{foreign}")).status_code == 204
            for method, end in (("POST", "/restore"), ("DELETE", "?count=1")):
                answers = [
                    comparable(await thief.request(method, f"{API}/trash/{kind}/{one}{end}"))
                    for one in (foreign, missing)
                ]
                assert answers[0] == answers[1]
                assert (answers[0][0], answers[0][1]["code"]) == (404, f"{kind}_not_found")
    assert (await client.post(f"{API}/trash/{kind}/{foreign}/restore")).is_success


@pytest.mark.rule("TASK-1", "BATCH-1")
@pytest.mark.parametrize("verb", [name for name, verb in VERBS.items() if verb.kind is not None])
async def test_a_foreign_id_in_a_batch(app: App, client: httpx.AsyncClient, verb: str) -> None:
    """As the thing of every verb."""
    theirs, missing = await things_of(client), str(uuid4())
    kind = VERBS[verb].kind
    assert kind is not None
    foreign = (
        theirs.token_id if kind.__name__ == "ApiToken" else getattr(theirs, f"{kind.__name__.lower()}_id")
    )
    async with app.client(f"a thief with a batch of {verb}") as thief:
        mine = await things_of(thief)
        args = {
            "label.merge": {"into": mine.label_id},
            "comment.update": {"body": "x"},
            "task.attach": {"href": "https://a.example/"},
            "task.detach": {"href": "https://a.example/"},
        }.get(verb, {})
        if verb.endswith(".purge"):
            args = {"count": 1}
        answers = [await _commanded(thief, verb, {**args, "id": one}) for one in (foreign, missing)]
    assert answers[0] == answers[1]
    assert answers[0]["status"] == 404
    await are_untouched(client, theirs)


def _refs() -> list[tuple[str, str]]:
    return [(name, field) for name, verb in VERBS.items() for field in verb.refs]


@pytest.mark.rule("TASK-1", "BATCH-1")
@pytest.mark.parametrize(("verb", "name"), _refs())
async def test_a_foreign_reference_in_a_batch(
    app: App, client: httpx.AsyncClient, verb: str, name: str
) -> None:
    theirs, missing = await things_of(client), str(uuid4())
    what = VERBS[verb].refs[name].__name__.lower()
    foreign = getattr(theirs, f"{what}_id")
    async with app.client(f"a thief with {name} of {verb}") as thief:
        mine = await things_of(thief)
        kind = VERBS[verb].kind
        given: dict[str, Any] = {"name": str(uuid4()), "title": "t", "body": "c", "id": str(uuid4())}
        args = {
            one: given[one]
            for one in given
            if VERBS[verb].args is not None and one in VERBS[verb].args.model_fields
        }
        if kind is not None:
            args = {"id": getattr(mine, f"{kind.__name__.lower()}_id")}
        many = name in {"labels", "blocked_by"}
        answers = [
            await _commanded(thief, verb, {**args, name: [one] if many else one})
            for one in (foreign, missing)
        ]
    assert answers[0] == answers[1]
    assert answers[0]["status"] == 422, answers
    await are_untouched(client, theirs)


async def _commanded(client: httpx.AsyncClient, verb: str, args: Mapping[str, Any]) -> dict[str, Any]:
    commands = [{"id": "1", "verb": verb, "args": args}]
    answer = await client.post(f"{API}/batch", json={"mode": "independent", "commands": commands})
    assert answer.status_code == 200, answer.text
    (result,) = answer.json()["results"]
    return dict(result)


@pytest.mark.rule("TASK-1", "DB-1")
@pytest.mark.parametrize("kind", ["task", "project", "section", "label", "comment", "view"])
async def test_a_foreign_id_may_be_ones_own(app: App, client: httpx.AsyncClient, kind: str) -> None:
    """To refuse it would tell that somebody has it."""
    theirs = await things_of(client)
    taken, free = getattr(theirs, f"{kind}_id"), str(uuid4())
    async with app.client(f"a thief who makes a {kind}") as thief:
        mine = await things_of(thief)
        for one in (taken, free):
            body = {"task": {"title": "t"}, "comment": {"body": "c", "task_id": mine.task_id}}.get(
                kind, {"name": str(uuid4())}
            )
            made = await thief.post(f"{API}/{kind}s", json={**body, "id": one})
            assert (made.status_code, made.json()["id"]) == (201, one)
            again = await thief.post(
                f"{API}/{kind}s",
                json={**body, "id": one} | ({"name": str(uuid4())} if "name" in body else {}),
            )
            assert (again.status_code, again.json()["code"]) == (409, "id_taken")
        if kind in {"task", "project"}:
            source = getattr(mine, f"{kind}_id")
            other = getattr(theirs, "other_task_id" if kind == "task" else "label_id")
            copied = await thief.post(f"{API}/{kind}s/{source}/duplicate", json={"new_id": other})
            assert (copied.status_code, copied.json()["id"]) == (201, other)
    await are_untouched(client, theirs)
