"""The README's Python and the examples run as they stand, and pass a strict type check."""

import re
import runpy
import shutil
import sys
from pathlib import Path

import pytest
from mypy import api as mypy

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    shutil.copy(ROOT / "examples" / "rendered_drive.mp4", tmp_path / "drive.mp4")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_readmes_python_runs_as_it_stands(folder, capsys):
    exec("\n".join(BLOCKS), {"__name__": "readme"})

    out = capsys.readouterr().out
    assert "opened: phone" in out
    assert "closed: phone" in out
    assert (folder / "events.jsonl").stat().st_size > 0


@pytest.mark.slow
def test_a_users_own_loop_prints_events(folder, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["own_loop.py", "drive.mp4"])
    runpy.run_path(str(ROOT / "examples" / "own_loop.py"), run_name="__main__")

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[2:4] for line in lines[:2]] == [["opened", "phone"], ["updated", "phone"]]


USER_CODE = {
    "readme.py": "\n".join(BLOCKS),
    "own_loop.py": (ROOT / "examples" / "own_loop.py").read_text("utf-8"),
    "configs.py": (
        "import asyncio\n"
        "import edgevid\n"
        "from edgevid import BackendConfig, ModelConfig, RunConfig, SinkConfig, SourceConfig\n"
        'config = RunConfig(source={"uri": "a.mp4"}, sinks=["jsonl:a"], model="driver")\n'
        'typed = RunConfig(source=SourceConfig(uri="a"), backend=BackendConfig(require="cpu"),\n'
        '                  model=ModelConfig(name="m"), sinks=[SinkConfig(name="console")])\n'
        "async def labels() -> list[str]:\n"
        '    return [r.label async for r in edgevid.astream("a.mp4", policy="fleet")]\n'
        "def errors() -> type[edgevid.EdgevidError]:\n"
        "    return edgevid.UnknownPluginError\n"
    ),
}


def strict(folder, *names):
    """Not with the project's settings: a user has none of its mypy plugins."""
    cache = ROOT / ".mypy_cache" / "users"
    flags = [
        "--strict",
        "--config-file",
        "",
        "--follow-imports",
        "silent",
        "--cache-dir",
        str(cache),
    ]
    return mypy.run([*flags, *(str(folder / name) for name in names)])


@pytest.mark.slow
def test_user_code_passes_mypy_strict_and_a_wrong_argument_does_not(tmp_path):
    for name, code in USER_CODE.items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    wrong = 'import edgevid\nedgevid.run("a.mp4", sink=["jsonl:a"])\n'
    (tmp_path / "wrong.py").write_text(wrong, encoding="utf-8")

    out, errors, code = strict(tmp_path, *USER_CODE, "wrong.py")
    assert (code, errors) == (1, ""), out
    assert 'wrong.py:2: error: Unexpected keyword argument "sink"' in out
    assert all("wrong.py:2" in line for line in out.splitlines()[:-1]), out
