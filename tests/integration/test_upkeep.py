"""What only PostgreSQL can show of purging: who may do it, whose rows go, and that nobody waits."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from adapters.clock import SystemClock, UuidV7
from adapters.postgres.migrate import migrate
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.upkeep import PostgresUpkeep
from adapters.postgres.url import DatabaseUrl
from application.maintenance import Maintenance, jobs
from application.ports import Step
from application.trash import Expiry
from domain.access import Actor, Scope
from domain.change import Head
from domain.retention import EXPIRED_KEPT, RETENTION_DEFAULT, RETENTION_MIN, Purgeable
from tests.contract.test_journal import journal, task_of
from tests.contract.test_journal import keep as keep_tasks
from tests.contract.test_notes import answer_of, keep, plan_of
from tests.contract.test_upkeep import ANSWERS, CHANGES, PLANS, YEAR, World, world_on
from tests.integration.test_postgres import connected
from tests.support.actors import actor
from tests.support.databases import Database

PURGE = "SELECT * FROM remit.purge($1, $2, $3)"
WHO = "SELECT coalesce(current_setting('remit.account_id', true), '')"


MANY = """
    INSERT INTO remit.account (id, issuer, subject, head_seq)
    SELECT md5('account ' || a)::uuid, 'i', 's' || a, 4000 FROM generate_series(1, 2000) AS a;
    INSERT INTO remit.change (account_id, seq, at, actor, via, request_id, entity, entity_id, verb, version, hash)
    SELECT md5('account ' || a)::uuid, n, now() - interval '500 days' + n * interval '1 minute', 'x', 'web', 'r', 'task',
           md5('task ' || n % 50)::uuid, 'update', 2, sha256(n::text::bytea)
    FROM generate_series(1, 5) AS a CROSS JOIN generate_series(1, 4000) AS n;
    INSERT INTO remit.answer (account_id, digest, fingerprint, status, headers, body, expires_at)
    SELECT md5('account ' || a)::uuid, sha256(n::text::bytea), sha256('x'), 201, '{}', '{}', now() - interval '2 days'
    FROM generate_series(1, 5) AS a CROSS JOIN generate_series(1, 4000) AS n;
    INSERT INTO remit.plan (account_id, id, scopes, steps, seen, expires_at)
    SELECT md5('account ' || a)::uuid, md5('plan ' || n)::uuid, '{}', '[]', '[]', now() - interval '2 days'
    FROM generate_series(1, 5) AS a CROSS JOIN generate_series(1, 4000) AS n;
    ANALYZE;
"""
SCANS = """
    SELECT relname, seq_scan FROM pg_stat_user_tables WHERE schemaname = 'remit' ORDER BY relname
"""


@pytest.fixture
async def world(fresh_database: Database) -> AsyncIterator[World]:
    async with world_on(fresh_database) as made:
        yield made


@pytest.fixture
async def admin(fresh_database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with connected(fresh_database.admin) as connection:
        yield connection


@pytest.fixture
async def app(fresh_database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with connected(fresh_database.app) as connection:
        yield connection


async def turns(admin: asyncpg.Connection, owner: Actor) -> dict[str, timedelta]:
    """For each job, in how long it is the account's turn."""
    query = "SELECT job, due_at - now() AS left FROM remit.upkeep WHERE account_id = $1"
    return {row["job"]: row["left"] for row in await admin.fetch(query, owner.account_id)}


# Who may


