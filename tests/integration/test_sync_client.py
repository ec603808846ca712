"""The sync client of the examples, as a process of its own, against a real server on PostgreSQL."""

import asyncio
import operator
import random
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from application.copies import DUPLICATE
from application.labels import MERGE
from application.projects import ARCHIVE, UNARCHIVE
from application.tasks import OVERRIDES
from domain.change import CREATE, DELETE, MOVE, PURGE, RESTORE, REVERT, REVOKE, UPDATE, EntityKind
from domain.task import Verb
from tests.integration.test_postgres import connected
from tests.integration.test_streams import PLENTY, token
from tests.support.databases import Database
from tests.support.mirrors import Copy, journal, listed, snapshot
from tests.support.restarts import Restarted
from tests.support.writers import Writer

TASKS = "/api/v1/tasks"
OTHERS = {ARCHIVE, UNARCHIVE, DUPLICATE, MERGE}
LISTS = {
    "task": "tasks", "project": "projects", "section": "sections", "label": "labels", "comment": "comments",
    "api_token": "tokens", "view": "views",
}  # fmt: skip
FOLLOWS = {"last_used_at", "subtasks", "blocked_by_open", "ready", "builtin"}
"""What is shown and not kept: it follows from other things, or is noted."""
OPERATIONS, EARLY, WRITERS = 1000, 100, 6
STOPS = (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGTERM, signal.SIGKILL)


class World:
    """A service, an account, and a copy of it."""

    def __init__(self, service: Restarted, folder: Path, subject: str, seconds: int) -> None:
        self.service = service
        self.copy = Copy(folder, service.url, partial(token, folder, subject, seconds))
        self._made: dict[str, list[str]] = {}
        self._headers = {"Authorization": f"Bearer {token(folder, subject)}"}

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.service.url, headers=self._headers, trust_env=False, timeout=10
        )

    async def write(self, writers: int, going_on: Callable[[], bool]) -> None:
        """Several writers at once."""

        async def work(number: int) -> None:
            async with self.client() as client:
                send = partial(self.service.insist, client)
                writer = Writer(send, random.Random(writers * 100 + number), self._made)
                while going_on():
                    await writer.act()

        async with asyncio.TaskGroup() as group:
            for number in range(writers):
                group.create_task(work(number))

    async def assert_equal(self) -> None:
        """The mirror is what a fresh snapshot and the lists say, field by field."""
        async with self.client() as client:
            fresh, place = await snapshot(client)
            await self.copy.stands(partial(operator.eq, place))
            things = self.copy.things()
            shown = {kind: await listed(client, f"/api/v1/{path}") for kind, path in LISTS.items()}
        assert things == fresh
        archived = {id_ for (_, id_), fields in things.items() if fields.get("archived_at")}
        for kind, items in shown.items():
            kept = {id_: {"id": id_, **fields} for (its, id_), fields in things.items() if its == kind}
            there = {
                id_ for id_, fields in kept.items() if {id_, fields.get("project_id")}.isdisjoint(archived)
            }
            assert set(items) == (there if kind in {"task", "project"} else set(kept))
            for id_, item in items.items():
                told = {name: value for name, value in item.items() if name not in FOLLOWS}
                assert told == {name: kept[id_][name] for name in told}


@asynccontextmanager
async def world(
    database: Database,
    folder: Path,
    subject: str,
    stops: Sequence[tuple[int, signal.Signals]] = (),
    seconds: int = 3000,
) -> AsyncIterator[World]:
    """`seconds` is how long the client's access tokens live."""
    environment = {"REMIT_DATABASE_URL": database.app, "REMIT_DATA_DIR": str(folder), **PLENTY}
    async with asyncio.timeout(300), Restarted(environment, stops).running() as service:
        yield World(service, folder, subject, seconds)


