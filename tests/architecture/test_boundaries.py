"""The architecture as checks that fail."""

import ast
import dataclasses
import inspect
import re
import sys
from pathlib import Path

import pytest
from dependency_injector import providers

import application.ports
from adapters.postgres.mapping import Mapper
from adapters.postgres.tables import (
    AnswerRow,
    ApiTokenRow,
    BlockerRow,
    ChangeRow,
    CommentRow,
    LabelRow,
    PlanRow,
    PostingRow,
    PreferencesRow,
    ProjectRow,
    SectionRow,
    Table,
    TaskLabelRow,
    TaskRow,
    TermRow,
    ViewRow,
)
from adapters.postgres.texts import TEXTS
from domain.answer import Answer
from domain.api_token import ApiToken
from domain.change import Change
from domain.comment import Comment
from domain.label import Label
from domain.plan import Plan
from domain.preferences import Preferences
from domain.project import Project, Section
from domain.task import Task
from domain.view import View
from entrypoints.container import Container, in_memory
from entrypoints.http.shown import TaskOut
from entrypoints.http.task_verbs import TaskCreate, TaskPatch
from tests.architecture.rules import problems
from tests.support.apps import settings_for

SRC = Path(__file__).parents[2] / "src"
PURE = {"dateutil", "fractional_indexing"}
# They calculate, and do nothing else.
# The standard library has its own doors to the world; the domain may not use them.
WORLDLY = {"asyncio", "http", "io", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3", "ssl",
           "subprocess", "tempfile", "threading", "time", "urllib"}  # fmt: skip


