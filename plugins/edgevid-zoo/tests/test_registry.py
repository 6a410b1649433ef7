"""Every architecture that the zoo registers, at reduced size; counts are those of the papers."""

from functools import cache
from pathlib import Path

import pytest
import torch
import yaml
from edgevid_zoo.calibration import calibrate_batch_norm, golden_clip
from edgevid_zoo.families import architectures
from edgevid_zoo.weights.checkpoints import load_checkpoint
from safetensors.torch import save_file

ZOO = architectures()

COUNTS = {
    name: counts
    for table in sorted((Path(__file__).parent / "published").glob("*.yaml"))
    for name, counts in yaml.safe_load(table.read_text()).items()
}

WINDOWED = ("clip", "multirate")

FRAMES_EACH_WAY = {
    "tsm_resnet50_offline": 4,
    "pptsm_resnet50": 4,
    "tsm_mobilenet_v2_offline": 11,
    "stm_resnet50": 4,
    "action_resnet50": 8,
    "action_mobilenet_v2": 6,
}
"""Frames that the small network sees in each direction: one for each shifted block, and two for
each of ACTION-Net's. So narrow, the first block of MobileNetV2 has a skip too."""

SAME_CODE = {
    "early_fusion_resnet50",
    "late_fusion_resnet50",
    "cnn_lstm_resnet50",
    "single_frame_resnet50",
    "slowfast_8x8_resnet50",
    "slowfast_8x8_resnet50_causal",
    "channelnet_v2",
}
"""Those that differ from another one in numbers or in a block which others have too."""

every = pytest.mark.parametrize("name", ZOO)
distinct = pytest.mark.parametrize("name", [name for name in ZOO if name not in SAME_CODE])
streams = pytest.mark.parametrize(
    "name",
    [n for n, a in ZOO.items() if a.temporal_mode == "stream" and n not in SAME_CODE],
)


def small_card(name, classes="abc", **changes):
    return ZOO[name].default_card(list(classes), **(ZOO[name].small | changes))


def clip_of(card, batch=1, length=None):
    """uint8 BGR, as the model sees it: with time for clips and whenever a length is asked."""
    length = length or card.num_frames
    return torch.cat([golden_clip(length, *card.input_size, seed=s) for s in range(batch)])


@cache
def module_of(name):
    """Card and calibrated module at reduced size, which no test changes."""
    torch.manual_seed(0)
    card = small_card(name)
    module = ZOO[name].build(card)
    length = {"frame": 4, "stream": 8}.get(card.temporal_mode)
    calibrate_batch_norm(module, clip_of(card, 4, length))
    return card, module


def zero_states(card, batch=1):
    return [torch.zeros(batch, *state.shape) for state in card.state_tensors]


def run(module, card, clip):
    """Logits and maps of clips, or of the first frames of streams."""
    if card.temporal_mode == "multirate":
        return module(*module.cut(clip))
    frames = clip if card.temporal_mode == "clip" else clip[:, 0]
    return module(frames, *zero_states(card, len(clip)))


@torch.inference_mode()
def stream(module, card, clip):
    states, logits = zero_states(card, len(clip)), []
    for index in range(clip.shape[1]):
        one, _, *states = module(clip[:, index], *states)
        logits.append(one)
    return torch.stack(logits, dim=1)


@cache
def outputs_of(name):
    """Outputs of two different clips, or of the first frames of two streams."""
    card, module = module_of(name)
    with torch.inference_mode():
        return run(module, card, clip_of(card, 2))


def frames_that_count(outputs, clip):
    """Which frames of a clip (1, T, 3, H, W) change the outputs.

    By their gradient: through many gates a far one changes less than rounding does.
    """
    (gradient,) = torch.autograd.grad(outputs.sum(), clip)
    return gradient[0].flatten(1).any(dim=1).nonzero().flatten().tolist()


@pytest.mark.slow
@every
def test_parameters_and_multiply_accumulates_are_those_published(name):
    architecture = ZOO[name]
    card = architecture.default_card([str(index) for index in range(400)])
    counts = architecture.counts(card)
    with torch.device("meta"):
        size = card.num_frames, card.input_size
        small_head = architecture.network(10, *size, architecture.Options())

    fewer = sum(weight.numel() for weight in small_head.parameters())
    assert [counts.parameters, fewer] == COUNTS[name][:2]
    assert counts.giga_macs == pytest.approx(COUNTS[name][2], rel=0.005)


@pytest.mark.slow
@distinct
def test_a_pass_in_training_changes_only_batch_norm_and_its_gradients_reach_every_weight(name):
    card = small_card(name)
    module = ZOO[name].build(card).train()
    weights = {n: p.clone() for n, p in module.network.named_parameters()}
    clip = clip_of(card, 2)
    logits, _, *states = run(module, card, clip)
    for _ in range(2 if states else 0):
        logits, _, *states = module(clip[:, 0], *states)
    logits.square().sum().backward()
    module.eval()
    with torch.inference_mode():
        first, second = (run(module, card, clip[:1])[0] for _ in range(2))

    assert [n for n, p in module.network.named_parameters() if p.grad is None] == []
    assert torch.equal(first, second)
    assert all(torch.equal(weights[n], p) for n, p in module.network.named_parameters())


