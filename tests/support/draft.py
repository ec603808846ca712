"""Drafts a migration from what the tables declare: `python -m tests.support.draft "what it does"`."""

import asyncio
import sys
from contextlib import redirect_stdout

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from adapters.postgres.migrate import alembic_config
from adapters.postgres.url import DatabaseUrl
from tests.support.catalogue import migrated_database
from tests.support.databases import Database


async def draft(name: str, database: Database, config: Config) -> str:
    """Write a migration for what the migrated database lacks. Answers its path."""
    owner = DatabaseUrl.parse(database.owner)
    engine = create_async_engine(owner.url, connect_args=owner.connect_args("draft", 30), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_write, name, config)
    finally:
        await engine.dispose()


def _write(connection: Connection, name: str, config: Config) -> str:
    config.attributes["connection"] = connection
    newest = ScriptDirectory.from_config(config).get_current_head() or "0"
    with redirect_stdout(sys.stderr):
        written = command.revision(config, name, autogenerate=True, rev_id=f"{int(newest) + 1:04}")
    assert isinstance(written, Script)
    return written.path


async def _main(name: str) -> None:
    async with migrated_database() as database:
        print(await draft(name, database, alembic_config()))


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        raise SystemExit('Name it: make migration NAME="what it does"')
    asyncio.run(_main(sys.argv[1]))
