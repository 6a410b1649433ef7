"""Breaks one mechanism after the other, in a copy, and asks the fast tests whether they notice.

``python tools/mutants.py [NAME …]``; the exit code is 1 if a fault survives, 2 if the table below
does not fit the code any more. Nothing in the working tree is touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Fault(NamedTuple):
    """One line, which stands once in the code wherever it is, and what takes its place."""

    name: str
    line: str
    broken: str
    tests: tuple[str, ...]
    """Names of test files, wherever they are."""


FAULTS = (
    Fault(
        "shift direction",
        "moved = torch.cat([empty, moved[:, :-1]], dim=1)",
        "moved = torch.cat([moved[:, 1:], empty], dim=1)",
        ("test_tsm_mobilenet_v2.py",),
    ),
    Fault(
        "gap reset",
        "if gap.duration_seconds > self._model.card.max_gap_seconds:",
        "if gap.duration_seconds < 0:",
        ("test_pipeline.py",),
    ),
    Fault(
        "warm-up",
        "and age >= max(self.card.warmup_seconds, self.card.window_seconds) - tolerance,",
        "and age >= 0,",
        ("test_bundle_model.py",),
    ),
    Fault(
        "event end",
        "quiet, least = self._quiet_seconds, self._rules.min_off_seconds - _ROUNDING_SECONDS",
        "quiet, least = self._quiet_seconds, self._rules.min_on_seconds - _ROUNDING_SECONDS",
        ("test_segments.py",),
    ),
    Fault(
        "drop policy",
        'while slot is None and self._ring.policy == "every" and not self._stop.is_set():',
        "while False:",
        ("test_pipeline.py",),
    ),
    Fault(
        "hash in the manifest",
        "sha256 = task.sha256 or _sha256(path)",
        "sha256 = task.sha256 or hashlib.sha256(task.uri.encode()).hexdigest()",
        ("test_done_again.py",),
    ),
    Fault(
        "redaction",
        "return _PAIR.sub(_redact_pair, _URL.sub(_redact_url, text))",
        "return _PAIR.sub(_redact_pair, text)",
        ("test_uri.py",),
    ),
    Fault(
        "level timer",
        "speed = self._slowest + (self._fastest - self._slowest) * share",
        "speed = self._slowest",
        ("test_levels.py", "test_timers.py"),
    ),
    Fault(
        "parity tolerance",
        "tolerance = card.golden.tolerance if card.golden else 0.0",
        "tolerance = 1.0",
        ("test_golden.py",),
    ),
    Fault(
        "seek",
        "if first is not None and first.ticks is not None and first.ticks <= limit:",
        "if first is not None and first.ticks is not None:",
        ("test_data_decode.py",),
    ),
)


class MisfitError(Exception):
    """The table does not fit the code."""


def main(names: list[str]) -> int:
    """Try the named faults, or all; the exit code."""
    if unknown := set(names) - {fault.name for fault in FAULTS}:
        print(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(f.name for f in FAULTS)}")
        return 2
    faults = [fault for fault in FAULTS if not names or fault.name in names]
    with tempfile.TemporaryDirectory(prefix="edgevid-mutants-") as folder:
        copy = Path(folder)
        try:
            listed = files()
            for path in listed:
                (copy / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / path, copy / path)
            survived = [f.name for f in faults if not _is_killed(copy, f, *find(listed, f))]
        except MisfitError as error:
            print(f"error: {error}")
            return 2
    print(f"{len(faults) - len(survived)} of {len(faults)} killed")
    return 1 if survived else 0


def files() -> list[Path]:
    """Files of the working tree that git does not ignore, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in filter(None, listed.split("\0")) if (ROOT / name).is_file()]


def find(listed: list[Path], fault: Fault) -> tuple[Path, list[str]]:
    """The file that holds the line, and the test files.

    Raises:
        MisfitError: If one of them is not in exactly one place.
    """
    code = [p for p in listed if p.suffix == ".py" and not {"tests", "tools"} & {*p.parts}]
    count = sum((ROOT / p).read_text(encoding="utf-8").count(fault.line) for p in code)
    holds = [p for p in code if fault.line in (ROOT / p).read_text(encoding="utf-8")]
    if count != 1:
        places = ", ".join(map(str, holds)) or "nowhere"
        raise MisfitError(
            f"{fault.name}: the line {fault.line!r} must stand once, and stands in: {places}; "
            f"update FAULTS in tools/mutants.py"
        )
    tests = []
    for name in fault.tests:
        found = [str(p) for p in listed if p.name == name]
        if len(found) != 1:
            raise MisfitError(
                f"{fault.name}: there must be one test file {name}, and there are: {found}; "
                f"update FAULTS in tools/mutants.py"
            )
        tests += found
    return holds[0], tests


def _is_killed(copy: Path, fault: Fault, path: Path, tests: list[str]) -> bool:
    whole = (copy / path).read_text(encoding="utf-8")
    started = time.monotonic()
    if _fails(copy, tests):
        raise MisfitError(f"{fault.name}: {' '.join(tests)} fail without the fault too")
    (copy / path).write_text(whole.replace(fault.line, fault.broken), encoding="utf-8")
    killed = _fails(copy, tests)
    (copy / path).write_text(whole, encoding="utf-8")
    verdict = "killed" if killed else "SURVIVED"
    print(f"{verdict:9} {fault.name:22} {path}  {time.monotonic() - started:.0f} s", flush=True)
    return killed


def _fails(copy: Path, tests: list[str]) -> bool:
    packages = [str(path.parent) for path in copy.rglob("pyproject.toml")]
    command = [
        sys.executable, "-m", "pytest", "-x", "-q", "-m", "not slow", "-p", "no:cacheprovider",
        *tests,
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=copy, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(packages), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise MisfitError(f"pytest ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return done.returncode == 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
