"""The command as people type it: a process of its own, in an empty folder."""

import asyncio
import base64
import json
import os
import socket
import stat
from pathlib import Path

import asyncpg
import pytest
import typer

from adapters.tokens.development import DevelopmentIssuer
from entrypoints.cli import duration
from tests.support.apps import Finished, remit
from tests.support.databases import PASSWORD, Database, Databases

DOCUMENT = Path(__file__).parents[2] / "specs" / "api" / "openapi.json"
SECRET = "not-to-be-seen-" + "x" * 32
PRODUCTION = {
    "REMIT_ENV": "production",
    "REMIT_SECRET_KEY": SECRET,
    "REMIT_AUTH_ISSUER": "https://app.example.com",
    "REMIT_AUTH_AUDIENCE": "https://app.example.com",
    "REMIT_AUTH_JWKS_URL": "http://127.0.0.1:9/jwks",
}


def refused(done: Finished, *words: str, code: int = 1) -> None:
    """In plain words: neither a stack trace nor a secret."""
    assert done.code == code, done
    assert "Traceback" not in done.log
    assert SECRET not in done.output + done.log
    assert PASSWORD not in done.output + done.log
    for word in words:
        assert word in done.log, done.log


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


async def test_help_lists_the_commands() -> None:
    done = await remit("--help")
    assert done.code == 0
    for command in ("serve", "migrate", "token", "openapi", "doctor"):
        assert command in done.output


@pytest.mark.rule("RUN-13")
async def test_token_prints_a_token_and_nothing_else(tmp_path: Path) -> None:
    environment = {"REMIT_DATA_DIR": str(tmp_path / "data")}
    plain, narrow = await asyncio.gather(
        remit("token", "--subject", "ada", environment=environment),
        remit(
            *(
                "token",
                "--subject",
                "Zoë",
                "--expires",
                "90s",
                "--scope",
                "tasks:read",
                "--scope",
                "tasks:write",
            ),
            environment=environment,
        ),
    )
    issuer = DevelopmentIssuer.open(tmp_path / "data" / "issuer.jwk")
    for done in (plain, narrow):
        assert (done.code, done.log) == (0, "")
        assert done.output.endswith("\n")
        assert done.output.count("\n") == 1
    first, second = claims(plain.output), claims(narrow.output)
    assert (first["iss"], first["aud"], first["sub"]) == (issuer.ISSUER, issuer.AUDIENCE, "ada")
    assert "scope" not in first
    assert int(str(first["exp"])) - int(str(first["iat"])) == 900
    assert (second["sub"], second["scope"]) == ("Zoë", "tasks:read tasks:write")
    assert int(str(second["exp"])) - int(str(second["iat"])) == 90


def claims(token: str) -> dict[str, object]:
    middle = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))))


@pytest.mark.rule("RUN-13")
async def test_token_refuses_what_the_service_would(tmp_path: Path) -> None:
    environment = {"REMIT_DATA_DIR": str(tmp_path)}
    wrong = (("--expires", "61m"), ("--scope", "tasks:all"))
    for done in await asyncio.gather(
        *(remit("token", "--subject", "ada", *arguments, environment=environment) for arguments in wrong)
    ):
        refused(done, "Error", code=2)
        assert done.output == ""


@pytest.mark.rule("RUN-13")
def test_lengths_of_time() -> None:
    assert [duration(text).total_seconds() for text in ("90s", "15m", "1h")] == [90, 900, 3600]
    for text in ("15", "m", "0m", "-1m", "1.5h", "1d", "15M", "1h30m", " 1m", "1m\n", "٣m", ""):
        with pytest.raises(typer.BadParameter):
            duration(text)


@pytest.mark.rule("RUN-13", "RUN-10")
async def test_token_is_refused_in_production(tmp_path: Path) -> None:
    environment = PRODUCTION | {
        "REMIT_DATA_DIR": str(tmp_path),
        "REMIT_DATABASE_URL": "postgresql://a:b@127.0.0.1/c",
    }
    DevelopmentIssuer.open(tmp_path / "issuer.jwk")
    done = await remit("token", "--subject", "ada", environment=environment)
    refused(done, "no development issuer in production")
    assert done.output == ""


@pytest.mark.rule("RUN-12", "RUN-2")
async def test_files_that_cannot_be_used_are_named(tmp_path: Path, database: Database) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "issuer.jwk").write_text(SECRET)
    (tmp_path / "file").touch()
    environment = {"REMIT_DATABASE_URL": database.app}
    broken, blocked = await asyncio.gather(
        remit("doctor", environment=environment | {"REMIT_DATA_DIR": str(tmp_path / "bad")}),
        remit("token", "--subject", "ada", environment={"REMIT_DATA_DIR": str(tmp_path / "file")}),
    )
    refused(broken, "REMIT_DATA_DIR: ", "issuer.jwk holds no Ed25519 private key")
    refused(blocked, f"REMIT_DATA_DIR: {tmp_path / 'file'} cannot be used")


@pytest.mark.rule("RUN-14")
async def test_openapi_is_the_specification_and_needs_nothing(tmp_path: Path) -> None:
    done = await remit("openapi", cwd=tmp_path)
    assert (done.code, done.log) == (0, "")
    assert json.loads(done.output)["openapi"].startswith("3.1")
    assert not await asyncio.to_thread(os.listdir, tmp_path)
    assert done.output == DOCUMENT.read_text(), "specs/api/openapi.json is old: run `make specs-write`"


