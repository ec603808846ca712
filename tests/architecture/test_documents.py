"""What is written down is so."""

import inspect
import json
import re
from pathlib import Path

import pytest

from application.shown import FIELDS
from domain import errors
from entrypoints.http.app import ROUTERS
from entrypoints.settings import VARIABLES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
CONVENTIONS = (ROOT / "specs" / "api" / "conventions.md").read_text()


def test_the_readme_lists_every_variable_and_no_other() -> None:
    table = README.partition("## Configuration")[2].partition("## Tests")[0]
    assert set(re.findall(r"`((?:REMIT|BETTER_AUTH)_[A-Z_]+)`", table)) == set(VARIABLES)


def test_the_readme_shows_a_task_as_it_is_answered() -> None:
    shown = json.loads(re.findall(r"^\{.*?\}\n(?=\$)", README, re.DOTALL | re.MULTILINE)[0])
    assert tuple(shown) == FIELDS
    assert README.count(shown["id"]) == 2


def test_the_conventions_list_every_error_code() -> None:
    table = CONVENTIONS.partition("## Statuses of errors")[2]
    domain = {
        error.code
        for _, error in inspect.getmembers(errors, inspect.isclass)
        if issubclass(error, errors.RemitError) and error is not errors.RemitError
    }
    http = set()
    for page in (ROOT / "src" / "entrypoints" / "http").glob("*.py"):
        http |= set(re.findall(r'malformed\(\s*"(\w+)"|HTTPStatus\.\w+,\s*"(\w+)"', page.read_text()))
    codes = domain | {code for pair in http for code in pair if code} | {"not_found", "method_not_allowed"}
    assert set(re.findall(r"`(\w+)`", table)) - {"Allow"} == codes


def test_every_error_is_complete() -> None:
    codes = [
        e.code
        for _, e in inspect.getmembers(errors, inspect.isclass)
        if hasattr(e, "code") and hasattr(e, "kind")
    ]
    assert len(codes) == len(set(codes))
    for code in codes:
        assert re.fullmatch("[a-z][a-z_]+", code)


@pytest.mark.parametrize(
    "page",
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "specs").rglob("*.md")),
        *sorted((ROOT / "examples").rglob("*.md")),
    ],
    ids=lambda page: page.name,
)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_every_route_of_the_api_is_strict() -> None:
    from entrypoints.http.strict import StrictRoute

    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, StrictRoute) or not route.include_in_schema
