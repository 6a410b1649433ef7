"""Tries out a batch as its users do: twenty drives, five broken files, five kills, and Ray.

Usage: python tools/batch_trial.py [--folder FOLDER] [--seed SEED]

Renders drives of mixed containers, codecs and frame rates, analyses them undisturbed, then again
while the run is killed at random moments, and once more on Ray. Whatever is left must be the same
files, byte by byte; docs/batch/trial.json says so, and the exit code too. docs/batch/fleet.png is
the beginning of the report.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from report_picture import picture_of

from edgevid.io import write_atomic
from edgevid.machine import machine_name, usable_cores
from edgevid.pipeline.result import library_versions

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "batch" / "trial.json"
PICTURE = "fleet.png"
PICTURE_PX = 2780
SECONDS = 40
KILLS = 5
CHUNK_SECONDS = 8
EQUAL = ("drives", "events", "availability", "scores")


@dataclass(frozen=True)
class Form:
    """How drives are written."""

    suffix: str
    codec: str
    rates: tuple[float, ...]
    """Frames per second, one drive of each."""
    options: tuple[tuple[str, str], ...] = ()
    variable: bool = False
    """Leaves out every fifth frame or so, as cameras do in the dark."""


_B_FRAMES = (("preset", "veryfast"), ("bf", "3"), ("g", "50"))
_DASHCAM = (("preset", "veryfast"), ("bf", "0"), ("g", "30"))
_VP8 = (("deadline", "realtime"), ("cpu-used", "8"), ("b", "1M"))
FORMS = (
    Form(".mp4", "libx264", (10, 15, 25, 30), _B_FRAMES),
    Form(".mkv", "libx264", (12.5, 24, 30, 60), _DASHCAM, variable=True),
    Form(".ts", "libx264", (25, 30, 50), _B_FRAMES),
    Form(".mov", "mpeg4", (15, 20, 29), (("b", "1M"),)),
    Form(".avi", "mjpeg", (10, 15, 30)),
    Form(".webm", "libvpx", (20, 25, 30), _VP8),
)


def main(arguments: Sequence[str]) -> int:
    """Render, run, kill, compare, write; 1 if anything differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--folder", type=Path, help="keeps drives and results; else they are gone")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    parser.add_argument("--output", type=Path, default=TABLE, help="the table, JSON")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="edgevid-trial-") as scratch:
        folder = (options.folder or Path(scratch)).resolve()
        table = trial(folder, random.Random(options.seed))
        write_atomic(options.output, (json.dumps(table, indent=2) + "\n").encode())
        picture_of(folder / "whole" / "report.html", options.output.with_name(PICTURE), PICTURE_PX)
    differs = [name for part in ("killed", "ray") for name in table[part]["differs"]]
    print("differs: " + ", ".join(differs) if differs else "all tables and reports are equal")
    return 1 if differs else 0


def trial(folder: Path, rng: random.Random) -> dict[str, Any]:
    """What came of all runs."""
    drives = folder / "drives"
    good, bad = render(drives), broken(drives)
    whole = folder / "whole"
    began = time.monotonic()
    result = run(drives, whole)
    undisturbed = time.monotonic() - began
    if {Path(name).name for name in result["failed"]} != set(bad):
        sys.exit(f"other drives failed than those that are broken: {result['failed']}")
    print(f"undisturbed: {undisturbed:.0f} s, {result['done']} done", flush=True)
    kills = killed(drives, folder / "killed", rng, undisturbed)
    began = time.monotonic()
    run(drives, folder / "ray", "--engine", "ray")
    ray = time.monotonic() - began
    return {
        "machine": machine_name(),
        "cores": usable_cores(),
        "versions": library_versions(),
        "seconds_each": SECONDS,
        "chunk_seconds": CHUNK_SECONDS,
        "drives": good | bad,
        "done": result["done"],
        "failed": {
            Path(name).name: _of(reason, drives) for name, reason in result["failed"].items()
        },
        "events": result["events"],
        "undisturbed_seconds": round(undisturbed, 1),
        "killed": {"kills": kills, "differs": differing(whole, folder / "killed")},
        "ray": {"seconds": round(ray, 1), "differs": differing(whole, folder / "ray")},
    }  # fmt: skip


