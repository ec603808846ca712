"""What the use cases ask of a store: the actor's data, in units of work."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from application.views import Extent, Mark, Position, Rehearsed, TaskQuery
from domain.access import Actor, Scope
from domain.answer import Answer
from domain.api_token import ApiToken
from domain.change import Change, EntityKind
from domain.ids import ApiTokenId, TaskId
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
    async def before(self, seq: int | None, filters: Mapping[str, object], limit: int) -> Sequence[Change]:
        """At most `limit` changes before the place, the last ones first, whose fields equal the filters."""

    @abstractmethod
    async def of(self, kind: EntityKind, entity_id: UUID, before: int | None, limit: int) -> Sequence[Change]:
        """At most `limit` changes of one entity before the place, the last ones first."""


class EntityReads(Protocol):
    """Everything of the actor, kind by kind."""

    @abstractmethod
    async def chunk(self, kind: EntityKind, after: UUID | None, limit: int) -> Sequence[Any]:
        """At most `limit` entities of the kind with ids after that one, by id, those in the trash too."""

    @abstractmethod
    async def find(self, kind: EntityKind, entity_id: UUID) -> Any | None:
        """The entity, also one in the trash."""


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