@pytest.mark.rule("JRN-5", "JRN-21")
@pytest.mark.parametrize("statement", [
    "DELETE FROM remit.change",
    "DELETE FROM remit.answer",
    "DELETE FROM remit.plan",
    "DELETE FROM remit.account",
    "UPDATE remit.account SET floor_seq = head_seq",
    "UPDATE remit.account SET floor_hash = head_hash",
    "UPDATE remit.account SET floor_at = head_at",
    "SELECT * FROM remit.upkeep",
    "UPDATE remit.upkeep SET due_at = now()",
    "DELETE FROM remit.upkeep",
    "INSERT INTO remit.upkeep (account_id, job, due_at) SELECT id, 'changes', now() FROM remit.account",
    "SELECT remit.purge_changes(current_setting('remit.account_id')::uuid, now(), 10)",
    "SELECT remit.purge_answers(current_setting('remit.account_id')::uuid, now(), 10)",
    "SELECT remit.purge_plans(current_setting('remit.account_id')::uuid, now(), 10)",
    "ALTER TABLE remit.account DISABLE TRIGGER account_schedule_upkeep",
])  # fmt: skip
async def test_the_role_that_serves_removes_nothing_itself(
    world: World, app: asyncpg.Connection, statement: str
) -> None:
    owner = actor()
    await world.make(owner, 2)
    async with app.transaction():
        await app.execute("SELECT set_config('remit.account_id', $1, true)", str(owner.account_id))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with app.transaction():
                await app.execute(statement)
    assert await world.seqs(owner) == [1, 2]


@pytest.mark.rule("JRN-21")
@pytest.mark.parametrize("keep_for", [
    "23 hours 59 minutes 59.999999 seconds", "0", "-1 day", "-100 years",
    "-12 months 364 days", "1 month -31 days", "1 year -8784 hours",
])  # fmt: skip
async def test_no_way_to_write_an_interval_gets_past_the_least(
    world: World, app: asyncpg.Connection, keep_for: str
) -> None:
    owner = actor()
    world.today()
    await world.make(owner, 2)
    await world.due()
    query = f"SELECT * FROM remit.purge('changes', interval '{keep_for}', 100)"
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await app.fetch(query)
    assert await world.seqs(owner) == [1, 2]


@pytest.mark.rule("JRN-21")
@pytest.mark.parametrize("values", [
    (None, YEAR, 10), ("changes", None, 10), ("changes", YEAR, None), ("tasks", YEAR, 10),
    ("changes", YEAR, 1001), ("answers", timedelta(seconds=-1), 10),
])  # fmt: skip
async def test_what_it_does_not_know_it_refuses(app: asyncpg.Connection, values: tuple[object, ...]) -> None:
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await app.fetch(PURGE, *values)


@pytest.mark.rule("JRN-21")
async def test_the_time_zone_of_the_caller_changes_nothing(world: World, app: asyncpg.Connection) -> None:
    owner = actor()
    world.clock.advance(days=398, hours=23, minutes=30)  # 24 and a half hours ago
    await world.make(owner, 1)
    world.clock.advance(hours=1)  # 23 and a half
    await world.make(owner, 1)
    for zone in ("Pacific/Kiritimati", "America/New_York", "Pacific/Pago_Pago"):
        await world.due()
        await app.execute(f"SET TIME ZONE '{zone}'")
        await app.fetch(PURGE, "changes", RETENTION_MIN, 100)
        assert await world.seqs(owner) == [2]


@pytest.mark.rule("DB-7", "JRN-21")
async def test_the_caller_stays_who_it_was(world: World, app: asyncpg.Connection) -> None:
    owner, caller = actor(), actor()
    await world.make(owner, 1)
    for before in ("", str(caller.account_id)):
        await world.due()
        async with app.transaction():
            await app.execute("SELECT set_config('remit.account_id', $1, true)", before)
            row = await app.fetchrow(PURGE, "changes", YEAR, 100)
            assert row is not None
            assert row["visited"]
            assert await app.fetchval(WHO) == before
            assert await app.fetch("SELECT * FROM remit.account") == []
    assert await world.seqs(owner) == []
    await world.due()
    assert await app.fetchval(f"SELECT visited FROM ({PURGE}) AS p", "changes", YEAR, 100)
    assert await app.fetchval(WHO) == ""


