"""What an operator does beside serving: whose tokens are believed, and whether a journal is whole."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from application.changes import Verified
from domain.access import ALL_SCOPES, Actor, Via
from domain.ids import AccountId
from entrypoints.container import Container, environment_problems
from entrypoints.development import database
from entrypoints.owner import allow_subject, denied_subjects, deny_subject
from entrypoints.settings import Settings, load

app = typer.Typer()
audit = typer.Typer(help="Look into the journal.", no_args_is_help=True)
app.add_typer(audit, name="audit")

Subject = Annotated[str, typer.Option(help="The `sub` of the tokens.")]
IssuerName = Annotated[
    str | None, typer.Option(help="The `iss` of the tokens; the configured one if not said.")
]


@app.command()
def deny(
    subject: Subject,
    issuer: IssuerName = None,
    before: Annotated[
        str | None, typer.Option(help="Refuse what was issued until then, such as 2026-01-31T12:00:00Z.")
    ] = None,
) -> None:
    """Refuse a subject's tokens that were issued until now: within five seconds, in every process."""
    settings = load(environment_problems)
    now = datetime.now(UTC)
    until = now if before is None else _moment(before)
    if until > now:
        raise typer.BadParameter("must not be in the future", param_hint="--before")
    named = _issuer(settings, issuer)
    with database(settings) as complete:
        asyncio.run(deny_subject(complete, named, subject, until))
    typer.echo(f"Tokens of {subject} from {named} issued until {until.isoformat()} are refused.")


@app.command()
def allow(subject: Subject, issuer: IssuerName = None) -> None:
    """Believe a subject's tokens again."""
    settings = load(environment_problems)
    named = _issuer(settings, issuer)
    with database(settings) as complete:
        denied = asyncio.run(allow_subject(complete, named, subject))
    typer.echo(f"{subject} from {named} {'is no longer denied' if denied else 'was not denied'}.")


@app.command()
def denials() -> None:
    """List the subjects whose older tokens are refused."""
    with database(load(environment_problems)) as complete:
        for issuer, subject, until in asyncio.run(denied_subjects(complete)):
            typer.echo(f"{until.isoformat()}  {issuer}  {subject}")


def _issuer(settings: Settings, named: str | None) -> str:
    chosen = named or settings.issuer
    if chosen is None:
        raise typer.BadParameter("is needed: no issuer is configured", param_hint="--issuer")
    if chosen not in settings.issuers:
        known = ", ".join(settings.issuers)
        raise typer.BadParameter(f"is none that is believed: {known}", param_hint="--issuer")
    return chosen


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter("use ISO 8601 with an offset, such as 2026-01-31T12:00:00Z")
    return moment


@audit.command()
def verify(
    account: Annotated[UUID, typer.Option(help="The account's id, as GET /api/v1/me answers it.")],
) -> None:
    """Recompute the hashes of an account's journal; ends with 1 where one is not as it was written.

    So it does where there is no journal: a wrong id is not in order.
    """
    with database(load(environment_problems)) as complete:
        found = asyncio.run(_verified(Container(settings=complete), account))
    span = f"changes {found.first} to {found.last}"
    if found.broken_at is not None:
        typer.echo(f"BROKEN  {span}: number {found.broken_at} is missing or was altered")
        sys.exit(1)
    if found.last == 0:
        typer.echo("NONE  there is no journal of this account: is the id right?")
        sys.exit(1)
    typer.echo(f"ok  {span}, the last one's hash is {found.hash.hex()}")


async def _verified(container: Container, account: UUID) -> Verified:
    operator = Actor(
        account_id=AccountId(account), issuer="", subject="operator", scopes=ALL_SCOPES, via=Via.WORKER
    )
    try:
        return await container.changes().verify(operator)
    finally:
        for close in container.closers():
            await close()
