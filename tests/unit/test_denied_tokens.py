"""Tokens of a subject that the operator has denied."""

from datetime import timedelta

import pytest

from adapters.memory import MemoryDenials
from adapters.tokens.issuers import Issuer
from adapters.tokens.verifier import JwtAuthenticator
from domain.errors import Unauthenticated
from tests.unit import forge
from tests.unit.forge import NOW, WEB, Keys, public


@pytest.mark.rule("IDENT-18")
@pytest.mark.parametrize(
    ("issuer", "subject", "seconds", "refused"),
    [
        (WEB, "user-1", 0, True),
        (WEB, "user-1", 0.9, True),
        (WEB, "user-1", 1, True),
        (WEB, "user-1", -1, False),
        (WEB, "user-1", -3600, False),
        (WEB, "user-2", 0, False),
        ("https://other.example.com", "user-1", 0, False),
    ],
)
async def test_what_a_denial_refuses(issuer: str, subject: str, seconds: float, refused: bool) -> None:
    denials = MemoryDenials()
    denials.deny(issuer, subject, NOW + timedelta(seconds=seconds))
    accepted = Issuer(issuer=WEB, audience=WEB, keys=Keys(ed=public(forge.ED)))
    verifier = JwtAuthenticator([accepted], forge.FixedClock(), denials)
    token = forge.token(sub="user-1")
    if not refused:
        assert (await verifier.authenticate(token)).subject == "user-1"
        return
    with pytest.raises(Unauthenticated) as refusal:
        await verifier.authenticate(token)
    assert refusal.value.reason == "denied"
