import asyncio
import json
import logging
from collections.abc import Callable

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from adapters.memory import MemoryDenials
from adapters.tokens.issuers import Issuer
from adapters.tokens.jwks import SIZE_MAX, LocalJwks, RemoteJwks
from adapters.tokens.keys import public_keys
from adapters.tokens.verifier import JwtAuthenticator
from domain.errors import Unauthenticated, Unavailable
from tests.unit.forge import EC, ED, RSA, WEB, FixedClock, token

URL = "https://user:hunter2@app.example.com/api/auth/jwks?key=hunter2"
OTHER = OKPKey.generate_key("Ed25519")


def entry(kid: str, key=ED, **changes) -> dict:
    return {**key.as_dict(private=False), "kid": kid, **changes}


class Server:
    """Answers what it is told to, counts, and can be made to wait."""

    def __init__(self, *keys: dict) -> None:
        self.publish(*keys)
        self.requests: list[httpx.Request] = []
        self.now = 1000.0
        self.open = asyncio.Event()
        self.open.set()

    def publish(self, *keys: dict) -> None:
        self.answer: Callable[[], httpx.Response] = lambda: httpx.Response(200, json={"keys": list(keys)})

    def fail(self, error: Exception | None = None) -> None:
        def failing() -> httpx.Response:
            if error:
                raise error
            return httpx.Response(500)

        self.answer = failing

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await self.open.wait()
        return self.answer()

    def jwks(self, **options) -> RemoteJwks:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.handle), follow_redirects=True)
        return RemoteJwks(URL, client, lambda: self.now, **options)

    @property
    def fetches(self) -> int:
        return len(self.requests)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.rule("IDENT-12")
async def test_a_set_is_fetched_once_and_remembered_for_ten_minutes():
    server = Server(entry("a"))
    jwks = server.jwks()
    for seconds in (0, 1, 300, 298.9):
        server.now += seconds
        assert await jwks.key("a")
    assert server.fetches == 1
    server.now += 0.1
    assert await jwks.key("a")
    assert server.fetches == 2


@pytest.mark.rule("IDENT-12", "IDENT-14")
def test_it_cannot_be_remembered_for_longer():
    for options in ({"ttl": 601.0}, {"ttl": 20.0}, {"cooldown": 0.0}):
        with pytest.raises(ValueError, match="cooldown <= ttl <= 600"):
            Server().jwks(**options)


@pytest.mark.rule("IDENT-13")
async def test_a_thousand_random_keys_cause_one_request():
    server = Server(entry("a"))
    jwks = server.jwks()
    assert await jwks.key("a")
    server.now += 31
    found = [await jwks.key(f"random-{n}") for n in range(500)]
    found += await asyncio.gather(*(jwks.key(f"more-{n}") for n in range(500)))
    assert not any(found)
    assert server.fetches == 2
    assert await jwks.key("a")


@pytest.mark.rule("IDENT-13")
async def test_a_thousand_random_keys_at_once_on_an_empty_cache_cause_one_request():
    server = Server(entry("a"))
    jwks = server.jwks()
    assert not any(await asyncio.gather(*(jwks.key(f"random-{n}") for n in range(1000))))
    assert server.fetches == 1


@pytest.mark.rule("IDENT-13")
async def test_a_new_key_is_found_when_a_token_names_it():
    server = Server(entry("a"))
    jwks = server.jwks()
    assert await jwks.key("a")
    server.publish(entry("a"), entry("b", OTHER))
    server.now += 29.9
    assert await jwks.key("b") is None
    assert server.fetches == 1
    server.now += 0.1
    assert await jwks.key("b")
    assert server.fetches == 2


@pytest.mark.rule("IDENT-13")
async def test_callers_wait_for_one_request():
    server = Server(entry("a"))
    server.open.clear()
    jwks = server.jwks()
    waiting = [asyncio.create_task(jwks.key("a")) for _ in range(50)]
    await settle()
    # The clock moves while they wait: still one request.
    server.now += 3
    waiting.append(asyncio.create_task(jwks.key("b")))
    await settle()
    assert server.fetches == 1
    server.open.set()
    *found, unknown = await asyncio.gather(*waiting)
    assert all(found)
    assert unknown is None
    assert server.fetches == 1


