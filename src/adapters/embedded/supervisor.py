"""Start, share and stop the PostgreSQL server of one directory."""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from adapters.embedded.binaries import binaries
from adapters.embedded.cluster import Cluster
from adapters.embedded.errors import EmbeddedPostgresUnavailable
from adapters.embedded.locks import FileLock, serialised
from adapters.embedded.passwords import ADMIN, APP, OWNER, passwords
from adapters.embedded.place import CLUSTER, made, settled

_DATABASE = "remit"
_LOCK_SECONDS = 120
_READY_SECONDS = 60
_CONNECTION_FAILED = 2  # psql's exit status

# Run at each start, so that a start that was cut off is completed by the next one. A statement that fails
# is not to bring a password into the server's log.
_BOOTSTRAP = """
\\getenv password REMIT_OWNER_PASSWORD
SET log_min_error_statement = panic;
SET log_statement = none;
SET client_min_messages = warning;
SELECT 'CREATE ROLE remit_owner' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'remit_owner') \\gexec
ALTER ROLE remit_owner LOGIN CREATEROLE NOSUPERUSER NOCREATEDB NOREPLICATION NOBYPASSRLS PASSWORD :'password';
SELECT 'CREATE DATABASE remit OWNER remit_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'remit') \\gexec
"""


@dataclass(frozen=True, slots=True, repr=False)  # no repr: it would print passwords
class EmbeddedUrls:
    """Where the database is, for each role: URLs with passwords, as asyncpg reads them.

    `admin` is the superuser in database postgres. `owner` is remit_owner in database remit, who owns it and
    may create roles. `app` is remit_app there, a role that remit_owner has yet to create with that password.
    """

    admin: str
    owner: str
    app: str


class EmbeddedPostgres:
    """The PostgreSQL server whose data are in `directory`, shared by all processes that use the directory.

    `start` starts it or joins it, `stop` leaves it; the last one to leave stops it. A user that was killed
    does not count, and a server that was killed is started again. `settings` are PostgreSQL's own and hold
    if this call is the one that starts the server. Everything here blocks: call it before the event loop runs
    or from a thread.
    """

    def __init__(self, directory: Path, *, settings: Mapping[str, str] = {}) -> None:
        self._directory = directory
        self._settings = dict(settings)
        self._users: FileLock | None = None
        self._cluster: Cluster | None = None

    def __enter__(self) -> EmbeddedUrls:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> EmbeddedUrls:
        """Make the cluster if there is none, and see that its server answers. May be called again.

        Raises EmbeddedPostgresUnavailable, and then holds nothing.
        """
        try:
            self._directory = made(self._directory)
            with self._one_at_a_time():
                return self._joined()
        except OSError as error:
            raise EmbeddedPostgresUnavailable(
                f"PostgreSQL cannot use the folder {self._directory}: {error}. "
                "Make room or give access to it, or set REMIT_DATABASE_URL."
            ) from error

    def stop(self) -> None:
        """Leave, and stop the server if nobody else uses it. May be called at any time, and again."""
        users = self._users
        if users is None:
            return
        try:
            with self._one_at_a_time():
                self._leave()
        except (EmbeddedPostgresUnavailable, OSError):
            # The folder was deleted (its server notices within a minute), or another process is stuck. This
            # runs in a `finally`: the error that led there matters more than a server left running.
            users.release()
            self._users = None

    def _one_at_a_time(self) -> AbstractContextManager[None]:
        return serialised(self._directory / "start.lock", _LOCK_SECONDS)

    def _joined(self) -> EmbeddedUrls:
        self._users = self._users or FileLock(self._directory / "users.lock")
        try:
            self._users.acquire(shared=True)
            return self._served()
        except BaseException:
            self._leave()
            raise

    def _leave(self) -> None:
        """The lock on users.lock turns exclusive only if no other process holds it."""
        users, self._users = self._users, None
        if users is None:
            return
        try:
            if users.acquire(shared=False) and self._cluster is not None:
                self._cluster.stop()
        finally:
            users.release()

    def _served(self) -> EmbeddedUrls:
        home, account = settled(self._directory)
        secrets = passwords(self._directory / "passwords.json", cluster_exists=(home / CLUSTER).exists())
        self._cluster = Cluster(home, account, binaries(account))
        self._cluster.ensure_created(secrets[ADMIN], sync=self._settings.get("fsync") != "off")
        self._bring_up(self._cluster, secrets)
        return _urls(self._cluster, secrets)

    def _bring_up(self, cluster: Cluster, secrets: Mapping[str, str]) -> None:
        """The one check that counts: the role and the database are there, seen through a real connection."""
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            if not cluster.is_running():
                cluster.start(self._settings)
            done = cluster.psql(_BOOTSTRAP, {"REMIT_OWNER_PASSWORD": secrets[OWNER]}, password=secrets[ADMIN])
            if not done.code:
                return
            refused = done.code != _CONNECTION_FAILED or "authentication failed" in done.output
            if refused or time.monotonic() > deadline:
                raise EmbeddedPostgresUnavailable(
                    f"PostgreSQL in {cluster.home} runs, but cannot be used:\n{done.tail}"
                )
            time.sleep(0.1)  # it is starting, recovering, or about to end


def _urls(cluster: Cluster, secrets: Mapping[str, str]) -> EmbeddedUrls:
    address = cluster.address()
    if address is None:
        raise EmbeddedPostgresUnavailable(f"PostgreSQL in {cluster.home} has ended just after its start.")
    return EmbeddedUrls(
        admin=address.url(ADMIN, secrets[ADMIN], "postgres"),
        owner=address.url(OWNER, secrets[OWNER], _DATABASE),
        app=address.url(APP, secrets[APP], _DATABASE),
    )
