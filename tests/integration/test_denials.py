"""A signed-in person is denied while the server runs."""

import asyncio
from pathlib import Path

import httpx
import pytest

from adapters.postgres.denials import FRESH_SECONDS
from tests.support.apps import remit, served
from tests.support.databases import Database

ME = "/api/v1/me"
DEVELOPMENT = "urn:remit:development"


@pytest.mark.rule("IDENT-18", "RUN-28")
async def test_a_denied_subject_is_out_within_seconds_and_a_new_token_is_in(
    database: Database, tmp_path: Path
) -> None:
    environment = {
        "REMIT_DATA_DIR": str(tmp_path),
        "REMIT_DATABASE_URL": database.app,
        "REMIT_MIGRATION_DATABASE_URL": database.owner,
    }
    who = ["--subject", "somebody to deny"]
    async with (
        served(environment) as running,
        httpx.AsyncClient(base_url=running.url, trust_env=False) as web,
    ):

        async def status(token: str) -> int:
            return (await web.get(ME, headers={"Authorization": f"Bearer {token}"})).status_code

        token = (await remit("token", *who, environment=environment)).output.strip()
        other = (await remit("token", "--subject", "somebody else", environment=environment)).output.strip()
        assert await status(token) == 200
        for wrong in (
            ["--before", "2100-01-01T00:00:00Z"],
            ["--before", "2026-01-01T00:00:00"],
            ["--before", "now"],
        ):
            assert (
                await remit("deny", *who, "--issuer", DEVELOPMENT, *wrong, environment=environment)
            ).code == 2
        assert (await remit("deny", *who, environment=environment)).code == 2  # no issuer is configured
        slip = await remit("deny", *who, "--issuer", "urn:remit:develpment", environment=environment)
        assert (slip.code, "urn:remit:development" in slip.log) == (2, True)
        denied = await remit("deny", *who, "--issuer", DEVELOPMENT, environment=environment)
        assert (denied.code, "are refused" in denied.output) == (0, True)
        assert "somebody to deny" in (await remit("denials", environment=environment)).output
        await asyncio.sleep(FRESH_SECONDS + 0.5)
        assert [await status(token), await status(other)] == [401, 200]
        assert "reason=denied" in running.log
        assert await status((await remit("token", *who, environment=environment)).output.strip()) == 200
        assert (await remit("allow", *who, "--issuer", DEVELOPMENT, environment=environment)).code == 0
        await asyncio.sleep(FRESH_SECONDS + 0.5)
        assert await status(token) == 200
