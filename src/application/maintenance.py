"""What is to be done without anybody asking, in small steps."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from application.ports import Step, Upkeep
from application.trash import Expiry
from domain.errors import Unavailable
from domain.retention import EXPIRED_KEPT, Purgeable

STEPS_MAX = 200
"""Of one job in one round."""
ROWS_MAX = 500
"""Of one step: it holds the account's lock meanwhile."""
REST_SECONDS_MAX = 1.0


class Stop(Protocol):
    """Whether to stop; an event is one."""

    def is_set(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done again and again. A step takes a moment, and may be cut off at any point."""

    name: str
    step: Callable[[], Awaitable[Step]]


@dataclass(slots=True)
class Tally:
    """What came of a job in a round. `more`: it had not come to its end. `problems`: words, with counts."""

    steps: int = 0
    done: int = 0
    more: bool = True
    problems: dict[str, int] = field(default_factory=dict[str, int])

    def count(self, step: Step) -> None:
        """Add a step."""
        self.steps += step.visited
        self.done += step.done
        self.more = step.visited
        if step.problem is not None:
            self.fail(step.problem)

    def fail(self, problem: str) -> None:
        """Add a problem."""
        self.problems[problem] = self.problems.get(problem, 0) + 1


class Maintenance:
    """Does its jobs in turns, and rests after each step for as long as that took: others come first."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs

    async def round(self, stop: Stop) -> Mapping[str, Tally]:
        """Do what is due, until it is done, or enough for now, or told to stop. Raises Unavailable."""
        tallies = {job.name: Tally() for job in self._jobs}
        busy = list(self._jobs)
        while busy and not stop.is_set():
            for job in tuple(busy):
                tally = tallies[job.name]
                await self._step(job, tally)
                if not tally.more or tally.steps >= STEPS_MAX:
                    busy.remove(job)
                if stop.is_set():
                    break
        return tallies

    async def _step(self, job: Job, tally: Tally) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            tally.count(await job.step())
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - a job that fails must not keep the others from theirs
            tally.fail(type(error).__name__)
            tally.more = False
        await asyncio.sleep(min(loop.time() - began, REST_SECONDS_MAX))


def jobs(upkeep: Upkeep, retention: timedelta, expiry: Expiry) -> Sequence[Job]:
    """All there are. `retention`: how long changes are kept."""
    kept = {
        Purgeable.CHANGES: retention,
        Purgeable.ANSWERS: EXPIRED_KEPT,
        Purgeable.PLANS: EXPIRED_KEPT,
    }
    purges = [Job(f"purge_{what}", _purge(upkeep, what, keep)) for what, keep in kept.items()]
    return [*purges, Job("expire_trash", expiry.step)]


def _purge(upkeep: Upkeep, what: Purgeable, keep: timedelta) -> Callable[[], Awaitable[Step]]:
    return lambda: upkeep.purge(what, keep, ROWS_MAX)
