"""Tokens that must be refused, each for the reason named, and never by another error."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import OctKey

from domain.access import Actor
from domain.errors import Kind, Unauthenticated
from tests.unit.forge import (
    ABSENT,
    EC,
    ED,
    RSA,
    SHARED,
    STRANGER,
    WEB,
    T,
    authenticator,
    b64,
    claims_with,
    header_with,
    segment,
    sign,
    token,
)

GOOD = token()
HEAD, BODY, SIGNATURE = GOOD.split(".")
ED_RAW = ED.raw_value.public_key().public_bytes_raw()
ED_JWK = json.dumps(ED.as_dict(private=False)).encode()
JUST_NOW = {"iat": T, "exp": T + 300}


def hmac_with(public_key: bytes) -> OctKey:
    # Its importer refuses a public key; an attacker's own code does not.
    return OctKey(public_key, public_key)


def confused(public_key: bytes, alg: str = "HS256", **changes) -> str:
    """The public key as the secret of an HMAC (RFC 8725, 2.1)."""
    return sign(header_with(alg=alg), claims_with(**changes), hmac_with(public_key), "HS256")


def flipped(text: str) -> str:
    """The same bytes in another spelling: a bit beyond the last byte is set."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(text) % 4 in {2, 3}
    return text[:-1] + digits[digits.index(text[-1]) + 1]


def raw(text: str) -> str:
    """Claims that json.dumps would not write."""
    return sign(header_with(), json.dumps(claims_with()).encode()[:-1] + b"," + text.encode() + b"}")


def raw_without(name: str, text: str) -> str:
    return sign(
        header_with(), json.dumps(claims_with(**{name: ABSENT})).encode()[:-1] + b"," + text.encode() + b"}"
    )


def shared(claims: dict, **header) -> str:
    return sign({"alg": "HS256", **header}, claims, SHARED, "HS256")


def typ(value) -> str:
    return token({"typ": value})