@pytest.mark.slow
@distinct
def test_the_clips_of_a_batch_do_not_touch_each_other(name):
    card, module = module_of(name)
    together = outputs_of(name)
    with torch.inference_mode():
        alone = [run(module, card, clip[None]) for clip in clip_of(card, 2)]

    for got, *one in zip(together, *alone, strict=True):
        if got is not None:
            assert torch.allclose(got, torch.cat(one), atol=1e-4 * float(got.abs().max()))


@pytest.mark.slow
@distinct
def test_maps_are_of_every_class_and_their_mean_is_the_logits(name):
    card, module = module_of(name)
    logits, cam, *_ = outputs_of(name)
    assert logits.shape == (2, 3)
    if not card.has_cam:
        assert cam is None
        return
    # TSN's logits are those of many frames, and its maps those of the newest one.
    share = card.num_frames if name.startswith("tsn") else 1
    bias = module.network.classifier.bias
    expected = (cam.mean(dim=(2, 3)) + (0 if bias is None else bias)) / share
    assert cam.shape[:2] == (2, 3)
    assert torch.allclose(logits, expected, atol=1e-4 * float(logits.abs().max()))


@pytest.mark.slow
@distinct
def test_weights_come_back_from_a_file_and_other_classes_change_the_last_layer_alone(
    name, tmp_path
):
    card, module = module_of(name)
    weights = {k: v.contiguous() for k, v in module.network.state_dict().items()}
    save_file(weights, tmp_path / "m.safetensors")
    fresh = ZOO[name].build(card)
    load_checkpoint(fresh.network, tmp_path / "m.safetensors")
    with torch.device("meta"):
        other = ZOO[name].build(small_card(name, "abcde")).network.state_dict()

    with torch.inference_mode():
        outputs = run(fresh, card, clip_of(card, 2))
    for got, expected in zip(outputs, outputs_of(name), strict=True):
        assert got is expected is None or torch.equal(got, expected)
    changed = {k for k in weights if weights[k].shape != other[k].shape}
    assert changed == set(ZOO[name].class_weights)


@streams
def test_the_stream_gives_the_numbers_of_the_clip_form(name):
    card, module = module_of(name)
    clip = clip_of(card, 2, 20)
    with torch.inference_mode():
        whole = module.forward_clip(clip)

    assert (stream(module, card, clip) - whole).abs().max() < 1e-4 * (whole.max() - whole.min())


@streams
def test_its_memory_is_as_long_as_its_warm_up_and_never_of_the_future(name):
    card, module = module_of(name)
    memory = round(card.warmup_seconds * card.input_rate_hz)
    endless = ZOO[name].endless_memory
    clip = module.normalise(clip_of(card, 1, memory + 4)[0])[None].requires_grad_()
    states = zero_states(card)
    for frame in clip[:, : memory + 3].unbind(1):
        streamed, _, *states = module.network(frame, *states)

    assert card.memory_frames == (None if endless else memory)
    for logits in (streamed, module.network.forward_clip(clip)[:, memory + 2]):
        seen = frames_that_count(logits, clip)
        assert (seen[0], seen[-1]) == (0 if endless else 2, 2 + memory)


@pytest.mark.parametrize(("name", "each_way"), FRAMES_EACH_WAY.items())
def test_one_frame_is_seen_as_far_in_time_as_there_are_shifts(name, each_way):
    card, module = module_of(name)
    middle = 12
    clip = module.normalise(clip_of(card, 1, 2 * middle + 1)[0])[None].requires_grad_()
    seen = frames_that_count(module.network.features_of(clip)[:, middle], clip)

    assert (seen[0], seen[-1]) == (middle - each_way, middle + each_way)


@pytest.mark.slow
@every
def test_whether_it_sees_the_order_of_frames_is_as_it_says(name):
    card, module = module_of(name)
    if card.temporal_mode == "frame":
        assert not ZOO[name].sees_order
        return
    memory = round(card.warmup_seconds * card.input_rate_hz)
    clip = clip_of(card, 1, memory + 1 if card.temporal_mode == "stream" else None)
    with torch.inference_mode():
        forwards, backwards = (module.forward_clip(c)[:, -1] for c in (clip, clip.flip(1)))
    change = (forwards - backwards).abs().max() / forwards.abs().max()

    assert change > 1e-3 if ZOO[name].sees_order else change < 1e-4


