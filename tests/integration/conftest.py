"""Fixtures of the tests that start servers."""

from importlib.util import find_spec

import pytest

from tests.support.requirements import lacking


@pytest.fixture(scope="module", params=["hypercorn", "granian"])
def by(request: pytest.FixtureRequest) -> dict[str, str]:
    """What speaks HTTP, as its variable: who takes it is run for each."""
    if find_spec(request.param) is None:
        lacking(request.param, "the package is not installed")
    return {"REMIT_SERVER": request.param}
