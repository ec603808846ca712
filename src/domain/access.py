"""Who acts, what they may do, and whose data it is. Loading and saving cannot skip these rules."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from domain.errors import InsufficientScope, RemitError
from domain.ids import AccountId


class Scope(StrEnum):
    """What an access token can grant."""

    TASKS_READ = "tasks:read"
    TASKS_WRITE = "tasks:write"
    TASKS_DELETE = "tasks:delete"
    ACCOUNT_ADMIN = "account:admin"


ALL_SCOPES = frozenset(Scope)


class Via(StrEnum):
    """Through what an actor acts."""

    WEB = "web"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    AGENT = "agent"
    WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An account, the scopes it holds now, and through what it acts.

    Made from a verified token and from nothing else. (issuer, subject) is the identity.
    """

    account_id: AccountId
    issuer: str
    subject: str
    scopes: frozenset[Scope]
    via: Via


class Owned(Protocol):
    """Anything that belongs to exactly one account."""

    @property
    def account_id(self) -> AccountId: ...


def require(actor: Actor, scope: Scope) -> None:
    """Refuse an actor that does not hold the scope."""
    if scope not in actor.scopes:
        raise InsufficientScope(scope)


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
