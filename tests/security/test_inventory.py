"""Every operation against everybody who must not get through. A new route without a row fails."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import APIRoute

from adapters.tokens.compact import encoded
from adapters.tokens.development import _ED25519
from domain.access import Scope
from entrypoints.http.scopes import SCOPES
from entrypoints.http.strict import StrictRoute
from tests.security.inventory import TABLE, filled, operations
from tests.support.apps import App

ROUTES = {route.name: route for route in operations()}
VARYING = {"x-request-id", "ratelimit", "date"}


def test_every_operation_has_a_row_and_a_scope() -> None:
    assert set(ROUTES) == set(TABLE) == set(SCOPES)
    for name, row in TABLE.items():
        assert (row.names is not None) == ("{" in ROUTES[name].path)
        if row.names:
            assert f"{{{row.names}}}" in ROUTES[name].path


PUBLIC = {
    "/livez", "/readyz", "/openapi.json", "/docs", "/docs/start.js", "/docs/swagger-ui-bundle.js",
    "/docs/swagger-ui.css", "/docs/favicon-32x32.png", "/.well-known/jwks.json",
}  # fmt: skip


def test_the_application_has_no_other_routes(app: App) -> None:
    """Of any kind: mounts, websockets and routes that a document does not show are seen here as well."""
    paths = {getattr(route, "path", repr(route)) for route in flat(app.asgi.routes)}
    assert paths == PUBLIC | {route.path for route in ROUTES.values()}
    assert all(route.path.startswith("/api/v1/") for route in ROUTES.values())
    assert all(isinstance(route, StrictRoute) for route in flat(app.asgi.routes))


def flat(routes: Iterable[Any]) -> Iterator[Any]:
    """Routes, and those within routers that were included."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        yield from flat(inner.routes) if inner is not None else (route,)


def test_a_route_without_a_scope_cannot_be_made() -> None:
    async def everything() -> None: ...

    with pytest.raises(KeyError):
        StrictRoute("/api/v1/everything", everything).get_route_handler()


@dataclass
class Things:
    """One thing of each kind of somebody's, and a task in the trash: `thing_id`."""

    task_id: str
    project_id: str
    section_id: str
    label_id: str
    comment_id: str
    view_id: str
    thing_id: str
    other_task_id: str
    other_label_id: str
    token_id: str
    token: str
    change_id: str
    plan: str


MADE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("project_id", "project.create", {"name": "mine"}),
    ("section_id", "section.create", {"name": "mine", "project_id": "project_id"}),
    ("label_id", "label.create", {"name": "$new"}),
    ("other_label_id", "label.create", {"name": "$new"}),
    ("task_id", "task.create", {"title": "mine", "section_id": "section_id", "labels": ["label_id"]}),
    ("other_task_id", "task.create", {"title": "other", "section_id": "section_id"}),
    ("comment_id", "comment.create", {"task_id": "task_id", "body": "mine"}),
    ("view_id", "view.create", {"name": "mine", "filter": "open"}),
    ("thing_id", "task.create", {"title": "trashed", "project_id": None}),
)


async def things_of(client: httpx.AsyncClient) -> Things:
    commands = [
        {"id": name, "temp_id": name, "verb": verb, "args": filled(args, None)} for name, verb, args in MADE
    ]
    commands.append({"id": "delete", "verb": "task.delete", "args": {"id": "thing_id"}})
    made = await client.post("/api/v1/batch", json={"mode": "atomic", "commands": commands})
    ids = made.json()["temp_ids"]
    values = {"name": "n", "kind": "person", "scopes": sorted(Scope), "expires_in": 600}
    token = (await client.post("/api/v1/tokens", json=values)).json()
    renamed = {"title": "planned"}
    planned = (await client.patch(f"/api/v1/tasks/{ids['task_id']}?plan=true", json=renamed)).json()
    # Of a change that was made just now: an older one has been overwritten, or made something that is gone.
    changed = (await client.get("/api/v1/tasks/" + ids["other_task_id"] + "/history")).json()["items"][0]
    return Things(
        **ids, token_id=token["id"], token=token["token"], change_id=changed["id"], plan=planned["plan"]
    )


async def ask(
    client: httpx.AsyncClient, route: APIRoute, things: object, named: str | None = None, **headers: str
) -> httpx.Response:
    """As somebody with these things; `named` is another id for the path."""
    row = TABLE[route.name]
    path = route.path.replace("{kind}", "task")
    if row.names:
        path = path.format(**{row.names: named or getattr(things, row.names)})
    (method,) = route.methods
    return await client.request(method, f"{path}?{row.query}", json=row.sent(things), headers=headers)


def forged(app: App, **changes: object) -> str:
    """A token that the development issuer's own key has signed, but with something wrong in it."""
    issuer, now = app.container.development_issuer(), int(app.container.clock().now().timestamp())
    header = {"alg": "EdDSA", "typ": "JWT", "kid": issuer._kid}
    claims = {"iss": issuer.ISSUER, "aud": issuer.AUDIENCE, "sub": "ada", "iat": now, "exp": now + 600}
    for name, value in changes.items():
        (header if name in header else claims)[name] = value
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{encoded(_ED25519.sign(signed.encode(), issuer._key))}"


def tampered(app: App) -> str:
    token = app.token("ada")
    return token[:-6] + ("AAAAAA" if not token.endswith("AAAAAA") else "BBBBBB")


