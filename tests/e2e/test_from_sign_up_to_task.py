"""A person signs up at a real Better Auth server and works with tasks on a real server and database."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.e2e.better_auth import BetterAuth, better_auth, missing
from tests.support.apps import Served, served
from tests.support.databases import Database
from tests.support.requirements import lacking

TASKS = "/api/v1/tasks"


@pytest.fixture(scope="module", autouse=True)
def _node() -> None:
    if reason := missing():
        lacking("node", reason)


@pytest.fixture(scope="module")
async def sign_in() -> AsyncIterator[BetterAuth]:
    async with better_auth() as running:
        yield running


@pytest.fixture(scope="module")
async def remit(
    sign_in: BetterAuth, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    """In production's settings but for TLS: no development issuer, only Better Auth's."""
    environment = {
        "REMIT_ENV": "production",
        "REMIT_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "REMIT_DATABASE_URL": database.app,
        "REMIT_SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
        "BETTER_AUTH_URL": sign_in.url,
    }
    async with served(environment) as running:
        yield running


def client(remit: Served, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=remit.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False
    )


@pytest.mark.rule("IDENT-2", "IDENT-3", "TASK-1")
async def test_two_people_and_their_tasks(sign_in: BetterAuth, remit: Served) -> None:
    password = "correct horse battery staple"
    ann = client(remit, await sign_in.sign_up("ann@example.com", password, "Ann"))
    ben = client(remit, await sign_in.sign_up("ben@example.com", password, "Ben"))
    async with ann, ben:
        me = (await ann.get("/api/v1/me")).json()
        assert (me["issuer"], len(me["subject"])) == (sign_in.url, 32)
        assert me["account_id"] != (await ben.get("/api/v1/me")).json()["account_id"]

        made = [(await ann.post(TASKS, json={"title": title})).json() for title in ("one", "two", "three")]
        listed = (await ann.get(TASKS)).json()["items"]
        assert [task["title"] for task in listed] == ["three", "two", "one"]
        done = (await ann.post(f"{TASKS}/{made[0]['id']}/complete")).json()
        assert (done["status"], done["version"]) == ("done", 2)
        assert (await ann.delete(f"{TASKS}/{made[1]['id']}")).status_code == 204

        assert (await ben.get(TASKS)).json() == {"items": [], "next_cursor": None}
        for task in made:
            url = f"{TASKS}/{task['id']}"
            for answer in (
                await ben.get(url),
                await ben.patch(url, json={"title": "stolen"}),
                await ben.post(f"{url}/complete"),
                await ben.delete(url),
            ):
                assert (answer.status_code, answer.json()["code"]) == (404, "task_not_found")

        left = {task["title"]: task["status"] for task in (await ann.get(TASKS)).json()["items"]}
        assert left == {"one": "done", "three": "todo"}

        # A new session is the same person.
        again = client(remit, await sign_in.sign_in("ann@example.com", password))
        async with again:
            assert (await again.get("/api/v1/me")).json() == me


@pytest.mark.rule("IDENT-7", "HTTP-1")
async def test_a_token_of_another_better_auth_is_refused(remit: Served) -> None:
    async with better_auth() as other:
        token = await other.sign_up("ann@example.com", "correct horse battery staple", "Ann")
        async with client(remit, token) as stranger:
            answer = await stranger.get(TASKS)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert '"reason": "unknown_issuer"' in remit.log or "reason=unknown_issuer" in remit.log
