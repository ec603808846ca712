"""Tokens that a person makes for a script or an agent."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest

from domain.access import Actor, Scope, Via, require
from domain.api_token_text import ApiTokenText
from domain.errors import Invalid, Unauthenticated, Violation
from domain.ids import AccountId, ApiTokenId
from domain.text import text_violations

NAME_MAX = 100
TOKENS_MAX = 100
LIFETIME_MIN = timedelta(minutes=1)
LIFETIME_MAX = timedelta(days=365)
USE_NOTED_EVERY = timedelta(hours=1)


class ApiTokenKind(StrEnum):
    """Who acts with the token: a person's own script, or an agent."""

    PERSON = "person"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """What is kept of a token: never the token itself, only its SHA-256 digest (32 bytes).

    `last_used_at` is coarse: it is noted at most once an hour. Issuer and subject are the maker's.
    """

    account_id: AccountId
    id: ApiTokenId
    name: str
    kind: ApiTokenKind
    scopes: frozenset[Scope]
    digest: bytes
    issuer: str
    subject: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    @classmethod
    def issue(
        cls,
        maker: Actor,
        token_id: ApiTokenId,
        *,
        name: str,
        kind: ApiTokenKind,
        scopes: Iterable[Scope],
        lifetime: timedelta,
        digest: bytes,
        now: datetime,
    ) -> "ApiToken":
        """A new token of the maker's account. Raises Invalid; InsufficientScope for what the maker lacks."""
        granted = frozenset(scopes)
        name = name.strip()
        violations = text_violations("/name", name, at_least=1, at_most=NAME_MAX)
        if not granted:
            violations.append(Violation("/scopes", "too_short", "Must name at least one scope."))
        if not LIFETIME_MIN <= lifetime <= LIFETIME_MAX:
            violations.append(
                Violation(
                    "/expires_in", "out_of_range", f"Must be from {_SECONDS[0]} to {_SECONDS[1]} seconds."
                )
            )
        if maker.token_id is not None and maker.expires_at is not None and now + lifetime > maker.expires_at:
            violations.append(
                Violation("/expires_in", "outlives_maker", "Must not outlive the token that makes it.")
            )
        if violations:
            raise Invalid(violations)
        for scope in sorted(granted):
            require(maker, scope)
        return cls(
            account_id=maker.account_id,
            id=token_id,
            name=name,
            kind=kind,
            scopes=granted,
            digest=digest,
            issuer=maker.issuer,
            subject=maker.subject,
            created_at=now,
            expires_at=now + lifetime,
        )

    @property
    def version(self) -> int:
        """1 when it is made, 2 when it is revoked; noting its use is no change."""
        return 1 if self.revoked_at is None else 2

    def revoke(self, now: datetime) -> "ApiToken":
        """The token, worthless from now on; the very same where it was so already."""
        return self if self.revoked_at is not None else replace(self, revoked_at=now)

    def actor(self, now: datetime) -> Actor:
        """Who acts with it. Raises Unauthenticated where it is revoked or expired."""
        if self.revoked_at is not None:
            raise Unauthenticated("api_token_revoked")
        if now >= self.expires_at:
            raise Unauthenticated("api_token_expired")
        return Actor(
            account_id=self.account_id,
            issuer=self.issuer,
            subject=self.subject,
            scopes=self.scopes,
            via=Via.AGENT if self.kind is ApiTokenKind.AGENT else Via.TOKEN,
            token_id=self.id,
            token_name=self.name,
            expires_at=self.expires_at,
        )

    def usable(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and now < self.expires_at

    def proven_by(self, text: ApiTokenText) -> bool:
        """Whether this is what is kept of the text. Takes as long for a wrong one as for the right one."""
        return compare_digest(self.digest, text.digest)

    def needs_noting(self, now: datetime) -> bool:
        """Whether the last noted use is long enough ago to note this one."""
        return self.last_used_at is None or now - self.last_used_at >= USE_NOTED_EVERY


_SECONDS = tuple(int(limit.total_seconds()) for limit in (LIFETIME_MIN, LIFETIME_MAX))