def test_shifting_both_ways_takes_the_first_channels_from_the_future():
    from edgevid_zoo.families.tsm import shift_clip

    x = torch.randn(1, 4, 16, 1, 1)
    moved = shift_clip(x, 2, "both")

    assert torch.equal(moved[:, :-1, :2], x[:, 1:, :2])
    assert torch.equal(moved[:, 1:, 2:4], x[:, :-1, 2:4])
    assert torch.equal(moved[:, :, 4:], x[:, :, 4:])
    assert not moved[:, -1, :2].any()
    assert not moved[:, 0, 2:4].any()


def test_sixteen_states_of_tsm_resnet50_are_702464_numbers():
    card = ZOO["tsm_resnet50"].default_card(["a"])

    assert [s.shape for s in card.state_tensors] == [
        (8, 56, 56), *[(32, 56, 56)] * 3, *[(64, 28, 28)] * 4, *[(128, 14, 14)] * 6,
        *[(256, 7, 7)] * 2,
    ]  # fmt: skip
    assert sum(c * h * w for c, h, w in (s.shape for s in card.state_tensors)) == 702_464
    assert card.warmup_seconds == pytest.approx(1.6)


@pytest.mark.slow
@pytest.mark.parametrize(("function", "blocks", "block"), [
    ("resnet50", (3, 4, 6, 3), "ShiftedBottleneck"),
    ("resnet18", (2, 2, 2, 2), "ShiftedBasicBlock"),
])  # fmt: skip
def test_the_blocks_are_those_of_torchvision(function, blocks, block):
    """Its weights fit by name, and without a shift the features are its own."""
    from edgevid_zoo.parts import resnet
    from torchvision import models

    torch.manual_seed(0)
    theirs = getattr(models, function)(weights=None).eval()
    ours = resnet.ResNet(1000, blocks=blocks, block=getattr(resnet, block)).eval()
    ours.load_state_dict(
        {k.replace("fc.", "classifier."): v for k, v in theirs.state_dict().items()}
    )
    x = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        logits = ours.classifier(ours.body(x).mean(dim=(2, 3)))
        assert torch.allclose(logits, theirs(x), atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "function"), [
    ("r3d", "r3d_18"), ("mc3", "mc3_18"), ("r2plus1d", "r2plus1d_18"),
])  # fmt: skip
def test_the_3d_networks_are_those_of_torchvision(kind, function):
    from edgevid_zoo.families.video_resnet18 import VideoResNet18
    from torchvision.models import video

    torch.manual_seed(0)
    theirs = getattr(video, function)(weights=None, num_classes=5).eval()
    ours = VideoResNet18(kind, 5).eval()
    ours.load_state_dict(
        {k.replace("fc.", "classifier."): v for k, v in theirs.state_dict().items()}
    )
    x = torch.randn(1, 4, 3, 32, 32)
    with torch.inference_mode():
        assert torch.allclose(ours(x)[0], theirs(x.transpose(1, 2)), atol=1e-4)


def test_fresh_non_local_blocks_change_nothing_and_then_look_at_every_frame():
    from edgevid_zoo.families.tsm import TSMResNet, TSMResNetNonLocal
    from edgevid_zoo.parts.non_local import NonLocal

    torch.manual_seed(0)
    whole = TSMResNetNonLocal(3, 0.25, (1, 1, 5, 1)).eval()
    assert list(whole.non_local) == ["layer2_0", "layer3_0", "layer3_2", "layer3_4"]
    plain = TSMResNet(3, 0.25, (1, 1, 5, 1)).eval()
    plain.load_state_dict({k: v for k, v in whole.state_dict().items() if "non_local" not in k})
    clip = torch.randn(1, 4, 3, 32, 32)
    block = NonLocal(8).eval()
    torch.nn.init.ones_(block.norm.weight)
    x = torch.randn(1, 8, 6, 4, 4)
    changed = x.clone()
    changed[:, :, 5] += 1
    with torch.inference_mode():
        assert torch.equal(whole(clip)[0], plain(clip)[0])
        moved = (block(x) != block(changed)).flatten(3).any(dim=3).any(dim=1)[0]
    assert moved.tolist() == [True] * 6


def test_pp_tsm_takes_the_first_channels_from_the_past():
    """The reverse of mit-han-lab's order: one channel in T from each side."""
    from edgevid_zoo.families.pptsm import PPTSMResNet

    network = PPTSMResNet(2, 8, width=0.25, blocks=(1, 1, 1, 1)).eval()
    seen = []
    block = network.layer1[0]
    block.conv1.register_forward_pre_hook(lambda module, x: seen.append(x[0]))
    network.maxpool.register_forward_hook(lambda module, x, y: seen.append(y))
    with torch.inference_mode():
        network(torch.randn(1, 8, 3, 32, 32))
    before, after = (x.unflatten(0, (1, 8)) for x in seen)

    assert torch.equal(after[:, 1:, :2], before[:, :-1, :2])
    assert torch.equal(after[:, :-1, 2:4], before[:, 1:, 2:4])
    assert torch.equal(after[:, :, 4:], before[:, :, 4:])
