"""The API page in a real browser that reaches nothing but this machine."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.support.apps import served
from tests.support.databases import Database
from tests.support.requirements import lacking

OPERATIONS = (
    "create_task",
    "list_tasks",
    "get_task",
    "edit_task",
    "delete_task",
    "complete_task",
    "get_me",
    "readyz",
)


@pytest.fixture
def browser() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return found or lacking("chromium", "there is no Chromium on the path")


@pytest.mark.rule("HTTP-12")
async def test_the_page_shows_every_operation_under_its_own_policy(
    browser: str, database: Database, tmp_path: Path
) -> None:
    environment = {"REMIT_DATABASE_URL": database.app, "REMIT_DATA_DIR": str(tmp_path / "data")}
    async with served(environment) as remit:
        process = await asyncio.create_subprocess_exec(
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--virtual-time-budget=10000",
            "--dump-dom", f"{remit.url}/docs",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        dom, log = (text.decode() for text in await asyncio.wait_for(process.communicate(), 60))
    for operation in OPERATIONS:
        assert operation in dom, log
    complaints = [line for line in log.splitlines() if "CONSOLE" in line or "Content Security Policy" in line]
    assert complaints == []
