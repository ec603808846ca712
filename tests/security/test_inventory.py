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
from tests.security.inventory import TABLE, operations
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
    """One task, one API token, one change and one plan of somebody."""

    task_id: str
    token_id: str
    token: str
    change_id: str
    plan: str


async def things_of(client: httpx.AsyncClient) -> Things:
    task = (await client.post("/api/v1/tasks", json={"title": "mine"})).json()
    values = {"name": "n", "kind": "person", "scopes": sorted(Scope), "expires_in": 600}
    token = (await client.post("/api/v1/tokens", json=values)).json()
    renamed = {"title": "planned"}
    planned = (await client.patch(f"/api/v1/tasks/{task['id']}?plan=true", json=renamed)).json()
    change = (await client.get("/api/v1/changes")).json()["items"][0]
    return Things(task["id"], token["id"], token["token"], change["id"], planned["plan"])


async def ask(client: httpx.AsyncClient, route: APIRoute, things: object, **headers: str) -> httpx.Response:
    row = TABLE[route.name]
    path = route.path.format(**{row.names: getattr(things, row.names, things)}) if row.names else route.path
    (method,) = route.methods
    return await client.request(method, path, json=row.body, headers=headers)


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
            answer = await ask(anonymous, ROUTES[name], str(uuid4()), **headers)
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
        theirs = await things_of(thief)
        for token in (app.token(f"a thief at {name}"), theirs.token):
            bearer = {"Authorization": f"Bearer {token}"}
            if row.names:
                foreign = await ask(thief, ROUTES[name], getattr(mine, row.names), **bearer)
                other = str(uuid4()) if row.names != "plan" else "A" * len(mine.plan)
                missing = await ask(thief, ROUTES[name], other, **bearer)
                assert foreign.status_code == 404
                assert comparable(foreign) == comparable(missing)
            else:
                answer = await ask(thief, ROUTES[name], theirs, **bearer)
                assert answer.is_success or answer.status_code == row.refused
                assert not [one for one in vars(mine).values() if one in answer.text]
                if row.lists:
                    assert answer.json()[row.lists]
    still = await things_are(client, mine)
    assert still == ("mine", "todo", None)


def comparable(answer: httpx.Response) -> tuple[object, ...]:
    body = {key: value for key, value in answer.json().items() if key not in {"instance", "request_id"}}
    headers = {key: value for key, value in answer.headers.items() if key not in VARYING}
    return answer.status_code, body, headers


async def things_are(client: httpx.AsyncClient, things: Things) -> tuple[object, ...]:
    task = (await client.get(f"/api/v1/tasks/{things.task_id}")).json()
    tokens = {token["id"]: token for token in (await client.get("/api/v1/tokens")).json()["items"]}
    return task["title"], task["status"], tokens[things.token_id]["revoked_at"]


@pytest.mark.parametrize("name", ROUTES)
async def test_the_owner_gets_through(app: App, client: httpx.AsyncClient, subject: str, name: str) -> None:
    for token in (app.token(subject), None):
        things = await things_of(client)
        bearer = {"Authorization": f"Bearer {token or things.token}"}
        answer = await ask(client, ROUTES[name], things, **bearer)
        assert answer.is_success or answer.status_code == TABLE[name].refused, answer.text
