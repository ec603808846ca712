"""Keeps a copy of a Remit account in SQLite: a snapshot, then each change after it, as it happens.

One rule makes it right: the place in the journal is kept in the transaction of the changes up to it. So
whatever dies, and whenever, the copy is the account as it was at one moment, and goes on from there.

    python mirror.py FILE URL [COMMAND ...]    the command prints an access token; without one, TOKEN is it
"""

import json
import logging
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpx

SCHEMA = """
PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; -- whole after any crash, and read meanwhile
CREATE TABLE IF NOT EXISTS things (
    entity TEXT, id TEXT, version INTEGER, state TEXT, PRIMARY KEY (entity, id));
CREATE TABLE IF NOT EXISTS place (single INTEGER PRIMARY KEY CHECK (single = 1), token TEXT);
"""
TIMEOUT = httpx.Timeout(10, read=45)  # a stream says something every 15 seconds

log = logging.getLogger("mirror")


class ResyncError(Exception):
    """The journal does not go on from the mirror's place: only a snapshot helps."""


class Mirror:
    """The copy. It knows no kind of thing: each is its fields, as JSON."""

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path)
        self._db.executescript(SCHEMA)

    @property
    def place(self) -> str | None:
        """Up to where the journal is applied; None before the first snapshot."""
        row = self._db.execute("SELECT token FROM place").fetchone()
        return row[0] if row else None

    def replace(self, lines: Iterable[dict[str, Any]]) -> None:
        """Become what a snapshot says, or stay as it was: without its last line it is not whole."""
        with self._db:
            self._db.execute("DELETE FROM things")
            for line in lines:
                if "next" in line:
                    return self._move(line["next"])
                self._put((line["entity"], line["id"]), line["version"], line["state"])
            raise httpx.RemoteProtocolError("the snapshot is not whole")

    def apply(self, changes: Iterable[dict[str, Any]], place: str) -> None:
        """Set what the changes have set, and drop what is in the trash or gone for good."""
        with self._db:
            for change in changes:
                key = change["entity"], change["entity_id"]
                row = self._db.execute("SELECT state FROM things WHERE (entity, id) = (?, ?)", key).fetchone()
                state = json.loads(row[0] if row else "{}") | (change["after"] or {})
                if change["after"] is None or state.get("deleted_at"):
                    self._db.execute("DELETE FROM things WHERE (entity, id) = (?, ?)", key)
                else:
                    self._put(key, change["version"], state)
            self._move(place)

    def _put(self, key: tuple[str, str], version: int, state: dict[str, Any]) -> None:
        self._db.execute("REPLACE INTO things VALUES (?, ?, ?, ?)", (*key, version, json.dumps(state)))

    def _move(self, place: str) -> None:
        self._db.execute("REPLACE INTO place VALUES (1, ?)", (place,))


def synchronise(mirror: Mirror, client: httpx.Client, place: str | None) -> Iterator[None]:
    """Bring the mirror up to date, and keep it so while the stream lasts. Yields after each step."""
    if place is None:
        with client.stream("GET", "snapshot") as answer:
            mirror.replace(json.loads(line) for line in lines(checked(answer)))
    page: dict[str, Any] = {"has_more": True}
    while page["has_more"]:
        page = checked(client.get("changes", params={"after": mirror.place, "limit": 500})).json()
        mirror.apply(page["items"], page["next"])
        yield
    with client.stream("GET", "changes/stream", headers={"Last-Event-ID": page["next"]}) as answer:
        for event in events(checked(answer)):
            if event.get("event") == "resync":
                raise ResyncError
            changes = [json.loads(event["data"])] if event.get("event") == "change" else []
            mirror.apply(changes, event["id"])
            yield


def checked(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is one. Raises ResyncError where the place is too old (410) or of no use (400)."""
    if answer.status_code in {httpx.codes.BAD_REQUEST, httpx.codes.GONE}:
        raise ResyncError
    asked = answer.headers.get("Retry-After", "")
    time.sleep(int(asked) if asked.isdecimal() else 0)
    return answer.raise_for_status()


def lines(answer: httpx.Response) -> Iterator[str]:
    """Split at line feeds alone: httpx's own would split a title at U+2028, too."""
    rest = b""
    for part in answer.iter_bytes():
        *whole, rest = (rest + part).split(b"\n")
        yield from (line.decode() for line in whole)


def events(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """The fields of each server-sent event; one with an `id` alone says where the stream stands."""
    event: dict[str, str] = {}
    for line in lines(answer):
        if line:
            name, _, value = line.partition(":")
            event[name] = value.removeprefix(" ")
        elif event:
            yield event
            event = {}


def follow(mirror: Mirror, url: str, command: list[str]) -> None:
    """Connect again and again, each time with a fresh token: none lasts as long as this runs."""
    failures, resync = 0, False
    while True:
        try:
            token = subprocess.check_output(command, text=True) if command else os.environ["TOKEN"]  # noqa: S603
            headers = {"Authorization": f"Bearer {token.strip()}"}
            with httpx.Client(base_url=f"{url}/api/v1/", headers=headers, timeout=TIMEOUT) as client:
                for _ in synchronise(mirror, client, None if resync else mirror.place):
                    failures, resync = 0, False
        except ResyncError:
            resync = True
        except (httpx.HTTPError, subprocess.SubprocessError) as error:
            failures += 1
            log.warning("%s", error)
        time.sleep(random.uniform(0, min(30, 2**failures)))  # noqa: S311 - so that many clients spread


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    _, file, url, *command = sys.argv
    follow(Mirror(file), url, command)
