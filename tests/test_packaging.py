import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DISTRIBUTIONS = {
    "edgevid": ".",
    "edgevid_zoo": "plugins/edgevid-zoo",
    "edgevid_hello": "plugins/edgevid-hello",
    "edgevid_export": "export",
}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheels")
    for folder in DISTRIBUTIONS.values():
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(out)]
        done = subprocess.run([*command, str(ROOT / folder)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return {path.name.split("-")[0]: path for path in out.glob("*.whl")}


@pytest.mark.parametrize("package", DISTRIBUTIONS)
def test_a_wheel_holds_its_own_package_and_nothing_else(wheels, package):
    names = zipfile.ZipFile(wheels[package]).namelist()
    tops = {name.split("/")[0] for name in names}

    assert {top for top in tops if not top.endswith(".dist-info")} == {package}
    assert not [name for name in names if "/tests/" in name]


def test_the_core_wheel_is_typed_and_licensed(wheels):
    names = zipfile.ZipFile(wheels["edgevid"]).namelist()

    assert "edgevid/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_core_does_not_depend_on_torch(wheels):
    archive = zipfile.ZipFile(wheels["edgevid"])
    [metadata] = [n for n in archive.namelist() if n.endswith("METADATA")]
    needs = [
        line
        for line in archive.read(metadata).decode().splitlines()
        if line.startswith("Requires-Dist:") and "extra ==" not in line
    ]
    assert not [line for line in needs if "torch" in line or "onnx" in line]


def test_the_tutorials_plugin_works_once_it_is_installed(wheels, tmp_path):
    """From wheels into an empty folder: found by its entry point and run by name."""
    site = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    packages = [str(wheels["edgevid"]), str(wheels["edgevid_hello"])]
    subprocess.run([*command, "--target", str(site), *packages], check=True, capture_output=True)
    tally = tmp_path / "tally.txt"
    # -P keeps this checkout off the path, and the folder comes before the development install.
    done = subprocess.run(
        [sys.executable, "-m", "edgevid", "run", "test:?frames=60&fps=30",
         "--model", "hello_brightness", "--sink", f"hello_tally:{tally}", "--json"],
        cwd=tmp_path, env={"PYTHONPATH": str(site), "PATH": ""}, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert '"name": "hello_brightness"' in done.stdout
    assert tally.read_text().split()[0] in ("bright", "dark")
    source = site / "edgevid_hello" / "__init__.py"
    assert len(source.read_text().splitlines()) < 60
