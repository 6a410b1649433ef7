"""ACTION-Net: its shift and gates, compared with loops over frames written from the paper."""

import pytest
import torch
from edgevid_zoo.families.action import (
    Action,
    ActionResNet,
    CausalActionResNet,
    CausalMobileNetV2Action,
    MobileNetV2Action,
)
from edgevid_zoo.families.tsm import shift_clip
from edgevid_zoo.parts.temporal_conv import Neighbours
from edgevid_zoo.parts.temporal_padding import zeros_before, zeros_both_sides

LENGTH = 9
FORMS = pytest.mark.parametrize("causal", [False, True])


def neighbours(causal):
    return Neighbours(LENGTH, zeros_before if causal else zeros_both_sides)


def window(frames, t, causal):
    """The three frames (3, C, ...) that a kernel sees at frame t, with zeros beyond the ends."""
    first = t - 2 if causal else t - 1
    zeros = torch.zeros_like(frames[0])
    return torch.stack([frames[i] if 0 <= i < LENGTH else zeros for i in range(first, first + 3)])


def by_loops(block, clip, causal):
    """One clip (T, C, H, W), frame by frame, as the sum of the paper's three paths."""
    kernel = block.shift.weight[:, 0, :, 0]
    s = torch.stack(
        [torch.einsum("ct,tchw->chw", kernel, window(clip, t, causal)) for t in range(LENGTH)]
    )
    gates = block.channels
    squeezed = gates.squeeze(s.mean(dim=(2, 3), keepdim=True))
    narrow = block.motion.difference.norm(block.motion.difference.squeeze(s))
    results = []
    for t in range(LENGTH):
        seen = window(s.mean(dim=1), t, causal)
        places = torch.conv2d(seen[None], block.places.conv.weight[0], padding=1)[0]
        around = window(squeezed, t, causal)[:, :, 0, 0]
        mixed = torch.einsum("oit,ti->o", gates.temporal.weight[..., 0], around).relu()
        channels = gates.expand(mixed[None, :, None, None])[0]
        moved = torch.zeros_like(narrow[0])
        if causal:
            before = narrow[t - 1] if t else moved
            moved = narrow[t] - block.motion.difference.conv(before[None])[0]
        elif t < LENGTH - 1:
            moved = block.motion.difference.conv(narrow[t + 1][None])[0] - narrow[t]
        motion = block.motion.expand(moved.mean(dim=(1, 2), keepdim=True)[None])[0]
        paths = [s[t] * gate.sigmoid() + s[t] for gate in (places, channels, motion)]
        results.append(sum(paths))
    return torch.stack(results)


@FORMS
@torch.inference_mode()
def test_shift_and_gates_are_those_of_the_paper(causal):
    torch.manual_seed(0)
    block = Action(32, causal=causal).eval()
    torch.nn.init.normal_(block.shift.weight)
    torch.nn.init.normal_(block.places.conv.weight)
    clips = torch.randn(2, LENGTH, 32, 5, 5)
    got = block(clips.flatten(0, 1), neighbours(causal)).unflatten(0, (2, LENGTH))

    for clip, result in zip(clips, got, strict=True):
        assert torch.allclose(result, by_loops(block, clip, causal), atol=1e-4)


@torch.inference_mode()
def test_the_fresh_shift_is_that_of_tsm():
    x = torch.randn(2, LENGTH, 16, 3, 3)
    moved = Action(16, causal=False).shift(x.flatten(0, 1), neighbours(causal=False))

    assert torch.equal(moved.unflatten(0, (2, LENGTH)), shift_clip(x, 2, "both"))


@torch.inference_mode()
def test_the_fresh_causal_shift_looks_one_and_two_frames_back():
    x = torch.randn(2, LENGTH, 16, 3, 3)
    moved = Action(16, causal=True).shift(x.flatten(0, 1), neighbours(causal=True))
    twice = shift_clip(shift_clip(x, 2), 2)[:, :, :2]
    once = shift_clip(x, 4)[:, :, 2:4]

    assert torch.equal(moved.unflatten(0, (2, LENGTH)), torch.cat([twice, once, x[:, :, 4:]], 2))


@pytest.mark.parametrize(("causal", "reached"), [(False, range(2, 7)), (True, range(4, 9))])
@torch.inference_mode()
def test_a_frame_reaches_two_frames_each_way_in_its_own_clip(causal, reached):
    torch.manual_seed(0)
    block = Action(32, causal=causal).eval()
    x = torch.randn(3, LENGTH, 32, 4, 4)
    changed = x.clone()
    changed[1, 4] += 1
    before, after = (
        block(clips.flatten(0, 1), neighbours(causal)).unflatten(0, (3, LENGTH))
        for clips in (x, changed)
    )
    moved = (before != after).flatten(2).any(dim=2)

    assert moved.nonzero().tolist() == [[1, t] for t in reached]


@torch.inference_mode()
def test_motion_opens_half_at_the_last_frame_of_each_clip():
    torch.manual_seed(0)
    gate = Action(32, causal=False).eval().motion
    opened = gate(torch.randn(2 * LENGTH, 32, 4, 4), neighbours(causal=False))
    half = [bool((frame == 0.5).all()) for frame in opened]

    assert half == ([False] * (LENGTH - 1) + [True]) * 2


def test_mobilenet_has_it_where_tsm_shifts():
    with torch.device("meta"):
        names = [n for n, m in MobileNetV2Action(3).named_modules() if isinstance(m, Action)]

    places = (2, 4, 5, 7, 8, 9, 11, 12, 14, 15)
    assert names == [f"features.{place + 1}.action" for place in places]


@pytest.mark.parametrize(
    ("network", "published"),
    [
        (ActionResNet, 28_082_378),
        (CausalActionResNet, 28_082_378),
        (MobileNetV2Action, 2_472_026),
        (CausalMobileNetV2Action, 2_472_026),
    ],
)
def test_parameters_of_174_classes_are_those_published(network, published):
    with torch.device("meta"):
        assert sum(weight.numel() for weight in network(174).parameters()) == published
