"""SlowFast: which frames each pathway sees, how the pathways are joined, and its causal form."""

import numpy as np
import pytest
import torch
from edgevid_zoo.calibration import calibrate_batch_norm, golden_clip
from edgevid_zoo.families.slowfast import SlowFast4x16, SlowFast8x8, slow_places
from edgevid_zoo.families.slowfast_stream import SlowFast4x16Causal, SlowFast8x8Causal
from torch.nn import functional

from edgevid import ClipWindow, ConfigError
from edgevid.backends import clip_inputs

CAUSAL = {"temporal_padding": "past", "slow_sampling": "newest"}

sizes = pytest.mark.parametrize("architecture", [SlowFast4x16, SlowFast8x8])


def small(architecture, **options):
    made = architecture()
    return made.default_card(["a", "b", "c"], **(made.small | options))


def awake(architecture, card):
    """Built, with branches that do something."""
    torch.manual_seed(0)
    module = architecture().build(card)
    windows = [golden_clip(16, *card.input_size, seed=seed) for seed in range(4)]
    calibrate_batch_norm(module, torch.cat(windows))
    return module


def on_meta(architecture, **options):
    made = architecture()
    with torch.device("meta"):
        return made.network(400, 32, (224, 224), made.Options(**options))


@pytest.mark.parametrize(
    ("alpha", "sampling", "places"),
    [
        (8, "linspace", (0, 10, 20, 31)),
        (4, "linspace", (0, 4, 8, 13, 17, 22, 26, 31)),
        (8, "strided", (0, 8, 16, 24)),
        (4, "strided", (0, 4, 8, 12, 16, 20, 24, 28)),
        (8, "newest", (7, 15, 23, 31)),
        (32, "linspace", (0,)),
    ],
)
def test_the_slow_pathway_sees_the_frames_of_its_convention(alpha, sampling, places):
    assert slow_places(32, alpha, sampling) == places


@pytest.mark.parametrize("sampling", ["linspace", "strided", "newest"])
@sizes
def test_running_cuts_the_frames_that_training_cuts(architecture, sampling):
    """By times that jitter, with older frames in the window, as by places."""
    card = architecture().default_card(["a", "b"], slow_sampling=sampling, input_size=(32, 32))
    frames = np.arange(80, dtype=np.uint8)[:, None, None, None] + np.zeros((2, 2, 3), np.uint8)
    window = ClipWindow(card.window_seconds, card.input_rate_hz, card.stride_frames)
    jitter = np.random.default_rng(0).uniform(-0.2, 0.2, len(frames))
    for index, frame in enumerate(frames):
        window.push(frame, 100 + (index + jitter[index]) / card.input_rate_hz)
    found = clip_inputs(card, [window])
    with torch.device("meta"):
        module = architecture().build(card)
    slow, fast = module.cut(torch.from_numpy(frames[-32:])[None])

    assert list(found) == ["frames.slow", "frames.fast"]
    assert np.array_equal(found["frames.slow"], slow)
    assert np.array_equal(found["frames.fast"], fast)
    places = slow_places(32, architecture.module_arguments["alpha"], sampling)
    assert (slow[0, :, 0, 0, 0] - 48).tolist() == list(places)


def test_the_convention_changes_the_scores_and_not_the_weights():
    cards = [small(SlowFast4x16, slow_sampling=s) for s in ("linspace", "strided", "newest")]
    first, *others = (awake(SlowFast4x16, card) for card in cards)
    clip = golden_clip(16, 32, 32)
    with torch.inference_mode():
        expected = first.forward_clip(clip)
        for other in others:
            other.network.load_state_dict(first.network.state_dict())
            assert (other.forward_clip(clip) - expected).abs().max() > 0.01 * expected.abs().max()


@pytest.mark.parametrize(("architecture", "kernel"), [(SlowFast4x16, 5), (SlowFast8x8, 7)])
def test_it_is_as_wide_as_published(architecture, kernel):
    network = on_meta(architecture)
    first = [network.slow.get_submodule(f"layer{n}.0.conv1") for n in range(1, 5)]

    assert [conv.in_channels for conv in first] == [80, 320, 640, 1280]
    assert [conv.kernel_size[0] for conv in first] == [1, 1, 3, 3]
    assert {block.kernel for _, block in network.fast.blocks()} == {3}
    assert [pathway.conv1.kernel_size[0] for pathway in (network.slow, network.fast)] == [1, 5]
    assert (network.slow.channels, network.fast.channels) == (2048, 256)
    for lateral, channels in zip(network.laterals, (8, 32, 64, 128), strict=True):
        assert lateral.conv.weight.shape == (2 * channels, channels, kernel, 1, 1)
        assert lateral.conv.stride == (architecture.module_arguments["alpha"], 1, 1)
    assert network.dropout.p == 0.5


def test_it_starts_with_branches_that_do_nothing():
    network = SlowFast4x16().build(small(SlowFast4x16)).network
    ends = [block.bn3 for way in (network.slow, network.fast) for _, block in way.blocks()]

    assert not any(norm.weight.any() for norm in ends)
    assert all(lateral.bn.weight.all() for lateral in network.laterals)
    assert network.classifier.weight.std().item() == pytest.approx(0.01, rel=0.2)
    assert not network.classifier.bias.any()


