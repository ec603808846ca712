"""What the database refuses, in the domain's words."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from domain.errors import IdTaken, LabelNameTaken, RemitError, Unavailable

# The database catches what two requests at once could both have thought allowed.
BY_CONSTRAINT: Mapping[str, Callable[[], RemitError]] = {
    "task_pkey": IdTaken,
    "project_pkey": IdTaken,
    "section_pkey": IdTaken,
    "label_pkey": IdTaken,
    "comment_pkey": IdTaken,
    "view_pkey": IdTaken,
    "api_token_pkey": IdTaken,
    "label_name_key": LabelNameTaken,
}

# Nothing is wrong with the request: the server is waking, restarting, full or unreachable.
_GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.exceptions.OperatorInterventionError,  # shutdown, cannot connect now, statement_timeout
    asyncpg.exceptions.LockNotAvailableError,
    asyncpg.TooManyConnectionsError,
    PoolTimeoutError,
    OSError,
    TimeoutError,
)

_DRIVERS = (asyncpg.PostgresError, asyncpg.InterfaceError, AsyncAdapt_asyncpg_dbapi.Error)


def driver_error(error: BaseException) -> BaseException:
    """asyncpg's own exception, out of what SQLAlchemy wraps it in."""
    if isinstance(error, AsyncAdapt_asyncpg_dbapi.Error):
        return error.__cause__ or error
    return (error.driver_exception or error) if isinstance(error, DBAPIError) else error


def is_gone(error: BaseException) -> bool:
    """Whether the server or the way to it failed, not the statement."""
    invalidated = isinstance(error, DBAPIError) and error.connection_invalidated
    return invalidated or isinstance(driver_error(error), _GONE)


@contextmanager
def translated(
    lost: str = "The database does not answer at the moment. Nothing was changed.",
) -> Generator[None]:
    """Raise the domain's error for a known constraint or a lost connection; let all else through."""
    try:
        yield
    except (*_DRIVERS, DBAPIError, PoolTimeoutError, OSError) as error:
        known = BY_CONSTRAINT.get(getattr(driver_error(error), "constraint_name", None) or "")
        if known is not None:
            raise known() from error
        if is_gone(error):
            raise Unavailable(lost) from error
        raise
