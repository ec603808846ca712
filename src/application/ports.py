"""Everything the use cases ask of the world. Each port has one contract suite in tests/contract."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from application.views import Extent, Mark, Position, Rehearsed, TaskQuery
from domain.access import Actor, Scope
from domain.answer import Answer
from domain.api_token import ApiToken
from domain.change import Change, EntityKind
from domain.ids import AccountId, ApiTokenId, TaskId
from domain.limits import Allowance, Policy
from domain.plan import Plan
from domain.task import Task


class TaskReads(Protocol):
    """The actor's tasks, to look at."""

    @abstractmethod
    async def get(self, task_id: TaskId) -> Task:
        """The task. Raises TaskNotFound, also for one in the trash."""

    @abstractmethod
    async def page(self, query: TaskQuery) -> Sequence[Task]:
        """At most `limit` tasks after the position, by (created_at, id) descending, none from the trash."""


class TaskRepository(Protocol):
    """The actor's tasks, to change. Nothing is kept before the unit of work commits."""

    @abstractmethod
    async def get(self, task_id: TaskId, *, trashed: bool = False) -> Task:
        """The task as this transaction sees it; `trashed` looks in the trash, too. Raises TaskNotFound."""

    @abstractmethod
    async def load(self, task_ids: Collection[UUID]) -> None:
        """Have these at hand, by one statement, for what follows. Ids that name nothing are passed over."""

    @abstractmethod
    async def add(self, task: Task) -> None:
        """Keep a new task. Raises TaskIdTaken, here or when the unit commits."""

    @abstractmethod
    async def save(self, before: Task, after: Task, verb: str, reverts: int | None = None) -> None:
        """Keep the change, if the task is still as `before`. Raises TaskNotFound, StaleVersion."""


class ApiTokenReads(Protocol):
    """The actor's API tokens, to look at."""

    @abstractmethod
    async def page(self, limit: int, after: Position | None) -> Sequence[ApiToken]:
        """At most `limit` tokens after the position, by (created_at, id) descending."""


class ApiTokenRepository(Protocol):
    """The actor's API tokens, to change."""

    @abstractmethod
    async def usable(self, now: datetime) -> int:
        """How many are neither revoked nor expired."""

    @abstractmethod
    async def get(self, token_id: ApiTokenId) -> ApiToken:
        """The token as this transaction sees it. Raises ApiTokenNotFound."""

    @abstractmethod
    async def add(self, token: ApiToken) -> None:
        """Keep a new token."""

    @abstractmethod
    async def save(self, before: ApiToken, after: ApiToken, verb: str) -> None:
        """Keep that the token is revoked. Raises ApiTokenNotFound, StaleVersion."""


class ChangeReads(Protocol):
    """The actor's journal."""

    @abstractmethod
    async def extent(self) -> Extent:
        """How far it reaches."""

    @abstractmethod
    async def after(self, seq: int, kinds: Collection[EntityKind], limit: int) -> Sequence[Change]:
        """At most `limit` changes of these kinds after the place, in their order."""

    @abstractmethod
    async def find(self, change_id: UUID) -> Change:
        """The change. Raises ChangeNotFound."""

    @abstractmethod
    async def of(self, kind: EntityKind, entity_id: UUID, before: int | None, limit: int) -> Sequence[Change]:
        """At most `limit` changes of one entity before the place, the last ones first."""


class EntityReads(Protocol):
    """Everything of the actor, kind by kind."""

    @abstractmethod
    async def chunk(self, kind: EntityKind, after: UUID | None, limit: int) -> Sequence[Any]:
        """At most `limit` entities of the kind with ids after that one, by id, those in the trash too."""


class ReadUnit(Protocol):
    """One consistent look at the actor's data."""

    tasks: TaskReads
    api_tokens: ApiTokenReads
    changes: ChangeReads
    entities: EntityReads


class Notes(Protocol):
    """What is kept beside the actor's data for a while: answers, and plans."""

    @abstractmethod
    def keep(self, note: Answer | Plan) -> None:
        """Keep it, in place of one with the same key."""

    @abstractmethod
    async def plan(self, plan_id: UUID) -> Plan | None:
        """The plan, also one that is applied or has expired."""


class WriteUnit(Protocol):
    """One transaction on the actor's data: rolled back unless committed."""

    tasks: TaskRepository
    api_tokens: ApiTokenRepository
    changes: ChangeReads
    notes: Notes
    answered: Answer | None
    """What is kept under the key that the unit was opened with."""

    @abstractmethod
    def act_as(self, actor: Actor) -> None:
        """From here on it is this actor, of the same account, whose errand the journal tells."""

    @abstractmethod
    def mark(self) -> Mark:
        """How far it has come."""

    @abstractmethod
    def rewind(self, mark: Mark) -> None:
        """Forget what was done since."""

    @abstractmethod
    def made(self) -> Sequence[Change]:
        """The changes so far, as the journal will tell them when everything is kept."""

    @abstractmethod
    async def rehearse(self) -> Rehearsed:
        """Let the store check everything, and say what a commit would keep. Nothing can be done after it."""

    @abstractmethod
    async def commit(self) -> None:
        """Keep everything, and the journal of it, at once."""


class UnitsOfWork(Protocol):
    """The only way to data: for an actor, under a scope that it must hold."""

    @abstractmethod
    def reading(self, actor: Actor, scope: Scope) -> AbstractAsyncContextManager[ReadUnit]:
        """Look at the actor's data. Raises InsufficientScope, Unavailable."""

    @abstractmethod
    def writing(
        self, actor: Actor, scope: Scope, key: bytes | None = None
    ) -> AbstractAsyncContextManager[WriteUnit]:
        """Change the actor's data, one writer of it at a time. Raises InsufficientScope, Unavailable.

        `key` is the digest of an Idempotency-Key: the unit has what was answered under it.
        """


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
