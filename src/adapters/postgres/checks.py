"""What must be true of the database before requests are served."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.errors import driver_error
from adapters.postgres.migrate import LIMITS, head
from application.ports import Check, Clock

CLOCK_SECONDS = 5

_ROLE = text("""
    WITH reach AS (SELECT * FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER'))
    SELECT (SELECT bool_or(rolsuper) FROM reach) AS super,
           (SELECT bool_or(rolbypassrls) FROM reach) AS bypasses,
           EXISTS (SELECT FROM pg_class AS c
                   WHERE c.relnamespace = to_regnamespace('remit')
                     AND pg_has_role(current_user, c.relowner, 'MEMBER')
                  ) AS owns,
           coalesce(has_schema_privilege(current_user, to_regnamespace('remit'), 'CREATE'), false) AS creates,
           ARRAY(SELECT name FROM unnest(CAST(:limits AS text[])) AS name
                 WHERE current_setting(name) = '0') AS unlimited
""")
# By the catalogue: to_regclass() fails where the schema is there but not for this role to use.
_SCHEMA = text("""
    SELECT EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                   WHERE n.nspname = 'remit' AND c.relname = 'alembic_version'
                     AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'))
""")
_REVISION = text("SELECT version_num FROM remit.alembic_version")


class DatabaseReach(Check):
    """The database answers."""

    name = "database"

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def problem(self) -> str | None:
        try:
            async with self._engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer is that it does not answer
            reason = type(driver_error(error)).__name__
            return f"cannot be reached ({reason}): check REMIT_DATABASE_URL and the server"
        return None


class RuntimeRole(Check):
    """The role that serves requests cannot look past row security, and runs under time limits."""

    name = "role"

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def problem(self) -> str | None:
        async with self._engine.connect() as connection:
            role = (await connection.execute(_ROLE, {"limits": list(LIMITS)})).one()
        wrongs = {
            "is or can become a superuser": role.super,
            "has or can get BYPASSRLS": role.bypasses,
            "owns Remit's tables or is a member of the role that does": role.owns,
            "may create objects in the schema": role.creates,
            f"has no {' and no '.join(role.unlimited)}": bool(role.unlimited),
        }
        found = [wrong for wrong, present in wrongs.items() if present]
        if not found:
            return None
        mend = "use the role remit_app, which `remit migrate` makes"
        return f"the role of REMIT_DATABASE_URL {', '.join(found)}: {mend}"


class DatabaseClock(Check):
    """This machine, by which tokens expire, and the database agree about the time."""

    name = "clock"

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def problem(self) -> str | None:
        async with self._engine.connect() as connection:
            theirs: datetime = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
        apart = abs((theirs - self._clock.now()).total_seconds())
        return (
            None
            if apart < CLOCK_SECONDS
            else f"{apart:.0f} s apart from the database's: synchronise both (NTP)"
        )


class SchemaAtHead(Check):
    """Every migration of this version has run, and none of a later one."""

    name = "migrations"

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def problem(self) -> str | None:
        async with self._engine.connect() as connection:
            made = (await connection.execute(_SCHEMA)).scalar_one()
            revision = (await connection.execute(_REVISION)).scalar_one_or_none() if made else None
        if revision == head():
            return None
        return f"the schema is at {revision or 'nothing'}, this version needs {head()}: run `remit migrate`"
