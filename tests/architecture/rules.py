"""Which test proves which rule: `python -m tests.architecture.rules [--check]`."""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_RULE = re.compile(r"^- \*\*([A-Z]+-[0-9]+)\*\* (.+)$", re.MULTILINE)


def rules() -> dict[str, str]:
    """Every numbered rule under specs/, by its id, in the order of reading."""
    found: dict[str, str] = {}
    for page in sorted((ROOT / "specs").rglob("*.md")):
        for name, text in _RULE.findall(page.read_text()):
            if name in found:
                raise SystemExit(f"{page.relative_to(ROOT)}: {name} is defined twice")
            found[name] = text
    return found


def proofs() -> dict[str, list[str]]:
    """The tests that name each rule."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for page in sorted((ROOT / "tests").rglob("test_*.py")):
        for test, name in _marks(ast.parse(page.read_text())):
            found[name].append(f"{page.relative_to(ROOT)}::{test}")
    return dict(found)


def _marks(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each test, class or module (by `pytestmark`) with each rule that it names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from ((node.name, name) for decorator in node.decorator_list for name in _named(decorator))
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            yield from (("*", name) for name in _named(node.value))


def _named(mark: ast.AST) -> Iterator[str]:
    for call in ast.walk(mark):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.rule":
            yield from (ast.literal_eval(argument) for argument in call.args)


def problems() -> list[str]:
    """Rules that no test names, and tests that name no rule."""
    known, proven = rules(), proofs()
    missing = [f"{name} has no test" for name in known if name not in proven]
    stray = [
        f"{test} names {name}, which is no rule"
        for name in proven
        if name not in known
        for test in proven[name]
    ]
    return missing + stray


def main() -> None:
    if "--check" in sys.argv:
        found = problems()
        print("\n".join(found) or f"{len(rules())} rules, each with a test")
        raise SystemExit(bool(found))
    proven = proofs()
    for name, text in rules().items():
        print(f"{name}  {text}")
        for test in proven.get(name, ["NO TEST"]):
            print(f"        {test}")


if __name__ == "__main__":
    main()
