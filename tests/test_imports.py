import json
import subprocess
import sys

import pytest

HEAVY = [
    "torch", "torchvision", "onnxruntime", "onnx", "av", "scipy", "matplotlib", "can", "cantools",
    "pyarrow", "duckdb",
]  # fmt: skip


def loaded_after(code):
    code += f"\nimport sys, json; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "code",
    [
        "import edgevid",
        "from edgevid import Model, Sink, Source, Card, hookimpl",
        "from edgevid.plugins import load_plugins\nassert load_plugins().models",
        "import edgevid_zoo, edgevid_export, edgevid_hello",
        "import edgevid.cli.app",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_used(code):
    assert loaded_after(code) == []


def test_importing_edgevid_does_not_even_load_opencv():
    code = "import edgevid, sys; print('cv2' in sys.modules or 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_public_name_exists():
    import edgevid

    for name in edgevid.__all__:
        assert getattr(edgevid, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = edgevid.nonsense