BAD: dict[str, Callable[[App], str | None]] = {
    "no token": lambda _: None,
    "expired": lambda app: forged(app, iat=1_700_000_000, exp=1_700_000_600),
    "another audience": lambda app: forged(app, aud="https://other.example.com"),
    "another issuer": lambda app: forged(app, iss="https://evil.example.com"),
    "another type": lambda app: forged(app, typ="session-cache+jwt"),
    "tampered with": tampered,
    "never an API token": lambda _: "remit_" + "0" * 92,
}


def test_a_forgery_with_nothing_wrong_would_pass(app: App) -> None:
    assert forged(app).count(".") == 2


@pytest.mark.rule("HTTP-1", "IDENT-10")
@pytest.mark.parametrize("name", ROUTES)
async def test_bad_credentials(app: App, name: str) -> None:
    async with app.client() as anonymous:
        good = await ask(anonymous, ROUTES["get_me"], None, Authorization=f"Bearer {forged(app)}")
        assert good.status_code == 200
        for why, make in BAD.items():
            token = make(app)
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            answer = await ask(anonymous, ROUTES[name], None, str(uuid4()), **headers)
            assert answer.status_code == 401, why
            assert answer.json()["code"] == ("missing_token" if token is None else "invalid_token"), why
            assert answer.headers["www-authenticate"].startswith("Bearer"), why


@pytest.mark.rule("HTTP-2", "TOKEN-3")
@pytest.mark.parametrize("name", [name for name, scope in SCOPES.items() if scope])
async def test_every_scope_but_the_one_that_is_needed(
    app: App, client: httpx.AsyncClient, subject: str, name: str
) -> None:
    needed = SCOPES[name]
    others = sorted(set(Scope) - {needed})
    things = await things_of(client)
    values = {"name": "n", "kind": "person", "scopes": others, "expires_in": 600}
    poor_token = (await client.post("/api/v1/tokens", json=values)).json()["token"]
    for token in (app.token(subject, others), poor_token):
        async with app.client() as poor:
            answer = await ask(poor, ROUTES[name], things, Authorization=f"Bearer {token}")
        assert (answer.status_code, answer.json()["scope"]) == (403, needed)
        assert answer.headers["www-authenticate"] == f'Bearer error="insufficient_scope", scope="{needed}"'


@pytest.mark.rule("HTTP-2")
@pytest.mark.parametrize("name", [name for name, scope in SCOPES.items() if scope])
async def test_the_scope_is_asked_for_before_anything_is_read(app: App, subject: str, name: str) -> None:
    """By the route and its table: that the use case asks once more is the second wall."""
    route, needed = ROUTES[name], SCOPES[name]
    path = route.path.format(**dict.fromkeys(route.param_convertors, "no-id"))
    (method,) = route.methods
    async with app.client(subject, sorted(set(Scope) - {needed})) as poor:
        answer = await poor.request(method, f"{path}?nonsense=1", content=b"{")
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert answer.json()["scope"] == needed


@pytest.mark.rule("TASK-1", "TOKEN-7", "IDENT-3")
@pytest.mark.parametrize("name", ROUTES)
async def test_another_account(app: App, client: httpx.AsyncClient, name: str) -> None:
    row, mine = TABLE[name], await things_of(client)
    async with app.client(f"a thief at {name}") as thief:
        for by_api_token in (False, True):
            theirs = await things_of(thief)
            token = theirs.token if by_api_token else app.token(f"a thief at {name}")
            bearer = {"Authorization": f"Bearer {token}"}
            if row.names:
                foreign = await ask(thief, ROUTES[name], theirs, getattr(mine, row.names), **bearer)
                other = str(uuid4()) if row.names != "plan" else "A" * len(mine.plan)
                missing = await ask(thief, ROUTES[name], theirs, other, **bearer)
                assert foreign.status_code == 404
                assert comparable(foreign) == comparable(missing)
            else:
                answer = await ask(thief, ROUTES[name], theirs, **bearer)
                assert answer.is_success or answer.status_code == row.refused
                assert not [one for one in vars(mine).values() if one in answer.text]
                if row.lists:
                    assert answer.json()[row.lists]
    await are_untouched(client, mine)


def comparable(answer: httpx.Response) -> tuple[object, ...]:
    body = {key: value for key, value in answer.json().items() if key not in {"instance", "request_id"}}
    headers = {key: value for key, value in answer.headers.items() if key not in VARYING}
    return answer.status_code, body, headers


async def are_untouched(client: httpx.AsyncClient, things: Things) -> None:
    """Each is as it was made."""
    for place, one in (
        ("tasks", "task"),
        ("projects", "project"),
        ("sections", "section"),
        ("labels", "label"),
        ("views", "view"),
    ):
        kept = (await client.get(f"/api/v1/{place}/{getattr(things, f'{one}_id')}")).json()
        assert (one, kept["version"]) == (one, 1)
    assert (await client.get(f"/api/v1/comments/{things.comment_id}")).json()["body"] == "mine"
    trash = (await client.get("/api/v1/trash")).json()["items"]
    assert things.thing_id in {one["id"] for one in trash}
    tokens = {token["id"]: token for token in (await client.get("/api/v1/tokens")).json()["items"]}
    assert tokens[things.token_id]["revoked_at"] is None


@pytest.mark.parametrize("name", ROUTES)
async def test_the_owner_gets_through(app: App, client: httpx.AsyncClient, subject: str, name: str) -> None:
    for token in (app.token(subject), None):
        things = await things_of(client)
        bearer = {"Authorization": f"Bearer {token or things.token}"}
        answer = await ask(client, ROUTES[name], things, **bearer)
        assert answer.is_success or answer.status_code == TABLE[name].refused, answer.text
