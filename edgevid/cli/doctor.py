"""``edgevid doctor``: what is installed, which providers work, which cameras exist."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from edgevid.backends.bundle import read_card
from edgevid.backends.torch import cuda_device
from edgevid.cli.examine import examine_bundle
from edgevid.cli.session import complete_models, loaded_plugins, out
from edgevid.config import ModelConfig
from edgevid.errors import EdgevidError, one_line
from edgevid.machine import usable_cores
from edgevid.pipeline.bundles import find_bundle
from edgevid.pipeline.result import library_versions


def doctor(
    bundle: Annotated[
        str | None,
        typer.Argument(
            help="A bundle, or driver: repeat its parity check on every backend.",
            show_default=False,
            autocompletion=complete_models,
        ),
    ] = None,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Import torch too and check its CUDA device; takes seconds."),
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> int:
    """Say what is installed, which providers work, which cameras exist; or check a bundle.

    Examples:
        edgevid doctor

        edgevid doctor my_network.onnx
    """
    if bundle is not None:
        return examine_bundle(bundle, json_=json_)
    found = {
        "python": f"{platform.python_version()} ({sys.executable})",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": str(usable_cores()),
        **{
            f"version {name}": text for name, text in library_versions().items() if name != "python"
        },
        **_opencv(),
        **_onnxruntime(),
        **_torch(deep),
        "default model": _default_model(),
        "cameras": ", ".join(sorted(map(str, Path("/dev").glob("video*")))) or "none",
        "display": os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or "none",
    }
    for plugin in loaded_plugins().loaded:
        if plugin.error:
            found[f"broken plugin {plugin.name}"] = plugin.error
    if json_:
        print(json.dumps(found, indent=2))
        return 0
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, text in found.items():
        table.add_row(name, text)
    out().print(table)
    return 0


def _opencv() -> dict[str, str]:
    import cv2

    build = cv2.getBuildInformation()

    def line(name: str) -> str:
        match = re.search(rf"^\s*{name}:\s*(.+)$", build, re.MULTILINE)
        return match[1].strip() if match else "NO"

    return {
        "opencv ffmpeg": line("FFMPEG"),
        "opencv gstreamer": line("GStreamer"),
        "opencv windows": line("GUI"),
    }


def _onnxruntime() -> dict[str, str]:
    if importlib.util.find_spec("onnxruntime") is None:
        return {"onnxruntime": 'not installed; pip install "edgevid[cpu]" or "edgevid[gpu]"'}
    import onnxruntime as ort

    return {
        "onnxruntime providers": ", ".join(
            f"{name} ({_starts(ort, name)})" for name in ort.get_available_providers()
        )
    }


def _starts(ort: Any, provider: str) -> str:
    """Whether a provider really starts: ONNX Runtime falls back silently, so ask a session."""
    try:
        session = ort.InferenceSession(_SMALLEST_MODEL, providers=[provider])
    except Exception as error:
        return f"does not start: {one_line(error, 120)}"
    return "works" if session.get_providers()[0] == provider else "does not start here"


def _torch(deep: bool) -> dict[str, str]:
    if importlib.util.find_spec("torch") is None:
        return {"torch": "not installed; only needed for training, export and as a fallback"}
    if not deep:
        return {"torch cuda": "not checked; add --deep"}
    return {"torch cuda": cuda_device() or "none"}


def _default_model() -> str:
    name = ModelConfig().name
    try:
        path = find_bundle(loaded_plugins(), name)
        card = read_card(path)
    except EdgevidError as error:
        return str(error)
    return f"{name}: {card.name} {card.version}, sha256 {str(card.sha256)[:16]}…, {path}"


# y = -x for one float: about the shortest ONNX file that loads (opset 13).
_SMALLEST_MODEL = bytes.fromhex(
    "08073a320a0b0a017812017922034e65671201675a0f0a0178120a0a08080112040a020801620f0a"
    "0179120a0a08080112040a02080142040a00100d"
)
