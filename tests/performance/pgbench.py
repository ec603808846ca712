"""PostgreSQL alone: pgbench with the statements that Remit sends, as the same role, in the same transaction."""

import asyncio
import os
import re
import signal
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
_MOST_SECONDS = 30
_LOOK_SECONDS = 0.05
# Transactions of each connection before anything counts.
_WARM = 4


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
    """Run it for so long once every connection is at work: logging in costs more than asking."""
    await database.forget()
    with TemporaryDirectory() as folder:
        command = [
            *(str(binaries(Account())["pgbench"]), "-n", "-M", "prepared", "-c", str(connections), "-j", "2"),
            *("-T", str(_MOST_SECONDS), "-l", *scripts.options()),
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
            window = await _observed(database, said, connections, seconds)
            process.send_signal(signal.SIGALRM)  # as its own -T does: it finishes what it is at
            output = (await asyncio.wait_for(said, _MOST_SECONDS))[0].decode()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise RuntimeError(f"pgbench failed: {output}")
        took = _took(Path(folder), window)
    return Limit(
        window.calls / window.seconds,
        took[len(took) // 2],
        took[int(len(took) * 0.99)],
        window.cpu / window.calls,
    )


@dataclass(frozen=True, slots=True)
class _Window:
    """A while in which nothing began or ended: transactions, CPU and duration in seconds, since when."""

    calls: int
    cpu: float
    seconds: float
    since: float


async def _observed(
    database: Database, said: asyncio.Task[tuple[bytes, bytes]], connections: int, seconds: float
) -> _Window:
    while (await database.statements()).calls < _WARM * connections:
        if said.done():
            raise RuntimeError(f"pgbench ended: {said.result()[0].decode()}")
        await asyncio.sleep(_LOOK_SECONDS)
    await database.forget()
    since, cpu, began = time.time(), database.cpu(), time.monotonic()
    await asyncio.sleep(seconds)
    cpu, took = database.cpu() - cpu, time.monotonic() - began
    return _Window((await database.statements()).calls, cpu, took, since)


def _took(folder: Path, window: _Window) -> list[float]:
    """Seconds of each transaction that ended in the window, sorted; the logs have microseconds."""
    lines = (line.split() for log in folder.glob("pgbench_log*") for line in log.read_text().splitlines())
    ended = ((int(took) / 1e6, int(at) + int(us) / 1e6) for _, _, took, _, at, us in lines)
    return sorted(took for took, at in ended if window.since <= at <= window.since + window.seconds)


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
