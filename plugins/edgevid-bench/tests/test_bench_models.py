"""``edgevid bench models`` on networks of the zoo, at reduced size."""

import json
import sys
import tempfile

import pytest
from edgevid_bench.models import bench_models
from edgevid_bench.models_report import ModelsReport
from typer.testing import CliRunner

from edgevid import Architecture, BackendUnavailableError, ConfigError, load_plugins
from edgevid.cli.app import app, run_app
from edgevid.errors import UnknownPluginError
from edgevid.plugins import Plugins

PLUGINS = load_plugins()
ONE, CLIP = "single_frame_mobilenet_v2", "tsm_mobilenet_v2_offline"
QUICK = {"small": True, "num_classes": 3, "rounds": 1}


class Broken(Architecture):
    baseline = ONE

    def default_card(self, class_names, **options):
        raise ValueError("no card")

    def build(self, card):
        raise AssertionError("it has no card")


def with_broken():
    plugins = Plugins()
    for name in (ONE, CLIP):
        plugins.architectures.add(name, PLUGINS.architectures[name], origin="zoo")
    plugins.architectures.add("broken", Broken, origin="strangers")
    return plugins


@pytest.fixture(scope="module")
def measured():
    reports, told = [], []
    report = bench_models(
        with_broken(), backend="torch", **QUICK | {"rounds": 3},
        on_row=reports.append, on_step=lambda *step: told.append(step),
    )  # fmt: skip
    return report, reports, told


@pytest.mark.slow
def test_each_is_measured_in_turns_with_its_baseline_and_a_broken_one_stops_no_other(measured):
    report, reports, told = measured
    one, clip = report.rows

    assert (one.name, one.baseline, one.clip_frames) == (ONE, ONE, 8)
    assert (one.ratio_per_frame, one.ratio_per_clip, one.macs_ratio_per_clip) == (1, 1, 1)
    assert (clip.name, clip.baseline, clip.clip_frames) == (CLIP, ONE, 8)
    assert clip.macs_ratio_per_clip == pytest.approx(1, abs=0.01)
    assert clip.ratio_per_clip == clip.ratio_per_frame > 0
    assert report.absent == {"broken": "ValueError: no card"}
    assert [len(each.rows) for each in reports] == [0, 1, 2]
    assert [done for _, done, _ in told] == [0, 1, 2]


@pytest.mark.slow
def test_a_live_stream_pays_a_frame_or_a_share_of_a_clip(measured):
    one, clip = measured[0].rows

    for row, stride in ((one, 1), (clip, 4)):
        frames = 8 if row is clip else 1
        assert row.ms_per_clip == pytest.approx(8 * row.time.ms_per_frame, rel=0.01)
        assert row.ms_per_new_frame == pytest.approx(
            row.time.ms_per_frame * frames / stride, rel=0.01
        )


@pytest.mark.slow
def test_a_report_goes_on_with_what_is_missing(measured):
    report = measured[0]
    left = report.model_copy(update={"rows": report.rows[1:]})
    again = bench_models(
        PLUGINS,
        [ONE, CLIP],
        backend="torch",
        known=left,
        only_missing=True,
        **QUICK | {"rounds": 3},
    )

    assert again.rows[1] == report.rows[1]
    assert again.rows[0].name == ONE
    assert again.absent == report.absent


@pytest.mark.slow
def test_times_of_other_settings_do_not_come_into_one_report(measured):
    with pytest.raises(ConfigError, match=r"threads 1, now 2.*give another --output"):
        bench_models(
            PLUGINS, [ONE], backend="torch", threads=2, known=measured[0], **QUICK | {"rounds": 3}
        )


@pytest.mark.slow
def test_by_default_they_are_exported_and_no_file_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    report = bench_models(PLUGINS, [ONE], **QUICK)

    assert (report.backend, [row.name for row in report.rows]) == ("onnxruntime", [ONE])
    assert report.absent == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("missing", "message"),
    [("torch", "torch is not installed"), ("edgevid_export.bundle", r"edgevid\[export\]")],
)
def test_what_is_not_installed_is_said_at_once(monkeypatch, missing, message):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(BackendUnavailableError, match=message):
        bench_models(PLUGINS, [ONE], **QUICK)


@pytest.mark.parametrize(
    ("plugins", "names", "error", "message"),
    [
        (PLUGINS, ["tsm_resnet5"], UnknownPluginError, "did you mean tsm_resnet50"),
        (load_plugins(discover=False), [], ConfigError, "no architecture is installed"),
    ],
    ids=["unknown", "none"],
)
def test_what_is_not_registered_is_refused(plugins, names, error, message):
    with pytest.raises(error, match=message):
        bench_models(plugins, names, **QUICK)


@pytest.mark.slow
def test_the_command_writes_a_report_that_it_goes_on_with(tmp_path):
    target = tmp_path / "speed.json"
    command = ["bench", "models", ONE, "--small", "--num-classes", "3", "--rounds", "1",
               "--backend", "torch", "-o", str(target)]  # fmt: skip
    first = CliRunner().invoke(app, command)
    before = ModelsReport.read(target)
    second = CliRunner().invoke(app, [*command, "--missing", "--json"])

    assert first.exit_code == second.exit_code == 0, first.output + second.output
    assert f"to {ONE}" in first.output
    assert json.loads(second.stdout)["rows"] == [row.model_dump(mode="json") for row in before.rows]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--missing"], "--missing needs --output"),
        (["-o", "no/where.json"], "its folder does not exist"),
        (["-o", "other.json"], "not a report of `edgevid bench models`"),
    ],
)
def test_options_that_make_no_sense_are_one_clear_line(
    tmp_path, monkeypatch, capsys, arguments, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.json").write_text("{}")

    assert run_app(["bench", "models", ONE, *arguments]) == 2
    assert message in capsys.readouterr().err
