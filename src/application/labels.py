"""What people and agents do with labels."""

from datetime import datetime
from functools import partial
from uuid import UUID

from application import trees
from application.ports import Clock, Ids, UnitsOfWork
from application.things import Versions, change, discard, expect, read
from domain.access import Actor, Scope, require
from domain.change import UPDATE
from domain.errors import Invalid, Violation
from domain.ids import LabelId
from domain.label import Label, LabelChanges
from domain.task import Task
from domain.thing import is_live, revised

MERGE = "merge"


class Labels:
    """One method per use case; `expected` are the versions that the caller would accept."""

    def __init__(self, units: UnitsOfWork, clock: Clock, ids: Ids) -> None:
        self._units = units
        self._clock = clock
        self._ids = ids

    async def create(self, actor: Actor, values: LabelChanges, label_id: UUID | None = None) -> Label:
        """A new label. Raises Invalid, IdTaken, LabelNameTaken, LimitReached."""
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            chosen = LabelId(label_id or self._ids.new())
            label = Label.create(actor.account_id, chosen, values, self._clock.now())
            await unit.entities.add(label)
            await unit.commit()
        return label

    async def get(self, actor: Actor, label_id: UUID) -> Label:
        """One label. Raises LabelNotFound."""
        return await read(self._units, actor, Label, label_id)

    async def edit(
        self, actor: Actor, label_id: UUID, changes: LabelChanges, expected: Versions | None = None
    ) -> Label:
        """A merge patch; its tasks keep it. Raises LabelNotFound, Invalid, LabelNameTaken, StaleVersion."""
        edit = partial(Label.edit, changes=changes, now=self._clock.now())
        return await change(self._units, actor, Label, label_id, edit, UPDATE, expected)

    async def merge(
        self, actor: Actor, label_id: UUID, into: UUID, expected: Versions | None = None
    ) -> Label:
        """Its tasks get the other label instead, and it goes to the trash (scope tasks:delete).

        Answers the other label.

        Raises LabelNotFound, StaleVersion; Invalid where `into` is the label itself or none of the account's.
        """
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            require(actor, Scope.TASKS_DELETE)
            entities, now = unit.entities, self._clock.now()
            label = await entities.get(Label, label_id)
            expect(label, expected)
            other = await entities.find(Label, into)
            if other is None or not is_live(other) or other.id == label.id:
                raise Invalid([Violation("/into", "not_found", "Must name another label of yours.")])
            tasks = await entities.matching(Task, "labels", {label.id})
            await entities.save_all([(task, _relabelled(task, label, other, now)) for task in tasks], MERGE)
            await trees.delete(entities, label, now)
            await unit.commit()
        return other

    async def delete(self, actor: Actor, label_id: UUID, expected: Versions | None = None) -> None:
        """Into the trash, and off its tasks; repeatable. Raises LabelNotFound, StaleVersion."""
        await discard(self._units, actor, Label, label_id, self._clock.now(), expected)


def _relabelled(task: Task, label: Label, other: Label, now: datetime) -> Task:
    return revised(task, now, labels=task.labels - {label.id} | {other.id})