@pytest.mark.rule("IDENT-13")
async def test_the_request_outlives_the_caller_who_began_it():
    server = Server(entry("a"))
    server.open.clear()
    jwks = server.jwks()
    first = asyncio.create_task(jwks.key("a"))
    await settle()
    second = asyncio.create_task(jwks.key("a"))
    await settle()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    server.open.set()
    assert await second
    assert server.fetches == 1


@pytest.mark.rule("IDENT-14")
async def test_a_removed_key_stops_working_within_ten_minutes():
    server = Server(entry("a"), entry("b", OTHER))
    jwks = server.jwks()
    assert await jwks.key("a")
    server.publish(entry("b", OTHER))
    server.now += 599.9
    assert await jwks.key("a")
    server.now += 0.1
    assert await jwks.key("a") is None
    assert await jwks.key("b")


@pytest.mark.rule("IDENT-14")
async def test_a_removed_key_stops_at_once_when_another_one_is_looked_for():
    server = Server(entry("a"))
    jwks = server.jwks()
    assert await jwks.key("a")
    server.publish(entry("b", OTHER))
    server.now += 30
    assert await jwks.key("b")
    assert await jwks.key("a") is None


@pytest.mark.rule("IDENT-14")
async def test_the_age_counts_from_when_the_request_began():
    server = Server(entry("a"))
    server.open.clear()
    jwks = server.jwks()
    waiting = asyncio.create_task(jwks.key("a"))
    await settle()
    server.now += 4
    server.open.set()
    assert await waiting
    server.publish()
    server.now += 596
    assert await jwks.key("a") is None


@pytest.mark.rule("IDENT-14")
async def test_all_keys_can_be_removed():
    server = Server(entry("a"))
    jwks = server.jwks()
    assert await jwks.key("a")
    server.publish()
    server.now += 600
    assert await jwks.key("a") is None
    assert await jwks.problem() == "The issuer publishes no usable signing key."


@pytest.mark.rule("IDENT-12")
async def test_an_old_set_serves_for_an_hour_while_fetching_fails():
    server = Server(entry("a"))
    jwks = server.jwks()
    assert await jwks.key("a")
    server.fail()
    server.now += 4199.9
    assert await jwks.key("a")
    assert await jwks.problem() is None
    server.now += 0.1
    with pytest.raises(Unavailable):
        await jwks.key("a")
    with pytest.raises(Unavailable):
        await jwks.key("b")
    assert await jwks.problem() == "The signing keys cannot be fetched: status 500."


@pytest.mark.rule("IDENT-12")
async def test_failing_requests_are_thirty_seconds_apart():
    server = Server(entry("a"))
    jwks = server.jwks()
    assert await jwks.key("a")
    server.fail()
    server.now += 600
    for _ in range(100):
        assert await jwks.key("a")
        assert await jwks.key("b") is None
    assert server.fetches == 2
    server.now += 30
    for _ in range(100):
        assert await jwks.key("a")
    await settle()
    assert server.fetches == 3
    server.publish(entry("a"), entry("b", OTHER))
    server.now += 30
    assert await jwks.key("b")
    assert server.fetches == 4


@pytest.mark.rule("IDENT-12")
async def test_an_empty_cache_asks_a_failing_issuer_every_thirty_seconds():
    server = Server()
    server.fail(httpx.ConnectError("hunter2"))
    jwks = server.jwks()
    for _ in range(100):
        with pytest.raises(Unavailable) as refusal:
            await jwks.key("a")
        assert "hunter2" not in str(refusal.value)
    assert server.fetches == 1
    server.publish(entry("a"))
    server.now += 30
    assert await jwks.key("a")


@pytest.mark.rule("IDENT-12")
async def test_nobody_waits_for_an_issuer_that_is_known_to_fail():
    server = Server(entry("a"))
    jwks = server.jwks()
    assert await jwks.key("a")
    server.fail()
    server.now += 600
    assert await jwks.key("a")
    server.now += 30
    server.open.clear()
    async with asyncio.timeout(1):
        assert await jwks.key("a")
    await settle()
    assert server.fetches == 3
    server.publish(entry("b", OTHER))
    server.open.set()
    await settle()
    assert await jwks.key("a") is None
    assert server.fetches == 3


