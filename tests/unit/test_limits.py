"""Policies, addresses and the counter."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import rate_limits
from adapters.rate_limits import CountingRateLimiter, SweptMemory
from domain.limits import Policy
from entrypoints.http.limits import address

TWO = Policy("account", 2, 60)


def test_policies_are_read() -> None:
    assert Policy.parse("account", "600/minute") == Policy("account", 600, 60)
    assert Policy.parse("address", "5/second") == Policy("address", 5, 1)
    for wrong in ("", "600", "0/minute", "-1/minute", "6/day", "6 / minute", "1e3/minute", "6/minute "):
        with pytest.raises(ValueError, match="such as"):
            Policy.parse("account", wrong)


def scope(peer: str | None, *forwarded: str) -> dict[str, object]:
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    return {"type": "http", "client": (peer, 1) if peer else None, "headers": headers}


@pytest.mark.rule("LIMIT-5")
@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "expected"),
    [
        ("192.0.2.7", [], 0, "192.0.2.7"),
        ("192.0.2.7", ["203.0.113.9"], 0, "192.0.2.7"),
        ("192.0.2.7", ["203.0.113.9"], 1, "203.0.113.9"),
        ("192.0.2.7", ["198.51.100.1, 203.0.113.9"], 1, "203.0.113.9"),
        ("192.0.2.7", ["198.51.100.1", "203.0.113.9"], 1, "203.0.113.9"),
        ("192.0.2.7", ["198.51.100.1, 203.0.113.9, 10.0.0.1"], 2, "203.0.113.9"),
        ("192.0.2.7", ["203.0.113.9"], 2, "192.0.2.7"),
        ("192.0.2.7", [], 1, "192.0.2.7"),
        ("192.0.2.7", ["nonsense"], 1, "192.0.2.7"),
        ("192.0.2.7", ["203.0.113.9,"], 1, "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", [], 0, "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", [], 0, "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", [], 0, "192.0.2.7"),
        (None, [], 0, "local"),
    ],
)
def test_the_address_that_is_counted(
    peer: str | None, forwarded: list[str], proxies: int, expected: str
) -> None:
    assert address(scope(peer, *forwarded), proxies) == expected


@pytest.mark.rule("LIMIT-5")
@given(st.text(st.characters(max_codepoint=255)), st.integers(0, 3))
def test_no_header_breaks_the_counting(value: str, proxies: int) -> None:
    assert address(scope("192.0.2.7", value), proxies)


@pytest.mark.rule("LIMIT-2", "LIMIT-4")
async def test_the_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = CountingRateLimiter("memory://")
    first, second, third = [await limiter.hit(TWO, "a") for _ in range(3)]
    assert [one.allowed for one in (first, second, third)] == [True, True, False]
    assert [one.remaining for one in (first, second, third)] == [1, 0, 0]
    assert all(1 <= one.reset <= 60 for one in (first, second, third))
    assert (await limiter.hit(TWO, "b")).allowed
    assert (await limiter.hit(Policy("address", 2, 60), "a")).allowed


@pytest.mark.rule("LIMIT-2", "LIMIT-4")
async def test_the_window_slides_and_the_reset_is_honest(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    limiter = CountingRateLimiter("memory://")
    ten = Policy("account", 10, 60)
    now += 59
    assert [(await limiter.hit(ten, "a")).allowed for _ in range(10)] == [True] * 10
    now += 2  # the next window: but the ten of two seconds ago still weigh
    *passed, refused = [await limiter.hit(ten, "a") for _ in range(4)]
    assert sum(one.allowed for one in passed) <= 1
    assert not refused.allowed
    now += refused.reset
    assert (await limiter.hit(ten, "a")).allowed
    now += 120
    assert (await limiter.hit(ten, "a")).remaining == 9


@pytest.mark.rule("LIMIT-7")
async def test_counters_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    limiter = CountingRateLimiter("memory://")
    for number in range(1000):
        await limiter.hit(TWO, str(number))
    storage = limiter._storage
    assert isinstance(storage, SweptMemory)
    assert len(storage.storage) == 1000
    now += 200
    await limiter.hit(TWO, "one more")
    assert len(storage.storage) == len(storage.expirations) == 1


@pytest.mark.rule("LIMIT-4")
async def test_hits_at_once_are_all_counted() -> None:
    limiter = CountingRateLimiter("memory://")
    fifty = Policy("account", 50, 3600)
    found = await asyncio.gather(*(limiter.hit(fifty, "a") for _ in range(80)))
    assert sum(one.allowed for one in found) == 50


@pytest.mark.rule("LIMIT-7")
async def test_where_redis_does_not_answer_requests_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    complaints: list[str] = []
    monkeypatch.setattr(
        rate_limits.log, "warning", lambda event, **_: complaints.append(event), raising=False
    )
    limiter = CountingRateLimiter("redis://127.0.0.1:1")
    for _ in range(3):
        assert (await limiter.hit(TWO, "a")).allowed
    assert complaints == ["rate limits are not counted"]


@pytest.mark.rule("LIMIT-7")
async def test_a_redis_that_takes_the_connection_and_says_nothing_is_not_waited_for() -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    over = asyncio.Event()
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    limiter = CountingRateLimiter(f"redis://127.0.0.1:{port}")
    began = time.monotonic()
    assert (await limiter.hit(TWO, "a")).allowed
    assert (await limiter.look(TWO, "a")).allowed
    assert time.monotonic() - began < 4
    over.set()
    server.close()
    await server.wait_closed()
