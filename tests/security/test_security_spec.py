"""Every row of specs/security.md has a proof that exists, or says why not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.test_mutations import MUTATIONS

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def rows() -> Iterator[str]:
    for line in (ROOT / "specs" / "security.md").read_text().splitlines():
        if line.startswith("| ") and not line.startswith(("| risk", "| requirement")):
            yield line


@pytest.mark.parametrize("row", list(rows()), ids=lambda row: row.split("|")[1].strip()[:60])
def test_a_row_is_proven_or_says_why_not(row: str) -> None:
    proof = row.rstrip(" |").rpartition("|")[2].strip()
    named = NAMED.findall(proof)
    assert named or re.match(r"not met: \w.{20,}", proof)
    for page, test in named:
        tree = ast.parse((ROOT / page).read_text())
        functions = {
            node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert not test or test in functions, f"{page}::{test}"


def test_the_whole_top_ten_is_there() -> None:
    assert [row.split()[1] for row in rows()][:10] == [f"API{n}" for n in range(1, 11)]


def test_the_table_of_mutations_is_that_of_the_test() -> None:
    """What each row says that it takes away is taken away, and nothing besides; and each was seen."""
    page = (ROOT / "specs" / "security-mutations.md").read_text()
    table = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")][1:]
    assert [(what, where.strip("`")) for what, where, _ in table] == [
        (mutation.what, Path(mutation.page).name) for mutation in MUTATIONS
    ]
    for what, _, proof in table:
        assert NAMED.fullmatch(proof), what