@pytest.mark.rule("RUN-15", "RUN-12")
async def test_doctor_finds_nothing_wrong(tmp_path: Path, database: Database) -> None:
    folder = tmp_path / "data"
    done = await doctor(folder, REMIT_DATABASE_URL=database.app)
    assert done.code == 0, done
    names = ["settings", "database", "role", "migrations", "clock", "keys"]
    assert done.output.splitlines() == [f"ok       {name}" for name in names]
    kept = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert kept == {"issuer.jwk": 0o600, "secret.key": 0o600}


@pytest.mark.rule("RUN-15", "RUN-3")
async def test_doctor_says_what_to_mend(tmp_path: Path, database: Database, databases: Databases) -> None:
    port = closed_port()
    closed = f"postgresql://remit_app:{SECRET}@127.0.0.1:{port}/remit"
    async with databases.clone("template0") as empty:
        owner, unreachable, unmigrated = await asyncio.gather(
            doctor(tmp_path, REMIT_DATABASE_URL=database.owner),
            doctor(tmp_path, REMIT_DATABASE_URL=closed, **PRODUCTION),
            doctor(tmp_path, REMIT_DATABASE_URL=empty.app),
        )
    assert "PROBLEM  role: " in owner.output
    assert "owns Remit's tables" in owner.output
    assert "use the role remit_app" in owner.output
    assert "ok       database" in owner.output
    assert "PROBLEM  database: cannot be reached" in unreachable.output
    assert "PROBLEM  keys: https://app.example.com: The signing keys cannot be fetched" in unreachable.output
    assert "PROBLEM  migrations: the schema is at nothing" in unmigrated.output
    assert "run `remit migrate`" in unmigrated.output
    for done in (owner, unreachable, unmigrated):
        refused(done)
        assert done.output.startswith("ok       settings\n")


async def doctor(folder: Path, **environment: str) -> Finished:
    return await remit("doctor", environment={"REMIT_DATA_DIR": str(folder), **environment})


@pytest.mark.rule("RUN-2", "RUN-3", "RUN-10")
async def test_a_bad_environment_is_told_in_full(tmp_path: Path) -> None:
    environment = {
        "REMIT_ENV": "production",
        "REMIT_DATABASE_URL": f"mysql://u:{SECRET}@127.0.0.1/c",
        "REMIT_SECRET_KEY": SECRET[:20],
        "BETTER_AUTH_URL": f"https://u:{SECRET}@example.com",
        "REMIT_LOG_LEVEL": f"loud-{SECRET}",
        "REMIT_DATABSE_URL": SECRET,
    }
    done = await remit("serve", environment=environment, cwd=tmp_path)
    wrong = environment.keys() - {"REMIT_ENV"}
    refused(done, "The environment is not right:", *(f"  {name}: " for name in wrong))
    assert SECRET[:20] not in done.log
    assert done.output == ""
    assert not await asyncio.to_thread(os.listdir, tmp_path)


@pytest.mark.rule("RUN-16")
async def test_migrate_makes_the_schema_and_may_be_repeated(tmp_path: Path, databases: Databases) -> None:
    async with databases.clone("template0") as empty:
        environment = {"REMIT_DATABASE_URL": empty.app, "REMIT_MIGRATION_DATABASE_URL": empty.owner}
        first = await remit("migrate", environment=environment)
        second, found = await asyncio.gather(
            remit("migrate", environment=environment), doctor(tmp_path, REMIT_DATABASE_URL=empty.app)
        )
    for done in (first, second):
        assert (done.code, done.output) == (0, "The schema is at head.\n"), done
    assert found.code == 0


@pytest.mark.rule("RUN-16", "RUN-3")
async def test_migrate_says_why_it_failed(database: Database, databases: Databases) -> None:
    async with databases.clone("template0") as empty:
        base = {"REMIT_DATABASE_URL": empty.app}
        closed = f"postgresql://remit_owner:{SECRET}@127.0.0.1:{closed_port()}/remit"
        ownerless, unreachable, not_owner = await asyncio.gather(
            remit("migrate", environment=base),
            remit("migrate", environment=base | {"REMIT_MIGRATION_DATABASE_URL": closed}),
            remit("migrate", environment=base | {"REMIT_MIGRATION_DATABASE_URL": empty.app}),
        )
        connection = await asyncpg.connect(empty.admin)
        try:
            assert await connection.fetchval("SELECT to_regnamespace('remit') IS NULL")
        finally:
            await connection.close()
    refused(ownerless, "REMIT_MIGRATION_DATABASE_URL: is required to migrate")
    refused(unreachable, "was not migrated", "ConnectionRefusedError")
    refused(not_owner, "was not migrated", "permission denied")


@pytest.mark.rule("RUN-18")
async def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = await remit("serve", "--port", str(port), cwd=tmp_path)
    refused(done, f"cannot listen on 127.0.0.1:{port} (Address already in use): choose another --port")
    assert not await asyncio.to_thread(os.listdir, tmp_path)
