"""An account's tasks counted, as of now and in its own days."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from application.ports import Clock, UnitsOfWork
from application.task_lists import Reading, reading_of
from domain.access import Actor, Scope
from domain.summary import Days, Summary


@dataclass(frozen=True, slots=True)
class Summarized:
    """The counts, and how the reader saw dates."""

    summary: Summary
    reading: Reading


class Summaries:
    """Of the tasks that a list without parameters has: none in the trash, none of archived projects."""

    def __init__(self, units: UnitsOfWork, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def get(self, actor: Actor) -> Summarized:
        """The account's summary."""
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            reading = await reading_of(unit, actor, self._clock.now())
            days = Days.of(reading.at, ZoneInfo(reading.zone))
            return Summarized(await unit.tasks.summary(days), reading)
