"""Each port's suite runs on every adapter of it."""

from collections.abc import Callable
from typing import Any

import pytest

from adapters.memory import MemoryUnits
from adapters.postgres.uow import PostgresUnits
from application.ports import UnitsOfWork


@pytest.fixture(params=["memory", "postgres"])
def units(request: pytest.FixtureRequest) -> UnitsOfWork:
    make: dict[str, Callable[[], Any]] = {
        "memory": MemoryUnits,
        "postgres": lambda: PostgresUnits(request.getfixturevalue("engine")),
    }
    return make[request.param]()
