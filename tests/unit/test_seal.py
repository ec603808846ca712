"""Sealed text opens only where it was meant to, and only whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.seal import HmacSeal

SEAL = HmacSeal(b"k" * 32)


@given(st.text(max_size=20), st.binary(max_size=40), st.binary(max_size=40))
def test_what_is_closed_opens(purpose: str, context: bytes, value: bytes) -> None:
    purpose = purpose.encode("utf-8", "ignore").decode()
    assert SEAL.open(purpose, context, SEAL.close(purpose, context, value)) == value


@pytest.mark.rule("TASK-16")
def test_every_changed_character_is_refused() -> None:
    sealed = SEAL.close("tasks", b"context", b"twenty-four bytes of it.")
    for place in range(len(sealed)):
        for other in "AQgw-_9":
            if other != sealed[place]:
                assert SEAL.open("tasks", b"context", sealed[:place] + other + sealed[place + 1 :]) is None
    for cut in range(len(sealed)):
        assert SEAL.open("tasks", b"context", sealed[:cut]) is None
    for more in ("=", "A", "\n", " ", "."):
        assert SEAL.open("tasks", b"context", sealed + more) is None


@pytest.mark.rule("TASK-16")
def test_it_opens_nowhere_else() -> None:
    sealed = SEAL.close("tasks", b"context", b"value")
    assert SEAL.open("changes", b"context", sealed) is None
    assert SEAL.open("tasks", b"other", sealed) is None
    assert HmacSeal(b"j" * 32).open("tasks", b"context", sealed) is None


@given(st.text())
def test_nothing_that_was_not_closed_opens(text: str) -> None:
    assert SEAL.open("tasks", b"", text) is None
