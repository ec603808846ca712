"""Makes tokens, right ones and wrong ones."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime

from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from adapters.memory import MemoryDenials
from adapters.tokens.issuers import Issuer, KeySource, SharedSecret
from adapters.tokens.verifier import JwtAuthenticator

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
T = int(NOW.timestamp())
WEB = "https://app.example.com"
SECRET = "correct horse battery staple, and a bit more"
ABSENT = object()


class FixedClock:
    def now(self) -> datetime:
        return NOW


class Keys(KeySource):
    """A few keys, and how often they were asked for."""

    def __init__(self, **keys: Key) -> None:
        self.known = keys
        self.asked = 0

    async def key(self, kid: str) -> Key | None:
        self.asked += 1
        return self.known.get(kid)

    async def problem(self) -> str | None:
        return None


ED = OKPKey.generate_key("Ed25519")
EC = ECKey.generate_key("P-256")
RSA = RSAKey.generate_key(2048)
SHARED = OctKey.import_key(SECRET)
STRANGER = OKPKey.generate_key("Ed25519")


def public(key, **parameters) -> Key:
    return type(key).import_key({**key.as_dict(private=False), **parameters})


def authenticator(**changes) -> tuple[JwtAuthenticator, Keys]:
    """Four issuers, each with an algorithm of its own; the first is the web application's."""
    keys = Keys(
        ed=public(ED),
        ec=public(EC),
        rsa=public(RSA),
        enc=public(ED, use="enc"),
        es=public(ED, alg="ES256"),
        x=public(OKPKey.generate_key("X25519")),
        ed448=public(OKPKey.generate_key("Ed448")),
        sign_only=public(ED, key_ops=["sign"]),
    )
    issuers = [
        Issuer(issuer=WEB, audience=WEB, keys=keys, **changes),
        Issuer(issuer=f"{WEB}/ec", audience=WEB, algorithms=frozenset({"ES256"}), keys=keys),
        Issuer(issuer=f"{WEB}/rsa", audience=WEB, algorithms=frozenset({"RS256"}), keys=keys),
        Issuer(issuer=f"{WEB}/pss", audience=WEB, algorithms=frozenset({"PS256"}), keys=keys),
        Issuer(
            issuer=f"{WEB}/shared", audience=WEB, algorithms=frozenset({"HS256"}), keys=SharedSecret(SECRET)
        ),
    ]
    return JwtAuthenticator(issuers, FixedClock(), MemoryDenials()), keys


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def segment(part) -> str:
    """A dict as JSON, bytes as they are, a string as if it were encoded already."""
    if isinstance(part, str):
        return part
    return b64(part if isinstance(part, bytes) else json.dumps(part).encode())


def sign(header, claims, key=ED, alg: str = "Ed25519") -> str:
    """Signed in `alg`, whatever the header says."""
    signed = f"{segment(header)}.{segment(claims)}"
    return f"{signed}.{b64(JWSRegistry.algorithms[alg].sign(signed.encode(), key))}"


def members(base: dict, changes: dict) -> dict:
    return {name: value for name, value in {**base, **changes}.items() if value is not ABSENT}


def header_with(**changes) -> dict:
    return members({"alg": "EdDSA", "kid": "ed"}, changes)


def claims_with(**changes) -> dict:
    """What Better Auth's JWT plugin emits."""
    better_auth = {
        "iat": T,
        "name": "Ada",
        "email": "ada@example.com",
        "emailVerified": False,
        "createdAt": "2026-10-01T08:00:00.000Z",
        "updatedAt": "2026-10-01T08:00:00.000Z",
        "id": "nYk2pXWq0aL3vTzR8bQeFh5sJc7dMg1u",
        "sub": "nYk2pXWq0aL3vTzR8bQeFh5sJc7dMg1u",
        "exp": T + 900,
        "iss": WEB,
        "aud": WEB,
    }
    return members(better_auth, changes)


def token(header: dict | None = None, key=ED, alg: str = "Ed25519", **claims) -> str:
    return sign(header_with(**(header or {})), claims_with(**claims), key, alg)
