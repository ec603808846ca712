"""A signature that was proven is not proven again, for as long as that would show nothing new."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from adapters.memory import MemoryDenials
from adapters.tokens import proven, verifier
from adapters.tokens.claims import LEEWAY
from adapters.tokens.issuers import Issuer
from adapters.tokens.signatures import verify
from adapters.tokens.verifier import JwtAuthenticator
from application.ports import Clock
from domain.errors import Unauthenticated
from tests.unit import forge
from tests.unit.forge import NOW, WEB, Keys, public

pytestmark = pytest.mark.rule("IDENT-19")


class MovedClock(Clock):
    """It says what it is set to."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


class Door:
    """An authenticator, and how many signatures it has looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.keys, self.clock, self.denials, self.looked = (
            Keys(ed=public(forge.ED)),
            MovedClock(),
            MemoryDenials(),
            0,
        )
        accepted = Issuer(issuer=WEB, audience=WEB, keys=self.keys)
        self.authenticator = JwtAuthenticator([accepted], self.clock, self.denials)
        monkeypatch.setattr(verifier, "verify", self._verify)

    def _verify(self, *given: object) -> None:
        self.looked += 1
        verify(*given)  # type: ignore[arg-type]

    async def refusal(self, token: str) -> str:
        with pytest.raises(Unauthenticated) as refused:
            await self.authenticator.authenticate(token)
        return refused.value.reason


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(monkeypatch)


async def test_a_proof_serves_again(door: Door) -> None:
    token = forge.token()
    first = await door.authenticator.authenticate(token)
    assert await door.authenticator.authenticate(token) == first
    assert door.looked == 1
    assert await door.refusal(token[:-4] + "AAAA") == "bad_signature"
    assert (await door.authenticator.authenticate(forge.token(sub="other"))).subject == "other"
    assert door.looked == 3


async def test_a_refusal_is_no_proof(door: Door) -> None:
    token = forge.token()[:-4] + "AAAA"
    assert [await door.refusal(token) for _ in range(2)] == ["bad_signature"] * 2
    assert door.looked == 2


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (lambda door: setattr(door.clock, "at", NOW + timedelta(seconds=900 + LEEWAY)), "expired"),
        (lambda door: door.keys.known.clear(), "unknown_key"),
        (lambda door: door.keys.known.update(ed=public(forge.STRANGER)), "bad_signature"),
        (lambda door: door.denials.deny(WEB, forge.claims_with()["sub"], NOW), "denied"),
    ],
)
async def test_it_ends_with_the_token_the_key_and_the_belief(
    door: Door, happens: Callable[[Door], None], reason: str
) -> None:
    token = forge.token()
    await door.authenticator.authenticate(token)
    happens(door)
    assert await door.refusal(token) == reason


async def test_only_so_many_are_kept(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proven, "KEPT_MAX", 2)
    tokens = [forge.token(sub=f"user-{number}") for number in range(3)]
    for token in (*tokens, tokens[2], tokens[1], tokens[0]):
        await door.authenticator.authenticate(token)
    assert door.looked == 4
