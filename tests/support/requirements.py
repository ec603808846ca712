"""What a machine may lack. A test skips with the reason, or fails where the machine was said to have it."""

import os
from typing import NoReturn

import pytest

REQUIRED = frozenset(filter(None, os.environ.get("REMIT_TEST_REQUIRE", "").split(",")))


def lacking(name: str, reason: str) -> NoReturn:
    """Skip because this machine lacks `name`; fail if REMIT_TEST_REQUIRE lists it."""
    if name in REQUIRED:
        pytest.fail(f"REMIT_TEST_REQUIRE lists {name}, but {reason}", pytrace=False)
    pytest.skip(f"{name}: {reason}")
