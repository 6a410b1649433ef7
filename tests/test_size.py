"""Files and functions stay small: every god file grew from a clean start."""

import ast
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ["edgevid", "plugins", "export", "tools"]
FILES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "tests" not in path.parts and ".venv" not in path.parts
)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_is_one_idea(path):
    text = path.read_text(encoding="utf-8")
    long_functions = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > 60
    ]
    assert text.count("\n") <= 400
    assert long_functions == []


def body_lines(node):
    """Lines of a function without its signature and docstring, which may be as long as needed."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return node.end_lineno - body[0].lineno + 1 if body else 0


def test_the_median_file_is_short():
    lengths = [path.read_text(encoding="utf-8").count("\n") for path in FILES]
    assert statistics.median(n for n in lengths if n > 3) <= 150


def test_no_file_is_a_drawer_for_everything():
    forbidden = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert [p for p in FILES if p.stem in forbidden] == []
