import numpy as np
import pytest
import torch
from edgevid_synth import write_video
from edgevid_train.training.adapt import adapt_bundle, adapt_statistics
from edgevid_zoo.families.tsm import TsmMobileNetV2, TsmResNet50

from edgevid import read_card, read_safetensors
from edgevid.cli.app import run_app


@pytest.fixture(scope="module")
def bundle(tmp_path_factory, export_once):
    path = tmp_path_factory.mktemp("bundle") / "m.onnx"
    architecture = TsmResNet50()
    card = architecture.default_card(["a", "b"], **architecture.small, input_rate_hz=8)
    export_once(architecture, card, path)
    return path


@pytest.fixture(scope="module")
def dark(tmp_path_factory):
    """A camera unlike any: all its pictures are nearly black."""
    path = tmp_path_factory.mktemp("video") / "dark.mp4"
    rng = np.random.default_rng(0)
    write_video(path, [rng.integers(0, 24, (48, 48, 3), np.uint8) for _ in range(80)], 8)
    return path


@pytest.mark.slow
def test_statistics_become_those_of_the_camera_and_weights_stay(bundle, dark, tmp_path):
    out = adapt_bundle(bundle, [dark], tmp_path / "mine.onnx", share=1.0, clips_per_file=3)

    old, new = (read_safetensors(p.with_suffix(".safetensors")) for p in (bundle, out))
    changed = {key for key in old if not np.array_equal(old[key], new[key])}
    assert changed
    assert all("running_" in key or "num_batches" in key for key in changed)
    assert read_card(out).sha256 != read_card(bundle).sha256
    assert "dark.mp4" in read_card(out).origin


def test_a_small_share_changes_less():
    card = TsmMobileNetV2().default_card(["a"], input_size=(32, 32), width=0.25)
    clips = torch.randint(0, 24, (2, 8, 32, 32, 3), dtype=torch.uint8)
    moved = []
    for share in (0.2, 1.0):
        torch.manual_seed(0)
        module = TsmMobileNetV2().build(card)
        mean = module.network.features[0][1].running_mean
        before = mean.clone()
        adapt_statistics(module, iter([clips]), share)
        moved.append(float((mean - before).abs().mean()))
        assert not module.training

    assert moved[1] > 0
    assert moved[0] == pytest.approx(0.2 * moved[1], rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("adapt {bundle} missing.mp4 -o {out}", "missing.mp4"),
        ("adapt {bundle} {dark} -o {out} --share 0", "above 0"),
        ("adapt nothing.onnx {dark} -o {out}", "nothing.onnx"),
        ("adapt default {dark} -o {out}", "the default model is called driver"),
        ("adapt roi_activity {dark} -o {out}", "ships no bundle; give a .onnx file, or a model"),
    ],
)
def test_what_cannot_be_adapted_is_refused(arguments, message, bundle, dark, tmp_path, capsys):
    out = tmp_path / "x.onnx"
    line = arguments.format(bundle=bundle, dark=dark, out=out)

    assert run_app(line.split()) == 2

    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())