SHAPE = [
    ("empty", "", "not_a_jwt"),
    ("opaque session token", "nYk2pXWq0aL3vTzR8bQeFh5sJc7dMg1u", "not_a_jwt"),
    ("signed session cookie", "nYk2pXWq0aL3vTzR.c2lnbmF0dXJl", "not_a_jwt"),
    ("dots", "..", "not_a_jwt"),
    ("two parts", f"{HEAD}.{BODY}", "not_a_jwt"),
    ("no signature", f"{HEAD}.{BODY}.", "not_a_jwt"),
    ("detached payload", f"{HEAD}..{SIGNATURE}", "not_a_jwt"),
    ("four parts", f"{GOOD}.{SIGNATURE}", "not_a_jwt"),
    ("JWE, five parts", f"{segment({'alg': 'dir', 'enc': 'A256GCM'})}..{b64(b'i' * 12)}.{BODY}.{b64(b't' * 16)}", "not_a_jwt"),
    ("huge", "a" * 8193, "too_long"),
    ("huge and well signed", token(x="x" * 8192), "too_long"),
    ("a megabyte", f"{HEAD}.{'A' * 1_000_000}.{SIGNATURE}", "too_long"),
    ("JSON serialisation", json.dumps({"protected": HEAD, "payload": BODY, "signature": SIGNATURE}), "not_a_jwt"),
    ("padded header", f"{HEAD}=.{BODY}.{SIGNATURE}", "not_base64url"),
    ("padded signature", f"{GOOD}==", "not_base64url"),
    ("leading space", f" {GOOD}", "not_base64url"),
    ("trailing newline", f"{GOOD}\n", "not_base64url"),
    ("whitespace inside", f"{HEAD}.{BODY[:8]} {BODY[8:]}.{SIGNATURE}", "not_base64url"),
    ("with the word Bearer", f"Bearer {GOOD}", "not_base64url"),
    ("ordinary base64", f"{HEAD}.{b64(b'???>>>~~')[:-1]}/.{SIGNATURE}", "not_base64url"),
    ("plus sign", f"{HEAD}.{BODY}.+{SIGNATURE[1:]}", "not_base64url"),
    ("trailing bits of the signature", f"{HEAD}.{BODY}.{flipped(SIGNATURE)}", "not_base64url"),
    ("impossible length", f"{HEAD}.{BODY}.{SIGNATURE}AAA", "not_base64url"),
    ("non-ASCII", f"{HEAD}.{BODY}.{SIGNATURE[:-1]}é", "not_base64url"),
    ("NUL", f"{HEAD}.{BODY}.{SIGNATURE[:-1]}\0", "not_base64url"),
    ("lone surrogate", f"{HEAD}.{BODY}.\ud800{SIGNATURE}", "not_base64url"),
    ("full-width dots", GOOD.replace(".", "．"), "not_a_jwt"),  # noqa: RUF001 - the very point
    ("header not JSON", sign(b"{alg: EdDSA}", claims_with()), "not_json"),
    ("header a list", sign(b'["alg","EdDSA"]', claims_with()), "not_an_object"),
    ("header null", sign(b"null", claims_with()), "not_an_object"),
    ("claims a string", sign(header_with(), b'"sub"'), "not_an_object"),
    ("claims a number", sign(header_with(), b"1"), "not_an_object"),
    ("claims not UTF-8", sign(header_with(), b'{"sub":"\xff"}'), "not_json"),
    ("claims in UTF-16", sign(header_with(), json.dumps(claims_with()).encode("utf-16")), "not_json"),
    ("byte order mark", sign(header_with(), b"\xef\xbb\xbf" + json.dumps(claims_with()).encode()), "not_json"),
    ("two documents", sign(header_with(), json.dumps(claims_with()).encode() + b"{}"), "not_json"),
    ("trailing comma", sign(header_with(), b'{"sub":"a",}'), "not_json"),
    ("raw control character", sign(header_with(), b'{"sub":"a\x01"}'), "not_json"),
    ("nested a thousandfold", sign(header_with(), b'{"x":' + b"[" * 2900 + b"]" * 2900 + b"}"), "not_json"),
    ("nested and cut off", sign(header_with(), b"[" * 5900), "not_json"),
    ("a nested token", sign(header_with(cty="JWT"), GOOD.encode()), "not_json"),
    ("NaN in passing", raw('"x":NaN'), "not_json"),
    ("infinity in passing", raw('"x":[-Infinity]'), "not_json"),
    ("too large a number in passing", raw('"x":1e400'), "not_json"),
    ("five thousand digits", raw('"x":' + "9" * 5000), "not_json"),
    ("sub twice", raw('"sub":"victim"'), "duplicate_member"),
    ("exp twice, alike", raw(f'"exp":{T + 900}'), "duplicate_member"),
    ("sub twice, escaped", raw('"\\u0073ub":"victim"'), "duplicate_member"),
    ("twice at depth", raw('"x":[{"y":{"a":1,"a":2}}]'), "duplicate_member"),
    ("alg twice", sign(b'{"alg":"none","alg":"EdDSA","kid":"ed"}', claims_with()), "duplicate_member"),
    ("kid twice", sign(b'{"alg":"EdDSA","kid":"x","kid":"ed"}', claims_with()), "duplicate_member"),
]  # fmt: skip

