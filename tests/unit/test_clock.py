"""The system's clock and ids."""

from datetime import UTC

import pytest

from adapters.clock import SystemClock, UuidV7


@pytest.mark.rule("TASK-3")
def test_new_ids_are_uuid_v7_and_sort_as_they_were_made() -> None:
    ids = UuidV7()
    made = [ids.new() for _ in range(5_000)]
    assert made == sorted(set(made))
    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {"specified in RFC 4122"}
    moment = SystemClock().now().timestamp() * 1000
    assert abs((made[0].int >> 80) - moment) < 60_000


def test_now_is_aware_and_utc() -> None:
    assert SystemClock().now().tzinfo is UTC
