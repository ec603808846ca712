"""Brings a database to this version's schema, and makes the role that serves requests."""

from functools import cache
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from adapters.postgres.tables import SCHEMA
from adapters.postgres.url import DatabaseUrl

RUNTIME_ROLE = "remit_app"
# A request's statements are short; what runs longer is a fault, and must not hold the account's lock.
LIMITS = {
    "statement_timeout": "15s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",
}
_ROLE = text("SELECT rolcanlogin, coalesce(rolconfig, '{}') AS settings FROM pg_roles WHERE rolname = :name")
_LOCK = 7_236_412_501  # any number of ours: migrations of one database run one at a time


def alembic_config() -> Config:
    """Alembic's configuration for whoever runs it from code, installed or not."""
    config = Config()
    config.set_main_option("script_location", "adapters.postgres:migrations")
    return config


@cache
def head() -> str:
    """The newest revision that this version knows."""
    revision = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if revision is None:
        raise RuntimeError("there are no migrations")
    return revision


async def migrate(owner: DatabaseUrl, runtime: DatabaseUrl | None = None, *, revision: str = "head") -> None:
    """Run the migrations as the owner, up to the revision; down where it lies behind.

    Makes the runtime role if it is missing. Where `runtime` is the role's URL, its password becomes that of
    a role that could not sign in before; a role that can keeps its own.
    """
    engine = create_async_engine(
        owner.url, connect_args=owner.connect_args("remit migrate", 30.0), poolclass=NullPool
    )
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            await _make_role(connection, runtime)
            await connection.run_sync(_run, revision)
            await connection.commit()
    finally:
        await engine.dispose()


async def _make_role(connection: AsyncConnection, runtime: DatabaseUrl | None) -> None:
    password = runtime.password if runtime and runtime.user == RUNTIME_ROLE else None
    role = await _role(connection)
    if role is None:
        await _execute_formatted(
            connection,
            "CREATE ROLE %I NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT",
            [RUNTIME_ROLE],
        )
    if password is not None and not (role and role.rolcanlogin):
        await _execute_formatted(connection, "ALTER ROLE %I LOGIN PASSWORD %L", [RUNTIME_ROLE, password])
    present = set(role.settings) if role else set[str]()
    for setting, value in LIMITS.items():
        if f"{setting}={value}" not in present:
            await _execute_formatted(connection, "ALTER ROLE %I SET %I = %L", [RUNTIME_ROLE, setting, value])


async def _role(connection: AsyncConnection) -> Row[Any] | None:
    found = await connection.execute(_ROLE, {"name": RUNTIME_ROLE})
    return found.one_or_none()


async def _execute_formatted(connection: AsyncConnection, template: str, values: list[str]) -> None:
    """Run a statement that takes no parameters, its parts quoted by the server itself."""
    names = ", ".join(f"CAST(:v{n} AS text)" for n in range(len(values)))
    formatted = await connection.execute(
        text(f"SELECT format(CAST(:template AS text), {names})"),
        {"template": template} | {f"v{n}": value for n, value in enumerate(values)},
    )
    await connection.exec_driver_sql(formatted.scalar_one())


def _run(connection: Connection, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    if _lies_behind(connection, ScriptDirectory.from_config(config), revision):
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


def _lies_behind(connection: Connection, script: ScriptDirectory, revision: str) -> bool:
    """Whether the database has gone past the revision."""
    if revision == "base":
        return True
    context = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA})
    current = context.get_current_revision()
    passed = script.iterate_revisions(current, "base") if current else ()
    return revision in {step.revision for step in passed}
