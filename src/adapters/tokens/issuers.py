"""Who may issue access tokens for this service, and how their keys are found."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol

from joserfc.jwk import Key, OctKey

from adapters.tokens.signatures import EDDSA, HS256, SUPPORTED

SECRET_MIN = 32
"""Bytes: an HMAC key is at least as long as the hash (RFC 7518, section 3.2)."""

# Better Auth signs with this one until another is set, so everybody knows it.
_PUBLISHED_SECRET = b"better-auth-secret-12345678901234567890"


class KeySource(Protocol):
    """The keys that an issuer signs with at present."""

    @abstractmethod
    async def key(self, kid: str) -> Key | None:
        """The key of this id; None where the issuer has none. Raises Unavailable where nobody can tell."""

    @abstractmethod
    async def problem(self) -> str | None:
        """What is wrong, in words without secrets; None where all is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Tokens whose `iss` and `aud` are exactly these, signed in one of the algorithms. Raises ValueError.

    HS256 stands alone: next to an asymmetric algorithm a public key could be taken for its secret.
    """

    issuer: str
    audience: str
    algorithms: frozenset[str] = EDDSA
    keys: KeySource

    def __post_init__(self) -> None:
        if not self.issuer or not self.audience:
            raise ValueError("An issuer needs a name and an audience.")
        if not self.algorithms or not self.algorithms <= SUPPORTED:
            raise ValueError(f"The algorithms must be some of {', '.join(sorted(SUPPORTED))}.")
        if HS256 in self.algorithms and not self.shared_secret:
            raise ValueError("HS256 cannot be combined with other algorithms.")

    @property
    def shared_secret(self) -> bool:
        """Whether tokens are signed with a secret that both sides know, and so need not name a key."""
        return self.algorithms == frozenset({HS256})


class SharedSecret(KeySource):
    """One secret that the issuer shares with this service. Raises ValueError for a weak one."""

    def __init__(self, secret: str) -> None:
        raw = secret.encode()
        if len(raw) < SECRET_MIN:
            raise ValueError(f"The shared secret must have at least {SECRET_MIN} bytes.")
        if raw == _PUBLISHED_SECRET:
            raise ValueError(
                "The shared secret is the default that Better Auth publishes. Choose another one."
            )
        self._key = OctKey.import_key(raw)

    async def key(self, kid: str) -> Key | None:  # noqa: ARG002 - there is but one
        """The secret, whatever it is called."""
        return self._key

    async def problem(self) -> str | None:
        """Never any."""
        return None
