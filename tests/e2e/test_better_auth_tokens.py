"""What real Better Auth tokens are like: the facts that Remit relies upon."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from adapters.clock import SystemClock
from adapters.memory import MemoryDenials
from adapters.tokens.issuers import Issuer
from adapters.tokens.jwks import RemoteJwks
from adapters.tokens.verifier import JwtAuthenticator
from domain.errors import Unauthenticated
from tests.e2e.better_auth import BetterAuth, better_auth, missing
from tests.support.requirements import lacking

ALGORITHMS = ("EdDSA", "ES256", "RS256")
KEY_SHAPES = {
    "EdDSA": {"kty": "OKP", "crv": "Ed25519", "members": {"alg", "kid", "kty", "crv", "x"}},
    "ES256": {"kty": "EC", "crv": "P-256", "members": {"alg", "kid", "kty", "crv", "x", "y"}},
    "RS256": {"kty": "RSA", "crv": None, "members": {"alg", "kid", "kty", "n", "e"}},
}
EMAIL, PASSWORD, NAME = "ann@example.com", "correct horse battery staple", "Ann"


@pytest.fixture(scope="module", autouse=True)
def _node() -> None:
    if reason := missing():
        lacking("node", reason)


@pytest.fixture(scope="module", params=ALGORITHMS)
def alg(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
async def server(alg: str) -> AsyncIterator[BetterAuth]:
    async with better_auth(alg) as running:
        yield running


@pytest.fixture(scope="module")
async def token(server: BetterAuth) -> str:
    return await server.sign_up(EMAIL, PASSWORD, NAME)


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


def part(token: str, index: int) -> dict[str, Any]:
    encoded = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))


def header(token: str) -> dict[str, Any]:
    return part(token, 0)


def claims(token: str) -> dict[str, Any]:
    return part(token, 1)


def test_the_header_is_the_algorithm_and_the_key_and_no_type(alg: str, token: str) -> None:
    assert set(header(token)) == {"alg", "kid"}
    assert header(token)["alg"] == alg


def test_the_claims_are_the_user_and_the_usual_ones(token: str) -> None:
    user = {"id", "createdAt", "updatedAt", "email", "emailVerified", "name"}
    assert set(claims(token)) == user | {"iat", "exp", "iss", "aud", "sub"}
    assert claims(token)["email"] == EMAIL
    assert claims(token)["emailVerified"] is False


def test_issuer_and_audience_are_both_the_base_url(server: BetterAuth, token: str) -> None:
    assert claims(token)["iss"] == claims(token)["aud"] == server.url


def test_a_token_lives_for_15_minutes(token: str) -> None:
    issued, expires = claims(token)["iat"], claims(token)["exp"]
    assert expires - issued == 900
    assert abs(time.time() - issued) < 60


def test_the_subject_is_32_letters_and_digits_and_no_uuid(token: str) -> None:
    subject = claims(token)["sub"]
    assert len(subject) == 32
    assert subject.isascii()
    assert subject.isalnum()
    assert subject == claims(token)["id"]


def test_a_token_fits_into_8_kib(token: str) -> None:
    assert len(token) < 8192


async def test_signing_in_again_gives_the_same_subject_and_key(server: BetterAuth, token: str) -> None:
    again = await server.sign_in(EMAIL, PASSWORD)
    assert claims(again)["sub"] == claims(token)["sub"]
    assert header(again) == header(token)


async def test_the_key_set_is_bare(server: BetterAuth, alg: str, token: str, web: httpx.AsyncClient) -> None:
    answer = await web.get(server.jwks_url)
    assert answer.status_code == httpx.codes.OK
    assert answer.headers["content-type"] == "application/json"
    assert "cache-control" not in answer.headers
    assert set(answer.json()) == {"keys"}
    [key] = answer.json()["keys"]
    assert set(key) == KEY_SHAPES[alg]["members"]
    assert key["alg"] == alg
    assert key["kid"] == header(token)["kid"]
    assert key["kty"] == KEY_SHAPES[alg]["kty"]
    assert key.get("crv") == KEY_SHAPES[alg]["crv"]


async def test_the_session_endpoint_gives_the_token_too(server: BetterAuth, token: str) -> None:
    async with httpx.AsyncClient(
        base_url=f"{server.url}/api/auth", headers={"Origin": server.url}, trust_env=False
    ) as browser:
        await browser.post("/sign-in/email", json={"email": EMAIL, "password": PASSWORD})
        answer = await browser.get("/get-session")
    offered = answer.headers["set-auth-jwt"]
    assert claims(offered)["sub"] == claims(token)["sub"]
    assert header(offered) == header(token)
    assert answer.json()["session"]["token"].count(".") == 0


async def test_no_session_no_token(server: BetterAuth, web: httpx.AsyncClient) -> None:
    answer = await web.get(f"{server.url}/api/auth/token")
    assert answer.status_code == httpx.codes.UNAUTHORIZED


async def test_each_server_has_its_own_keys_and_forgets_its_accounts(alg: str, token: str) -> None:
    async with better_auth(alg) as other:
        foreign = await other.sign_up(EMAIL, PASSWORD, NAME)
    assert header(foreign)["kid"] != header(token)["kid"]
    assert claims(foreign)["sub"] != claims(token)["sub"]
    assert claims(foreign)["iss"] != claims(token)["iss"]


async def test_asking_for_the_keys_makes_the_key_of_the_first_token(web: httpx.AsyncClient) -> None:
    async with better_auth() as fresh:
        [key] = (await web.get(fresh.jwks_url)).json()["keys"]
        first = await fresh.sign_up(EMAIL, PASSWORD, NAME)
    assert header(first)["kid"] == key["kid"]


async def test_a_server_is_gone_when_its_block_ends(web: httpx.AsyncClient) -> None:
    async with better_auth() as running:
        await web.get(running.jwks_url)
    with pytest.raises(httpx.ConnectError):
        await web.get(running.jwks_url)


def believing(
    issuer: BetterAuth, web: httpx.AsyncClient, *algorithms: str, keys_of: BetterAuth | None = None
) -> JwtAuthenticator:
    keys = RemoteJwks((keys_of or issuer).jwks_url, web)
    accepted = Issuer(issuer=issuer.url, audience=issuer.url, algorithms=frozenset(algorithms), keys=keys)
    return JwtAuthenticator([accepted], SystemClock(), MemoryDenials())


async def test_remit_knows_who_a_token_is_of(
    server: BetterAuth, alg: str, token: str, web: httpx.AsyncClient
) -> None:
    authenticator = believing(server, web, alg)
    actor = await authenticator.authenticate(token)
    assert (actor.issuer, actor.subject) == (server.url, claims(token)["sub"])
    again = await authenticator.authenticate(await server.sign_in(EMAIL, PASSWORD))
    assert replace(again, expires_at=actor.expires_at) == actor


async def test_remit_tells_two_users_apart(
    server: BetterAuth, alg: str, token: str, web: httpx.AsyncClient
) -> None:
    authenticator = believing(server, web, alg)
    ann = await authenticator.authenticate(token)
    bob = await authenticator.authenticate(await server.sign_up(f"{alg}-bob@example.com", PASSWORD, "Bob"))
    assert ann.account_id != bob.account_id


async def test_remit_refuses_an_algorithm_that_is_not_on_its_list(
    server: BetterAuth, alg: str, token: str, web: httpx.AsyncClient
) -> None:
    others = [other for other in ALGORITHMS if other != alg]
    with pytest.raises(Unauthenticated):
        await believing(server, web, *others).authenticate(token)


async def test_remit_refuses_a_token_of_another_server(
    server: BetterAuth, alg: str, token: str, web: httpx.AsyncClient
) -> None:
    async with better_auth(alg) as other:
        foreign = await other.sign_up(EMAIL, PASSWORD, NAME)
        with pytest.raises(Unauthenticated) as by_name:
            await believing(server, web, alg).authenticate(foreign)
        with pytest.raises(Unauthenticated) as by_key:
            await believing(other, web, alg, keys_of=server).authenticate(foreign)
        assert (await believing(other, web, alg).authenticate(foreign)).issuer == other.url
    assert (by_name.value.reason, by_key.value.reason) == ("unknown_issuer", "unknown_key")


async def test_remit_refuses_a_payload_under_the_signature_of_another(
    server: BetterAuth, alg: str, token: str, web: httpx.AsyncClient
) -> None:
    other = await server.sign_up(f"{alg}-eve@example.com", PASSWORD, "Eve")
    first, _, signature = other.split(".")
    with pytest.raises(Unauthenticated) as refused:
        await believing(server, web, alg).authenticate(".".join((first, token.split(".")[1], signature)))
    assert refused.value.reason == "bad_signature"


async def test_remit_refuses_a_session_token(
    server: BetterAuth, alg: str, token: str, web: httpx.AsyncClient
) -> None:
    async with httpx.AsyncClient(
        base_url=f"{server.url}/api/auth", headers={"Origin": server.url}, trust_env=False
    ) as browser:
        answer = await browser.post("/sign-in/email", json={"email": EMAIL, "password": PASSWORD})
        cookie = browser.cookies["better-auth.session_token"]
    for opaque in (answer.json()["token"], cookie):
        with pytest.raises(Unauthenticated):
            await believing(server, web, alg).authenticate(opaque)


@pytest.mark.rule("IDENT-13")
async def test_tokens_are_believed_through_a_rotation_of_the_key(alg: str, web: httpx.AsyncClient) -> None:
    now = 0.0
    async with better_auth(alg, rotation=1) as rotating:
        keys = RemoteJwks(rotating.jwks_url, web, lambda: now)
        accepted = Issuer(issuer=rotating.url, audience=rotating.url, algorithms=frozenset({alg}), keys=keys)
        verifier = JwtAuthenticator([accepted], SystemClock(), MemoryDenials())
        before = await rotating.sign_up(EMAIL, PASSWORD, NAME)
        actor = await verifier.authenticate(before)
        await asyncio.sleep(1.5)
        after = await rotating.sign_in(EMAIL, PASSWORD)
        assert part(before, 0)["kid"] != part(after, 0)["kid"]
        with pytest.raises(Unauthenticated):  # the keys were fetched a moment ago: no token may hurry that
            await verifier.authenticate(after)
        now += 31
        believed = [await verifier.authenticate(token) for token in (after, before)]
        assert {(one.account_id, one.scopes) for one in believed} == {(actor.account_id, actor.scopes)}