@pytest.mark.rule("IDENT-12")
async def test_a_slow_issuer_is_not_waited_for_longer_than_the_timeout():
    server = Server(entry("a"))
    server.open.clear()
    jwks = server.jwks(timeout=0.01)
    with pytest.raises(Unavailable):
        async with asyncio.timeout(5):
            await jwks.key("a")
    assert await jwks.problem() == "The signing keys cannot be fetched: TimeoutError."


@pytest.mark.rule("IDENT-12")
async def test_readiness_fetches_the_keys():
    server = Server(entry("a"))
    jwks = server.jwks()
    assert await jwks.problem() is None
    assert await jwks.problem() is None
    assert await jwks.key("a")
    assert server.fetches == 1


class Drip(httpx.AsyncByteStream):
    def __init__(self) -> None:
        self.sent = 0

    async def __aiter__(self):
        while True:
            self.sent += 65536
            yield b" " * 65536


@pytest.mark.rule("IDENT-15")
@pytest.mark.parametrize(
    ("response", "words"),
    [
        (lambda: httpx.Response(302, headers={"Location": "https://evil.example.com/"}), "status 302"),
        (lambda: httpx.Response(204), "status 204"),
        (lambda: httpx.Response(404, json={"keys": [entry("a")]}), "status 404"),
        (lambda: httpx.Response(200, content=b" " * (SIZE_MAX + 1)), "too large"),
        (
            lambda: httpx.Response(200, headers={"Content-Encoding": "br"}, stream=httpx.ByteStream(b"")),
            "compressed",
        ),
        (lambda: httpx.Response(200, text="<html>"), "not a JWK set"),
        (lambda: httpx.Response(200, json=[]), "not a JWK set"),
        (lambda: httpx.Response(200, json={"keys": {"a": entry("a")}}), "not a JWK set"),
        (lambda: httpx.Response(200, json={}), "not a JWK set"),
        (lambda: httpx.Response(200, content=b'{"keys":[],"keys":[]}'), "not a JWK set"),
        (lambda: httpx.Response(200, content=b"[" * 100_000), "not a JWK set"),
        (lambda: httpx.Response(200, content=b"\xff\xfe"), "not a JWK set"),
    ],
)
async def test_answers_that_are_not_taken(response, words):
    server = Server()
    server.answer = response
    jwks = server.jwks()
    with pytest.raises(Unavailable):
        await jwks.key("a")
    assert server.fetches == 1
    problem = await jwks.problem()
    assert words in problem
    assert "hunter2" not in problem


@pytest.mark.rule("IDENT-15")
async def test_an_endless_answer_is_cut_off():
    stream = Drip()
    server = Server()
    server.answer = lambda: httpx.Response(200, stream=stream)
    with pytest.raises(Unavailable):
        await server.jwks().key("a")
    assert stream.sent <= SIZE_MAX + 2 * 65536


@pytest.mark.rule("IDENT-15")
async def test_the_greatest_answer_is_taken():
    body = json.dumps({"keys": [entry("a")]}).encode()
    server = Server()
    server.answer = lambda: httpx.Response(200, content=body.ljust(SIZE_MAX))
    assert await server.jwks().key("a")
    assert server.requests[0].headers["Accept-Encoding"] == "identity"
    assert "Authorization" in server.requests[0].headers


RSA_1024 = {"kty": "RSA", "e": "AQAB", "n": "x" * 170 + "8"}


@pytest.mark.rule("IDENT-15")
@pytest.mark.parametrize(
    "bad",
    [
        OctKey.generate_key(256).as_dict(),
        {**entry("x"), "kty": "oct", "k": "c2VjcmV0"},
        ED.as_dict(private=True),
        EC.as_dict(private=True),
        RSA.as_dict(private=True),
        {**RSA.as_dict(private=False), "oth": []},
        entry("x", use="enc"),
        entry("x", use=None),
        entry("x", key_ops=["encrypt"]),
        entry("x", key_ops="verify"),
        entry("x", alg=1),
        entry("x", x=1),
        entry("x", x=""),
        entry("x", x="!!"),
        entry("x", x="é"),
        entry("x", x=entry("x")["x"] + "AA"),
        entry("x", crv="P-256"),
        entry("x", crv=["Ed25519"]),
        entry("x", kty="EC"),
        entry("x", kty="AKP"),
        entry("x", kty=["OKP"]),
        entry("x", kty=None),
        OKPKey.generate_key("X25519").as_dict(private=False),
        OKPKey.generate_key("Ed448").as_dict(private=False),
        entry("x", EC, y=entry("x", EC)["x"]),
        entry("x", EC, crv="P-384"),
        entry("x", EC, crv="secp256k1"),
        ECKey.generate_key("secp256k1").as_dict(private=False),
        RSA_1024,
        {"kty": "RSA", "e": "AQAB", "n": "A" * 200 + "x" * 170 + "8"},
        {"kty": "RSA", "e": "AQAB", "n": "x" * 1368},
        {"kty": "RSA", "e": "AQAB"},
        {"kty": "RSA", "e": "AQ", "n": RSA.as_dict(private=False)["n"]},
        {"kty": "RSA", "e": "AQAB", "n": "é"},
        {},
    ],
)
def test_a_key_that_cannot_be_used_is_passed_over(bad):
    document = {"keys": [{**bad, "kid": "bad"}, entry("good")]}
    assert list(public_keys(document)) == ["good"]