@pytest.mark.rule("JRN-26")
async def test_the_mirror_is_the_account_after_1000_operations_and_5_restarts(
    database: Database, tmp_path: Path
) -> None:
    dice = random.Random(20)
    stops = list(zip(sorted(dice.sample(range(400, OPERATIONS), len(STOPS))), STOPS, strict=True))
    early, numbers = iter(range(EARLY)), iter(range(EARLY, OPERATIONS))
    async with world(database, tmp_path, "mirrored", stops, seconds=4) as here:
        await here.write(WRITERS, lambda: next(early, None) is not None)
        async with here.copy.client() as process:
            await here.copy.stands(lambda place: place is not None)
            await here.write(WRITERS, lambda: next(numbers, None) is not None)
            await here.assert_equal()
        assert here.service.started == len(STOPS) + 1
        assert (process.returncode, here.copy.asked("snapshot")) == (-signal.SIGKILL, 1)
        async with here.client() as client:
            changes = await journal(client)
            assert (await client.get("/api/v1/changes/verify")).json()["valid"] is True
    assert {change["entity"] for change in changes} == set(EntityKind)
    told = {change["verb"].removeprefix(OVERRIDES) for change in changes}
    every = {CREATE, UPDATE, DELETE, RESTORE, PURGE, MOVE, REVOKE, REVERT, *OTHERS, *Verb}
    assert told <= every
    assert len(every - told) <= 2  # which ones come to be done depends on who is first


@pytest.mark.rule("JRN-26")
async def test_a_client_that_is_killed_again_and_again_loses_nothing(
    database: Database, tmp_path: Path
) -> None:
    dice, done = random.Random(21), asyncio.Event()
    async with world(database, tmp_path, "killed") as here:
        writing = asyncio.create_task(here.write(2, lambda: not done.is_set()))
        for _ in range(6):
            place = here.copy.place()
            async with here.copy.client() as process:
                await here.copy.stands(partial(operator.ne, place))
                await asyncio.sleep(dice.random() / 5)
                assert process.returncode is None
        done.set()
        await writing
        async with here.copy.client():
            await here.assert_equal()
        assert here.copy.asked("snapshot") == 1


@pytest.mark.rule("JRN-26")
async def test_a_mirror_whose_place_is_not_kept_takes_a_new_snapshot(
    fresh_database: Database, tmp_path: Path
) -> None:
    async with world(fresh_database, tmp_path, "late") as here, here.client() as client:
        old, gone = [(await client.post(TASKS, json={"title": "t"})).json()["id"] for _ in range(2)]
        async with here.copy.client():
            await here.assert_equal()
        await client.delete(f"{TASKS}/{gone}")
        await client.patch(f"{TASKS}/{old}", json={"title": "u"})
        async with connected(fresh_database.admin) as admin:
            await admin.execute("DELETE FROM remit.change WHERE seq <= 3")
            await admin.execute("UPDATE remit.account SET floor_seq = 3")
        async with here.copy.client():
            await here.assert_equal()
        assert here.copy.asked("snapshot") == 2
        assert [name for _, name in here.copy.things()] == [old]


@pytest.mark.rule("JRN-26")
async def test_a_mirror_is_told_what_happens_and_when_to_take_a_new_snapshot(
    fresh_database: Database, tmp_path: Path
) -> None:
    async with world(fresh_database, tmp_path, "restored") as here, here.client() as client:
        async with here.copy.client():
            await here.copy.streams()
            asked = here.copy.asked("changes?")
            for _ in range(4):
                await client.post(TASKS, json={"title": "t"})
            await here.assert_equal()
            assert here.copy.asked("changes?") == asked  # the stream told it
            async with connected(fresh_database.admin) as admin:  # as a backup would have it
                await admin.execute("DELETE FROM remit.change WHERE seq > 2")
                await admin.execute(
                    "DELETE FROM remit.task WHERE id NOT IN (SELECT entity_id FROM remit.change)"
                )
                await admin.execute("UPDATE remit.account SET head_seq = 2")
            await client.post(TASKS, json={"title": "after the restore"})
            await here.assert_equal()
        assert len(here.copy.things()) == 3
        assert "HTTP/1.1 410" not in here.copy.log.read_text()  # the stream said so
        assert here.copy.asked("snapshot") == 2
