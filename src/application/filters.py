"""What a filter means, before it is used, and why it selects a task or does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from application.facts import facts_about
from application.ports import Clock, UnitsOfWork
from application.task_lists import reading_of
from domain.access import Actor, Scope
from domain.filters import (
    Cost,
    Explanation,
    Resolved,
    Tree,
    canonical,
    cost,
    describe,
    explain,
    from_json,
    parse,
    to_json,
)
from domain.ids import TaskId

Sent = str | Mapping[str, Any]
"""A filter as text, or as a tree in JSON."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A filter in all its forms, and as it was read."""

    tree: Any
    canonical: str
    english: str
    cost: Cost
    resolved: Resolved


@dataclass(frozen=True, slots=True)
class Explained:
    """What each term of a filter says of a task, with its place in the text; of a tree, in the canonical."""

    canonical: str
    explanation: Explanation
    resolved: Resolved


class Filters:
    """Nothing is changed here."""

    def __init__(self, units: UnitsOfWork, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def compile(self, actor: Actor, sent: Sent) -> Compiled:
        """What the filter means. Raises FilterInvalid."""
        tree = _read(sent)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            reading = await reading_of(unit, actor, self._clock.now())
        return Compiled(to_json(tree), canonical(tree), describe(tree), cost(tree), reading.resolve(tree))

    async def explain(self, actor: Actor, task_id: UUID, sent: Sent) -> Explained:
        """Why the filter selects the task, or not. Raises FilterInvalid, TaskNotFound."""
        tree = _read(sent)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            reading = await reading_of(unit, actor, self._clock.now())
            facts = await facts_about(unit, TaskId(task_id))
        resolved = reading.resolve(tree)
        return Explained(canonical(tree), explain(resolved, facts), resolved)


def _read(sent: Sent) -> Tree:
    return parse(sent) if isinstance(sent, str) else from_json(sent)
