"""Many commands in one transaction: all of them or none, or each for itself."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from application.entities import Entities
from application.joined import JoinedUnits
from application.ports import Ids, UnitsOfWork
from domain.access import Actor, Scope, held_of
from domain.change import Change
from domain.errors import BatchFailed, RemitError, TooManyAffected, Unavailable
from domain.thing import Thing

COMMANDS_MAX = 100


class Mode(StrEnum):
    """What a failure means for the others."""

    ATOMIC = "atomic"
    INDEPENDENT = "independent"


Prepare = Callable[[Entities, Sequence[UUID]], Awaitable[None]]
"""Has at hand, by few statements, what commands of a kind look at."""


@dataclass(frozen=True, slots=True)
class Command:
    """One use case, to be run within units that it is given.

    `names` are the things that it names; `prepare` has at hand what else it looks at, for all commands alike.
    """

    id: str
    scope: Scope
    run: Callable[[UnitsOfWork, Actor], Awaitable[Any]]
    names: Sequence[tuple[type[Thing], UUID]] = ()
    prepare: tuple[Prepare, UUID] | None = None
    makes: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command: its result, or what refused it; neither, where it was not run.

    `made` says that the result is a new thing.
    """

    id: str
    result: Any = None
    error: RemitError | None = None
    run: bool = True
    made: bool = False


class Batch:
    """The same use cases as by themselves, but what they read is read at once, and kept at once."""

    def __init__(self, units: UnitsOfWork, ids: Ids) -> None:
        self._units = units
        self._ids = ids

    async def run(
        self, actor: Actor, mode: Mode, commands: Sequence[Command], at_most: int | None = None
    ) -> Sequence[Outcome]:
        """The outcomes, in order. Raises BatchFailed; TooManyAffected where more than `at_most` things would
        change; Unavailable. Then nothing was done.
        """
        acting = replace(actor, errand=replace(actor.errand, batch_id=self._ids.new()))
        under = held_of(acting, [command.scope for command in commands])
        async with self._units.writing(acting, under) as unit:
            await _prepare(unit.entities, commands)
            joined = JoinedUnits(unit, self._units)
            outcomes: list[Outcome] = []
            for command in commands:
                outcomes.append(await _outcome(command, joined, acting))
                if mode is Mode.ATOMIC and outcomes[-1].error is not None:
                    rest = commands[len(outcomes) :]
                    raise BatchFailed([*outcomes, *(Outcome(left.id, run=False) for left in rest)])
            if at_most is not None:
                _check_affected(unit.made(), at_most)
            await unit.commit()
        return outcomes


def _check_affected(changes: Iterable[Change], at_most: int) -> None:
    affected = len({(change.entity, change.entity_id) for change in changes})
    if affected > at_most:
        raise TooManyAffected(affected, at_most)


async def _prepare(entities: Entities, commands: Iterable[Command]) -> None:
    named: dict[type[Thing], set[UUID]] = {}
    waiting: dict[Prepare, list[UUID]] = {}
    for command in commands:
        for kind, thing_id in command.names:
            named.setdefault(kind, set()).add(thing_id)
        if command.prepare is not None:
            waiting.setdefault(command.prepare[0], []).append(command.prepare[1])
    for kind, ids in named.items():
        await entities.load(kind, ids)
    for prepare, of in waiting.items():
        await prepare(entities, of)


async def _outcome(command: Command, units: UnitsOfWork, actor: Actor) -> Outcome:
    try:
        return Outcome(command.id, await command.run(units, actor), made=command.makes)
    except Unavailable:
        raise
    except RemitError as error:
        return Outcome(command.id, error=error)
