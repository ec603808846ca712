"""The signature algorithms that an issuer can be trusted with (RFC 7518, section 3; RFC 9864)."""

from collections.abc import Mapping

from joserfc.errors import JoseError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from domain.errors import Unauthenticated

EDDSA = frozenset({"EdDSA", "Ed25519"})
"""Two names of one algorithm: RFC 8037 named the family, RFC 9864 the curve."""

HS256 = "HS256"
"""The only algorithm in which whoever can verify can also sign."""

_ASYMMETRIC = ("Ed25519", "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512")

# The models are taken from joserfc's table and not through get_alg(), which warns of the name EdDSA at each
# call, and which would need a process-wide change of the warning filters to be quiet. EdDSA is verified as
# Ed25519: that model insists on the curve as well.
_MODELS: Mapping[str, JWSAlgModel] = {
    name: JWSRegistry.algorithms["Ed25519" if name == "EdDSA" else name]
    for name in ("EdDSA", *_ASYMMETRIC, HS256)
}

SUPPORTED = frozenset(_MODELS)


def verify(algorithm: str, key: Key, signed: bytes, signature: bytes) -> None:
    """Prove the signature. Raises Unauthenticated.

    The key must be made for the algorithm: kind, curve and its own `alg` and `use`. So an HMAC is
    never computed with a public key (RFC 8725, section 3.1).
    """
    model = _MODELS[algorithm]
    try:
        model.check_key(key)
        proved = model.verify(signed, signature, key)
    except JoseError:
        raise Unauthenticated("key_not_for_algorithm") from None
    if not proved:
        raise Unauthenticated("bad_signature")