HEADER = [
    *((f"none as {spelling!r}", f"{segment(header_with(alg=spelling))}.{BODY}.AA", "algorithm_not_allowed")
      for spelling in ("none", "None", "NONE", "nOnE", "none ", "", None, 0, [], ["EdDSA"], {"alg": "EdDSA"})),
    ("none and no signature", f"{segment(header_with(alg='none'))}.{BODY}.", "not_a_jwt"),
    ("no alg", sign(header_with(alg=ABSENT), claims_with()), "algorithm_not_allowed"),
    ("alg in small letters", token({"alg": "eddsa"}), "algorithm_not_allowed"),
    ("HMAC with the public key in PEM", confused(ED.as_pem(private=False)), "algorithm_not_allowed"),
    ("HMAC with the public key in PEM, trimmed", confused(ED.as_pem(private=False).strip()), "algorithm_not_allowed"),
    ("HMAC with the public key in DER", confused(ED.as_der(private=False)), "algorithm_not_allowed"),
    ("HMAC with the raw public key", confused(ED_RAW), "algorithm_not_allowed"),
    ("HMAC with the public JWK", confused(ED_JWK), "algorithm_not_allowed"),
    ("HMAC with nothing", confused(b"\0"), "algorithm_not_allowed"),
    ("HMAC called EdDSA", confused(ED.as_pem(private=False), alg="EdDSA"), "bad_signature"),
    ("HMAC with the RSA key in PEM", sign(header_with(alg="HS256", kid="rsa"), claims_with(iss=f"{WEB}/rsa"), hmac_with(RSA.as_pem(private=False)), "HS256"), "algorithm_not_allowed"),
    ("HS512", token({"alg": "HS512"}, SHARED, "HS512"), "algorithm_not_allowed"),
    ("HS256 of another issuer's secret", token({"alg": "HS256"}, SHARED, "HS256"), "algorithm_not_allowed"),
    ("ES256 where EdDSA is configured", token({"alg": "ES256", "kid": "ec"}, EC, "ES256"), "algorithm_not_allowed"),
    ("PS256 where RS256 is configured", token({"alg": "PS256", "kid": "rsa"}, RSA, "PS256", iss=f"{WEB}/rsa"), "algorithm_not_allowed"),
    ("RS256 where PS256 is configured", token({"alg": "RS256", "kid": "rsa"}, RSA, "RS256", iss=f"{WEB}/pss"), "algorithm_not_allowed"),
    ("PS256 called RS256", token({"alg": "RS256", "kid": "rsa"}, RSA, "PS256", iss=f"{WEB}/rsa"), "bad_signature"),
    ("EdDSA at the shared secret's issuer", token(iss=f"{WEB}/shared"), "algorithm_not_allowed"),
    ("key of another kind", token({"kid": "rsa"}), "key_not_for_algorithm"),
    ("key for encryption", token({"kid": "enc"}), "key_not_for_algorithm"),
    ("key for another algorithm", token({"kid": "es"}), "key_not_for_algorithm"),
    ("key on another curve", token({"kid": "x"}), "key_not_for_algorithm"),
    ("key on Ed448", token({"kid": "ed448"}), "key_not_for_algorithm"),
    ("key for other operations", token({"kid": "sign_only"}), "key_not_for_algorithm"),
    ("no kid", token({"kid": ABSENT}), "key_id_missing"),
    ("empty kid", token({"kid": ""}), "key_id_invalid"),
    ("kid null", token({"kid": None}), "key_id_invalid"),
    ("kid a number", token({"kid": 1}), "key_id_invalid"),
    ("kid a list", token({"kid": ["ed"]}), "key_id_invalid"),
    ("kid of 256 characters", token({"kid": "k" * 256}), "key_id_invalid"),
    ("unknown kid", token({"kid": "nobody"}), "unknown_key"),
    ("kid as a path", token({"kid": "../../../../dev/null"}), "unknown_key"),
    ("kid as SQL", token({"kid": "ed' OR '1'='1"}), "unknown_key"),
    ("kid with a surrogate", token({"kid": "\ud800"}), "unknown_key"),
    ("kid in capitals", token({"kid": "ED"}), "unknown_key"),
    ("empty kid at the shared secret", shared(claims_with(iss=f"{WEB}/shared"), kid=""), "key_id_invalid"),
    ("own key in jwk", token({"jwk": STRANGER.as_dict(private=False)}, STRANGER), "header_not_allowed"),
    ("own key in jku", token({"jku": "https://evil.example.com/jwks"}, STRANGER), "header_not_allowed"),
    ("the issuer's own jku", token({"jku": f"{WEB}/api/auth/jwks"}), "header_not_allowed"),
    ("x5u", token({"x5u": "https://evil.example.com/c"}), "header_not_allowed"),
    ("x5c", token({"x5c": ["MIIB"]}), "header_not_allowed"),
    ("x5t", token({"x5t": "AAAA"}), "header_not_allowed"),
    ("x5t#S256", token({"x5t#S256": "AAAA"}), "header_not_allowed"),
    ("jwk null", token({"jwk": None}), "header_not_allowed"),
    ("crit", token({"crit": ["exp"]}), "header_not_allowed"),
    ("crit, empty", token({"crit": []}), "header_not_allowed"),
    ("b64 false", token({"b64": False, "crit": ["b64"]}), "header_not_allowed"),
    ("b64 false without crit", token({"b64": False}), "header_not_allowed"),
    ("b64 true", token({"b64": True}), "header_not_allowed"),
    ("payload not encoded", f"{segment(header_with(b64=False, crit=['b64']))}.{json.dumps(claims_with()).replace('.', '')}.{SIGNATURE}", "not_base64url"),
    *((f"typ {value!r}", typ(value), "wrong_type")
      for value in ("session-cache+jwt", "better-auth.session-cache+jwt", "logout+jwt", "dpop+jwt", "secevent+jwt",
                    "id_token", "JWE", "JOSE", "application/jwt", "application/json", "at+jwt ", "at jwt", "at+JWT;x=1", "", None, 1,
                    ["JWT"], {"typ": "JWT"}, True)),
]  # fmt: skip

