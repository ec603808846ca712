"""Tokens whose signature was proven a while ago: proving it again would show nothing new."""

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256

from joserfc.jwk import Key

from adapters.tokens.claims import LEEWAY
from adapters.tokens.issuers import Issuer
from domain.access import Actor

KEPT_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Proof:
    """Who the token is of, and by which key that was proven. `issued`, `expires`: seconds since 1970."""

    actor: Actor
    issuer: Issuer
    kid: str
    key: Key
    issued: float
    expires: float

    async def holds(self, now: float) -> bool:
        """Whether it has not expired, and the issuer still signs with the very key. Raises Unavailable."""
        return now < self.expires + LEEWAY and await self.issuer.keys.key(self.kid) is self.key


class Proofs:
    """The latest ones, by a digest of the token: the token itself is not kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, Proof] = OrderedDict()

    def find(self, token: str) -> Proof | None:
        """What is known of the token."""
        return self._kept.get(_digest(token))

    def keep(self, token: str, proof: Proof) -> None:
        """In place of the one that was kept first, where there are too many."""
        self._kept[_digest(token)] = proof
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)

    def drop(self, token: str) -> None:
        """It has to be proven again."""
        self._kept.pop(_digest(token), None)


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
