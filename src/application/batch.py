"""Many commands in one transaction: all of them or none, or each for itself."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from application.joined import JoinedUnits
from application.ports import Ids, UnitsOfWork
from domain.access import Actor, Scope, held_of
from domain.errors import BatchFailed, RemitError, Unavailable

COMMANDS_MAX = 100


class Mode(StrEnum):
    """What a failure means for the others."""

    ATOMIC = "atomic"
    INDEPENDENT = "independent"


@dataclass(frozen=True, slots=True)
class Command:
    """One use case, to be run within units that it is given. `looks_at` are ids of tasks."""

    id: str
    scope: Scope
    run: Callable[[UnitsOfWork, Actor], Awaitable[Any]]
    looks_at: Collection[UUID] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command: its result, or what refused it; neither, where it was not run."""

    id: str
    result: Any = None
    error: RemitError | None = None
    run: bool = True


class Batch:
    """The same use cases as by themselves, but what they read is read at once, and kept at once."""

    def __init__(self, units: UnitsOfWork, ids: Ids) -> None:
        self._units = units
        self._ids = ids

    async def run(self, actor: Actor, mode: Mode, commands: Sequence[Command]) -> Sequence[Outcome]:
        """The outcomes, in order. Raises BatchFailed; Unavailable, and then nothing was done."""
        acting = replace(actor, errand=replace(actor.errand, batch_id=self._ids.new()))
        under = held_of(acting, [command.scope for command in commands])
        async with self._units.writing(acting, under) as unit:
            await unit.tasks.load({task_id for command in commands for task_id in command.looks_at})
            joined = JoinedUnits(unit, self._units)
            outcomes: list[Outcome] = []
            for command in commands:
                outcomes.append(await _outcome(command, joined, acting))
                if mode is Mode.ATOMIC and outcomes[-1].error is not None:
                    rest = commands[len(outcomes) :]
                    raise BatchFailed([*outcomes, *(Outcome(left.id, run=False) for left in rest)])
            await unit.commit()
        return outcomes


async def _outcome(command: Command, units: UnitsOfWork, actor: Actor) -> Outcome:
    try:
        return Outcome(command.id, await command.run(units, actor))
    except Unavailable:
        raise
    except RemitError as error:
        return Outcome(command.id, error=error)