@pytest.mark.rule("IDENT-15")
@pytest.mark.parametrize("kid", [None, "", 1, ["a"], "k" * 256])
def test_a_key_without_a_usable_id_is_passed_over(kid):
    assert list(public_keys({"keys": [{**entry("a"), "kid": kid}, None, 1, "x", [], entry("good")]})) == [
        "good"
    ]


@pytest.mark.rule("IDENT-15")
@pytest.mark.parametrize(
    "twin", [entry("a"), entry("a", OTHER), entry("a", use="enc"), OctKey.generate_key(256).as_dict(kid="a")]
)
def test_an_id_that_occurs_twice_names_no_key(twin):
    assert list(public_keys({"keys": [entry("a"), entry("b", OTHER), twin]})) == ["b"]


@pytest.mark.rule("IDENT-15")
@pytest.mark.parametrize(
    "good",
    [
        entry("a"),
        entry("a", alg="EdDSA"),
        entry("a", alg="Ed25519"),
        entry("a", use="sig", key_ops=["verify"]),
        entry("a", x5c=["nonsense"], x5u=1, ext=True, unknown={}),
        entry("a", EC),
        entry("a", ECKey.generate_key("P-521"), alg="ES512"),
        entry("a", RSA, alg="RS256"),
        entry("a", RSAKey.generate_key(3072)),
    ],
)
async def test_public_keys_for_signatures_are_taken(good):
    key = await LocalJwks({"keys": [good]}).key("a")
    assert key is not None
    assert not key.is_private


@pytest.mark.rule("IDENT-15")
@pytest.mark.parametrize("document", [{"keys": []}, {}, None, [], {"keys": [ED.as_dict(private=True)]}])
def test_a_fixed_set_must_hold_a_key(document):
    with pytest.raises(ValueError, match="JWK set"):
        LocalJwks(document)


@pytest.mark.rule("IDENT-6")
@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519"])
@pytest.mark.parametrize("published", [{}, {"alg": "EdDSA"}, {"alg": "Ed25519"}])
async def test_a_token_may_use_either_name_of_the_algorithm(alg, published):
    keys = LocalJwks({"keys": [entry("ed", **published)]})
    assert await keys.problem() is None
    verifier = JwtAuthenticator([Issuer(issuer=WEB, audience=WEB, keys=keys)], FixedClock(), MemoryDenials())
    assert await verifier.authenticate(token({"alg": alg}))


@pytest.mark.rule("IDENT-13", "IDENT-2")
async def test_the_whole_way_and_nothing_of_a_token_in_the_log(caplog):
    caplog.set_level(logging.DEBUG)
    server = Server(entry("ed"))
    verifier = JwtAuthenticator(
        [Issuer(issuer=WEB, audience=WEB, keys=server.jwks())], FixedClock(), MemoryDenials()
    )
    good = token()
    for text in (token(iss="https://evil.example.com"), token(exp=1, iat=0), token({"alg": "none"})):
        with pytest.raises(Unauthenticated):
            await verifier.authenticate(text)
    assert server.fetches == 0
    assert await verifier.authenticate(good)
    with pytest.raises(Unauthenticated):
        await verifier.authenticate(token({"kid": "nobody"}))
    assert server.fetches == 1
    assert "ada@example.com" not in caplog.text
    assert not any(part in caplog.text for part in good.split("."))
