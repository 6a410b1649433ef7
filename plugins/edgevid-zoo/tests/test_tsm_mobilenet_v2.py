"""Numbers are those of Lin et al., ICCV 2019, counted exactly."""

import pytest
import torch
from edgevid_zoo.calibration import calibrate_batch_norm, golden_clip
from edgevid_zoo.families.tsm import MobileNetV2TSM, TsmMobileNetV2, shift_clip, shift_online
from edgevid_zoo.weights.checkpoints import load_checkpoint
from torch.utils.flop_counter import FlopCounterMode

from edgevid import ConfigError, WeightsError

SIZE = (64, 64)


@pytest.fixture(scope="module")
def module():
    torch.manual_seed(0)
    architecture = TsmMobileNetV2()
    built = architecture.build(architecture.default_card(["a", "b", "c"], input_size=SIZE))
    calibrate_batch_norm(built, golden_clip(16, *SIZE))
    return built


def zero_states(module, batch=1):
    return [torch.zeros(batch, *shape) for shape in module.network.state_shapes(*SIZE)]


@torch.inference_mode()
def stream(module, clip):
    states = zero_states(module, clip.shape[0])
    logits = []
    for index in range(clip.shape[1]):
        one, _, *states = module(clip[:, index], *states)
        logits.append(one)
    return torch.stack(logits, dim=1)


@pytest.mark.parametrize(
    ("num_classes", "expected"), [(27, 2_258_459), (400, 2_736_272), (1000, 3_504_872)]
)
def test_parameter_counts_are_exact(num_classes, expected):
    assert sum(p.numel() for p in MobileNetV2TSM(num_classes).parameters()) == expected


def test_there_are_ten_states_of_27048_numbers():
    shapes = MobileNetV2TSM(27).state_shapes(224, 224)

    assert shapes == [
        (3, 56, 56), (4, 28, 28), (4, 28, 28), (8, 14, 14), (8, 14, 14), (8, 14, 14),
        (12, 14, 14), (12, 14, 14), (20, 7, 7), (20, 7, 7),
    ]  # fmt: skip
    assert sum(c * h * w for c, h, w in shapes) == 27_048


def test_multiply_accumulates_of_the_body_are_those_published():
    network = MobileNetV2TSM(27).eval()
    states = [torch.zeros(1, *shape) for shape in network.state_shapes(224, 224)]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 3, 224, 224), *states)
    cam = 27 * 1280 * 7 * 7

    assert counter.get_total_flops() / 2 - cam == pytest.approx(0.29953e9, rel=0.005)


@pytest.mark.parametrize("width", [0.5, 1.0, 1.4])
def test_states_fit_the_network_at_every_width(width):
    network = MobileNetV2TSM(3, width).eval()
    states = [torch.zeros(2, *shape) for shape in network.state_shapes(96, 160)]
    logits, cam, *following = network(torch.zeros(2, 3, 96, 160), *states)

    assert logits.shape == (2, 3)
    assert cam.shape == (2, 3, 3, 5)
    assert [s.shape for s in following] == [s.shape for s in states]


def test_memory_is_eleven_frames_exactly(module):
    clip = golden_clip(12, *SIZE)
    expected = stream(module, clip)[0, -1]
    for age, matters in ((10, True), (11, False)):
        changed = clip.clone()
        changed[:, 11 - age] = 255 - changed[:, 11 - age]
        difference = (stream(module, changed)[0, -1] - expected).abs().max()
        assert (difference > 0) == matters, f"{age} frames back"


def test_it_never_reacts_to_the_future(module):
    clip = golden_clip(8, *SIZE)
    changed = clip.clone()
    changed[:, 5:] = 255 - changed[:, 5:]
    with torch.inference_mode():
        before, after = module.forward_clip(clip), module.forward_clip(changed)

    assert torch.equal(before[:, :5], after[:, :5])
    assert not torch.equal(before[:, 5:], after[:, 5:])


def test_the_state_matters_once_batch_norm_is_calibrated(module):
    clip = golden_clip(12, *SIZE)
    last = stream(module, clip)[0, -1]
    without = stream(module, clip[:, -1:])[0, -1]

    assert (last - without).abs().max() > 0.01 * last.abs().max()


def test_colours_are_turned_to_rgb_and_normalised(module):
    blue = torch.zeros(1, 2, 2, 3, dtype=torch.uint8)
    blue[..., 0] = 255
    normal = module.normalise(blue)[0, :, 0, 0]

    assert normal.tolist() == pytest.approx(
        [-0.485 / 0.229, -0.456 / 0.224, 0.594 / 0.225], abs=1e-3
    )


def test_the_clip_shift_is_the_online_shift_frame_by_frame():
    x = torch.randn(2, 5, 16, 3, 3)
    shifted = shift_clip(x, 2)
    state = torch.zeros(2, 2, 3, 3)
    for index in range(5):
        one, state = shift_online(x[:, index], state)
        assert torch.equal(one, shifted[:, index])
    assert torch.equal(shift_clip(x, 2, "future")[:, 0, :2], x[:, 1, :2])


def test_a_size_that_does_not_fit_is_refused():
    with pytest.raises(ConfigError, match="multiples of 16"):
        TsmMobileNetV2().default_card(["a"], input_size=(100, 100))


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_checkpoints_load_from_both_kinds_of_file(tmp_path, module, suffix):
    from safetensors.torch import save_file

    path = tmp_path / f"m{suffix}"
    state = module.network.state_dict()
    if suffix == ".pth":
        torch.save({"state_dict": {f"module.{k}": v for k, v in state.items()}}, path)
    else:
        save_file(state, path)
    fresh = MobileNetV2TSM(3)
    load_checkpoint(fresh, path)

    assert torch.equal(fresh.classifier.weight, module.network.classifier.weight)


class Evil:
    def __reduce__(self):
        return print, ("executed",)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: None, "no such checkpoint"),
        (lambda p: p.write_text("not weights"), "not a checkpoint"),
        (lambda p: torch.save([1, 2], p), "holds no state_dict"),
        (lambda p: torch.save({"a": Evil()}, p), "not a checkpoint of plain tensors"),
        (lambda p: torch.save({"x": torch.zeros(1)}, p), "missing features"),
        (
            lambda p: torch.save(MobileNetV2TSM(5).state_dict(), p),
            r"classifier.weight is \(5, 1280\)",
        ),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused_with_the_reason(tmp_path, make, message, capsys):
    path = tmp_path / "m.pth"
    make(path)

    with pytest.raises(WeightsError, match=message):
        load_checkpoint(MobileNetV2TSM(3), path)
    assert "executed" not in capsys.readouterr().out