CLAIMS = [
    ("no iss", token(iss=ABSENT), "issuer_missing"),
    ("iss null", token(iss=None), "issuer_missing"),
    ("iss a list", token(iss=[WEB]), "unknown_issuer"),
    ("iss an object", token(iss={WEB: 1}), "unknown_issuer"),
    ("iss with a slash more", token(iss=f"{WEB}/"), "unknown_issuer"),
    ("iss a prefix", token(iss=WEB[:-1]), "unknown_issuer"),
    ("iss with a suffix", token(iss=f"{WEB}.evil.example"), "unknown_issuer"),
    ("iss in capitals", token(iss=WEB.upper()), "unknown_issuer"),
    ("iss with a space", token(iss=f"{WEB} "), "unknown_issuer"),
    ("iss without TLS", token(iss=WEB.replace("https", "http")), "unknown_issuer"),
    ("iss a surrogate", token(iss="\udfff"), "unknown_issuer"),
    ("the development issuer", token(iss="urn:remit:development"), "unknown_issuer"),
    ("no aud", token(aud=ABSENT), "audience_missing"),
    ("aud null", token(aud=None), "audience_missing"),
    ("aud empty", token(aud=""), "wrong_audience"),
    ("aud an empty list", token(aud=[]), "wrong_audience"),
    ("an ID token's aud", token(aud="client-1"), "wrong_audience"),
    ("aud with a slash more", token(aud=f"{WEB}/"), "wrong_audience"),
    ("aud a prefix", token(aud=WEB[:-1]), "wrong_audience"),
    ("aud in capitals", token(aud=WEB.upper()), "wrong_audience"),
    ("aud of others", token(aud=["https://a.example.com", f"{WEB}/"]), "wrong_audience"),
    ("aud with a number", token(aud=[WEB, 1]), "wrong_audience"),
    ("aud in a list of lists", token(aud=[[WEB]]), "wrong_audience"),
    ("aud an object", token(aud={WEB: True}), "wrong_audience"),
    ("aud true", token(aud=True), "wrong_audience"),
    ("no exp", token(exp=ABSENT), "exp_missing"),
    ("exp null", token(exp=None), "exp_missing"),
    ("exp true", token(exp=True), "exp_invalid"),
    ("exp text", token(exp=str(T + 900)), "exp_invalid"),
    ("exp a list", token(exp=[T + 900]), "exp_invalid"),
    ("exp NaN", raw_without("exp", '"exp":NaN'), "not_json"),
    ("exp infinite", raw_without("exp", '"exp":Infinity'), "not_json"),
    ("exp 1e400", raw_without("exp", '"exp":1e400'), "not_json"),
    ("exp 1e300", raw_without("exp", '"exp":1e300'), "exp_invalid"),
    ("exp of a thousand digits", raw_without("exp", '"exp":' + "9" * 1000), "exp_invalid"),
    ("exp negative", token(exp=-1), "exp_invalid"),
    ("exp in milliseconds", token(exp=(T + 900) * 1000), "exp_invalid"),
    ("no iat", token(iat=ABSENT), "iat_missing"),
    ("iat false", token(iat=False), "iat_invalid"),
    ("iat text", token(iat=str(T)), "iat_invalid"),
    ("iat negative", token(iat=-T), "iat_invalid"),
    ("iat of a thousand digits, exp a fraction", raw_without("iat", '"iat":' + "9" * 1000), "iat_invalid"),
    ("expired", token(iat=T - 900, exp=T - 30), "expired"),
    ("expired long ago", token(iat=1, exp=2), "expired"),
    ("an hour and a second", token(exp=T + 3601), "lifetime_invalid"),
    ("an hour and a fraction", token(exp=T + 3600.5), "lifetime_invalid"),
    ("valid for ever", token(iat=0, exp=T + 900), "lifetime_invalid"),
    ("exp is iat", token(exp=T), "lifetime_invalid"),
    ("exp before iat", token(iat=T + 20, exp=T + 10), "lifetime_invalid"),
    ("from the future", token(iat=T + 31, exp=T + 900), "issued_in_the_future"),
    ("not yet", token(nbf=T + 31), "not_yet_valid"),
    ("nbf text", token(nbf=str(T)), "nbf_invalid"),
    ("nbf true", token(nbf=True), "nbf_invalid"),
    ("nbf null", token(nbf=None), "nbf_missing"),
    ("no sub", token(sub=ABSENT), "subject_missing"),
    ("sub null", token(sub=None), "subject_missing"),
    ("sub empty", token(sub=""), "subject_invalid"),
    ("sub a number", token(sub=1), "subject_invalid"),
    ("sub true", token(sub=True), "subject_invalid"),
    ("sub a list", token(sub=["a"]), "subject_invalid"),
    ("sub of 256 characters", token(sub="x" * 256), "subject_invalid"),
    ("sub with NUL", token(sub="a\0"), "subject_invalid"),
    ("sub with a newline", token(sub="a\nb"), "subject_invalid"),
    ("sub with a C1 control", token(sub="a\x85"), "subject_invalid"),
    ("sub with DEL", token(sub="a\x7f"), "subject_invalid"),
    ("sub with a lone surrogate", token(sub="\ud800"), "subject_invalid"),
    ("cnf", token(cnf={"jkt": "AAAA"}), "bound_to_a_key"),
    ("cnf null", token(cnf=None), "bound_to_a_key"),
    ("cnf of an access token", token({"typ": "at+jwt"}, cnf={"x5t#S256": "A"}), "bound_to_a_key"),
    ("client credentials", token({"typ": "at+jwt"}, sub="client-1", client_id="client-1"), "not_a_user"),
    ("client credentials without typ", token(sub="client-1", client_id="client-1"), "not_a_user"),
    ("scope a list", token(scope=["tasks:read"]), "scope_invalid"),
    ("scope null", token(scope=None), "scope_invalid"),
    ("scope a number", token({"typ": "at+jwt"}, scope=1), "scope_invalid"),
]  # fmt: skip

