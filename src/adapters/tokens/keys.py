"""Public keys out of a JWK set (RFC 7517): those that can verify a signature, and no others."""

from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Mapping
from typing import cast

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from adapters.tokens.header import KID_MAX
from adapters.tokens.signatures import EDDSA

# At least 2048 (RFC 7518, section 3.3), of which joserfc only warns; and not so many that one token is slow.
_RSA_BITS = range(2048, 8192 + 1)
_KINDS: Mapping[str, type[OKPKey] | type[ECKey] | type[RSAKey]] = {"OKP": OKPKey, "EC": ECKey, "RSA": RSAKey}
_CURVES: Mapping[str, frozenset[str]] = {
    "OKP": frozenset({"Ed25519"}),
    "EC": frozenset({"P-256", "P-384", "P-521"}),
}
_MEMBERS = ("kty", "crv", "x", "y", "n", "e", "alg")

# A set that shows a private or a shared key is a leak: that key proves nothing.
_SECRET = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def public_keys(document: object) -> Mapping[str, Key]:
    """The usable keys of a JWK set by their id. Raises ValueError where it is no JWK set.

    A key that cannot be used is passed over (RFC 7517, section 5). An id that occurs twice names no key.
    """
    if not isinstance(document, dict):
        raise ValueError("not a JWK set")  # noqa: TRY004 - a value from outside, not a programmer's mistake
    listed = cast("dict[str, object]", document).get("keys")
    if not isinstance(listed, list):
        raise ValueError("not a JWK set")  # noqa: TRY004 - the same
    entries = [
        cast("dict[str, object]", entry) for entry in cast("list[object]", listed) if isinstance(entry, dict)
    ]
    seen = Counter(kid for entry in entries if (kid := _kid(entry)))
    found = ((kid, _public_key(entry)) for entry in entries if (kid := _kid(entry)) and seen[kid] == 1)
    return {kid: key for kid, key in found if key is not None}


def _kid(entry: Mapping[str, object]) -> str | None:
    kid = entry.get("kid")
    return kid if isinstance(kid, str) and 1 <= len(kid) <= KID_MAX else None


def _public_key(entry: Mapping[str, object]) -> Key | None:
    kty = entry.get("kty")
    if not isinstance(kty, str) or kty not in _KINDS or not _may_verify(entry):
        return None
    members = {name: value for name in _MEMBERS if isinstance(value := entry.get(name), str)}
    if kty == "RSA" and _bits(members.get("n", "")) not in _RSA_BITS:
        return None
    if kty in _CURVES and members.get("crv") not in _CURVES[kty]:
        return None
    if members.get("alg") in EDDSA:
        # The curve says it all, and a token may use either of the two names.
        del members["alg"]
    try:
        return _KINDS[kty].import_key({**members})
    except (JoseError, ValueError, TypeError):
        return None


def _may_verify(entry: Mapping[str, object]) -> bool:
    """Whether it is public, and meant for signatures (RFC 7517, sections 4.2 and 4.3)."""
    operations = entry.get("key_ops", ["verify"])
    return (
        _SECRET.isdisjoint(entry)
        and entry.get("use", "sig") == "sig"
        and isinstance(entry.get("alg", ""), str)
        and isinstance(operations, list)
        and "verify" in operations
    )


def _bits(modulus: str) -> int:
    try:
        return int.from_bytes(urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4))).bit_length()
    except ValueError:
        return 0
