"""Rate limits over REST."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import httpx
import pytest
from dependency_injector import providers

from application.ports import Authenticator
from domain.api_token_text import ApiTokenText
from domain.errors import Unavailable
from domain.ids import AccountId, ApiTokenId
from tests.support.apps import App, app_on, settings_for

TASKS, ME = "/api/v1/tasks", "/api/v1/me"
REQUIRED = re.compile(r'"(account|address|preflight)";r=(\d+);t=(\d+)')


@pytest.fixture
async def tight(tmp_path: Path) -> AsyncIterator[App]:
    values = {
        "limit_account": "5/hour",
        "limit_address": "3/hour",
        "cors_origins": ("https://app.example.com",),
    }
    async with app_on(settings_for(tmp_path, **values)) as running:
        yield running


def left(answer: httpx.Response) -> tuple[str, int]:
    found = REQUIRED.fullmatch(answer.headers["ratelimit"])
    assert found
    assert 1 <= int(found[3]) <= 3600
    return found[1], int(found[2])


@pytest.mark.rule("LIMIT-1", "LIMIT-2", "LIMIT-3")
async def test_an_account_has_one_allowance_for_all_its_tokens(tight: App) -> None:
    async with tight.client("ada") as first, tight.client("ada", ["tasks:read"]) as second:
        seen = [
            await first.get(TASKS),
            await second.get(TASKS),
            await first.get("/api/v1/nothing"),
            await second.get(ME),
        ]
        seen.append(await first.post(TASKS, json={"title": "the fifth"}))
        assert [left(answer) for answer in seen] == [("account", n) for n in (4, 3, 2, 1, 0)]
        assert {answer.headers["ratelimit-policy"] for answer in seen} == {'"account";q=5;w=3600'}
        refused = await second.post(TASKS, json={"title": "the sixth"})
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (429, "rate_limited")
    assert "5 requests in 3600 seconds for one account" in problem["detail"]
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == str(REQUIRED.fullmatch(refused.headers["ratelimit"])[3])
    async with tight.client("ben") as other:
        assert left(await other.get(TASKS)) == ("account", 4)
        assert (await other.get(TASKS)).json()["items"] == []


@pytest.mark.rule("LIMIT-1")
async def test_bad_tokens_are_counted_for_the_address_and_never_shut_out_a_good_one(tight: App) -> None:
    async with tight.client() as anonymous, tight.client("ada") as ada:
        bad = {"Authorization": "Bearer nonsense"}
        answers = [
            await anonymous.get(TASKS, headers=bad),
            await anonymous.get(TASKS),
            await anonymous.get("/openapi.json"),
        ]
        assert [answer.status_code for answer in answers] == [401, 401, 200]
        assert [left(answer) for answer in answers] == [("address", n) for n in (2, 1, 0)]
        for path in (TASKS, "/openapi.json", "/docs", "/nothing"):
            refused = await anonymous.get(path, headers=bad)
            assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert (await ada.get(TASKS)).status_code == 200


@pytest.mark.rule("LIMIT-6")
async def test_probes_are_never_refused(tight: App) -> None:
    async with tight.client() as anonymous:
        for _ in range(10):
            assert (await anonymous.get("/livez")).status_code == 200
            assert (await anonymous.get("/readyz")).status_code == 200
        assert (await anonymous.get("/docs")).status_code == 429


@pytest.mark.rule("LIMIT-3", "LIMIT-9")
async def test_browsers_may_read_the_fields_and_preflights_are_counted_by_themselves(tight: App) -> None:
    origin = {"Origin": "https://app.example.com"}
    asking = {**origin, "Access-Control-Request-Method": "GET"}
    async with tight.client("ada") as ada:
        preflights = [await ada.options(TASKS, headers=asking) for _ in range(6)]
        assert [preflight.status_code for preflight in preflights] == [200] * 5 + [429]
        assert left(preflights[0]) == ("preflight", 4)
        assert preflights[-1].json()["code"] == "rate_limited"
        answer = await ada.get(TASKS, headers=origin)
    exposed = answer.headers["access-control-expose-headers"].lower()
    assert {"ratelimit", "ratelimit-policy", "retry-after"} <= {name.strip() for name in exposed.split(",")}
    assert left(answer) == ("account", 4)


def looked_up(app: App, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is asked of the store about API tokens."""
    units, asked = app.container.units(), list[object]()
    find = units.find

    async def noted(*arguments: object) -> object:
        asked.append(arguments)
        return await find(*arguments)

    monkeypatch.setattr(units, "find", noted)
    return asked


@pytest.mark.rule("LIMIT-8")
async def test_an_address_without_requests_left_costs_no_queries(
    tight: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"name": "n", "kind": "person", "scopes": ["tasks:read"], "expires_in": 600}
    async with tight.client("ada") as ada, tight.client() as anonymous:
        known, unknown = [(await ada.post("/api/v1/tokens", json=values)).json()["token"] for _ in range(2)]
        forged = str(ApiTokenText(AccountId(uuid4()), ApiTokenId(uuid4()), b"x" * 32))

        async def ask(token: str) -> int:
            headers = {"Authorization": f"Bearer {token}"}
            return (await anonymous.get(TASKS, headers=headers)).status_code

        asked = looked_up(tight, monkeypatch)
        assert await ask(known) == 200
        assert [await ask(forged) for _ in range(3)] == [401] * 3
        assert len(asked) == 4
        assert [await ask(forged) for _ in range(3)] == [429] * 3
        assert await ask(unknown) == 429
        assert len(asked) == 4
        assert await ask(known) == 200
        assert len(asked) == 5


@pytest.mark.rule("LIMIT-8")
async def test_a_token_that_is_revoked_is_known_no_more(tight: App, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"name": "n", "kind": "person", "scopes": ["tasks:read"], "expires_in": 600}
    async with tight.client("ada") as ada, tight.client() as anonymous:
        made = (await ada.post("/api/v1/tokens", json=values)).json()
        headers = {"Authorization": f"Bearer {made['token']}"}
        assert (await anonymous.get(TASKS, headers=headers)).status_code == 200
        await ada.delete(f"/api/v1/tokens/{made['id']}")
        asked = looked_up(tight, monkeypatch)
        answers = [(await anonymous.get(TASKS, headers=headers)).status_code for _ in range(6)]
    assert answers == [401] * 3 + [429] * 3
    assert len(asked) == 3


@pytest.mark.rule("LIMIT-9")
async def test_an_outage_is_counted_for_nobody(tight: App) -> None:
    class Down(Authenticator):
        async def authenticate(self, token: str) -> NoReturn:
            raise Unavailable("down")

    with tight.container.authenticator.override(providers.Object(Down())):
        async with tight.client("ada") as ada:
            for _ in range(6):
                answer = await ada.get(TASKS)
                assert answer.status_code == 503
                assert "ratelimit" not in answer.headers
    async with tight.client() as anonymous:
        assert left(await anonymous.get("/docs")) == ("address", 2)
