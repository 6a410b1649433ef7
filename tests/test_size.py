"""Files and functions stay small: every god file grew from a clean start."""

import ast
import statistics
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ["edgevid", "plugins", "export", "tools"]
TEXTS = {
    str(path): (ROOT / path).read_text(encoding="utf-8")
    for package in PACKAGES
    for path in sorted(p.relative_to(ROOT) for p in (ROOT / package).rglob("*.py"))
    if "tests" not in path.parts and ".venv" not in path.parts
}
DRAWERS = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}


def body_lines(node):
    """Lines of a function without its signature and docstring, which may be as long as needed."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return node.end_lineno - body[0].lineno + 1 if body else 0


def test_a_file_is_one_idea():
    assert [path for path, text in TEXTS.items() if text.count("\n") > 400] == []


def test_a_function_fits_on_a_screen():
    long = [
        f"{path}: {node.name}: {body_lines(node)} lines"
        for path, text in TEXTS.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > 60
    ]
    assert long == []


def test_the_median_file_is_short():
    lengths = [text.count("\n") for text in TEXTS.values()]
    assert statistics.median(n for n in lengths if n > 3) <= 150


def test_no_file_is_a_drawer_for_everything():
    assert [path for path in TEXTS if Path(path).stem in DRAWERS] == []
