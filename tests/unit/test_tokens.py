"""Tokens that are believed, and what they make of their bearer. The hostile ones have a page of their own."""

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from adapters.memory import MemoryDenials
from adapters.tokens.issuers import EDDSA, Issuer, SharedSecret
from adapters.tokens.signatures import verify
from adapters.tokens.verifier import JwtAuthenticator
from domain.access import ALL_SCOPES, Scope, Via
from domain.errors import Unauthenticated, Unavailable
from domain.ids import account_id_for
from tests.unit import forge
from tests.unit.forge import ABSENT, EC, ED, RSA, SECRET, SHARED, WEB, T, authenticator, public, token

SUBJECT = "nYk2pXWq0aL3vTzR8bQeFh5sJc7dMg1u"


async def actor_of(text: str):
    return await authenticator()[0].authenticate(text)


@pytest.mark.rule("IDENT-2")
async def test_a_token_of_better_auth_makes_an_actor():
    actor = await actor_of(token())
    assert (actor.issuer, actor.subject) == (WEB, SUBJECT)
    assert actor.account_id == account_id_for(WEB, SUBJECT)
    assert actor.scopes == ALL_SCOPES
    assert actor.via is Via.WEB


@pytest.mark.rule("IDENT-2")
async def test_nothing_but_issuer_and_subject_matters():
    ada = await actor_of(token())
    claims = {
        "id": "another",
        "email": "eve@example.com",
        "name": ["not", {"even": "text"}],
        "account_id": "3f8a",
        "role": "admin",
    }
    assert await actor_of(token(**claims)) == ada
    assert "ada@example.com" not in repr(ada)
    assert (await actor_of(token(sub="another"))).account_id != ada.account_id


@pytest.mark.rule("IDENT-2", "IDENT-1")
async def test_one_subject_of_two_issuers_is_two_accounts():
    web = await actor_of(token())
    other = await actor_of(token({"alg": "ES256", "kid": "ec"}, EC, "ES256", iss=f"{WEB}/ec"))
    assert web.subject == other.subject
    assert web.account_id != other.account_id


@pytest.mark.rule("IDENT-6")
@pytest.mark.parametrize(
    ("alg", "key", "kid", "path"),
    [
        ("EdDSA", ED, "ed", ""),
        ("Ed25519", ED, "ed", ""),
        ("ES256", EC, "ec", "/ec"),
        ("RS256", RSA, "rsa", "/rsa"),
        ("PS256", RSA, "rsa", "/pss"),
        ("HS256", SHARED, "any", "/shared"),
    ],
)
async def test_every_algorithm_works_where_it_is_configured(alg, key, kid, path):
    text = token({"alg": alg, "kid": kid}, key, "Ed25519" if alg == "EdDSA" else alg, iss=WEB + path)
    assert (await actor_of(text)).issuer == WEB + path


@pytest.mark.rule("IDENT-6")
@pytest.mark.parametrize("curve", ["P-384", "P-521"])
async def test_the_other_curves(curve):
    alg = {"P-384": "ES384", "P-521": "ES512"}[curve]
    key = ECKey.generate_key(curve)
    issuer = Issuer(issuer=WEB, audience=WEB, algorithms=frozenset({alg}), keys=forge.Keys(one=public(key)))
    verifier = JwtAuthenticator([issuer], forge.FixedClock(), MemoryDenials())
    assert await verifier.authenticate(token({"alg": alg, "kid": "one"}, key, alg))


