"""What the use cases ask of a store: the actor's data, in units of work."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from application.grouping import GroupPlace, RankedTask, TaskGroup
from application.ports.places import PlaceReads
from application.ports.search import TaskSearch
from application.views import (
    Criteria,
    Edge,
    Extent,
    Mark,
    Order,
    Position,
    Progress,
    Rehearsed,
    TaskQuery,
    TaskShown,
    TaskView,
)
from domain.access import Actor, Scope
from domain.answer import Answer
from domain.change import Change, EntityKind
from domain.ids import TaskId
from domain.plan import Plan
from domain.summary import Days, Summary
from domain.view import Grouping

if TYPE_CHECKING:
    from application.entities import Entities


class TaskReads(Protocol):
    """The actor's tasks, to look at."""

    @abstractmethod
    async def get(self, task_id: TaskId) -> TaskView:
        """The task. Raises TaskNotFound, also for one in the trash."""

    @abstractmethod
    async def one(self, task_id: TaskId, fields: tuple[str, ...]) -> TaskShown:
        """These fields of it. Raises TaskNotFound, also for one in the trash."""

    @abstractmethod
    async def page(self, query: TaskQuery) -> Sequence[TaskView]:
        """At most `limit` tasks in the query's order, after its place, none from the trash."""

    @abstractmethod
    async def shown(self, query: TaskQuery, fields: tuple[str, ...]) -> Sequence[TaskShown]:
        """The same, of each task these fields."""

    @abstractmethod
    async def some(self, task_ids: Collection[UUID], fields: tuple[str, ...]) -> Sequence[TaskShown]:
        """Those of the tasks that are not in the trash."""

    @abstractmethod
    async def below(
        self, task_ids: Collection[UUID], limit: int, fields: tuple[str, ...]
    ) -> Sequence[TaskShown]:
        """Subtasks of the tasks, none from the trash: the first of each by rank, then each second, and on."""

    @abstractmethod
    async def count(self, query: TaskQuery) -> int:
        """How many tasks there are on all pages, whatever its place and limit."""

    @abstractmethod
    async def summary(self, days: Days) -> Summary:
        """The tasks of a list without parameters, counted: by one statement, however many there are."""


class EntitySource(Protocol):
    """What is stored of the actor, without what the unit of work has done: each answer by one statement."""

    @abstractmethod
    async def fetch(self, kind: EntityKind, where: Criteria) -> Sequence[Any]:
        """The entities that the criteria fit, those in the trash too."""

    @abstractmethod
    async def neighbours(
        self, kind: EntityKind, where: Criteria, rank: str, *, forward: bool, limit: int
    ) -> Sequence[Any]:
        """At most `limit` of those that the criteria fit, by rank, beyond that rank, the nearest first."""

    @abstractmethod
    async def trashed(self, kind: EntityKind, until: datetime, limit: int) -> Sequence[Any]:
        """At most `limit` of the kind that went to the trash until then, the first ones first."""

    @abstractmethod
    async def progress(self, task_ids: Collection[UUID]) -> Mapping[UUID, Progress]:
        """How far each task's subtasks are; nothing of a task that has none."""

    @abstractmethod
    async def blocking(self, task_ids: Collection[UUID]) -> Sequence[Edge]:
        """Each task and blocker that is reached from these tasks over blockers of blockers."""


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

    @abstractmethod
    async def some(self, kind: EntityKind, where: Criteria) -> Sequence[Any]:
        """The entities that the criteria fit, those in the trash too."""

    @abstractmethod
    async def page(
        self, kind: EntityKind, where: Criteria, order: Order, after: Sequence[Any] | None, limit: int
    ) -> Sequence[Any]:
        """At most `limit` that the criteria fit, none from the trash, after the place in the order."""

    @abstractmethod
    async def names(self, kind: EntityKind) -> Sequence[str]:
        """The names of all projects, sections or labels that are not in the trash."""

    @abstractmethod
    async def trash(self, after: Position | None, limit: int) -> Sequence[Any]:
        """At most `limit` of what was deleted itself, of every kind, by (deleted_at, id) descending."""

    @abstractmethod
    async def counts(self) -> Mapping[str, int]:
        """How many entities of each kind the account has, those in the trash too."""


class TaskArrangements(Protocol):
    """The actor's tasks, told apart, or by how much speaks for them."""

    @abstractmethod
    async def groups(
        self, query: TaskQuery, by: Grouping, after: GroupPlace | None, most: int
    ) -> Sequence[TaskGroup]:
        """At most `most` groups after the place, each with at most `limit` tasks in the query's order.

        A task with several labels is in each of their groups. The query begins at no place.
        """

    @abstractmethod
    async def ranked(
        self, query: TaskQuery, today: date, now: datetime, beyond: tuple[int, UUID] | None
    ) -> Sequence[RankedTask]:
        """At most `limit` tasks by score descending, then id, as of a day and a moment, beyond that place.

        Order and place of the query mean nothing.
        """


class ReadUnit(Protocol):
    """One consistent look at the actor's data."""

    tasks: TaskReads
    arranged: TaskArrangements
    search: TaskSearch
    changes: ChangeReads
    entities: EntityReads
    places: PlaceReads


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

    entities: "Entities"
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
