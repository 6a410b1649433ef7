"""Exports architectures at full size through the parity gate and runs each bundle on a video.

``make zoo`` does it for all. Each is exported in a process of its own, so that its memory is
measured and given back; the bundle is removed after its run. The table goes on from run to run:
what is named is measured anew, what is not stays.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from edgevid import EdgevidError, load_plugins, read_card
from edgevid.io import write_atomic
from edgevid.machine import machine_name, usable_cores
from edgevid.model_facts import NUM_CLASSES
from edgevid.pipeline.result import library_versions

ROOT = Path(__file__).resolve().parent.parent
VIDEO = ROOT / "examples" / "sample_drive.mp4"
TABLE = ROOT / "docs" / "zoo" / "export.json"
_PREDICTIONS = 3
"""Of each run on the video, at least."""


def main(arguments: Sequence[str]) -> int:
    """Export, run and write the table after each; the exit code says whether all passed."""
    parser = _parser()
    options = parser.parse_args(arguments)
    known = load_plugins().architectures
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"unknown: {', '.join(unknown)}; known are {', '.join(known)}")
    names = list(options.names or known)
    if not options.output.resolve().parent.is_dir():
        parser.error(f"{options.output}: its folder does not exist")
    table = {"small": options.small, "rows": {}}
    if options.output.exists():
        table = json.loads(options.output.read_text(encoding="utf-8"))
    if table["small"] != options.small:
        parser.error(f"{options.output} holds networks of another size; give another --output")
    if options.missing:
        names = [name for name in names if "failed" in table["rows"].get(name, {"failed": ""})]
    for number, name in enumerate(names):
        print(f"{number + 1} of {len(names)}: {name}", flush=True)
        row = measure(name, NUM_CLASSES, options.small)
        print(f"  {row.get('failed') or _passed(row)}", flush=True)
        rows = dict(sorted((table["rows"] | {name: row}).items()))
        table = {
            "machine": machine_name(), "cores": usable_cores(), "versions": library_versions(),
            "num_classes": NUM_CLASSES, "small": options.small, "video": VIDEO.name, "rows": rows,
        }  # fmt: skip
        write_atomic(options.output, (json.dumps(table, indent=2) + "\n").encode())
    return 1 if any("failed" in table["rows"][name] for name in names) else 0


def _passed(row: dict[str, Any]) -> str:
    return (
        f"parity {row['parity']:.1e}, exported in {row['export_seconds']:.0f} s, "
        f"{row['run']['predictions']} predictions"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", help="architectures; all by default")
    parser.add_argument("--missing", action="store_true", help="only those that did not pass yet")
    parser.add_argument("--small", action="store_true", help="the narrow networks of the tests")
    parser.add_argument("--output", type=Path, default=TABLE, help="the table, JSON")
    return parser


def measure(name: str, num_classes: int, small: bool) -> dict[str, Any]:
    """One architecture: what passed, or why not.

    Args:
        name: Of the architecture.
        num_classes: K.
        small: Take the narrow network.
    """
    with tempfile.TemporaryDirectory(prefix="edgevid-zoo-") as folder:
        bundle = Path(folder) / "m.onnx"
        try:
            spawn = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(max_workers=1, mp_context=spawn) as process:
                row = process.submit(export, name, num_classes, small, bundle).result()
            return row | {"run": _run(bundle, Path(folder) / "run.jsonl")}
        except BrokenProcessPool:
            return {"failed": "the process that exported it was ended, mostly for want of memory"}
        # A network that fails is a line of the table, whatever it is that fails.
        except Exception as error:
            return {"failed": f"{type(error).__name__}: {' '.join(str(error).split())}"}


def export(name: str, num_classes: int, small: bool, bundle: Path) -> dict[str, Any]:
    """Write the bundle; what it took is that of the process."""
    from edgevid_export.bundle import export_bundle

    started = time.monotonic()
    plugins = load_plugins()
    architecture = plugins.architectures[name]()
    card = architecture.default_card(
        [f"class_{index}" for index in range(num_classes)],
        **(architecture.small if small else {}),
    )
    parity = export_bundle(architecture, card, bundle, checkpoint=None, backends=plugins.backends)
    return {
        "parity": parity.largest,
        "differences": parity.differences,
        "bundle_bytes": bundle.stat().st_size,
        "export_seconds": round(time.monotonic() - started, 1),
        "export_peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def _run(bundle: Path, log: Path) -> dict[str, Any]:
    """What ``edgevid run VIDEO --model BUNDLE`` does."""
    card = read_card(bundle)
    steps = (card.window_frames + _PREDICTIONS * card.stride_frames) / card.input_rate_hz
    command = [
        sys.executable, "-m", "edgevid", "run", str(VIDEO), "--model", str(bundle), "--json",
        "--duration", f"{steps + 1:.2f}", "--sink", f"jsonl:{log}",
        "--set", "sinks.0.options.predictions=true",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise EdgevidError(f"edgevid run: {done.stderr.strip()}")
    result = json.loads(done.stdout)
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    predictions = sum(line["type"] == "prediction" for line in lines)
    if predictions < _PREDICTIONS:
        raise EdgevidError(f"edgevid run: {predictions} predictions in {steps + 1:.1f} s of video")
    return {
        "video_seconds": round(result["covered_seconds"], 2),
        "elapsed_seconds": result["elapsed_seconds"],
        "predictions": predictions,
        "backend": result["runs_on"]["backend"],
    }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