def render(folder: Path) -> dict[str, str]:
    """Drives of synthetic drivers; name → how it is encoded."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for number, (form, rate) in enumerate((one, rate) for one in FORMS for rate in one.rates):
        path = folder / f"drive_{number:02d}{form.suffix}"
        kind = "variable, at most " if form.variable else ""
        made[path.name] = f"{form.codec}, {kind}{rate:g} Hz"
        if path.exists():
            continue
        print(f"rendering {path.name}", flush=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            subprocess.run(
                [
                    sys.executable, "-m", "edgevid", "synth", "drive", "--out", scratch,
                    "--seed", str(1000 + number), "--seconds", str(SECONDS), "--rate-hz", "10",
                    "--size", "192", "--supersampling", "1",
                ],
                check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            (rendered,) = Path(scratch).glob("*.mp4")
            encode(rendered, Path(scratch) / path.name, form, rate, random.Random(number))
            (Path(scratch) / path.name).replace(path)
    return made


def encode(source: Path, target: Path, form: Form, rate: float, rng: random.Random) -> None:
    """The same drive at another rate: pictures are shown again, or left out."""
    with av.open(str(source)) as reading, av.open(str(target), "w") as writing:
        pictures = [frame.to_ndarray(format="bgr24") for frame in reading.decode(video=0)]
        stream = writing.add_stream(
            form.codec, rate=Fraction(rate).limit_denominator(1000), options=dict(form.options)
        )
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuvj420p" if form.codec == "mjpeg" else "yuv420p"
        for number in range(round(SECONDS * rate)):
            if form.variable and rng.random() < 0.2:
                continue
            picture = pictures[min(int(number / rate * 10), len(pictures) - 1)]
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = number, 1 / Fraction(rate).limit_denominator(1000)
            writing.mux(stream.encode(frame))
        writing.mux(stream.encode())


def broken(folder: Path) -> dict[str, str]:
    """Five files that no one can read."""
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "letter.mp4").write_text("Dear archive, this is no video.\n")
    (folder / "noise.avi").write_bytes(random.Random(0).randbytes(100_000))
    whole = (folder / "drive_00.mp4").read_bytes()
    (folder / "power_cut.mp4").write_bytes(whole[: len(whole) // 2])
    gone = folder / "gone.mkv"
    gone.unlink(missing_ok=True)
    gone.symlink_to(folder / "not_there.mkv")
    return {
        "empty.mp4": "no byte",
        "letter.mp4": "a text",
        "noise.avi": "random bytes",
        "power_cut.mp4": "the first half of drive_00.mp4: its index is missing",
        "gone.mkv": "a link to nothing",
    }


def command(drives: Path, out: Path, *more: str) -> list[str]:
    """As one types it."""
    return [
        sys.executable, "-m", "edgevid", "batch", drives.name, "--out", str(out), "--scores",
        "--chunk-seconds", str(CHUNK_SECONDS), "--json", *more,
    ]  # fmt: skip


def run(drives: Path, out: Path, *more: str) -> dict[str, Any]:
    """One run from an empty folder to its end."""
    shutil.rmtree(out, ignore_errors=True)
    return _end(drives, out, *more)


def _end(drives: Path, out: Path, *more: str) -> dict[str, Any]:
    done = subprocess.run(
        command(drives, out, *more), cwd=drives.parent, capture_output=True, text=True
    )
    result: dict[str, Any] = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    if not result or done.returncode != len(result["failed"]):
        sys.exit(f"edgevid batch ended with {done.returncode}: {done.stderr}")
    return result


def killed(drives: Path, out: Path, rng: random.Random, undisturbed: float) -> list[dict[str, Any]]:
    """Start and kill, five times, then let it end; what there was at each kill.

    Each but the last comes at a random moment after that run has scored something; the last one
    between the tables.
    """
    shutil.rmtree(out, ignore_errors=True)
    kills: list[dict[str, Any]] = []
    while len(kills) < KILLS:
        is_last = len(kills) == KILLS - 1
        before, began = _num_done(out), time.monotonic()
        with subprocess.Popen(
            command(drives, out), cwd=drives.parent, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            while process.poll() is None:
                if (out / "events.parquet").exists() if is_last else _num_done(out) > before:
                    break
                time.sleep(0.005)
            with suppress(subprocess.TimeoutExpired):
                process.wait(0 if is_last else rng.uniform(0, undisturbed / 8))
            process.send_signal(signal.SIGKILL)
        if process.returncode != -signal.SIGKILL:
            print("it was done before the last kill; all of it again", flush=True)
            shutil.rmtree(out)
            kills.clear()
            continue
        kills.append(
            {
                "after_seconds": round(time.monotonic() - began, 1),
                "during": "between its tables" if is_last else "while scoring",
                "done": _num_done(out),
            }
        )
        print(f"killed: {kills[-1]}", flush=True)
    _end(drives, out)
    return kills


def _num_done(out: Path) -> int:
    """Parts and drives that the manifest says are scored."""
    manifest = out / "manifest.jsonl"
    return manifest.read_bytes().count(b'"state": "done"') if manifest.exists() else 0


def differing(one: Path, other: Path) -> list[str]:
    """Files of results that are not the same, byte by byte."""
    names = [*(f"{name}.parquet" for name in EQUAL), "report.html"]
    return [
        f"{other.name}/{name}"
        for name in names
        if (one / name).read_bytes() != (other / name).read_bytes()
    ]


def _of(reason: str, drives: Path) -> str:
    """Without the folder of this machine."""
    return reason.replace(f"{drives}/", "").replace(f"{drives.name}/", "")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
