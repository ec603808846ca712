"""Things of every kind as they are kept, and short words for keeping and finding them."""

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID, uuid4

from adapters.memory import MemoryUnits
from adapters.postgres.uow import PostgresUnits
from domain.access import Actor, Scope
from domain.change import EntityKind
from domain.comment import Comment
from domain.label import Label
from domain.project import Project, Section
from domain.rank import at_end
from domain.task import Task
from domain.view import View, key_of
from tests.support.things import NOW

Units = MemoryUnits | PostgresUnits


class _Kept(Protocol):
    id: UUID


def basis(me: Actor) -> dict[str, Any]:
    return {"account_id": me.account_id, "id": uuid4(), "created_at": NOW, "updated_at": NOW}


def project_of(me: Actor, number: int = 0, **values: Any) -> Project:
    return Project(**{**basis(me), "name": "p", "rank": at_end(number), **values})


def section_of(me: Actor, number: int = 0, **values: Any) -> Section:
    return Section(**{**basis(me), "name": "s", "rank": at_end(number), **values})


def label_of(me: Actor, name: str, **values: Any) -> Label:
    return Label(**{**basis(me), "name": name, "key": name, **values})


def comment_of(me: Actor, task: Task, **values: Any) -> Comment:
    return Comment(**{**basis(me), "task_id": task.id, "author": "a", "body": "b", **values})


def view_of(me: Actor, name: str = "v", **values: Any) -> View:
    return View(**{**basis(me), "name": name, "key": key_of(name), **values})


async def keep(units: Units, me: Actor, *things: Any) -> None:
    async with units.writing(me, Scope.TASKS_WRITE) as unit:
        for thing in things:
            await unit.entities.add(thing)
        await unit.commit()


async def save(units: Units, me: Actor, *changed: tuple[Any, Any]) -> None:
    async with units.writing(me, Scope.TASKS_WRITE) as unit:
        for before, after in changed:
            await unit.entities.save(before, after, "update")
        await unit.commit()


async def found(units: Units, me: Actor, kind: EntityKind, **where: Any) -> list[Any]:
    async with units.reading(me, Scope.TASKS_READ) as unit:
        return list(await unit.entities.some(kind, where))


def ids(things: Sequence[_Kept]) -> list[UUID]:
    return [thing.id for thing in things]
