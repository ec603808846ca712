"""Databases for tests: one server, one template built by the real migrations, a clone for whoever asks."""

import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlsplit

import asyncpg

from adapters.embedded import EmbeddedPostgres
from adapters.postgres.migrate import migrate
from adapters.postgres.url import DatabaseUrl
from tests.support.requirements import REQUIRED

IMAGE = os.environ.get("REMIT_TEST_POSTGRES_IMAGE", "postgres:18-alpine")
OWNER, APP, PASSWORD = "remit_owner", "remit_app", "test-only-Pa55:/@word"
TEMPLATE = f"remit_test_template_{os.getpid()}"


@dataclass(frozen=True)
class Database:
    """One database, as its owner and as the plain role that serves requests; never as the superuser."""

    admin: str
    owner: str
    app: str


@dataclass(frozen=True)
class Server:
    """Where databases are made. `admin` is a superuser's URL."""

    admin: str
    kind: str

    def url(self, user: str, database: str) -> str:
        parts = urlsplit(self.admin)
        place = parts.netloc.rpartition("@")[2]
        query = f"?{parts.query}" if parts.query else ""
        return f"postgresql://{user}:{quote(PASSWORD, safe='')}@{place}/{database}{query}"

    def admin_of(self, database: str) -> str:
        return urlsplit(self.admin)._replace(path=f"/{database}").geturl()

    async def run(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.admin)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def server(directory: Path) -> Iterator[Server]:
    """The server named in the environment, else one in Docker, else PostgreSQL from its wheel."""
    if named := os.environ.get("REMIT_TEST_DATABASE_URL"):
        yield Server(named, "REMIT_TEST_DATABASE_URL")
    elif (lack := docker_lacking()) is None:
        with _container() as url:
            yield Server(url, f"testcontainers {IMAGE}")
    elif "docker" in REQUIRED:
        raise RuntimeError(f"REMIT_TEST_REQUIRE lists docker, but {lack}")
    else:
        quick = {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "200",
        }
        with EmbeddedPostgres(directory, settings=quick) as urls:
            yield Server(urls.admin, f"embedded, since {lack}")


def docker_lacking() -> str | None:
    """Why there is no Docker engine; None where one listens."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    place = urlsplit(host)
    unix = place.scheme == "unix"
    try:
        with socket.socket(socket.AF_UNIX if unix else socket.AF_INET) as probe:
            probe.settimeout(5)
            probe.connect(place.path if unix else (place.hostname or "", place.port or 2375))
    except OSError as error:
        return f"no Docker engine answers ({error.strerror})"
    return None


@contextmanager
def _container() -> Iterator[str]:
    from testcontainers.community.postgres import PostgresContainer

    quick = "postgres -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
    with PostgresContainer(IMAGE, driver=None).with_command(quick) as postgres:
        yield postgres.get_connection_url()


class Databases:
    """Clones of a migrated template."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._numbers = count(1)

    def named(self, name: str) -> Database:
        return Database(self.server.admin_of(name), self.server.url(OWNER, name), self.server.url(APP, name))

    async def prepare(self) -> None:
        """The two roles, and the template, migrated as its owner."""
        for role, attributes in ((OWNER, "CREATEROLE"), (APP, "NOINHERIT")):
            await self.server.run(
                f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
                f"ALTER ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS {attributes} PASSWORD '{PASSWORD}'",
            )
        await self.server.run(f"GRANT {APP} TO {OWNER} WITH ADMIN OPTION, INHERIT FALSE, SET FALSE")
        await self.create(TEMPLATE)
        template = self.named(TEMPLATE)
        await migrate(DatabaseUrl.parse(template.owner), DatabaseUrl.parse(template.app))

    async def create(self, name: str, template: str = "template0") -> Database:
        await self.server.run(f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE "{template}"')
        return self.named(name)

    async def drop(self, name: str) -> None:
        await self.server.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @asynccontextmanager
    async def clone(self, template: str = TEMPLATE) -> AsyncIterator[Database]:
        """A database of one's own; empty with template0."""
        name = f"remit_test_{os.getpid()}_{next(self._numbers)}"
        try:
            yield await self.create(name, template)
        finally:
            await self.drop(name)