@pytest.mark.rule("DB-5", "JRN-20", "JRN-22")
async def test_the_filter_alone_keeps_accounts_apart(world: World, admin: asyncpg.Connection) -> None:
    """Run by a superuser, whom row security does not bind, it still acts as one account at a time."""
    superuser = await admin.fetchval("SELECT current_user")
    for name in ("purge", "purge_changes", "purge_answers", "purge_plans"):
        await admin.execute(f'ALTER FUNCTION remit.{name} OWNER TO "{superuser}"')
    owner, other = actor(), actor()
    expired = datetime.now(UTC) - timedelta(days=2)
    for each in (owner, other):
        await world.make(each, 3)
        await keep(world.units, each, answer_of(each, expires_at=expired), plan_of(each, expires_at=expired))
    mine = "account_id = $1"
    for what, keep_for in ((CHANGES, YEAR), (ANSWERS, EXPIRED_KEPT), (PLANS, EXPIRED_KEPT)):
        await admin.execute(
            "UPDATE remit.upkeep SET due_at = now() + CASE WHEN account_id = $1 THEN interval '0' ELSE '1 day' END",
            owner.account_id,
        )
        table = what.removesuffix("s")
        step = await world.upkeep.purge(what, keep_for, 1000)
        assert step.done == (3 if what is CHANGES else 1)
        left = [
            await admin.fetchval(f"SELECT count(*) FROM remit.{table} WHERE {mine}", one.account_id)
            for one in (owner, other)
        ]
        assert left == [0, step.done]
    assert ((await world.floor(owner)).seq, await world.floor(other)) == (3, Head())
    assert (await world.changes.verify(other)).broken_at is None


# What goes


@pytest.mark.rule("JRN-20")
async def test_only_a_beginning_goes_whatever_the_times_say(world: World, admin: asyncpg.Connection) -> None:
    owner = actor()
    await world.make(owner, 4)
    await admin.execute("UPDATE remit.change SET at = now() WHERE seq = 2")
    assert await world.purge() == [1]
    assert await world.seqs(owner) == [2, 3, 4]
    assert (await world.floor(owner)).seq == 1


@pytest.mark.rule("JRN-20")
async def test_what_lies_beyond_the_end_stays_where_it_is(world: World, admin: asyncpg.Connection) -> None:
    """Verifying finds it; purging must neither hide it nor stumble."""
    owner = actor()
    await world.make(owner, 3)
    await admin.execute("UPDATE remit.account SET head_seq = 2")
    assert await world.purge() == [2]
    assert await world.seqs(owner) == [3]
    assert (await world.changes.verify(owner)).broken_at is not None


@pytest.mark.rule("JRN-24")
async def test_a_new_account_has_its_turns_and_loses_them_when_it_goes(
    world: World, admin: asyncpg.Connection
) -> None:
    owner = actor()
    await world.make(owner, 1)
    found = await turns(admin, owner)
    assert set(found) == {*Purgeable, "trash"}
    assert all(timedelta(hours=23) < left <= timedelta(hours=24) for left in found.values())
    await admin.execute("DELETE FROM remit.account WHERE id = $1", owner.account_id)
    assert await turns(admin, owner) == {}


@pytest.mark.rule("JRN-24")
async def test_accounts_that_were_there_before_get_their_turns(
    fresh_database: Database, world: World, admin: asyncpg.Connection
) -> None:
    owner = DatabaseUrl.parse(fresh_database.owner)
    await migrate(owner, revision="0005")
    account: UUID = await admin.fetchval(
        "INSERT INTO remit.account (id, issuer, subject) VALUES (gen_random_uuid(), 'i', 's') RETURNING id"
    )
    await migrate(owner)
    rows = await admin.fetch(
        "SELECT job, due_at - now() AS left FROM remit.upkeep WHERE account_id = $1", account
    )
    assert {row["job"] for row in rows} == {*Purgeable, "trash"}
    assert all(row["left"] <= timedelta(hours=24) for row in rows)
    forced = "SELECT relforcerowsecurity FROM pg_class WHERE oid = 'remit.account'::regclass"
    assert await admin.fetchval(forced)


