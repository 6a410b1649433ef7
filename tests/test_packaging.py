import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
DISTRIBUTIONS = {
    "edgevid": ".",
    "edgevid_zoo": "plugins/edgevid-zoo",
    "edgevid_hello": "plugins/edgevid-hello",
    "edgevid_train": "plugins/edgevid-train",
    "edgevid_synth": "plugins/edgevid-synth",
    "edgevid_batch": "plugins/edgevid-batch",
    "edgevid_export": "export",
}
DATA = {
    "edgevid": [
        "default_model/driver.onnx", "default_model/driver.safetensors",
        "default_model/driver.saliency.onnx",
    ],
    "edgevid_train": ["recipes/driver.yaml", "recipes/finetune.yaml"],
    "edgevid_synth": ["body/body.npz", "body/NOTICE", "py.typed"],
}  # fmt: skip
LARGEST_BYTES = 10 * 1000 * 1000


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


@pytest.mark.parametrize("package", DISTRIBUTIONS)
def test_a_wheel_holds_every_file_of_its_package_and_stays_small(wheels, package):
    archive = zipfile.ZipFile(wheels[package])
    folder = ROOT / DISTRIBUTIONS[package]
    files = {
        str(path.relative_to(folder))
        for path in (folder / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert files == {name for name in archive.namelist() if name.startswith(f"{package}/")}
    assert {f"{package}/{name}" for name in DATA.get(package, [])} <= files
    assert wheels[package].stat().st_size < LARGEST_BYTES


def test_the_core_does_not_depend_on_torch(wheels):
    archive = zipfile.ZipFile(wheels["edgevid"])
    [metadata] = [n for n in archive.namelist() if n.endswith("METADATA")]
    needs = [
        line
        for line in archive.read(metadata).decode().splitlines()
        if line.startswith("Requires-Dist:") and "extra ==" not in line
    ]
    assert not [line for line in needs if "torch" in line or "onnx" in line]


def test_the_default_model_runs_from_a_wheel(wheels, tmp_path):
    site = tmp_path / "site"
    zipfile.ZipFile(wheels["edgevid"]).extractall(site)
    done = subprocess.run(
        [sys.executable, "-m", "edgevid", "run", "test:?frames=30&fps=15", "--json"],
        cwd=site, env={"PYTHONPATH": str(site), "PATH": ""}, capture_output=True, text=True,
    )  # fmt: skip
    found = subprocess.run(
        [sys.executable, "-c", "from edgevid.default_plugins.models.driver import default_bundle;"
         "print(default_bundle())"],
        cwd=site, env={"PYTHONPATH": str(site), "PATH": ""}, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["config"]["model"]["name"] == "driver"
    assert found.stdout.strip() == str(site / "edgevid" / "default_model" / "driver.onnx")


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
