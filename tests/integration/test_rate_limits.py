"""Limits that several processes count together, in a real Redis."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.rate_limits import CountingRateLimiter
from domain.limits import Policy
from tests.support.requirements import lacking


@pytest.fixture
async def redis_url(tmp_path: Path) -> AsyncIterator[str]:
    program = shutil.which("redis-server") or lacking("redis", "there is no redis-server on the path")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--requirepass", "secret",
        "--dir", str(tmp_path), stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        await asyncio.sleep(0.02)
    yield f"redis://:secret@127.0.0.1:{port}/0"
    process.terminate()
    await process.wait()


@pytest.mark.rule("LIMIT-4", "LIMIT-7")
async def test_two_processes_count_together(redis_url: str) -> None:
    here, there = CountingRateLimiter(redis_url), CountingRateLimiter(redis_url)
    policy = Policy("account", 6, 3600)
    found = [await (here, there)[turn % 2].hit(policy, "ada") for turn in range(8)]
    assert [one.allowed for one in found] == [True] * 6 + [False] * 2
    assert [one.remaining for one in found[:6]] == [5, 4, 3, 2, 1, 0]
    assert all(1 <= one.reset <= 3600 for one in found)
    assert (await there.hit(policy, "ben")).remaining == 5