FORGED = [
    ("signed by a stranger", token(key=STRANGER), "bad_signature"),
    ("signature of another token", f"{HEAD}.{BODY}.{token(sub='other').split('.')[2]}", "bad_signature"),
    ("claims of another token", f"{HEAD}.{token(sub='victim').split('.')[1]}.{SIGNATURE}", "bad_signature"),
    ("header of another token", f"{segment(header_with(x=1))}.{BODY}.{SIGNATURE}", "bad_signature"),
    ("signature cut short", f"{HEAD}.{BODY}.{SIGNATURE[:-6]}", "bad_signature"),
    ("signature of one byte", f"{HEAD}.{BODY}.AA", "bad_signature"),
    ("signature of zeros", f"{HEAD}.{BODY}.{b64(bytes(64))}", "bad_signature"),
    ("signature twice as long", f"{HEAD}.{BODY}.{b64(bytes(128))}", "bad_signature"),
    ("claims with another spelling", f"{HEAD}.{segment(json.dumps(claims_with(), indent=1).encode())}.{SIGNATURE}", "bad_signature"),
    ("ES256, zero signature", f"{segment(header_with(alg='ES256', kid='ec'))}.{segment(claims_with(iss=f'{WEB}/ec'))}.{b64(bytes(64))}", "bad_signature"),
    ("ES256 in DER", f"{segment(header_with(alg='ES256', kid='ec'))}.{segment(claims_with(iss=f'{WEB}/ec'))}.{b64(bytes([48, 6, 2, 1, 1, 2, 1, 1]))}", "bad_signature"),
    ("RS256, short", f"{segment(header_with(alg='RS256', kid='rsa'))}.{segment(claims_with(iss=f'{WEB}/rsa'))}.AAAA", "bad_signature"),
    ("another secret", sign({"alg": "HS256"}, claims_with(iss=f"{WEB}/shared"), hmac_with(b"x" * 32), "HS256"), "bad_signature"),
    ("empty secret", sign({"alg": "HS256"}, claims_with(iss=f"{WEB}/shared"), hmac_with(b"\0"), "HS256"), "bad_signature"),
]  # fmt: skip

# Better Auth signs these with the secret that it shares in the HS256 mode.
CONFUSERS = [
    ("e-mail verification", shared({"email": "ada@example.com", "iat": T, "exp": T + 3600}), "issuer_missing"),
    ("e-mail verification with a user", shared({"email": "ada@example.com", "userId": "u", **JUST_NOW}), "issuer_missing"),
    ("session_data cookie", shared({"session": {"token": "t", "userId": "u"}, "user": {"id": "u"}, "updatedAt": T * 1000, "version": "1", **JUST_NOW}), "issuer_missing"),
    ("session_data cookie, iss added", shared({"session": {}, "user": {}, "iss": f"{WEB}/shared", **JUST_NOW}), "audience_missing"),
    ("session_data cookie, iss and aud added", shared({"session": {}, "user": {}, "iss": f"{WEB}/shared", "aud": WEB, **JUST_NOW}), "subject_missing"),
    ("session cache of the JWT plugin", token({"typ": "better-auth.session-cache+jwt"}, aud="better-auth:session-cache", sid="t"), "wrong_type"),
    ("session cache, typ removed", token(aud="better-auth:session-cache", sid="t"), "wrong_audience"),
    ("session_data cookie, compact", b64(json.dumps({"session": {}, "expiresAt": T, "signature": "s"}).encode()), "not_a_jwt"),
]  # fmt: skip

