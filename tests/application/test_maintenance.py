"""How a worker goes about its jobs."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from adapters.clock import UuidV7
from adapters.memory import MemoryUnits
from application.maintenance import STEPS_MAX, Job, Maintenance, jobs
from application.ports import Step, Upkeep
from application.trash import Expiry
from domain.errors import Unavailable
from domain.retention import EXPIRED_KEPT, Purgeable
from tests.support.clocks import FixedClock

GOING = asyncio.Event()


class Scripted:
    """A job whose steps answer one thing after the other, and note their turn."""

    def __init__(self, name: str, turns: list[str], *answers: Step | Exception) -> None:
        self.name = name
        self._turns = turns
        self._answers = list(answers)

    async def step(self) -> Step:
        self._turns.append(self.name)
        answer = self._answers.pop(0) if self._answers else Step(visited=False)
        if isinstance(answer, Exception):
            raise answer
        return answer


def maintenance(*scripts: Scripted) -> Maintenance:
    return Maintenance([Job(script.name, script.step) for script in scripts])


def steps(*done: int) -> Sequence[Step]:
    return [Step(visited=True, done=number) for number in done]


@pytest.mark.rule("RUN-32")
async def test_jobs_take_turns_until_nothing_is_due() -> None:
    turns: list[str] = []
    tallies = await maintenance(Scripted("a", turns, *steps(5, 0)), Scripted("b", turns, *steps(1))).round(
        GOING
    )
    assert turns == ["a", "b", "a", "b", "a"]
    assert {name: (tally.steps, tally.done, tally.more) for name, tally in tallies.items()} == {
        "a": (2, 5, False),
        "b": (1, 1, False),
    }


@pytest.mark.rule("RUN-33")
async def test_a_job_that_fails_keeps_no_other_from_its_turn() -> None:
    turns: list[str] = []
    failing = Scripted("a", turns, *steps(2), RuntimeError("with a secret"), *steps(3))
    tallies = await maintenance(failing, Scripted("b", turns, *steps(1, 1, 1))).round(GOING)
    assert turns == ["a", "b", "a", "b", "b", "b"]
    assert (tallies["a"].problems, tallies["a"].done, tallies["a"].more) == ({"RuntimeError": 1}, 2, False)
    assert (tallies["b"].problems, tallies["b"].done) == ({}, 3)


@pytest.mark.rule("JRN-24")
async def test_problems_of_single_accounts_are_counted_and_the_job_goes_on() -> None:
    found = [Step(visited=True, problem="XX001"), Step(visited=True, problem="XX001"), *steps(4)]
    tally = (await maintenance(Scripted("a", [], *found)).round(GOING))["a"]
    assert (tally.problems, tally.done, tally.steps) == ({"XX001": 2}, 4, 3)


@pytest.mark.rule("RUN-33")
async def test_a_store_that_does_not_answer_ends_the_round() -> None:
    with pytest.raises(Unavailable):
        await maintenance(Scripted("a", [], Unavailable("gone"))).round(GOING)


@pytest.mark.rule("RUN-31")
async def test_it_stops_after_the_step_under_way() -> None:
    stop = asyncio.Event()
    turns: list[str] = []

    async def step() -> Step:
        turns.append("a")
        if len(turns) == 3:
            stop.set()
        return Step(visited=True, done=1)

    tallies = await Maintenance([Job("a", step), Job("b", Scripted("b", []).step)]).round(stop)
    assert (len(turns), tallies["a"].done, tallies["a"].more) == (3, 3, True)


@pytest.mark.rule("RUN-32")
async def test_a_round_is_long_enough_at_some_point() -> None:
    endless = Scripted("a", [], *steps(*[1] * (2 * STEPS_MAX)))
    tally = (await maintenance(endless).round(GOING))["a"]
    assert (tally.steps, tally.more) == (STEPS_MAX, True)


@pytest.mark.rule("JRN-20", "JRN-22")
async def test_everything_that_can_be_purged_has_its_job() -> None:
    asked: list[tuple[Purgeable, timedelta]] = []

    class Noting(Upkeep):
        async def trash_turn(self) -> None:
            return None

        async def purge(self, what: Purgeable, keep: timedelta, limit: int) -> Step:
            asked.append((what, keep))
            return Step(visited=False)

    clock, noting = FixedClock(), Noting()
    expiry = Expiry(MemoryUnits(clock), clock, UuidV7(), noting)
    tallies = await Maintenance(jobs(noting, timedelta(days=90), expiry)).round(GOING)
    assert list(tallies) == [*(f"purge_{what}" for what in Purgeable), "expire_trash"]
    assert asked == [
        (Purgeable.CHANGES, timedelta(days=90)),
        (Purgeable.ANSWERS, EXPIRED_KEPT),
        (Purgeable.PLANS, EXPIRED_KEPT),
    ]
