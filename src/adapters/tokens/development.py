"""An issuer for one's own machine: tokens from the command line, with no web application running."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Self

from joserfc.errors import JoseError
from joserfc.jwk import DictKey, OKPKey
from joserfc.jws import JWSRegistry

from adapters.files import kept_secret
from adapters.tokens.claims import LIFETIME_MAX, SUBJECT_MAX
from adapters.tokens.compact import encoded
from adapters.tokens.issuers import Issuer
from adapters.tokens.jwks import LocalJwks
from domain.access import Scope
from domain.text import text_violations

_ED25519 = JWSRegistry.algorithms["Ed25519"]


class DevelopmentIssuer:
    """Signs with a key in a file. Whoever can read the file can be anybody: never for production."""

    ISSUER = AUDIENCE = "urn:remit:development"

    def __init__(self, key: OKPKey) -> None:
        self._key = key
        self._kid = key.thumbprint()

    @classmethod
    def open(cls, path: Path) -> Self:
        """The issuer of the key in the file, which is made if need be. Raises ValueError for another file."""
        kept = kept_secret(path, lambda: OKPKey.generate_key("Ed25519").as_pem(private=True))
        try:
            key = OKPKey.import_key(kept)
        except (JoseError, ValueError, TypeError):
            raise ValueError(f"{path} holds no Ed25519 private key in PEM.") from None
        if not key.is_private or key.curve_name != "Ed25519":
            raise ValueError(f"{path} holds no Ed25519 private key in PEM.")
        return cls(key)

    def public_jwks(self) -> dict[str, list[DictKey]]:
        """The JWK set (RFC 7517). The key's id is its thumbprint (RFC 7638)."""
        return {"keys": [self._key.as_dict(private=False, kid=self._kid, use="sig", alg="EdDSA")]}

    def issuer(self) -> Issuer:
        """What the verifier needs to believe this issuer's tokens."""
        return Issuer(issuer=self.ISSUER, audience=self.AUDIENCE, keys=LocalJwks(self.public_jwks()))

    def token(
        self, subject: str, *, expires_in: timedelta, scopes: Sequence[str] | None, now: datetime
    ) -> str:
        """A first-party token; with scopes None it holds every scope.

        Raises ValueError for a subject, lifetime or scope that the service would not accept.
        """
        _check(subject, expires_in, scopes)
        issued = int(now.timestamp())
        claims: dict[str, object] = {
            "iss": self.ISSUER,
            "sub": subject,
            "aud": self.AUDIENCE,
            "iat": issued,
            "exp": issued + ceil(expires_in.total_seconds()),
        }
        if scopes is not None:
            claims["scope"] = " ".join(scopes)
        header = {"alg": "EdDSA", "typ": "JWT", "kid": self._kid}
        signed = f"{_segment(header)}.{_segment(claims)}"
        return f"{signed}.{encoded(_ED25519.sign(signed.encode(), self._key))}"


def _segment(members: Mapping[str, object]) -> str:
    return encoded(json.dumps(members, separators=(",", ":")).encode())


def _check(subject: str, expires_in: timedelta, scopes: Sequence[str] | None) -> None:
    if not timedelta(0) < expires_in <= timedelta(seconds=LIFETIME_MAX):
        raise ValueError("A token must expire in more than nothing and at most one hour.")
    if text_violations("/sub", subject, at_least=1, at_most=SUBJECT_MAX):
        raise ValueError(f"The subject must have 1 to {SUBJECT_MAX} characters and no control characters.")
    if not set(scopes or ()) <= {scope.value for scope in Scope}:
        raise ValueError(f"The scopes must be some of {', '.join(Scope)}.")