def imports(page: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(page.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


@pytest.mark.parametrize("page", sorted((SRC / "domain").rglob("*.py")), ids=lambda page: page.name)
def test_the_domain_is_pure(page: Path) -> None:
    allowed = (set(sys.stdlib_module_names) - WORLDLY) | PURE | {"domain"}
    assert imports(page) <= allowed
    tree = ast.parse(page.read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.Await)]
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not calls & {
        "datetime.now",
        "datetime.utcnow",
        "date.today",
        "uuid4",
        "uuid1",
        "open",
        "print",
        "input",
    }


@pytest.mark.parametrize("page", sorted((SRC / "application").rglob("*.py")), ids=lambda page: page.name)
def test_the_application_needs_the_standard_library_and_the_domain(page: Path) -> None:
    assert imports(page) <= set(sys.stdlib_module_names) | {"application", "domain"}


def test_every_method_of_a_port_is_abstract() -> None:
    ports = [
        port
        for _, port in inspect.getmembers(application.ports, inspect.isclass)
        if port.__module__.startswith("application.ports.")
    ]
    assert len(ports) >= 9
    for port in ports:
        for name, method in inspect.getmembers(port, inspect.isfunction):
            if not name.startswith("_"):
                assert getattr(method, "__isabstractmethod__", False), f"{port.__name__}.{name}"


def test_every_provider_makes_what_it_promises(tmp_path: Path) -> None:
    from pydantic import SecretStr

    settings = settings_for(tmp_path, database_url=SecretStr("postgresql://remit_app:x@127.0.0.1:1/remit"))
    for container in (Container(settings=settings), in_memory(settings)):
        for name, provider in container.providers.items():
            if isinstance(provider, providers.Provider):
                provider()
                assert name


def test_singletons_are_one() -> None:
    container = Container(settings=settings_for(Path("unused")))
    assert container.clock() is container.clock()
    assert Container(settings=settings_for(Path("unused"))).clock() is not container.clock()


MAPPED = [
    (Task, TaskRow),
    (Project, ProjectRow),
    (Section, SectionRow),
    (Label, LabelRow),
    (Comment, CommentRow),
    (View, ViewRow),
    (Preferences, PreferencesRow),
    (ApiToken, ApiTokenRow),
    (Change, ChangeRow),
    (Answer, AnswerRow),
    (Plan, PlanRow),
]


@pytest.mark.parametrize(("entity", "row"), MAPPED)
def test_table_and_entity_have_the_same_fields(entity: type, row: type) -> None:
    assert set(Mapper(entity, row).names) == set(row.model_fields)


def test_every_owned_table_is_mapped() -> None:
    owned = {table.name for table in Table.metadata.tables.values() if "account_id" in table.c}
    # Whose turn it is, no entity holds: functions of the database alone read and write it.
    ties = {TaskLabelRow.__tablename__, BlockerRow.__tablename__}
    found = {PostingRow.__tablename__, TermRow.__tablename__}
    assert owned == {row.__tablename__ for _, row in MAPPED} | ties | TEXTS.keys() | found | {"upkeep"}


def test_the_wire_shows_every_field_of_a_task_but_the_owner_and_the_trash() -> None:
    names = {field.name for field in dataclasses.fields(Task)}
    follows = {"subtasks", "blocked_by_open", "ready"}
    assert set(TaskOut.model_fields) - follows == names - {"account_id", "deleted_at", "deleted_with"}
    assert set(TaskPatch.model_fields) < set(TaskCreate.model_fields) < names


def test_every_rule_has_a_test_and_every_test_names_a_rule() -> None:
    assert problems() == []


def test_no_file_grows_past_three_hundred_lines() -> None:
    long = {
        str(page.relative_to(SRC)): n
        for page in SRC.rglob("*.py")
        if (n := page.read_text().count("\n")) > 300
    }
    assert long == {}


DECISIONS = sorted((SRC.parent / "specs" / "decisions").glob("0*.md"))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_form_and_names_tests_that_exist(page: Path) -> None:
    text = page.read_text()
    parts = re.findall(r"^\*\*([A-Z][a-z ]+)\.\*\*", text, re.MULTILINE)
    assert parts[:2] == ["Decision", "Why"]
    assert parts[-1] == "Enforced by"
    named = re.findall(r"`(tests/[\w/.]+)`", text)
    assert named
    assert [name for name in named if not (SRC.parent / name).exists()] == []


# Through a transaction pooler it would stay behind on a connection that the next client gets.
OUTLIVES = re.compile(
    r"(?:^|;)\s*(?:SET\s+(?!LOCAL\b)|LISTEN\b|PREPARE\b|DECLARE\s+\w+\s+CURSOR\b|CREATE\s+(?:LOCAL\s+)?TEMP)"
    r"|\bpg_(?:try_)?advisory_lock|\bset_config\([^()]*(?:\([^()]*\)[^()]*)*,\s*false\s*\)",
    re.IGNORECASE | re.MULTILINE,
)


def outlives(page: Path) -> list[str]:
    """Texts of a module that are statements whose effect does not end with their transaction."""
    texts = [
        node.value
        for node in ast.walk(ast.parse(page.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return [text for text in texts if OUTLIVES.search(text)]


@pytest.mark.rule("DB-8")
@pytest.mark.parametrize(
    "page", sorted((SRC / "adapters" / "postgres").rglob("*.py")), ids=lambda page: page.name
)
def test_no_statement_outlives_its_transaction(page: Path) -> None:
    assert outlives(page) == []


@pytest.mark.parametrize(
    "statement",
    [
        "SET statement_timeout = 0",
        "SELECT 1; set session time zone 'UTC'",
        "LISTEN news",
        "SELECT set_config('remit.account_id', p_account_id::text, false)",
        "SELECT set_config('a', (SELECT b FROM c), false)",
        "SELECT pg_advisory_lock(1)",
        "CREATE TEMP TABLE t (a int)",
    ],
)
def test_a_statement_that_would_is_seen(tmp_path: Path, statement: str) -> None:
    page = tmp_path / "page.py"
    page.write_text(f"QUERY = {statement!r}")
    assert outlives(page) == [statement]
