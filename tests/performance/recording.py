"""What Remit sends to PostgreSQL, as PostgreSQL's own log has it: whatever library sent it, and in whatever way."""

import asyncio
import json
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from entrypoints.container import Container
from entrypoints.http.app import create_app
from tests.performance.data import Owner
from tests.performance.database import Database
from tests.performance.requests import Asked
from tests.support.apps import settings_for

_MESSAGE = re.compile(r"(?:statement|execute [^:]*): (.*)", re.DOTALL)
_PARAMETER = re.compile(r"\$(\d+) = (?:'((?:[^']|'')*)'|(NULL))")
_BEGIN = ("BEGIN", "START TRANSACTION")
_END = ("ROLLBACK", "COMMIT")
_FLUSH_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement, and its parameters in PostgreSQL's own text form, None for NULL."""

    text: str
    parameters: Sequence[str | None]


Transaction = Sequence[Sent]
"""From BEGIN to its end, both included."""


async def recorded(
    database: Database, home: Path, people: Sequence[Owner], tasks: int, operations: Sequence[str]
) -> dict[str, list[Transaction]]:
    """The transaction of each operation for each account, one connection asking for one after the other."""
    container = Container(settings=settings_for(home, database, database_pool_size=1))
    transport = httpx.ASGITransport(create_app(container))
    try:
        async with (
            _logged(database) as take,
            httpx.AsyncClient(transport=transport, base_url="http://remit.test") as client,
        ):
            found = {}
            for operation in operations:
                await _ask(client, operation, people[0], tasks)  # what the driver asks about types comes once
                await take()
                for owner in people:
                    await _ask(client, operation, owner, tasks)
                found[operation] = await take()
                if len(found[operation]) != len(people):
                    raise RuntimeError(f"{operation}: not one transaction for each request")
            return found
    finally:
        for close in container.closers():
            await close()


async def _ask(client: httpx.AsyncClient, operation: str, owner: Owner, tasks: int) -> None:
    path = Asked([], tasks).path(operation, owner.number)
    answer = await client.get(path, headers={"Authorization": f"Bearer {owner.token}"})
    answer.raise_for_status()


class _Log:
    """PostgreSQL's own, line by line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = path.stat().st_size

    def read(self) -> list[dict[str, Any]]:
        """What is whole, and was not read before."""
        with self._path.open("rb") as log:
            log.seek(self._position)
            whole = log.read().rpartition(b"\n")[0]
        self._position += len(whole) + bool(whole)
        return [json.loads(line) for line in whole.splitlines()]


Take = Callable[[], Awaitable[list[Transaction]]]
"""The transactions that have ended since it was called last."""


@asynccontextmanager
async def _logged(database: Database) -> AsyncGenerator[Take]:
    """While it lasts, new sessions of the role that serves are logged."""
    log = _Log(Path(await database.log()))

    async def take() -> list[Transaction]:
        # Whatever was sent before this is in the log before this.
        mark = f"mark {uuid4()}"
        await database.execute(f"DO $$ BEGIN RAISE LOG '{mark}'; END $$")
        lines, until = log.read(), time.monotonic() + _FLUSH_SECONDS
        while not any(line["message"] == mark for line in lines):
            if time.monotonic() > until:
                raise RuntimeError("the log of PostgreSQL does not say what was sent")
            await asyncio.sleep(0.02)
            lines += log.read()
        return list(_transactions(lines))

    await database.execute("ALTER ROLE remit_app SET log_statement = 'all'")
    try:
        yield take
    finally:
        await database.execute("ALTER ROLE remit_app RESET log_statement")


def _transactions(lines: Iterable[dict[str, Any]]) -> Iterator[Transaction]:
    """Of one session: from each BEGIN to its end."""
    begun: list[Sent] | None = None
    for sent in filter(None, map(_sent, lines)):
        if sent.text.upper().startswith(_BEGIN):
            begun = []
        if begun is not None:
            begun.append(sent)
            if sent.text.upper().startswith(_END):
                yield begun
                begun = None


def _sent(line: dict[str, Any]) -> Sent | None:
    found = _MESSAGE.fullmatch(line["message"])
    if line.get("user") != "remit_app" or found is None:
        return None
    values = dict[int, str | None]()
    for number, text, null in _PARAMETER.findall(line.get("detail", "")):
        values[int(number)] = None if null else text.replace("''", "'")
    return Sent(found[1].strip(), [values[number] for number in sorted(values)])
