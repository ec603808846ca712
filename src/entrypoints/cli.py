"""The command line."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, NoReturn

import typer
from dependency_injector.providers import Provider

from application.readiness import Readiness
from domain.errors import Unavailable
from entrypoints import operator
from entrypoints.container import Container, environment_problems, in_memory, of_worker
from entrypoints.development import database
from entrypoints.http.app import create_app
from entrypoints.logs import configure
from entrypoints.owner import DatabaseUnavailable, MigrationFailed, migrate_database
from entrypoints.server import missing
from entrypoints.server import serve as serve_http
from entrypoints.settings import Settings, SettingsError, load
from entrypoints.sockets import AddressInUse, listen, url_of
from entrypoints.values import ServerName
from entrypoints.worker import beside, work

app = typer.Typer(
    name="remit",
    help="The task backend you can hand to an agent.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(operator.app)

_DURATION = re.compile(r"([1-9][0-9]{0,5})([smh])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}


def main() -> None:
    """Run the command; what is wrong in the environment is a message, not a traceback."""
    try:
        app()
    except SettingsError as error:
        _fail("The environment is not right:", *error.problems)
    except (AddressInUse, DatabaseUnavailable, MigrationFailed) as error:
        _fail(str(error))


def _fail(summary: str, *problems: str) -> NoReturn:
    typer.echo("\n".join([summary, *(f"  {problem}" for problem in problems)]), err=True)
    sys.exit(1)


def duration(text: str) -> timedelta:
    """A length of time such as 90s, 15m or 1h."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise typer.BadParameter("use a number with s, m or h, such as 15m")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _terminated(*_: object) -> None:
    """Before the server listens to signals: leave in order, so that the database is left in order."""
    sys.exit(128 + signal.SIGTERM)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that serve.")] = 1,
    server: Annotated[
        ServerName | None, typer.Option(help="What speaks HTTP.", show_default="REMIT_SERVER, or hypercorn")
    ] = None,
) -> None:
    """Serve the API. In development without a database URL: on PostgreSQL of its own, migrated."""
    signal.signal(signal.SIGTERM, _terminated)
    settings = load(environment_problems)
    configure(settings.log_format, settings.log_level)
    by = server or settings.server
    if lacking := missing(by):
        _fail(lacking)
    listening = listen(host, port)
    with database(settings) as complete:
        container = Container(settings=complete)
        wrong = _wrong(asyncio.run(_examined(container, container.startup)))
        if wrong:
            _fail("Not serving:", *wrong)
        url = url_of(listening)
        with beside(complete):
            code = serve_http(listening, by, workers, lambda: typer.echo(_welcome(container, url)))
    sys.exit(code)


@app.command()
def worker(
    once: Annotated[bool, typer.Option("--once", help="Do what is due, and end: for a scheduler.")] = False,
) -> None:
    """Do what nobody asks for: purge what has been kept for long enough. Any number may run."""
    signal.signal(signal.SIGTERM, _terminated)
    settings = load(environment_problems)
    configure(settings.log_format, settings.log_level)
    with database(settings) as complete:
        container = Container(settings=complete)
        wrong = _wrong(asyncio.run(_examined(container, container.startup)))
        if wrong:
            _fail("Not working:", *wrong)
        try:
            whole = work(of_worker(complete), once=once)
        except Unavailable as error:
            _fail(f"Not done: {error}")
    if not whole:
        sys.exit(1)


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema, as its owner; make the role remit_app if missing."""
    settings = load(environment_problems)
    with database(settings):
        if not settings.embedded_database:
            asyncio.run(migrate_database(settings))
        typer.echo("The schema is at head.")


@app.command()
def token(
    subject: Annotated[str, typer.Option(help="Who it is for: any name.")],
    expires: Annotated[str, typer.Option(help="How long it lives, at most 1h.")] = "15m",
    scope: Annotated[list[str] | None, typer.Option(help="Grant only this; repeat it for several.")] = None,
) -> None:
    """Print an access token of the development issuer. Refused in production."""
    settings = load(environment_problems)
    container = Container(settings=settings)
    issuer = container.development_issuer()
    if issuer is None:
        _fail("There is no development issuer in production: sign in through your front end.")
    try:
        typer.echo(
            issuer.token(subject, expires_in=duration(expires), scopes=scope, now=container.clock().now())
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    document = create_app(in_memory(Settings.model_construct())).openapi()
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


@app.command()
def doctor() -> None:
    """Check settings, database, role, migrations, clock and keys, and say what to mend."""
    settings = load(environment_problems)
    typer.echo(_line("settings", None))
    with database(settings) as complete:
        container = Container(settings=complete)
        found = asyncio.run(_examined(container, container.diagnosis))
    for name, problem in found.items():
        typer.echo(_line(name, problem))
    if _wrong(found):
        sys.exit(1)


def _line(name: str, problem: str | None) -> str:
    return f"ok       {name}" if problem is None else f"PROBLEM  {name}: {problem}"


def _wrong(found: Mapping[str, str | None]) -> list[str]:
    return [f"{name}: {problem}" for name, problem in found.items() if problem is not None]


async def _examined(container: Container, readiness: Provider[Readiness]) -> Mapping[str, str | None]:
    try:
        container.seal()
        container.issuers()  # what development keeps in files is there and good, or this raises
        return await readiness().problems()
    finally:
        for close in container.closers():
            await close()


def _welcome(container: Container, url: str) -> str:
    """What to do next, in lines that can be pasted."""
    issuer = container.development_issuer()
    if issuer is None:
        return f"Serving on {url}"
    made = issuer.token("you", expires_in=timedelta(hours=1), scopes=None, now=container.clock().now())
    curl = (
        f'curl -sS {url}/api/v1/tasks -H "Authorization: Bearer $TOKEN"'
        """ -H 'Content-Type: application/json' -d '{"title": "Water the plants"}'"""
    )
    return f"""
Remit serves on {url}. Paste this into another terminal (the token lives for an hour):

TOKEN={made}
{curl}
{url}/docs
"""
