"""How the server reads what an account has, as the plain role: within the account's own rows, whatever is asked."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import md5
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.engine import pool
from adapters.postgres.source import PostgresSource
from adapters.postgres.uow import PostgresReadUnit, PostgresUnits
from adapters.postgres.url import DatabaseUrl
from application.listing import ORDERS
from application.shown import FIELDS
from application.views import Position, TaskQuery
from domain.access import Scope
from domain.change import JOURNALED, EntityKind
from domain.ids import AccountId, TaskId
from domain.task import Status
from tests.support.actors import actor
from tests.support.databases import Database, Databases
from tests.support.queries import Query, QueryRecorder, beneath

MANY = """
    INSERT INTO remit.account (id, issuer, subject)
    SELECT md5('account ' || a)::uuid, 'i', 's' || a FROM generate_series(0, 199) AS a;
    INSERT INTO remit.project (account_id, id, name, description, rank, archived_at, created_at, updated_at, version)
    SELECT md5('account ' || n % 200)::uuid, md5('project ' || n)::uuid, 'n', '', 'e' || lpad(n::text, 5, '0'),
           CASE WHEN n % 3 = 0 THEN now() END, now(), now(), 1 FROM generate_series(0, 1999) AS n;
    INSERT INTO remit.label (account_id, id, name, key, taken_from, created_at, updated_at, version)
    SELECT md5('account ' || n % 200)::uuid, md5('label ' || n)::uuid, n::text, n::text, '{}', now(), now(), 1
    FROM generate_series(0, 1999) AS n;
    INSERT INTO remit.task (account_id, id, title, description, status, priority, project_id, parent_id, rank,
                            labels, blocked_by, checklist, links, created_at, updated_at, deleted_at,
                            deleted_with, version)
    SELECT md5('account ' || n % 200)::uuid, md5('task ' || n)::uuid, 'title ' || n, '',
           CASE WHEN n % 7 = 0 THEN 'in_progress' ELSE 'todo' END, 'none',
           CASE WHEN n % 5 = 0 THEN md5('project ' || n % 2000)::uuid END,
           CASE WHEN n > 15000 THEN md5('task ' || n - 10000)::uuid END, 'e' || lpad(n::text, 5, '0'),
           CASE WHEN n % 4 = 0 THEN ARRAY[md5('label ' || n % 2000)::uuid] ELSE '{}' END,
           CASE WHEN n > 5000 AND n % 6 = 0 THEN ARRAY[md5('task ' || n - 5000)::uuid] ELSE '{}' END, '[]', '[]',
           timestamptz '2026-01-01' + n * interval '1 minute', now(),
           CASE WHEN n % 11 = 0 THEN now() END, CASE WHEN n % 11 = 0 THEN md5('task ' || n)::uuid END, 1
    FROM generate_series(1, 20000) AS n;
    INSERT INTO remit.task (account_id, id, title, description, status, priority, rank, labels, blocked_by,
                            checklist, links, created_at, updated_at, version)
    SELECT md5('account 7')::uuid, md5('more ' || n)::uuid, 't', '', 'todo', 'none', 'f' || lpad(n::text, 6, '0'),
           '{}', '{}', '[]', '[]', timestamptz '2026-01-01' + n * interval '7 minutes', now(), 1
    FROM generate_series(1, 3000) AS n;
    INSERT INTO remit.comment (account_id, id, task_id, author, body, created_at, updated_at, version)
    SELECT md5('account ' || n % 200)::uuid, md5('comment ' || n)::uuid, md5('task ' || n)::uuid, 'a', 'b', now(), now(), 1
    FROM generate_series(1, 5000) AS n;
    INSERT INTO remit.section (account_id, id, name, rank, created_at, updated_at, version)
    SELECT md5('account ' || n % 200)::uuid, md5('section ' || n)::uuid, 'n', 'e' || lpad(n::text, 5, '0'), now(), now(), 1
    FROM generate_series(1, 2000) AS n;
    INSERT INTO remit.view (account_id, id, name, key, created_at, updated_at, version)
    SELECT md5('account ' || n % 200)::uuid, md5('view ' || n)::uuid, 'n', 'n', now(), now(), 1 FROM generate_series(1, 2000) AS n;
    ANALYZE remit.view, remit.task, remit.project, remit.label, remit.task_label, remit.blocker, remit.comment, remit.section;
