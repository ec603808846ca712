"""The connection pool of one process."""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.postgres.url import DatabaseUrl

# Serverless PostgreSQL drops what idles for five minutes; be gone before.
RECYCLE_SECONDS = 240
CONNECT_SECONDS = 10.0


def pool(database: DatabaseUrl, *, size: int, application_name: str = "remit") -> AsyncEngine:
    """An engine of at most `size` connections; a request waits 5 s for one."""
    return create_async_engine(
        database.url,
        connect_args=database.connect_args(application_name, CONNECT_SECONDS),
        pool_size=size,
        max_overflow=0,
        pool_timeout=5,
        pool_recycle=RECYCLE_SECONDS,
        pool_use_lifo=True,
        hide_parameters=True,  # they are what people wrote, and the log would have them
    )
