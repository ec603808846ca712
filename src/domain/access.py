"""Who acts, what they may do, and whose data it is. Loading and saving cannot skip these rules."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar
from uuid import UUID

from domain.errors import InsufficientScope, Invalid, RemitError
from domain.ids import AccountId, ApiTokenId
from domain.text import text_violations

REASON_MAX = 500


class Scope(StrEnum):
    """What an access token can grant."""

    TASKS_READ = "tasks:read"
    TASKS_WRITE = "tasks:write"
    TASKS_DELETE = "tasks:delete"
    TASKS_PURGE = "tasks:purge"
    ACCOUNT_ADMIN = "account:admin"


ALL_SCOPES = frozenset(Scope)


class Via(StrEnum):
    """Through what an actor acts."""

    WEB = "web"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    AGENT = "agent"
    WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What an actor acts for: one request, perhaps one batch of commands, and the reason it gives."""

    request_id: str = ""
    batch_id: UUID | None = None
    reason: str | None = None

    @classmethod
    def of(cls, request_id: str, reason: str | None) -> "Errand":
        """The errand of a request. Raises Invalid for a reason that is too long or not one line of text."""
        said = (reason or "").strip()
        violations = text_violations("/Remit-Reason", said, at_most=REASON_MAX)
        if violations:
            raise Invalid(violations)
        return cls(request_id=request_id, reason=said or None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An account, the scopes it holds now, through what it acts, and what for.

    Made from a verified token and from nothing else. (issuer, subject) is the identity; `token_id` and
    `token_name` are those of an API token. At `expires_at` the token stops being good.
    """

    account_id: AccountId
    issuer: str
    subject: str
    scopes: frozenset[Scope]
    via: Via
    token_id: ApiTokenId | None = None
    token_name: str | None = None
    expires_at: datetime | None = None
    errand: Errand = field(default_factory=Errand)

    @property
    def name(self) -> str:
        """Who the journal says it was: the API token's name, or else the subject."""
        return self.token_name or self.subject


def worker_of(account_id: AccountId, request_id: str) -> Actor:
    """The service itself, for what is done to an account unasked: it can remove for good, and no more."""
    return Actor(
        account_id=account_id,
        issuer="urn:remit:worker",
        subject="worker",
        scopes=frozenset({Scope.TASKS_PURGE}),
        via=Via.WORKER,
        errand=Errand(request_id=request_id, reason="expired"),
    )


class Owned(Protocol):
    """Anything that belongs to exactly one account."""

    @property
    def account_id(self) -> AccountId: ...


def require(actor: Actor, scope: Scope) -> None:
    """Refuse an actor that does not hold the scope."""
    if scope not in actor.scopes:
        raise InsufficientScope(scope)


def held_of(actor: Actor, scopes: Sequence[Scope]) -> Scope:
    """The first of them that the actor holds. Raises InsufficientScope, naming the first."""
    for scope in scopes:
        if scope in actor.scopes:
            return scope
    raise InsufficientScope(scopes[0])


Thing = TypeVar("Thing", bound=Owned)


def own(actor: Actor, thing: Thing | None, missing: Callable[[], RemitError]) -> Thing:
    """The thing, if it is there and the actor's; otherwise the same refusal for both."""
    if thing is None or thing.account_id != actor.account_id:
        raise missing()
    return thing


def scopes_from(granted: Iterable[str]) -> frozenset[Scope]:
    """The scopes that this service knows among those granted; others are another service's."""
    known = {scope.value: scope for scope in Scope}
    return frozenset(known[name] for name in granted if name in known)
