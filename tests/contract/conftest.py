"""Each port's suite runs on every adapter of it."""

import pytest

from adapters.memory import MemoryUnits
from adapters.postgres.uow import PostgresUnits
from tests.support.clocks import FixedClock
from tests.support.watched import Room
from tests.support.world import Units


@pytest.fixture
def clock() -> FixedClock:
    """What the units of work take for now, which the test moves."""
    return FixedClock()


@pytest.fixture(params=["memory", "postgres"])
def units(request: pytest.FixtureRequest, clock: FixedClock) -> Units:
    if request.param == "memory":
        return MemoryUnits(clock)
    return PostgresUnits(request.getfixturevalue("engine"), clock)


@pytest.fixture
def room(units: Units, clock: FixedClock) -> Room:
    return Room(units, clock)
