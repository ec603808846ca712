"""Everything the use cases ask of the world. Each port has one contract suite in tests/contract."""

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.views import TaskQuery
from domain.access import Actor, Scope
from domain.ids import TaskId
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
    async def add(self, task: Task) -> None:
        """Keep a new task. Raises TaskIdTaken."""

    @abstractmethod
    async def save(self, task: Task, *, seen: int) -> None:
        """Keep the changed task if its version is still `seen`. Raises StaleVersion."""


class ReadUnit(Protocol):
    """One consistent look at the actor's data."""

    tasks: TaskReads


class WriteUnit(Protocol):
    """One transaction on the actor's data: rolled back unless committed."""

    tasks: TaskRepository

    @abstractmethod
    async def commit(self) -> None:
        """Keep everything, at once."""


class UnitsOfWork(Protocol):
    """The only way to data: for an actor, under a scope that it must hold."""

    @abstractmethod
    def reading(self, actor: Actor, scope: Scope) -> AbstractAsyncContextManager[ReadUnit]:
        """Look at the actor's data. Raises InsufficientScope, Unavailable."""

    @abstractmethod
    def writing(self, actor: Actor, scope: Scope) -> AbstractAsyncContextManager[WriteUnit]:
        """Change the actor's data, one writer of it at a time. Raises InsufficientScope, Unavailable."""


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


class Seal(Protocol):
    """Makes a value opaque to clients and proves, when it comes back, that it was made here."""

    @abstractmethod
    def close(self, purpose: str, context: bytes, value: bytes) -> str:
        """Text for a URL. It opens again only with the same purpose and context."""

    @abstractmethod
    def open(self, purpose: str, context: bytes, sealed: str) -> bytes | None:
        """The value; None for anything that `close` did not answer for this purpose and context."""


class Authenticator(Protocol):
    """Turns credentials into an actor."""

    @abstractmethod
    async def authenticate(self, token: str) -> Actor:
        """The actor of an access token, without the word Bearer. Raises Unauthenticated, Unavailable."""


class Check(Protocol):
    """One thing that must be so before requests are served."""

    name: str

    @abstractmethod
    async def problem(self) -> str | None:
        """What is wrong, in words without secrets; None where all is well."""
