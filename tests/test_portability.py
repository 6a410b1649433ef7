"""The runtime starts and runs where the modules and calls of Linux are missing.

A simulation: Linux without them. It shows that nothing needs them, not that a Mac has no other
surprises.
"""

import json
import platform
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from edgevid.default_plugins.sources.camera import CameraSource
from edgevid.records import read_event_file

_HIDE = """
import os, signal, sys

class Hidden:
    names = {"fcntl", "resource", "pwd", "grp", "termios", "tty"}

    def find_spec(self, name, path=None, target=None):
        if name in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

for name in Hidden.names:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Hidden())
for name in ("sched_getaffinity", "fork", "getuid", "geteuid", "O_DIRECTORY", "O_CLOEXEC"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM"):
    delattr(signal, name)
"""
_LOAD = """
import json
import edgevid
from edgevid.cli.app import run_app
from edgevid.plugins import load_plugins

names = [getattr(edgevid, name) for name in edgevid.__all__]
plugins = load_plugins()
print(json.dumps({p.name: p.error for p in plugins.loaded} | {"hidden": "fcntl" in sys.modules}))
"""
_RUN = """
from edgevid.cli.app import run_app

sys.exit(run_app(sys.argv[1:]))
"""


def run_without(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _HIDE + code, *map(str, arguments)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(), done.stderr


@pytest.mark.slow
def test_every_public_name_and_every_plugin_loads():
    [line], _ = run_without(_LOAD)
    failed = {name: error for name, error in json.loads(line).items() if error}
    assert failed == {}


@pytest.mark.slow
def test_a_run_ends_with_all_its_results(tmp_path):
    sinks = [
        {"name": "jsonl", "target": str(tmp_path / "e.jsonl")},
        {"name": "csv", "target": str(tmp_path / "e.csv")},
        {"name": "sqlite", "target": str(tmp_path / "e.db")},
        {"name": "evidence", "target": str(tmp_path / "clips"), "options": {"level": 0}},
    ]
    run_without(
        _RUN, "run", "test:?frames=60&fps=10&size=160x120", "--quiet", "--profile", "research",
        "--set", "events.options.rules.enter=0.05", "--set", "events.options.rules.exit=0.01",
        "--set", f"sinks={json.dumps(sinks)}", "--run-json", tmp_path / "run.json",
    )  # fmt: skip

    result = json.loads((tmp_path / "run.json").read_text())
    assert (result["status"], result["errors"]) == ("finished", [])
    file = read_event_file(tmp_path / "e.jsonl")
    ids = {event.id for event in file.events}
    assert ids
    assert file.warnings == ()
    assert len((tmp_path / "e.csv").read_text().splitlines()) == 1 + len(ids)
    with closing(sqlite3.connect(tmp_path / "e.db")) as connection:
        assert {row for (row,) in connection.execute("SELECT id FROM events")} == ids
        assert connection.execute("SELECT state FROM runs").fetchall() == [("ended",)]
    clips = {path.stem for path in (tmp_path / "clips").glob("*.mp4")}
    assert clips == ids
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "clips", "e.csv", "e.db", "e.jsonl", "run.json",
    ]  # fmt: skip


@pytest.mark.parametrize(("system", "runs"), [("Linux", True), ("Darwin", False)])
def test_what_only_linux_has_says_so(monkeypatch, system, runs):
    monkeypatch.setattr(platform, "system", lambda: system)
    reason = CameraSource.unavailable()
    assert (reason is None) == runs
    assert runs or "which only Linux has; give a file" in reason
