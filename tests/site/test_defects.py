"""Every test that a page of ``docs/`` names for a rule exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NAMED = re.compile(r"`(tests/[\w/]+\.py)((?:::\w+)+)`")


def ids_in(path: Path) -> set[str]:
    """The ids of a file's tests, as pytest writes them, without parameters."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found.add(f"::{node.name}")
        if isinstance(node, ast.ClassDef):
            names = [inner.name for inner in node.body if isinstance(inner, ast.FunctionDef)]
            found |= {f"::{node.name}::{name}" for name in names}
    return found


@pytest.mark.parametrize("name", ["conformance.md", "defects.md"])
def test_every_rule_has_a_test_that_exists(name: str) -> None:
    page = (ROOT / "docs" / name).read_text()
    named = NAMED.findall(page)
    rows = [line for line in page.splitlines() if re.match(r"\| (?!elsewhere|rule|---)", line)]
    assert len(named) == len(rows) > 40
    missing = [
        path + test
        for path, test in named
        if not (ROOT / path).exists() or test not in ids_in(ROOT / path)
    ]
    assert missing == []
