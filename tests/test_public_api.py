"""The public names are checked in: taking one away breaks plugins, so it must be seen."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SURFACE = Path(__file__).with_name("public_api.txt")


@pytest.fixture
def page(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    import api_page

    return api_page


@pytest.fixture
def surface(page):
    """Module → its public names."""
    return {module: page.module_names(module) for module in ("edgevid", *page.MODULES)}


def test_the_public_surface_is_the_one_that_is_checked_in(surface):
    found = {f"{module}.{name}" for module, names in surface.items() for name in names}
    expected = set(SURFACE.read_text(encoding="utf-8").split())
    gone, new = expected - found, found - expected
    assert not gone, f"plugins may use these, deprecate them first: {sorted(gone)}"
    assert not new, f"add these to tests/public_api.txt: {sorted(new)}"


def test_our_plugins_import_public_names_only(surface):
    # The packages; tests of plugins may look inside.
    files = [
        file
        for package in (*ROOT.glob("plugins/*/edgevid_*"), ROOT / "export" / "edgevid_export")
        for file in package.rglob("*.py")
    ]
    assert len(files) > 200
    private = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {node.module}.{alias.name}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "edgevid"
        for alias in node.names
        if alias.name not in [*surface.get(node.module, []), "lazy"]
    ]
    assert private == []
