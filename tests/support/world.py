"""Everything that people and agents can do in one account, at random."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from adapters.clock import UuidV7
from adapters.memory import MemoryUnits
from adapters.notifier import LocalNotifier
from adapters.postgres.uow import PostgresUnits
from adapters.seal import HmacSeal
from application.batch import Batch, Command, Mode
from application.changes import Changes
from application.filtered import Filtered
from application.following import Following
from application.once import Reply
from application.past import Past
from application.plans import Plans
from application.ports import UnitsOfWork
from application.undo import Selection, Undo
from domain.access import Actor, Errand, Scope
from domain.errors import BatchFailed, RemitError
from tests.support.actors import actor
from tests.support.acts import ACTS, Made, Uses
from tests.support.clocks import FixedClock

Units = MemoryUnits | PostgresUnits


class World:
    """One account, its use cases, and a clock that moves with each act."""

    def __init__(self, units: Units, clock: FixedClock) -> None:
        seal = HmacSeal(b"k" * 32)
        self.units, self.clock, self.made = units, clock, Made()
        self.me = actor()
        self.uses = Uses(units, clock, self.made)
        self.undo = Undo(units, clock)
        self.batch = Batch(units, UuidV7())
        self.plans = Plans(units, clock, UuidV7(), seal)
        self.past = Past(units, seal)
        self.changes = Changes(units, seal)
        self.filtered = Filtered(units, clock, seal)
        self.following = Following(units, self.changes, self.filtered, LocalNotifier(), clock)
        self._requests = 0

    def asking(self) -> Actor:
        """The account's owner with a new request, a second later."""
        self.clock.advance(seconds=1)
        self._requests += 1
        return replace(self.me, errand=Errand(request_id=f"request-{self._requests}"))

    async def act(self, name: str, a: int, b: int, c: int) -> Actor | None:
        """Do it by a request of its own; None where it was refused, and so has changed nothing."""
        me = self.asking()
        try:
            await ACTS[name](self.uses, me, a, b, c)
        except RemitError:
            return None
        return me

    async def act_together(self, acts: Sequence[tuple[str, int, int, int]], mode: Mode) -> Actor | None:
        """Do them in one batch."""
        me = self.asking()
        commands = [self._command(str(place), *one) for place, one in enumerate(acts)]
        try:
            await self.batch.run(me, mode, commands)
        except BatchFailed:
            return None
        return me

    def _command(self, name: str, act: str, a: int, b: int, c: int) -> Command:
        async def run(units: UnitsOfWork, me: Actor) -> Any:
            return await ACTS[act](Uses(units, self.clock, self.made), me, a, b, c)

        return Command(name, Scope.TASKS_WRITE, run)

    async def rehearse(self, name: str, a: int, b: int, c: int) -> str | None:
        """The plan to do it; None where it was refused."""

        async def work(units: UnitsOfWork) -> Reply:
            await ACTS[name](Uses(units, self.clock, self.made), me, a, b, c)
            return Reply(200, {}, b"")

        me = self.asking()
        with suppress(RemitError):
            return (await self.plans.rehearse(me, Scope.TASKS_WRITE, work, keep=True)).plan
        return None

    async def take_back(self, asked: Actor) -> Actor:
        """All that a request did."""
        me = self.asking()
        await self.undo.revert_all(me, Selection({"request_id": asked.errand.request_id}))
        return me