def norm_of(x, norm):
    return functional.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias)


def plain_stem(x, way):
    kernel = way.conv1.kernel_size[0]
    x = functional.conv3d(x, way.conv1.weight, stride=(1, 2, 2), padding=(kernel // 2, 3, 3))
    return functional.max_pool3d(norm_of(x, way.bn1).relu(), (1, 3, 3), (1, 2, 2), (0, 1, 1))


def plain_stage(x, stage):
    for block in stage:
        past, stride = block.conv1.kernel_size[0] // 2, (1, *block.conv2.stride[1:])
        y = functional.conv3d(x, block.conv1.weight, padding=(past, 0, 0))
        y = functional.conv3d(
            norm_of(y, block.bn1).relu(), block.conv2.weight, stride=stride, padding=(0, 1, 1)
        )
        y = norm_of(functional.conv3d(norm_of(y, block.bn2).relu(), block.conv3.weight), block.bn3)
        if block.downsample is not None:
            x = functional.conv3d(x, block.downsample[0].weight, stride=stride)
            x = norm_of(x, block.downsample[1])
        x = (x + y).relu()
    return x


@sizes
def test_it_computes_what_the_paper_says(architecture):
    """Written out with padded convolutions: fast features join the slow ones behind them."""
    card = small(architecture)
    network = awake(architecture, card).network
    alpha = architecture.module_arguments["alpha"]
    slow, fast = torch.randn(2, 16 // alpha, 3, 32, 32), torch.randn(2, 16, 3, 32, 32)
    with torch.inference_mode():
        s, f = (
            plain_stem(x.transpose(1, 2), way)
            for x, way in ((slow, network.slow), (fast, network.fast))
        )
        for number, lateral in enumerate(network.laterals, start=1):
            joined = functional.conv3d(
                f,
                lateral.conv.weight,
                stride=(alpha, 1, 1),
                padding=(architecture.module_arguments["lateral_kernel"] // 2, 0, 0),
            )
            s = torch.cat([s, norm_of(joined, lateral.bn).relu()], dim=1)
            s = plain_stage(s, network.slow.get_submodule(f"layer{number}"))
            f = plain_stage(f, network.fast.get_submodule(f"layer{number}"))
        pooled = torch.cat([s.mean(dim=(2, 3, 4)), f.mean(dim=(2, 3, 4))], dim=1)
        logits, _ = network(slow, fast)

        assert torch.allclose(logits, network.classifier(pooled), atol=1e-4)


@pytest.mark.parametrize(
    ("clips", "streams"), [(SlowFast4x16, SlowFast4x16Causal), (SlowFast8x8, SlowFast8x8Causal)]
)
def test_a_stream_has_the_scores_and_the_weights_of_causal_clips(clips, streams):
    """As soon as it has seen as many frames as the clip has."""
    module = awake(clips, small(clips, **CAUSAL))
    stream = streams().build(small(streams))
    stream.network.load_state_dict(module.network.state_dict())
    clip = golden_clip(24, 32, 32)
    with torch.inference_mode():
        every = stream.forward_clip(clip)
        [[window]] = module.forward_clip(clip[:, :16])

        assert torch.allclose(every[0, 15], window, atol=1e-5)
        assert not torch.allclose(every[0, 14], window, atol=1e-3)
        # A window later in the stream has frames before it, where the clip has zeros.
        assert not torch.allclose(every[0, 23], module.forward_clip(clip[:, 8:])[0, 0], atol=1e-3)


def test_causal_clips_do_not_feel_the_future_in_either_pathway():
    module = awake(SlowFast8x8, small(SlowFast8x8, **CAUSAL))
    clip = golden_clip(16, 32, 32)
    changed = clip.clone()
    changed[:, 9] = 255 - changed[:, 9]
    with torch.inference_mode():
        before, after = (
            module.network.features_of(*(module.normalise_clip(x) for x in module.cut(window)))
            for window in (clip, changed)
        )
    first = [
        int((one != other).flatten(3).any(dim=3).any(dim=1)[0].nonzero()[0])
        for one, other in zip(before, after, strict=True)
    ]

    # Frame 9 is none of the slow ones, 3, 7, 11 and 15, and comes to the third by the fast pathway.
    assert first == [2, 9]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temporal_padding": "past"}, "needs slow_sampling newest, which is linspace"),
        ({"slow_sampling": "random"}, "slow_sampling"),
        ({"num_frames": 20}, "takes multiples of 8, for example 32"),
    ],
)
def test_what_would_not_fit_together_is_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        small(SlowFast4x16, **options)


def test_windows_of_another_length_are_refused():
    module = SlowFast4x16().build(small(SlowFast4x16))

    with pytest.raises(ValueError, match=r"windows of 20 frames: .* windows of 16"):
        module.forward_clip(golden_clip(20, 32, 32))
