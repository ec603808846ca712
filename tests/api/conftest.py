"""The application on PostgreSQL, and in memory."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.support.apps import App, app_on, settings_for
from tests.support.databases import Database

_subjects = (f"api-{number}" for number in count(1))


@pytest.fixture(scope="session")
async def app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    async with app_on(settings_for(tmp_path_factory.mktemp("data"), database)) as running:
        yield running


@pytest.fixture
def subject() -> str:
    """Somebody nobody else is."""
    return next(_subjects)


@pytest.fixture
async def client(app: App, subject: str) -> AsyncIterator[httpx.AsyncClient]:
    async with app.client(subject) as made:
        yield made


@pytest.fixture
async def anonymous(app: App) -> AsyncIterator[httpx.AsyncClient]:
    async with app.client() as made:
        yield made


@pytest.fixture
async def memory_app(tmp_path: Path) -> AsyncIterator[App]:
    async with app_on(settings_for(tmp_path)) as running:
        yield running