@pytest.mark.rule("JRN-24")
async def test_the_next_turn_comes_when_something_is_old_enough(
    world: World, admin: asyncpg.Connection
) -> None:
    soon, later, nothing, more = (actor() for _ in range(4))
    world.clock.advance(days=35, hours=6)  # 364 days and 18 hours ago
    await world.make(soon, 1)
    world.today()
    world.clock.advance(days=-300)
    await world.make(later, 1)
    world.clock.advance(days=-200)
    await world.make(nothing, 2)
    await world.make(more, 3)
    await world.due()
    for _ in range(4):
        assert (await world.upkeep.purge(CHANGES, YEAR, 3)).visited
    found = [(await turns(admin, one))["changes"] for one in (soon, later, nothing, more)]
    assert timedelta(hours=5, minutes=50) < found[0] < timedelta(hours=6, minutes=10)
    assert timedelta(hours=23) < found[1] <= timedelta(hours=24)
    assert timedelta(hours=23) < found[2] <= timedelta(hours=24)
    assert found[3] <= timedelta(0)  # as many as asked for went: there may be more


# Who waits


@pytest.mark.rule("JRN-23")
async def test_an_account_that_is_being_written_to_is_passed_over(
    world: World, admin: asyncpg.Connection
) -> None:
    busy, other = actor(), actor()
    await world.make(busy, 2)
    await world.make(other, 2)
    await world.due()
    async with world.units.writing(busy, Scope.TASKS_WRITE) as unit:
        await unit.entities.add(task_of(busy))
        async with asyncio.timeout(5):
            steps = [await world.upkeep.purge(CHANGES, YEAR, 100) for _ in range(3)]
        await unit.commit()
    assert sorted((step.visited, step.done) for step in steps) == [(False, 0), (True, 0), (True, 2)]
    assert (await world.seqs(busy), await world.seqs(other)) == ([1, 2, 3], [])
    assert timedelta(0) < (await turns(admin, busy))["changes"] <= timedelta(seconds=10)
    assert await world.purge() == [3]


@pytest.mark.rule("JRN-23")
async def test_one_step_keeps_no_other_step_and_no_other_account_waiting(
    world: World, app: asyncpg.Connection
) -> None:
    first, second, writer = actor(), actor(), actor()
    await world.make(first, 2)
    await world.make(second, 2)
    await world.due()
    async with app.transaction():
        row = await app.fetchrow(PURGE, "changes", YEAR, 100)
        assert row is not None
        assert row["removed"] == 2
        async with asyncio.timeout(5):
            assert await world.upkeep.purge(CHANGES, YEAR, 100) == Step(visited=True, done=2)
            assert await world.upkeep.purge(CHANGES, YEAR, 100) == Step(visited=False)
            await world.make(writer, 1)
            assert sorted([await world.seqs(first), await world.seqs(second)]) == [[], [1, 2]]


@pytest.mark.rule("JRN-23")
async def test_a_step_that_does_not_end_has_not_been(world: World, app: asyncpg.Connection) -> None:
    owner = actor()
    await world.make(owner, 3)
    await world.due()
    await app.execute("BEGIN")
    row = await app.fetchrow(PURGE, "changes", YEAR, 2)
    assert row is not None
    assert row["removed"] == 2
    app.terminate()
    async with asyncio.timeout(10):
        while (step := await world.upkeep.purge(CHANGES, YEAR, 1)).done == 0:
            assert await world.seqs(owner) == [1, 2, 3]
            await asyncio.sleep(0.02)
    assert (step.done, await world.seqs(owner)) == (1, [2, 3])
    assert (await world.changes.verify(owner)).broken_at is None


