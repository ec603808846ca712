"""A random account with all that a filter can ask about: projects, labels, trees, dependencies, comments, trash."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from application.ports import UnitsOfWork
from domain import rank
from domain.access import Actor, Scope
from domain.attached import ChecklistItem, Link
from domain.change import DELETE
from domain.comment import Comment
from domain.folding import folded
from domain.label import Label
from domain.project import Project, Section
from domain.task import DUE_FIRST, DUE_LAST, Priority, Status, Task
from domain.thing import is_live, trashed
from tests.support.filters import IDS, NAMES, NOW

WORDS = [
    *NAMES,
    "",
    "%",
    "_",
    "100%",
    "a_b",
    "ÜBUNG",
    "übung",
    "ﬁne",
    "№ 5",
    "İstanbul",
    "\U0001f4a9",
    "e\u0301",
    "Å",
]


class World:
    """Things of one account, made by dice. Some of them have ids that filters of tests name."""

    def __init__(self, owner: Actor, seed: int, tasks: int = 40) -> None:
        self._owner = owner
        self._dice = random.Random(seed)
        self._ranks = iter(range(10_000))
        self.projects = [self._project(id_) for id_ in self._ids(5)]
        self.sections = [self._section(id_) for id_ in self._ids(5)]
        self.labels = [self._label(id_, number) for number, id_ in enumerate(self._ids(6))]
        self.tasks: list[Task] = []
        for id_ in self._ids(tasks):
            self.tasks.append(self._task(id_))
        self.comments = [self._comment(id_) for id_ in self._ids(tasks // 2)]
        self._gone = [trashed(one, NOW) for one in self._doomed()]

    def all(self) -> Sequence[Any]:
        """In an order in which they can be made, before any went to the trash."""
        return [*self.projects, *self.sections, *self.labels, *self.tasks, *self.comments]

    @property
    def live(self) -> list[Task]:
        """The tasks that are not in the trash."""
        gone = {one.id for one in self._gone if isinstance(one, Task)}
        return [task for task in self.tasks if task.id not in gone]

    async def keep(self, units: UnitsOfWork) -> None:
        async with units.writing(self._owner, Scope.TASKS_WRITE) as unit:
            for thing in self.all():
                await unit.entities.add(thing)
            await unit.commit()
        async with units.writing(self._owner, Scope.TASKS_WRITE) as unit:
            for gone in self._gone:
                await unit.entities.save(await unit.entities.get(type(gone), gone.id), gone, DELETE)
            await unit.commit()

    def _doomed(self) -> list[Any]:
        """Some tasks without subtasks, with their comments, and some more comments."""
        parents = {task.parent_id for task in self.tasks}
        tasks = [one for one in self.tasks if one.id not in parents and self._dice.random() < 0.15]
        ids = {one.id for one in tasks}
        return tasks + [one for one in self.comments if one.task_id in ids or self._dice.random() < 0.2]

    def text(self) -> str:
        return " ".join(self._dice.choices(WORDS, k=self._dice.randint(1, 3))).strip() or "x"

    def instant(self) -> datetime:
        """Often one that others have, too, or the begin of a day somewhere."""
        days = self._dice.randint(-5, 5)
        hour = self._dice.choice((0, 4, 12, 22, 23))
        return datetime(2026, 3, 29, hour, tzinfo=UTC) + timedelta(days)

    def _ids(self, count: int) -> list[UUID]:
        return [*IDS, *(UUID(int=self._dice.getrandbits(128)) for _ in range(count))][:count]

    def _of(self, choices: Sequence[Any], none: float = 0.4) -> Any:
        return None if not choices or self._dice.random() < none else self._dice.choice(choices)

    def _basis(self, id_: UUID) -> dict[str, Any]:
        return {
            "account_id": self._owner.account_id, "id": id_,
            "created_at": self.instant(), "updated_at": self.instant(),
            "version": self._dice.randint(1, 4),
        }  # fmt: skip

    def _rank(self) -> str:
        return rank.at_end(next(self._ranks))

    def _project(self, id_: UUID) -> Project:
        archived = self.instant() if self._dice.random() < 0.4 else None
        name = self._dice.choice(("Home", self.text()))
        return Project(
            **self._basis(id_), name=name, rank=self._rank(), archived_at=archived, color=self._color(),
            description=self._dice.choice(("", self.text())), parent_id=self._of([IDS[0]]) if id_ != IDS[0] else None,
        )  # fmt: skip

    def _color(self) -> str | None:
        return self._of(["#ff0000", "#00ff00", "#ff8800"])

    def _section(self, id_: UUID) -> Section:
        project = self._of(self.projects)
        return Section(
            **self._basis(id_), name=self.text(), rank=self._rank(), project_id=project and project.id
        )

    def _label(self, id_: UUID, number: int) -> Label:
        name = NAMES[number] if number < len(NAMES) else f"{self.text()} {number}"
        name = f"{name} {number}" if folded(name) in {"home", "strasse 2"} and number else name
        return Label(**self._basis(id_), name=name, key=folded(name), color=self._color())

    def _task(self, id_: UUID) -> Task:
        status = self._dice.choice(list(Status))
        parent = self._of(self.tasks, 0.7)
        section = self._of(self.sections) if parent is None else None
        project = section.project_id if section else (one := self._of(self.projects)) and one.id
        return Task(
            **self._basis(id_),
            title=self.text(), description=self._dice.choice(("", self.text(), f"{self.text()}\n\t{self.text()}")),
            status=status, priority=self._dice.choice(list(Priority)), rank=self._rank(),
            completed_at=self.instant() if status is Status.DONE else None,
            due_date=self._of([date(2026, 3, 29) + timedelta(days) for days in range(-9, 10)] + [DUE_FIRST, DUE_LAST]),
            project_id=parent.project_id if parent else project,
            section_id=parent.section_id if parent else section and section.id,
            parent_id=parent and parent.id,
            labels=frozenset(one.id for one in self._dice.sample(self.labels, self._dice.randint(0, 2))),
            blocked_by=frozenset(
                one.id for one in self._dice.sample(self.tasks, min(len(self.tasks), self._dice.choice((0, 0, 1, 2))))
            ),
            checklist=self._items(0, 0, 1, 3), links=self._links(0, 0, 1, 2),
        )  # fmt: skip

    def _items(self, *counts: int) -> tuple[ChecklistItem, ...]:
        made = range(self._dice.choice(counts))
        return tuple(ChecklistItem(title=self.text(), checked=self._dice.random() < 0.4) for _ in made)

    def _links(self, *counts: int) -> tuple[Link, ...]:
        made = range(self._dice.choice(counts))
        hrefs = (f"{self._dice.choice(('https', 'HTTP'))}://a.test/{self._dice.choice(WORDS)}" for _ in made)
        rels, titles = ("related", "alternate", "x-remit.mail"), ("", self.text())
        return tuple(
            Link(href=href, rel=self._dice.choice(rels), title=self._dice.choice(titles)) for href in hrefs
        )

    def _comment(self, id_: UUID) -> Comment:
        task = self._dice.choice(self.tasks)
        author, edited = self._dice.choice(("me", "Ärger", self.text())), self._of([self.instant()])
        return Comment(**self._basis(id_), task_id=task.id, author=author, body=self.text(), edited_at=edited)

    def changed(self, thing: Any) -> Any:
        """The thing, one version on, with other texts and another place in time."""
        more: dict[str, Any] = {"version": thing.version + 1, "updated_at": self.instant()}
        match thing:
            case Task():
                items, links = self._items(0, 1, 2), self._links(0, 1)
                texts: dict[str, Any] = {"title": self.text(), "description": self.text(), "checklist": items}
                texts["links"] = links
                kept = self._dice.sample(sorted(texts), self._dice.randint(0, 4))
                more |= {name: texts[name] for name in kept}
            case Comment():
                more["body"] = self.text()
            case Project() if is_live(thing) and self._dice.random() < 0.5:
                more["description"] = self.text()
            case _ if isinstance(thing, Label) or not is_live(thing):
                return thing
            case _:
                more["name"] = self.text()
        return replace(thing, **more)
