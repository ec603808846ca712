"""PostgreSQL alone: pgbench with the statements that Remit sends, as the same role, in the same transaction."""

import asyncio
import os
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.embedded.account import Account
from adapters.embedded.binaries import binaries
from tests.performance.database import Database

Sent = tuple[str, tuple[Any, ...]]
# What asyncpg sends around them, by SQLAlchemy's isolation level of a read unit.
_BEGIN, _END = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;", "ROLLBACK;"
_SETTLE_SECONDS = 0.2


@asynccontextmanager
async def recorded(engine: AsyncEngine) -> AsyncGenerator[list[Sent]]:
    """Every statement that the engine sends, with its parameters."""
    sent: list[Sent] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, tuple(parameters)))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


class Scripts:
    """One script for each transaction, chosen at random; parameters stay parameters."""

    def __init__(self, folder: Path, transactions: Sequence[Sequence[Sent]]) -> None:
        self._options: list[str] = []
        for number, transaction in enumerate(transactions):
            lines = [_BEGIN]
            for place, (statement, parameters) in enumerate(transaction):
                name = f"p{number}_{place}_"
                lines.append(re.sub(r"\$(\d+)", rf":{name}\1", " ".join(statement.split())) + ";")
                for at, value in enumerate(parameters, 1):
                    self._options += ["-D", f"{name}{at}={value}"]
            path = folder / f"{number}.sql"
            path.write_text("\n".join([*lines, _END]) + "\n")
            self._options += ["-f", str(path)]

    def options(self) -> Sequence[str]:
        return self._options


@dataclass(frozen=True, slots=True)
class Limit:
    """One round of pgbench. Times in seconds; `cpu` is PostgreSQL's for one transaction."""

    rate: float
    p50: float
    p99: float
    cpu: float


async def limit(database: Database, scripts: Scripts, connections: int, seconds: float) -> Limit:
    """Run it. PostgreSQL's CPU is taken while every connection is up, as logging in costs more than asking."""
    with TemporaryDirectory() as folder:
        command = [
            *(str(binaries(Account())["pgbench"]), "-n", "-M", "prepared", "-c", str(connections), "-j", "2"),
            *("-T", str(ceil(seconds + 2 * _SETTLE_SECONDS)), "-l"),
            *scripts.options(),
        ]
        process = await asyncio.create_subprocess_exec(
            *command,
            env=_environment(database.app),
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said = asyncio.create_task(process.communicate())
        try:
            rate, cpu = await _observed(database, seconds)
            output = (await asyncio.wait_for(said, seconds + 60))[0].decode()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise RuntimeError(f"pgbench failed: {output}")
        took = _took(Path(folder))
    return Limit(rate, took[len(took) // 2], took[int(len(took) * 0.99)], cpu)


async def _observed(database: Database, seconds: float) -> tuple[float, float]:
    """Transactions a second, and PostgreSQL's CPU for one, while nothing begins or ends."""
    await asyncio.sleep(_SETTLE_SECONDS)
    await database.forget()
    cpu, began = database.cpu(), asyncio.get_running_loop().time()
    await asyncio.sleep(seconds)
    cpu, took = database.cpu() - cpu, asyncio.get_running_loop().time() - began
    calls = (await database.statements()).calls
    if not calls:
        raise RuntimeError(f"pgbench did nothing for {seconds} s")
    return calls / took, cpu / calls


def _took(folder: Path) -> list[float]:
    """Seconds of each transaction, sorted: the third column of the logs, in microseconds."""
    logs = folder.glob("pgbench_log*")
    return sorted(int(line.split()[2]) / 1e6 for log in logs for line in log.read_text().splitlines())


def _environment(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    place = dict(parse_qsl(parts.query))
    return {
        **os.environ,
        "PGHOST": place.get("host") or parts.hostname or "",
        "PGPORT": place.get("port") or str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.removeprefix("/"),
    }