@pytest.mark.rule("JRN-23")
async def test_a_step_reads_by_indexes_alone(
    world: World, admin: asyncpg.Connection, app: asyncpg.Connection
) -> None:
    await admin.execute(MANY)
    await admin.execute(
        "UPDATE remit.upkeep AS u SET due_at = now() FROM remit.plan AS p WHERE p.account_id = u.account_id"
    )
    await admin.execute("SELECT pg_stat_force_next_flush()")
    before = await admin.fetch(SCANS)
    for job in Purgeable:
        for _ in range(12):  # plans are made anew for the first five, then once for all
            row = await app.fetchrow(PURGE, job, YEAR if job is CHANGES else EXPIRED_KEPT, 500)
            assert row is not None
            assert row["removed"] == 500
    await app.execute("SELECT pg_stat_force_next_flush()")
    assert dict(await admin.fetch(SCANS)) == dict(before)


@pytest.mark.rule("JRN-24")
async def test_an_account_that_cannot_be_purged_keeps_nobody_from_their_turn(
    world: World, admin: asyncpg.Connection
) -> None:
    broken, other = actor(), actor()
    await world.make(broken, 2)
    await world.make(other, 2)
    await admin.execute(f"""
        CREATE FUNCTION remit.refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'XX001'; END $$;
        CREATE TRIGGER refuse BEFORE DELETE ON remit.change FOR EACH ROW
        WHEN (OLD.account_id = '{broken.account_id}') EXECUTE FUNCTION remit.refuse()
    """)
    await world.due()
    await admin.execute(
        "UPDATE remit.upkeep SET due_at = now() - interval '1 day' WHERE account_id = $1", broken.account_id
    )
    assert await world.upkeep.purge(CHANGES, YEAR, 10) == Step(visited=True, done=0, problem="XX001")
    assert await world.upkeep.purge(CHANGES, YEAR, 10) == Step(visited=True, done=2)
    assert (await world.seqs(broken), await world.floor(broken)) == ([1, 2], Head())
    assert timedelta(minutes=50) < (await turns(admin, broken))["changes"] <= timedelta(hours=1)
    # The caller did not become that account.
    async with world.units.reading(other, Scope.TASKS_READ) as unit:
        assert (await unit.changes.extent()).floor.seq == 2


@pytest.mark.rule("JRN-23", "JRN-20", "RUN-32")
async def test_many_workers_beside_many_writers(fresh_database: Database, admin: asyncpg.Connection) -> None:
    """Nothing young goes, all that is old does, each floor is right, and each chain is whole from there."""
    async with world_on(fresh_database) as world:
        owners = [actor() for _ in range(6)]
        for owner in owners:
            for _ in range(4):
                await keep_tasks(world.units, owner, *(task_of(owner) for _ in range(60)))
        old = {owner.account_id: (await journal(world.units, owner))[-1] for owner in owners}
        present = PostgresUnits(world.units._engine)
        stop, turn = asyncio.Event(), asyncio.Lock()

        async def write(owner: Actor) -> None:
            for _ in range(25):
                await keep_tasks(present, owner, task_of(owner))

        async def work() -> None:
            upkeep = PostgresUpkeep(world.units._engine)
            expiry = Expiry(present, SystemClock(), UuidV7(), upkeep)
            maintenance = Maintenance(jobs(upkeep, RETENTION_DEFAULT, expiry))
            while not stop.is_set():
                await maintenance.round(stop)
                async with turn:
                    await world.due()  # also those that were being written to

        workers = [asyncio.create_task(work()) for _ in range(4)]
        await asyncio.gather(*(write(owner) for owner in owners * 2))
        async with asyncio.timeout(60):
            while True:
                if await admin.fetchval("SELECT min(floor_seq) FROM remit.account") >= 240:
                    break
                await asyncio.sleep(0.05)
        stop.set()
        await asyncio.gather(*workers)
        for owner in owners:
            last = old[owner.account_id]
            assert await world.seqs(owner) == list(range(241, 291))
            assert await world.floor(owner) == Head(last.seq, last.hash, last.at)
            verified = await world.changes.verify(owner)
            assert (verified.first, verified.last, verified.broken_at) == (241, 290, None)
