"""Runs migrations on a connection given by the caller, or as the owner named in the environment."""

import asyncio
import os
from typing import Literal

from alembic import context
from sqlalchemy import Connection, TypeDecorator, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from adapters.postgres.tables import SCHEMA, Table
from adapters.postgres.url import DatabaseUrl


def of_ours(name: str | None, kind: str, parents: object) -> bool:
    return kind != "schema" or name == SCHEMA


def rendered(kind: str, item: object, autogenerate: object) -> str | Literal[False]:
    """A migration outlives the code of its day, so a draft names SQLAlchemy's types, not ours."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def run(connection: Connection) -> None:
    if connection.execute(text("SELECT to_regnamespace(:schema)"), {"schema": SCHEMA}).scalar() is None:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        version_table_schema=SCHEMA,
        include_schemas=True,
        include_name=of_ours,
        compare_server_default=True,
        render_item=rendered,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_from_environment() -> None:
    database = DatabaseUrl.parse(os.environ["REMIT_MIGRATION_DATABASE_URL"])
    engine = create_async_engine(
        database.url, connect_args=database.connect_args("alembic", 30.0), poolclass=NullPool
    )
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(run_from_environment())