@pytest.mark.rule("IDENT-6")
@pytest.mark.parametrize("alg", ["HS256", "RS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("key", [ED, EC, RSA, SHARED])
def test_a_key_serves_only_algorithms_of_its_kind(alg, key):
    fits = {"HS256": OctKey, "RS256": RSAKey, "ES256": ECKey, "EdDSA": OKPKey}[alg]
    reason = "bad_signature" if isinstance(key, fits) else "key_not_for_algorithm"
    with pytest.raises(Unauthenticated) as refusal:
        verify(alg, key, b"signed", bytes(64))
    assert refusal.value.reason == reason


@pytest.mark.rule("IDENT-6")
def test_the_default_algorithms_are_the_two_names_of_eddsa():
    assert Issuer(issuer=WEB, audience=WEB, keys=forge.Keys()).algorithms == EDDSA == {"EdDSA", "Ed25519"}


@pytest.mark.rule("IDENT-6", "IDENT-16")
@pytest.mark.parametrize(
    "algorithms",
    [
        set(),
        {"none"},
        {"EdDSA", "none"},
        {"HS512"},
        {"RSA-OAEP"},
        {"ES256K"},
        {"eddsa"},
        {"HS256", "EdDSA"},
        {"HS256", "RS256"},
        {"HS256", "HS384"},
    ],
)
def test_an_issuer_cannot_be_configured_dangerously(algorithms):
    with pytest.raises(ValueError, match=r"algorithm"):
        Issuer(issuer=WEB, audience=WEB, algorithms=frozenset(algorithms), keys=forge.Keys())


@pytest.mark.rule("IDENT-7")
@pytest.mark.parametrize("names", [{"issuer": ""}, {"audience": ""}])
def test_an_issuer_has_a_name_and_an_audience(names):
    with pytest.raises(ValueError, match="name and an audience"):
        Issuer(**{"issuer": WEB, "audience": WEB, "keys": forge.Keys(), **names})


@pytest.mark.rule("IDENT-7")
def test_two_issuers_cannot_share_a_name():
    issuer = Issuer(issuer=WEB, audience=WEB, keys=forge.Keys())
    with pytest.raises(ValueError, match="same name"):
        JwtAuthenticator([issuer, issuer], forge.FixedClock(), MemoryDenials())


@pytest.mark.rule("IDENT-7")
@pytest.mark.parametrize("aud", [WEB, [WEB], ["https://userinfo.example.com", WEB]])
async def test_the_audience_may_be_one_of_several(aud):
    assert await actor_of(token(aud=aud))


@pytest.mark.rule("IDENT-5")
@pytest.mark.parametrize("typ", [ABSENT, "JWT", "jwt", "Jwt"])
async def test_types_of_first_party_tokens(typ):
    assert (await actor_of(token({"typ": typ}))).via is Via.WEB


@pytest.mark.rule("IDENT-5")
@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"])
async def test_types_of_access_tokens(typ):
    assert (await actor_of(token({"typ": typ}))).via is Via.TOKEN


@pytest.mark.rule("IDENT-5")
async def test_harmless_and_unknown_headers_are_ignored():
    assert await actor_of(token({"cty": "text", "x": {"y": 1}, "nonce": "n"}))


@pytest.mark.rule("IDENT-8")
@pytest.mark.parametrize(
    "times",
    [
        {"iat": T, "exp": T + 3600},
        {"iat": T - 900, "exp": T - 29},
        {"iat": T - 900, "exp": T - 29.5},
        {"iat": T + 30, "exp": T + 900},
        {"iat": T + 0.25, "exp": T + 900.75},
        {"iat": float(T), "exp": T + 9e2},
        {"nbf": T},
        {"nbf": T + 30},
        {"nbf": 0},
    ],
)
async def test_times_at_their_bounds(times):
    assert await actor_of(token(**times))


@pytest.mark.rule("IDENT-9")
@pytest.mark.parametrize("sub", ["u", "x" * 255, "zoë 😀 張", "a/b|c", " ", '"; --', "😀" * 255])
async def test_subjects(sub):
    assert (await actor_of(token(sub=sub))).subject == sub


@pytest.mark.rule("IDENT-9")
async def test_a_client_acting_for_a_user_is_that_user():
    assert (await actor_of(token({"typ": "at+jwt"}, client_id="client", azp=SUBJECT))).subject == SUBJECT


@pytest.mark.rule("IDENT-4")
async def test_a_token_of_exactly_the_greatest_length():
    def sized(padding: int, more: int) -> str:
        return token({"x": "x" * more}, x="x" * padding)

    padding, more = next((n, m) for n in range(5600, 5700) for m in range(3) if len(sized(n, m)) == 8192)
    assert await actor_of(sized(padding, more))
    with pytest.raises(Unauthenticated) as refusal:
        await actor_of(sized(padding + 1, more))
    assert refusal.value.reason == "too_long"


@pytest.mark.rule("IDENT-11")
@pytest.mark.parametrize(
    ("typ", "scope", "expected"),
    [
        (ABSENT, ABSENT, ALL_SCOPES),
        ("JWT", ABSENT, ALL_SCOPES),
        ("JWT", "tasks:read", {Scope.TASKS_READ}),
        ("JWT", "", set()),
        ("at+jwt", ABSENT, set()),
        ("at+jwt", "", set()),
        ("at+jwt", "openid profile", set()),
        ("at+jwt", "openid tasks:read tasks:write", {Scope.TASKS_READ, Scope.TASKS_WRITE}),
        ("at+jwt", "tasks:read  tasks:delete ", {Scope.TASKS_READ, Scope.TASKS_DELETE}),
        ("at+jwt", "tasks:read,tasks:write", set()),
        ("at+jwt", "tasks:read\ttasks:write", set()),
        ("at+jwt", "TASKS:READ", set()),
    ],
)
async def test_scopes(typ, scope, expected):
    assert (await actor_of(token({"typ": typ}, scope=scope))).scopes == frozenset(expected)


@pytest.mark.rule("IDENT-12")
async def test_keys_that_cannot_be_had_are_nobodys_fault():
    class Down(forge.Keys):
        async def key(self, kid):
            raise Unavailable("down")

    verifier = JwtAuthenticator(
        [Issuer(issuer=WEB, audience=WEB, keys=Down())], forge.FixedClock(), MemoryDenials()
    )
    with pytest.raises(Unavailable):
        await verifier.authenticate(token())


@pytest.mark.rule("IDENT-16")
async def test_a_shared_secret_needs_no_key_id():
    header = {"alg": "HS256", "kid": ABSENT}
    assert await actor_of(token(header, SHARED, "HS256", iss=f"{WEB}/shared"))
    assert await SharedSecret(SECRET).problem() is None


@pytest.mark.rule("IDENT-16")
@pytest.mark.parametrize("secret", ["", "x" * 31, "better-auth-secret-12345678901234567890"])
def test_weak_secrets_are_refused_and_not_repeated(secret):
    with pytest.raises(ValueError, match="secret") as refusal:
        SharedSecret(secret)
    assert not secret or secret not in str(refusal.value)
    assert SECRET not in repr(vars(SharedSecret(SECRET)))
    assert SharedSecret("x" * 32)
    assert SharedSecret("é" * 16)
