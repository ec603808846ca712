"""What development brings along, so that a folder is all it needs."""

import asyncio
import os
from collections.abc import Generator
from contextlib import contextmanager

from pydantic import SecretStr

from entrypoints.owner import embedded_postgres, migrate_database
from entrypoints.settings import Settings


@contextmanager
def database(settings: Settings) -> Generator[Settings]:
    """The settings with a database in them: development starts and migrates its own where none is named."""
    if not settings.embedded_database:
        yield settings
        return
    with embedded_postgres(settings) as urls:
        named = {"REMIT_DATABASE_URL": urls.app, "REMIT_MIGRATION_DATABASE_URL": urls.owner}
        os.environ.update(named)  # worker processes read the environment, too
        complete = settings.model_copy(
            update={
                "database_url": SecretStr(urls.app),
                "migration_database_url": SecretStr(urls.owner),
            }
        )
        asyncio.run(migrate_database(complete))
        yield complete
