"""One account's use cases over a database whose statements are counted, and trees of any size."""

from collections.abc import Awaitable
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.clock import SystemClock, UuidV7
from adapters.postgres.uow import PostgresUnits
from adapters.seal import HmacSeal
from application.batch import Batch
from application.comments import Comments
from application.labels import Labels
from application.listing import Listing
from application.ports import UnitsOfWork
from application.projects import Projects
from application.sections import Sections
from application.tasks import Tasks
from application.trash import Trash
from application.undo import Undo
from domain.access import Actor, Scope
from domain.ids import LabelId, ProjectId, SectionId
from domain.label import Label
from domain.project import Project, Section
from domain.task import Task
from tests.support.actors import actor
from tests.support.queries import QueryRecorder
from tests.support.things import NOW, task_of


class Desk:
    """One account's use cases, over a database whose statements are counted."""

    def __init__(
        self, engine: AsyncEngine, units: UnitsOfWork | None = None, me: Actor | None = None
    ) -> None:
        clock, ids, seal = SystemClock(), UuidV7(), HmacSeal(b"k" * 32)
        self.engine = engine
        self.units = units or PostgresUnits(engine)
        self.me = me or actor()
        self.tasks = Tasks(self.units, clock, ids, seal)
        self.projects = Projects(self.units, clock, ids)
        self.sections = Sections(self.units, clock, ids)
        self.labels = Labels(self.units, clock, ids)
        self.comments = Comments(self.units, clock, ids)
        self.trash = Trash(self.units, clock, seal)
        self.undo = Undo(self.units, clock)
        self.batch = Batch(self.units, ids)
        self.listing = Listing(self.units, seal)

    async def count(self, work: Awaitable[Any]) -> int:
        """How many statements the work takes."""
        with QueryRecorder(self.engine) as recorder:
            await work
        return len(recorder.statements)

    async def tree(self, size: int) -> "Grown":
        """A project with a section, in it a task with so many others below it, on three levels."""
        grown = Grown(self.me)
        root = grown.task(None)
        tops = [grown.task(root) for _ in range(max(1, size // 10))]
        for number in range(size - len(tops) - 1):
            grown.task(tops[number % len(tops)])
        async with self.units.writing(self.me, Scope.TASKS_WRITE) as unit:
            for thing in (grown.project, grown.section, grown.label, *grown.tasks):
                await unit.entities.add(thing)
            await unit.commit()
        return grown


class Grown:
    """A tree that is to be kept."""

    def __init__(self, me: Actor) -> None:
        self.me = me
        rank = task_of(me).rank
        basis: dict[str, Any] = {"account_id": me.account_id, "created_at": NOW, "updated_at": NOW}
        self.project = Project(id=ProjectId(uuid4()), name="p", rank=rank, **basis)
        self.section = Section(
            id=SectionId(uuid4()), name="s", rank=rank, project_id=self.project.id, **basis
        )
        name = uuid4().hex
        self.label = Label(id=LabelId(uuid4()), name=name, key=name, **basis)
        self.tasks: list[Task] = []

    def task(self, parent: Task | None) -> Task:
        self.tasks.append(
            task_of(
                self.me,
                project_id=self.project.id,
                section_id=self.section.id,
                parent_id=parent and parent.id,
                labels=frozenset({self.label.id}),
                blocked_by=frozenset({self.tasks[-1].id} if len(self.tasks) > 3 else ()),
            )
        )
        return self.tasks[-1]

    @property
    def root(self) -> UUID:
        return self.tasks[0].id
