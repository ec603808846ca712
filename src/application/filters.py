"""What a filter means, before it is used, and why it selects a task or does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from application.facts import facts_about
from application.ports import Clock, UnitsOfWork
from application.task_lists import reading_of
from domain.access import Actor, Scope
from domain.change import EntityKind
from domain.filters import (
    Cost,
    Explanation,
    Resolved,
    Sent,
    Unknown,
    asked_by_name,
    attributes,
    canonical,
    cost,
    describe,
    explain,
    from_sent,
    to_json,
    unknown_names,
)
from domain.ids import TaskId
from domain.lens import asks_of_projects


@dataclass(frozen=True, slots=True)
class Compiled:
    """A filter in all its forms, and as it was read."""

    tree: Any
    canonical: str
    english: str
    cost: Cost
    resolved: Resolved
    unknown: Sequence[Unknown] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """What each term of a filter says of a task, with its place in the text; of a tree, in the canonical.

    `archived` where lists leave the task out, whatever its terms say: its project is archived, and the filter
    does not ask about projects.
    """

    canonical: str
    explanation: Explanation
    resolved: Resolved
    archived: bool

    @property
    def matches(self) -> bool:
        """Whether a list by the filter has the task."""
        return self.explanation.matches and not self.archived


class Filters:
    """Nothing is changed here."""

    def __init__(self, units: UnitsOfWork, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def compile(self, actor: Actor, sent: Sent) -> Compiled:
        """What the filter means. Raises FilterInvalid."""
        tree = from_sent(sent)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            resolved = (await reading_of(unit, actor, self._clock.now())).resolve(tree)
            asked = sorted(asked_by_name(resolved))
            known = {what: await unit.entities.names(EntityKind(what)) for what in asked}
        unknown = unknown_names(resolved, known)
        return Compiled(to_json(tree), canonical(tree), describe(tree), cost(tree), resolved, unknown)

    async def explain(self, actor: Actor, task_id: UUID, sent: Sent) -> Explained:
        """Why the filter selects the task, or not. Raises FilterInvalid, TaskNotFound."""
        tree = from_sent(sent)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            reading = await reading_of(unit, actor, self._clock.now())
            resolved = reading.resolve(tree)
            facts = await facts_about(unit, TaskId(task_id), set(attributes(resolved.root)))
        archived = facts.project_archived and not asks_of_projects(resolved)
        return Explained(canonical(tree), explain(resolved, facts), resolved, archived)
