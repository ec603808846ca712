"""The rules of a token's claims (RFC 7519, section 4.1; RFC 9068). Claims without a rule are ignored."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from domain.access import ALL_SCOPES, Scope, Via, scopes_from
from domain.errors import Unauthenticated
from domain.text import text_violations

LEEWAY = 30
"""Seconds by which two clocks may differ."""

LIFETIME_MAX = 3600
"""Seconds from `iat` to `exp`."""

SUBJECT_MAX = 255

# The end of the year 9999. A larger number is no date, and could not be compared with one.
_DATE_MAX = 253_402_300_799

Claims = Mapping[str, object]


def check_audience(claims: Claims, audience: str) -> None:
    """`aud` is exactly the audience, or a list of strings with it.

    RFC 7519, 4.1.3 allows both forms; OAuth servers send the list for a token that also serves elsewhere.
    """
    aud = claims.get("aud")
    if aud is None:
        raise Unauthenticated("audience_missing")
    names = cast("list[object]", aud) if isinstance(aud, list) else [aud]
    if audience not in names or not all(isinstance(name, str) for name in names):
        raise Unauthenticated("wrong_audience")


def check_times(claims: Claims, now: float) -> tuple[float, float]:
    """`iat` <= now < `exp`, with a leeway; an hour apart at most; `nbf`, if it is there. Answers both."""
    exp, iat = _date(claims, "exp"), _date(claims, "iat")
    if not 0 < exp - iat <= LIFETIME_MAX:
        raise Unauthenticated("lifetime_invalid")
    if now >= exp + LEEWAY:
        raise Unauthenticated("expired")
    if iat > now + LEEWAY:
        raise Unauthenticated("issued_in_the_future")
    if "nbf" in claims and _date(claims, "nbf") > now + LEEWAY:
        raise Unauthenticated("not_yet_valid")
    return iat, exp


def check_denial(issued: float, revoked_before: datetime | None) -> None:
    """Not issued before the subject was denied, nor in the same second: `iat` has whole ones."""
    if revoked_before is not None and issued <= revoked_before.timestamp():
        raise Unauthenticated("denied")


def subject_of(claims: Claims) -> str:
    """Who it is: 1 to 255 characters, none of them hidden. Raises Unauthenticated.

    A token that must be proved by its holder's key (`cnf`, RFC 7800) is no bearer token, and a client
    that speaks for itself (`sub` is `client_id`, RFC 9068, 5) is no user.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str):
        raise Unauthenticated("subject_missing" if subject is None else "subject_invalid")
    if text_violations("/sub", subject, at_least=1, at_most=SUBJECT_MAX):
        raise Unauthenticated("subject_invalid")
    if "cnf" in claims:
        raise Unauthenticated("bound_to_a_key")
    if claims.get("client_id") == subject:
        raise Unauthenticated("not_a_user")
    return subject


def scopes_of(claims: Claims, kind: Via) -> frozenset[Scope]:
    """What `scope` names (RFC 8693, 4.2: separated by spaces).

    Without the claim a first-party token holds every scope, an OAuth access token none.
    """
    if "scope" not in claims:
        return ALL_SCOPES if kind is Via.WEB else frozenset()
    scope = claims["scope"]
    if not isinstance(scope, str):
        raise Unauthenticated("scope_invalid")
    return scopes_from(scope.split(" "))


def _date(claims: Claims, name: str) -> float:
    """A NumericDate (RFC 7519, 2): seconds since 1970, perhaps with a fraction."""
    value = claims.get(name)
    if value is None:
        raise Unauthenticated(f"{name}_missing")
    # In Python True is a number; in JSON it is not.
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= _DATE_MAX:
        raise Unauthenticated(f"{name}_invalid")
    return value
