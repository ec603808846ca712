"""What the use cases ask of everything else: time, chance, secrets, credentials, news."""

from abc import abstractmethod
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.access import Actor
from domain.api_token import ApiToken
from domain.ids import AccountId, ApiTokenId
from domain.limits import Allowance, Policy


class Subscription(Protocol):
    """Somebody who follows an account."""

    @abstractmethod
    async def wait(self, seconds: float) -> bool:
        """Until something may have changed, or so many seconds. False when the service is about to end."""


class Notifier(Protocol):
    """Tells those who follow an account that something has changed. It may tell too often, and too late."""

    @abstractmethod
    def notify(self, account_id: AccountId) -> None:
        """Something of the account has been committed."""

    @abstractmethod
    def subscribers(self, account_id: AccountId) -> int:
        """How many follow the account in this process."""

    @abstractmethod
    def subscribe(self, account_id: AccountId) -> AbstractAsyncContextManager[Subscription]:
        """Follow the account."""


class Clock(Protocol):
    """The time."""

    @abstractmethod
    def now(self) -> datetime:
        """Now, in UTC, aware."""


class Ids(Protocol):
    """New identifiers."""

    @abstractmethod
    def new(self) -> UUID:
        """A UUIDv7 (RFC 9562): later ones sort after earlier ones of the same process."""

    @abstractmethod
    def secret(self, size: int) -> bytes:
        """So many bytes that nobody can guess."""


class Seal(Protocol):
    """Makes a value opaque to clients and proves, when it comes back, that it was made here."""

    @abstractmethod
    def close(self, purpose: str, context: bytes, value: bytes) -> str:
        """Text for a URL. It opens again only with the same purpose and context."""

    @abstractmethod
    def open(self, purpose: str, context: bytes, sealed: str) -> bytes | None:
        """The value; None for anything that `close` did not answer for this purpose and context."""

    @abstractmethod
    def encrypt(self, purpose: str, context: bytes, value: bytes) -> bytes:
        """Hide a value from whoever does not know the service's key and the context."""

    @abstractmethod
    def decrypt(self, purpose: str, context: bytes, hidden: bytes) -> bytes | None:
        """The value; None for anything that `encrypt` did not answer for this purpose and context."""


class Authenticator(Protocol):
    """Turns credentials into an actor."""

    @abstractmethod
    async def authenticate(self, token: str) -> Actor:
        """The actor of an access token, without the word Bearer. Raises Unauthenticated, Unavailable."""


class ApiTokenLookup(Protocol):
    """Finds an API token before anybody knows who asks. What it answers is not yet proven."""

    @abstractmethod
    async def find(self, account_id: AccountId, token_id: ApiTokenId) -> ApiToken | None:
        """What is kept of the token, by one read of the primary key. Raises Unavailable."""

    @abstractmethod
    async def note_use(self, token: ApiToken, now: datetime) -> None:
        """Remember when the token was used."""


class RateLimiter(Protocol):
    """Counts how often somebody asks."""

    @abstractmethod
    async def hit(self, policy: Policy, key: str) -> Allowance:
        """Count one request of `key` and say what is left; a refused one is not counted."""

    @abstractmethod
    async def look(self, policy: Policy, key: str) -> Allowance:
        """What is left. Counts nothing."""


class Denials(Protocol):
    """Whose older tokens are no longer believed."""

    @abstractmethod
    async def revoked_before(self, issuer: str, subject: str) -> datetime | None:
        """Until when the subject's tokens are refused; None where all are good. Raises Unavailable."""


class Check(Protocol):
    """One thing that must be so before requests are served."""

    name: str

    @abstractmethod
    async def problem(self) -> str | None:
        """What is wrong, in words without secrets; None where all is well."""