"""
LATER = datetime(2099, 1, 1, tzinfo=UTC)
KINDS = [kind for kind in EntityKind if kind is not EntityKind.PREFERENCES]


def _id(name: str) -> UUID:
    """As md5(name)::uuid makes it."""
    return UUID(md5(name.encode(), usedforsecurity=False).hexdigest())


ME = replace(actor(), account_id=AccountId(_id("account 7")))
TASK, PROJECT, LABEL, SECTION = _id("task 10007"), _id("project 207"), _id("label 207"), _id("section 207")
TODO = frozenset({Status.TODO})
AFTER = Position(datetime(2026, 1, 8, tzinfo=UTC), _id("task 10007"))


@pytest.fixture(scope="module")
async def many(databases: Databases) -> AsyncIterator[AsyncEngine]:
    """Two hundred accounts with a hundred tasks each, one of them with three thousand more."""
    async with databases.clone() as database:
        admin = await asyncpg.connect(database.admin)
        try:
            await admin.execute(MANY)
        finally:
            await admin.close()
        engine = pool(DatabaseUrl.parse(database.app), size=1)
        yield engine
        await engine.dispose()


async def plan(connection: AsyncConnection, query: Query) -> Any:
    found = await connection.exec_driver_sql(
        f"EXPLAIN (COSTS OFF, FORMAT JSON) {query.text}", tuple(query.parameters)
    )
    answer = found.scalar_one()
    return (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]


def nodes(node: Any) -> Iterator[Any]:
    yield node
    for part in node.get("Plans", ()):
        yield from nodes(part)


def faults(tree: Any) -> Iterator[str]:
    """Reads that go beyond the rows of one account, and conditions that ask who asks for each row."""
    for node in nodes(tree):
        kind = node["Node Type"]
        if kind == "Seq Scan":
            yield f"all of {node['Relation Name']} is read"
        owner = "(id = " if node.get("Index Name") == "account_pkey" else "account_id"
        if "Index Name" in node and owner not in node.get("Index Cond", ""):
            yield f"{node['Index Name']} is not read by the owner"
        for name in ("Filter", "Index Cond", "Recheck Cond", "Join Filter", "One-Time Filter"):
            if "current_setting" in node.get(name, ""):
                yield f"{kind} asks for the setting in its {name}"


Ask = Callable[[PostgresReadUnit, PostgresSource], Awaitable[Any]]


def _pages() -> dict[str, Ask]:
    asked: dict[str, Ask] = {
        "task": lambda unit, _: unit.tasks.get(TASK),
        "task, shown": lambda unit, _: unit.tasks.one(TaskId(TASK), FIELDS),
        "label names": lambda _, source: source.fetch(EntityKind.LABEL, {"key": {"207", "407"}}),
        "trash": lambda unit, _: unit.entities.trash(None, 50),
        "trash, next page": lambda unit, _: unit.entities.trash(Position(LATER, TASK), 50),
        "counts": lambda unit, _: unit.entities.counts(),
        "progress": lambda _, source: source.progress([TASK, _id("task 5207")]),
        "blocking": lambda _, source: source.blocking([TASK, _id("task 10207")]),
        "comments of a task": lambda unit, _: unit.entities.page(
            EntityKind.COMMENT, {"task_id": {_id("task 207")}}, ORDERS[EntityKind.COMMENT], None, 50
        ),
        "place": lambda _, source: source.fetch(
            EntityKind.TASK,
            {"project_id": {PROJECT}, "section_id": {None}, "parent_id": {None}, "rank": {"e00207"}},
        ),
        "preferences": lambda unit, _: unit.entities.find(EntityKind.PREFERENCES, ME.account_id),
    }
    queries = {
        "first page": TaskQuery(),
        "next page": TaskQuery(after=AFTER),
        "one status": TaskQuery(statuses=TODO),
        "one status, next page": TaskQuery(statuses=TODO, after=AFTER),
        "two statuses": TaskQuery(statuses=TODO | {Status.IN_PROGRESS}),
        "of a project": TaskQuery(where={"project_id": {PROJECT}}),
        "of the Inbox": TaskQuery(where={"project_id": {None}}),
        "of a section": TaskQuery(where={"section_id": {SECTION}}),
        "subtasks": TaskQuery(where={"parent_id": {TASK}}),
        "with a label": TaskQuery(where={"labels": {LABEL}}),
    }
    for name, query in queries.items():
        asked[name] = lambda unit, _, query=query: unit.tasks.page(query)
    for kind in KINDS:
        asked[f"chunk of {kind}s"] = lambda unit, _, kind=kind: unit.entities.chunk(kind, None, 50)
        asked[f"some {kind}s"] = lambda _, source, kind=kind: source.fetch(kind, {"id": {TASK, LABEL}})
        if kind in ORDERS:
            asked[f"page of {kind}s"] = lambda unit, _, kind=kind: unit.entities.page(
                kind, {}, ORDERS[kind], None, 50
            )
        if JOURNALED[kind].has_trash:
            asked[f"trashed {kind}s"] = lambda _, source, kind=kind: source.trashed(kind, LATER, 50)
    for kind, place in (
        (EntityKind.TASK, {"project_id": {None}, "section_id": {None}, "parent_id": {None}}),
        (EntityKind.PROJECT, {"parent_id": {None}}),
        (EntityKind.SECTION, {"project_id": {None}}),
    ):
        for forward in (False, True):
            asked[f"{kind}s {'after' if forward else 'before'} a rank"] = (
                lambda _, source, kind=kind, place=place, forward=forward: source.neighbours(
                    kind, place, "e10007", forward=forward, limit=5
                )
            )
    for name, value in (
        ("project_id", PROJECT),
        ("section_id", SECTION),
        ("parent_id", TASK),
        ("labels", LABEL),
        ("blocked_by", TASK),
    ):
        asked[f"tasks by {name}"] = lambda _, source, name=name, value=value: source.fetch(
            EntityKind.TASK, {name: {value}}
        )
    return asked


ASKED = _pages()


@pytest.mark.rule("DB-17")
@pytest.mark.parametrize("name", ASKED)
async def test_only_the_accounts_own_rows_are_read_and_the_owner_is_asked_for_once(
    many: AsyncEngine, name: str
) -> None:
    async with PostgresUnits(many).reading(ME, Scope.TASKS_READ) as unit:
        assert isinstance(unit, PostgresReadUnit)
        connection = beneath(unit)
        with QueryRecorder(many) as recorder:
            await ASKED[name](unit, PostgresSource(connection, ME))
        assert recorder.queries
        for query in recorder.queries:
            tree = await plan(connection, query)
            assert any("Index Name" in node for node in nodes(tree)), json.dumps(tree, indent=1)
            assert not list(faults(tree)), json.dumps(tree, indent=1)


@pytest.mark.rule("DB-17")
async def test_pages_are_read_in_their_order(many: AsyncEngine) -> None:
    """Not sorted: the first fifty cost the same, however many there are."""
    async with PostgresUnits(many).reading(ME, Scope.TASKS_READ) as unit:
        for query in (TaskQuery(), TaskQuery(after=AFTER), TaskQuery(statuses=TODO)):
            with QueryRecorder(many) as recorder:
                assert await unit.tasks.page(query)
            tree = await plan(beneath(unit), recorder.queries[0])
            assert not [node for node in nodes(tree) if "Sort" in node["Node Type"]], json.dumps(
                tree, indent=1
            )


@pytest.mark.parametrize(
    ("statement", "named"),
    {
        "SELECT * FROM remit.task WHERE title = 't'": "all of task is read",
        "SELECT * FROM remit.task WHERE current_setting('remit.account_id', true) = title": "asks for the setting",
    }.items(),
)
async def test_what_would_be_wrong_is_named(fresh_database: Database, statement: str, named: str) -> None:
    engine = pool(DatabaseUrl.parse(fresh_database.admin), size=1)
    try:
        async with engine.connect() as connection:
            found = list(faults(await plan(connection, Query(statement, ()))))
    finally:
        await engine.dispose()
    assert any(named in one for one in found), found
