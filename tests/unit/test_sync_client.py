"""The sync client of the examples: what its copy does with what it is told."""

import ast
import importlib.util
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.mirrors import SCRIPT

spec = importlib.util.spec_from_file_location("mirror", SCRIPT)
assert spec is not None
assert spec.loader is not None
client = importlib.util.module_from_spec(spec)
spec.loader.exec_module(client)

REQUEST = httpx.Request("GET", "http://remit.test/")


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Any]:
    made = client.Mirror(str(tmp_path / "mirror.sqlite3"))
    yield made
    made._db.close()


def things(tmp_path: Path) -> list[tuple[str, str, int, dict[str, Any]]]:
    with closing(sqlite3.connect(tmp_path / "mirror.sqlite3")) as db:
        rows = db.execute("SELECT entity, id, version, state FROM things ORDER BY entity, id").fetchall()
    return [(*row[:3], json.loads(row[3])) for row in rows]


def line(entity: str, name: str, version: int, **state: Any) -> dict[str, Any]:
    return {"entity": entity, "id": name, "version": version, "state": state}


def change(name: str, version: int, after: dict[str, Any] | None) -> dict[str, Any]:
    return {"entity": "gizmo", "entity_id": name, "version": version, "after": after}


@pytest.mark.rule("JRN-26")
def test_kinds_that_it_has_never_heard_of_are_copied(mirror: Any, tmp_path: Path) -> None:
    mirror.replace([line("gizmo", "a", 4, size=1, tags=["x"]), {"next": "p", "count": 1}])
    mirror.apply([change("b", 1, {"size": None, "colour": "red"}), change("a", 5, {"tags": []})], "q")
    assert things(tmp_path) == [
        ("gizmo", "a", 5, {"size": 1, "tags": []}),
        ("gizmo", "b", 1, {"size": None, "colour": "red"}),
    ]
    mirror.apply([change("a", 6, {"deleted_at": "2026-01-01T00:00:00Z"}), change("b", 2, None)], "r")
    assert (things(tmp_path), mirror.place) == ([], "r")
    mirror.apply([change("a", 7, {"size": 1, "tags": [], "deleted_at": None})], "s")
    assert [row[1:3] for row in things(tmp_path)] == [("a", 7)]


@pytest.mark.rule("JRN-26")
def test_a_snapshot_that_is_not_whole_changes_nothing(mirror: Any, tmp_path: Path) -> None:
    def broken() -> Iterator[dict[str, Any]]:
        yield line("task", "new", 1)
        raise httpx.ReadError("gone")

    mirror.replace([line("task", "old", 1), {"next": "p", "count": 1}])
    for lines in ([line("task", "new", 1)], [], broken()):
        with pytest.raises(httpx.TransportError):
            mirror.replace(lines)
        assert (things(tmp_path), mirror.place) == ([("task", "old", 1, {})], "p")
    mirror.replace([line("task", "new", 1), {"next": "q", "count": 1}])
    assert (things(tmp_path), mirror.place) == ([("task", "new", 1, {})], "q")


@pytest.mark.rule("JRN-26")
def test_changes_and_their_place_are_kept_together_or_not_at_all(mirror: Any, tmp_path: Path) -> None:
    mirror.replace([{"next": "p", "count": 0}])
    with pytest.raises(KeyError):
        mirror.apply([change("a", 1, {"size": 1}), {"entity": "gizmo"}], "q")
    assert (things(tmp_path), mirror.place) == ([], "p")
    statements: list[str] = []
    mirror._db.set_trace_callback(statements.append)
    mirror.apply([change("a", 1, {"size": 1}), change("b", 1, {"size": 1})], "q")
    assert (statements.count("COMMIT"), statements[-1]) == (1, "COMMIT")


@pytest.mark.rule("JRN-26")
def test_only_a_line_feed_ends_a_line() -> None:
    text = 'id: 1\nevent: change\ndata: {"title":"a\u2028b\u0085ü: c"}\n\nretry: 5\nid: 2\n\nid: 3\nevent: cut off'
    raw = text.encode()
    for size in (1, 2, 7, len(raw)):
        parts = (raw[start : start + size] for start in range(0, len(raw), size))
        assert list(client.events(httpx.Response(200, content=parts))) == [
            {"id": "1", "event": "change", "data": '{"title":"a\u2028b\u0085ü: c"}'},
            {"retry": "5", "id": "2"},
        ]


@pytest.mark.rule("JRN-26")
@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (410, client.ResyncError),
        (400, client.ResyncError),
        (401, httpx.HTTPStatusError),
        (503, httpx.HTTPStatusError),
    ],
)
def test_a_place_that_is_of_no_use_is_told_from_what_passes(status: int, raised: type[Exception]) -> None:
    with pytest.raises(raised):
        client.checked(httpx.Response(status, request=REQUEST))


@pytest.mark.rule("JRN-26")
def test_it_waits_as_long_as_it_is_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(client.time, "sleep", waited.append)
    for asked in ("7", "Wed, 21 Oct 2026 07:28:00 GMT"):
        answer = httpx.Response(429, headers={"Retry-After": asked}, request=REQUEST)
        with pytest.raises(httpx.HTTPStatusError):
            client.checked(answer)
    assert waited == [7, 0]


@pytest.mark.rule("JRN-26")
def test_it_is_short_and_needs_httpx_alone() -> None:
    text = SCRIPT.read_text()
    assert text.count("\n") < 150
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name) or ""
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert {name.partition(".")[0] for name in imported} - set(sys.stdlib_module_names) == {"httpx"}
