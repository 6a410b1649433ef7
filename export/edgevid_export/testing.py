"""Bundles for tests, exported once; only tests import it, for it needs pytest.

An export takes seconds of CPU time. Bundles are kept in pytest's cache folder under a hash of all
that decides their content, and are shared between workers and between runs.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock

from edgevid import Architecture, Card
from edgevid_export.bundle import export_bundle
from edgevid_export.parity import Parity

__all__ = ["ExportOnce", "export_once"]

ExportOnce = Callable[[Architecture, Card, Path], Parity]
"""Writes a bundle of random weights and its sidecar, as ``export_bundle`` does."""

_SOURCES = ("edgevid.card", "edgevid.preprocess", "edgevid.golden", "edgevid.backends")
_PACKAGES = ("edgevid_zoo", "edgevid_export")
_LIBRARIES = ("numpy", "onnx", "onnxruntime", "onnxscript", "torch")
_PARITY = "parity.json"


@pytest.fixture(scope="session")
def export_once(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> ExportOnce:
    """Export an architecture with random weights, or copy the same bundle from the cache."""
    known = getattr(pytestconfig, "cache", None)
    root = known.mkdir("bundles") if known else tmp_path_factory.getbasetemp() / "bundles"
    folder = root / _sources_digest()

    def export(architecture: Architecture, card: Card, output: Path) -> Parity:
        what = f"{type(architecture).__qualname__} {card.model_dump_json()}"
        cached = folder / hashlib.sha256(what.encode()).hexdigest()[:32]
        cached.mkdir(parents=True, exist_ok=True)
        with FileLock(cached / "lock"):
            if not (cached / _PARITY).is_file():
                parity = export_bundle(architecture, card, cached / "m.onnx", checkpoint=None)
                text = json.dumps([parity.differences, parity.absent])
                # Written last: where it exists, the others are complete.
                (cached / _PARITY).write_text(text, encoding="utf-8")
        output.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(cached / "m.onnx", output)
        shutil.copyfile(cached / "m.safetensors", output.with_suffix(".safetensors"))
        return Parity(*json.loads((cached / _PARITY).read_text(encoding="utf-8")))

    _forget_others(folder)
    return export


def _forget_others(folder: Path) -> None:
    """Delete bundles of other sources: they are never used again."""
    if folder.parent.is_dir():
        for other in folder.parent.iterdir():
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)


@cache
def _sources_digest() -> str:
    digest = hashlib.sha256()
    for file in sorted(_source_files()):
        digest.update(file.read_bytes())
    for library in _LIBRARIES:
        digest.update(importlib.metadata.version(library).encode())
    return digest.hexdigest()[:16]


def _source_files() -> Iterator[Path]:
    for name in (*_SOURCES, *_PACKAGES):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise LookupError(f"{name} is not installed")
        origin = Path(spec.origin)
        yield from origin.parent.rglob("*.py") if origin.name == "__init__.py" else (origin,)
