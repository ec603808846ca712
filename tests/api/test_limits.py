"""Rate limits over REST."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.apps import App, app_on, settings_for

TASKS, ME = "/api/v1/tasks", "/api/v1/me"
REQUIRED = re.compile(r'"(account|address)";r=(\d+);t=(\d+)')


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


@pytest.mark.rule("LIMIT-3")
async def test_browsers_may_read_the_fields_and_preflights_are_free(tight: App) -> None:
    origin = {"Origin": "https://app.example.com"}
    async with tight.client("ada") as ada:
        for _ in range(10):
            preflight = await ada.options(TASKS, headers={**origin, "Access-Control-Request-Method": "GET"})
            assert preflight.status_code == 200
        answer = await ada.get(TASKS, headers=origin)
    exposed = answer.headers["access-control-expose-headers"].lower()
    assert {"ratelimit", "ratelimit-policy", "retry-after"} <= {name.strip() for name in exposed.split(",")}
    assert left(answer) == ("account", 4)
