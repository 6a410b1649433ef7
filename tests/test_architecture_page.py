"""docs/architecture.md names every package and every layer."""

import re
import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:  # pytest brings it along
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_every_package_and_distribution_has_a_row():
    packages = {f"edgevid/{p.parent.name}/" for p in ROOT.glob("edgevid/*/__init__.py")}
    distributions = {f"plugins/{p.parent.name}/" for p in ROOT.glob("plugins/*/pyproject.toml")}
    rows = set(re.findall(r"^\| `([^`]+/)` \|", PAGE, re.M))

    assert rows - {"edgevid/", "export/", "edgevid/default_model/"} == packages | distributions


def test_the_layers_are_those_of_the_import_contract():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    layer_of = {
        name.strip().removeprefix("edgevid."): number
        for number, layer in enumerate(layers)
        for name in layer.split("|")
    }
    section = PAGE[PAGE.index("|---|---|\n| front ends") : PAGE.index("`make lint` enforces")]
    shown = re.findall(r"`([a-z_]+)`", section)

    assert sorted(shown) == sorted(layer_of)
    assert [layer_of[name] for name in shown] == sorted(layer_of[name] for name in shown)
