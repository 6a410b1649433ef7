"""``tools/export_zoo.py``, the command that exports every architecture at full size."""

import json
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
NAME = "single_frame_resnet18"


@pytest.fixture
def export_zoo(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)
    import export_zoo

    return export_zoo


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_what_passes_the_gate_and_runs_on_the_video_is_a_line_of_the_table(export_zoo, tmp_path):
    # Long, for the processes that it starts import PyTorch and the exporter, as `make zoo` does.
    target = tmp_path / "export.json"
    code = export_zoo.main([NAME, "--small", "--output", str(target)])
    row = json.loads(target.read_text())["rows"][NAME]

    assert code == 0
    assert 0 < row["parity"] <= 1e-4
    assert row["run"]["predictions"] >= 3
    assert row["bundle_bytes"] > 1e5


def test_the_table_goes_on_with_what_did_not_pass(export_zoo, tmp_path, monkeypatch, capsys):
    target = tmp_path / "export.json"
    old = {"parity": 1e-6}
    target.write_text(
        json.dumps({"small": True, "rows": {NAME: old, "r3d_18": {"failed": "no memory"}}})
    )
    monkeypatch.setattr(export_zoo, "measure", lambda *arguments: {"failed": "again"})
    code = export_zoo.main([NAME, "r3d_18", "--small", "--missing", "--output", str(target)])

    assert code == 1
    assert json.loads(target.read_text())["rows"] == {NAME: old, "r3d_18": {"failed": "again"}}
    assert "1 of 1: r3d_18" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--output", "no/where.json"], "its folder does not exist"),
        (["--output", "small.json"], "networks of another size"),
    ],
)
def test_a_table_that_cannot_be_gone_on_with_is_refused(
    export_zoo, tmp_path, monkeypatch, capsys, arguments, message
):
    monkeypatch.chdir(tmp_path)
    Path("small.json").write_text(json.dumps({"small": True, "rows": {}}))

    with pytest.raises(SystemExit, match="2"):
        export_zoo.main([NAME, *arguments])
    assert message in capsys.readouterr().err


@pytest.mark.slow
def test_a_network_that_fails_is_a_line_too(export_zoo):
    assert "unknown architecture" in export_zoo.measure("tsm_resnet5", 3, True)["failed"]
