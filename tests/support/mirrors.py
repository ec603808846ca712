"""The sync client of the examples as a process of its own, and what its mirror holds."""

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx

from tests.support.apps import clean_environment

SCRIPT = Path(__file__).parents[2] / "examples" / "sync-client" / "mirror.py"
Things = dict[tuple[str, str], dict[str, Any]]


class Copy:
    """A mirror's file. `token` writes a fresh access token, which the client reads whenever it connects."""

    def __init__(self, folder: Path, url: str, token: Callable[[], str]) -> None:
        self.file, self.log = folder / "mirror.sqlite3", folder / "mirror.log"
        self._token_file = folder / "token"
        self._url = url
        self._token = token

    @asynccontextmanager
    async def client(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """A running client, killed in the end if it still runs."""
        self._write_token()
        with self.log.open("a") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, SCRIPT, self.file, self._url, "cat", self._token_file),
                env=clean_environment() | {"NO_PROXY": "127.0.0.1"},
                stderr=log,
            )
        renewing = asyncio.create_task(self._renew())
        try:
            yield process
        finally:
            renewing.cancel()
            if process.returncode is None:
                process.kill()
            await process.wait()

    def asked(self, path: str) -> int:
        """How often it has asked for what begins so, by its log."""
        return self.log.read_text().count(f"GET {self._url}/api/v1/{path}")

    def things(self) -> Things:
        """Every thing's fields, by kind and id."""
        with closing(self._opened()) as db:
            rows = db.execute("SELECT entity, id, version, state FROM things").fetchall()
        return {
            (entity, name): {**json.loads(state), "version": version} for entity, name, version, state in rows
        }

    def place(self) -> str | None:
        """Where in the journal it stands; None before there is anything."""
        if not self.file.exists():
            return None
        with closing(self._opened()) as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'place'").fetchall():
                return None
            row = db.execute("SELECT token FROM place").fetchone()
        return row[0] if row else None

    async def stands(self, fits: Callable[[str | None], bool]) -> None:
        """Until its place fits."""
        await _until(lambda: fits(self.place()))

    async def streams(self) -> None:
        """Until it has opened a stream."""
        await _until(lambda: self.asked("changes/stream") > 0)

    def _opened(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            self._write_token()

    def _write_token(self) -> None:
        new = self._token_file.with_suffix(".new")
        new.write_text(self._token())
        new.replace(self._token_file)


async def _until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while True:
            if so():
                return
            await asyncio.sleep(0.02)


async def snapshot(client: httpx.AsyncClient) -> tuple[Things, str]:
    """What the server has, and the place of it."""
    answer = await client.get("/api/v1/snapshot")
    assert answer.status_code == 200, answer.text
    *lines, end = [json.loads(line) for line in answer.text.split("\n")[:-1]]
    assert end["count"] == len(lines)
    things = {(line["entity"], line["id"]): {**line["state"], "version": line["version"]} for line in lines}
    return things, end["next"]


async def journal(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Every change."""
    changes: list[dict[str, Any]] = []
    page: dict[str, Any] = {"has_more": True}
    while page["has_more"]:
        after = {"after": page["next"]} if changes else {}
        page = (await client.get("/api/v1/changes", params={"limit": 500, **after})).json()
        changes += page["items"]
    return changes


async def listed(client: httpx.AsyncClient, path: str) -> dict[str, dict[str, Any]]:
    """Every item of all pages that is the account's own, by id."""
    items, cursor = [], {}
    while cursor is not None:
        page = (await client.get(path, params={"limit": 200, **cursor})).json()
        items += page["items"]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    return {item["id"]: item for item in items if not item.get("builtin")}
