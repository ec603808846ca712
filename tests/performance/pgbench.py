"""PostgreSQL alone: pgbench with the transactions that Remit sends, as the same role."""

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl, unquote, urlsplit

from adapters.embedded.account import Account
from adapters.embedded.binaries import binaries
from tests.performance.database import Database
from tests.performance.recording import Sent, Transaction

_MOST_SECONDS = 30
_LOOK_SECONDS = 0.05
# Transactions of each connection before anything counts: PostgreSQL settles on a plan at the sixth.
_WARM = 8


class Scripts:
    """One script for each transaction, chosen at random. A connection prepares their statements once, for all."""

    def __init__(self, folder: Path, transactions: Sequence[Transaction]) -> None:
        self._options = ["-M", "simple", "-D", "prepared=0"]
        prepared = [_prepared(place, sent) for place, sent in enumerate(transactions[0]) if sent.parameters]
        once = ["\\if :prepared = 0", *prepared, "\\set prepared 1", "\\endif"]
        for number, transaction in enumerate(transactions):
            if [sent.text for sent in transaction if sent.parameters] != [
                sent.text for sent in transactions[0] if sent.parameters
            ]:
                raise RuntimeError("not every account was asked for in the same words")
            lines = [_line(place, sent) for place, sent in enumerate(transaction)]
            path = folder / f"{number}.sql"
            path.write_text("\n".join([*once, *lines]) + "\n")
            self._options += ["-f", str(path)]

    def options(self) -> Sequence[str]:
        return self._options


def _prepared(place: int, sent: Sent) -> str:
    return f"PREPARE p{place} AS {_one_line(sent.text)}"


def _line(place: int, sent: Sent) -> str:
    if not sent.parameters:
        return _one_line(sent.text)
    values = ("NULL" if value is None else "'" + value.replace("'", "''") + "'" for value in sent.parameters)
    return f"EXECUTE p{place} ({', '.join(values)});"


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(";") + ";"


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
            *(str(binaries(Account())["pgbench"]), "-n", "-c", str(connections), "-j", "2"),
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
            window = await _observed(database, said, _WARM * connections, seconds)
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
    database: Database, said: asyncio.Task[tuple[bytes, bytes]], warm: int, seconds: float
) -> _Window:
    while (await database.statements()).calls < warm:
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
