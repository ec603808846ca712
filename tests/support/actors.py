"""Actors for tests, each of an account that nobody else uses."""

from itertools import count

from domain.access import ALL_SCOPES, Actor, Scope, Via
from domain.ids import account_id_for

ISSUER = "https://issuer.test"
_numbers = count(1)


def actor(subject: str | None = None, scopes: frozenset[Scope] = ALL_SCOPES) -> Actor:
    """An actor of a new account, or of the account of the subject."""
    subject = subject or f"subject-{next(_numbers)}"
    return Actor(
        account_id=account_id_for(ISSUER, subject),
        issuer=ISSUER,
        subject=subject,
        scopes=scopes,
        via=Via.WEB,
    )