RULES = {
    "IDENT-4": SHAPE,
    "IDENT-5": HEADER,
    "IDENT-7": CLAIMS,
    "IDENT-6": FORGED,
    "IDENT-16": CONFUSERS,
}
TABLE = [
    pytest.param(text, reason, id=name, marks=pytest.mark.rule(rule))
    for rule, rows in RULES.items()
    for name, text, reason in rows
]
NEEDS_A_KEY = {"unknown_key", "key_not_for_algorithm", "bad_signature"}


def test_the_table_is_long_and_names_nothing_twice():
    names = [row.id for row in TABLE]
    assert len(names) >= 150
    assert len(set(names)) == len(names)


@pytest.mark.rule("IDENT-8", "IDENT-9", "IDENT-10")
@pytest.mark.parametrize(("text", "reason"), TABLE)
async def test_it_is_refused(text, reason):
    verifier, keys = authenticator()
    with pytest.raises(Unauthenticated) as refusal:
        await verifier.authenticate(text)
    assert refusal.value.reason == reason
    assert (keys.asked > 0) <= (reason in NEEDS_A_KEY), "a hopeless token made the issuer's keys be fetched"


@pytest.mark.rule("IDENT-10")
async def test_every_refusal_reads_the_same():
    verifier, _ = authenticator()
    answers = set()
    for row in TABLE:
        with pytest.raises(Unauthenticated) as refusal:
            await verifier.authenticate(row.values[0])
        error = refusal.value
        assert error.reason.isidentifier()
        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None
        answers.add((error.code, error.kind, error.title, error.detail, str(error)))
    assert len(answers) == 1
    assert next(iter(answers))[1] is Kind.UNAUTHENTICATED


@pytest.mark.rule("IDENT-10")
def test_the_specification_lists_every_reason():
    page = (Path(__file__).parents[2] / "specs/features/identity.md").read_text().partition("## Reasons")[2]
    # A denied token is a good one: tests/unit/test_denied_tokens.py.
    assert {row.values[1] for row in TABLE} | {"denied"} == set(page.split("`")[1::2])


async def refused_or_actor(text: str) -> None:
    verifier, _ = authenticator()
    try:
        assert isinstance(await verifier.authenticate(text), Actor)
    except Unauthenticated as refusal:
        assert refusal.reason  # noqa: PT017 - either outcome is right, any other error is not


@pytest.mark.rule("IDENT-4")
@given(st.text(max_size=200) | st.text(".=+/-_ \n\0eyJhbGciOi", max_size=200))
async def test_any_text(text):
    with pytest.raises(Unauthenticated):
        await authenticator()[0].authenticate(text)


@pytest.mark.rule("IDENT-4")
@given(st.lists(st.binary(max_size=80), min_size=3, max_size=3))
async def test_any_bytes(parts):
    with pytest.raises(Unauthenticated):
        await authenticator()[0].authenticate(".".join(map(b64, parts)))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from([WEB, T, "JWT", "EdDSA", "ed"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
headers = st.dictionaries(
    st.sampled_from(["alg", "kid", "typ", "jwk", "crit", "b64", "enc", "x"]), values, max_size=3
)
claims = st.dictionaries(
    st.sampled_from(["iss", "aud", "sub", "exp", "iat", "nbf", "scope", "cnf", "client_id", "x"]),
    values,
    max_size=3,
)


@pytest.mark.rule("IDENT-4")
@settings(max_examples=300)
@given(headers, claims)
async def test_anything_well_signed(header, claim):
    await refused_or_actor(sign(header_with(**header), claims_with(**claim)))


@pytest.mark.rule("IDENT-6")
@given(st.integers(0, len(GOOD) - 1), st.sampled_from("AZaz09-_.=\n"))
async def test_one_character_changed(position, character):
    changed = GOOD[:position] + character + GOOD[position + 1 :]
    if changed != GOOD:
        with pytest.raises(Unauthenticated):
            await authenticator()[0].authenticate(changed)
