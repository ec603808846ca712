"""What is done as the owner of the tables, or before there are any: the composition root of operators."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.embedded import EmbeddedPostgres, EmbeddedPostgresUnavailable
from adapters.postgres import denials as denial_list
from adapters.postgres.engine import pool
from adapters.postgres.errors import driver_error
from adapters.postgres.migrate import migrate
from adapters.postgres.url import DatabaseUrl
from entrypoints.container import database_of
from entrypoints.settings import Settings, SettingsError

DatabaseUnavailable = EmbeddedPostgresUnavailable


class MigrationFailed(Exception):
    """The database could not be brought to this version's schema."""


def embedded_postgres(settings: Settings) -> EmbeddedPostgres:
    """Development's own PostgreSQL, not started yet."""
    return EmbeddedPostgres(settings.data_dir / "postgres")


async def migrate_database(settings: Settings) -> None:
    """Bring the database to this version's schema. Raises MigrationFailed."""
    if settings.migration_database_url is None:
        raise SettingsError(
            ["REMIT_MIGRATION_DATABASE_URL: is required to migrate: the URL of the tables' owner"]
        )
    runtime = None if settings.database_url is None else database_of(settings)
    owner = DatabaseUrl.parse(settings.migration_database_url.get_secret_value())
    try:
        await migrate(owner, runtime)
    except Exception as error:
        # The driver's own words: SQLAlchemy's would repeat the statement, which may set a password.
        cause = driver_error(error)
        said = str(cause).partition("\n")[0]
        raise MigrationFailed(
            f"The database of REMIT_MIGRATION_DATABASE_URL was not migrated, nothing was changed: "
            f"{type(cause).__name__}: {said}"
        ) from error


@asynccontextmanager
async def owner_connection(settings: Settings) -> AsyncGenerator[AsyncConnection]:
    """A transaction as the tables' owner, for what only an operator does; committed at the end."""
    if settings.migration_database_url is None:
        raise SettingsError(["REMIT_MIGRATION_DATABASE_URL: is required here: the URL of the tables' owner"])
    owner = DatabaseUrl.parse(settings.migration_database_url.get_secret_value())
    engine = pool(owner, size=1, application_name="remit operator")
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


async def deny_subject(settings: Settings, issuer: str, subject: str, before: datetime) -> None:
    """Refuse a subject's tokens issued until then."""
    async with owner_connection(settings) as connection:
        await denial_list.deny(connection, issuer, subject, before)


async def allow_subject(settings: Settings, issuer: str, subject: str) -> bool:
    """Believe a subject's tokens again; whether they were denied."""
    async with owner_connection(settings) as connection:
        return await denial_list.allow(connection, issuer, subject)


async def denied_subjects(settings: Settings) -> Sequence[tuple[str, str, datetime]]:
    """Issuer, subject and time of everybody on the list."""
    async with owner_connection(settings) as connection:
        return await denial_list.listed(connection)
