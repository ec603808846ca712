"""The rules of a token's header (RFC 7515, section 4.1; RFC 8725, section 3)."""

from collections.abc import Mapping

from adapters.tokens.issuers import Issuer
from domain.access import Via
from domain.errors import Unauthenticated

KID_MAX = 255

# A token must not choose its own key, and no extension is understood here (RFC 7515, 4.1.11; RFC 7797).
_REFUSED = ("jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64")

# Media types are compared without case (RFC 7515, 4.1.9). RFC 9068, 2.1 names those of access tokens.
# Any other type is another kind of token from the same keys: never accepted here (RFC 8725, 3.11).
_KINDS: Mapping[str, Via] = {
    "jwt": Via.WEB,
    "at+jwt": Via.TOKEN,
    "application/at+jwt": Via.TOKEN,
}


def kind_of(header: Mapping[str, object]) -> Via:
    """Through what the bearer acts: a first-party token (no `typ`, or JWT) or an OAuth access token."""
    if any(name in header for name in _REFUSED):
        raise Unauthenticated("header_not_allowed")
    typ = header.get("typ", "JWT")
    kind = _KINDS.get(typ.lower()) if isinstance(typ, str) else None
    if kind is None:
        raise Unauthenticated("wrong_type")
    return kind


def algorithm_of(header: Mapping[str, object], issuer: Issuer) -> str:
    """The algorithm, if it is one of those configured for the issuer (RFC 8725, 3.1)."""
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in issuer.algorithms:
        raise Unauthenticated("algorithm_not_allowed")
    return algorithm


def key_id_of(header: Mapping[str, object], issuer: Issuer) -> str:
    """The key's id: 1 to 255 characters. Only a shared secret needs none."""
    if issuer.shared_secret and "kid" not in header:
        return ""
    kid = header.get("kid")
    if not isinstance(kid, str) or not 1 <= len(kid) <= KID_MAX:
        raise Unauthenticated("key_id_invalid" if "kid" in header else "key_id_missing")
    return kid
