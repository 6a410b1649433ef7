"""STM: what is inside its blocks, compared with loops over frames written from the paper."""

import pytest
import torch
from edgevid_zoo.families.action import ActionResNet
from edgevid_zoo.families.stm import STM, CausalSTMResNet, STMResNet, StmResNet50
from edgevid_zoo.parts.temporal_conv import Neighbours
from edgevid_zoo.parts.temporal_padding import zeros_before, zeros_both_sides
from torch.nn.functional import max_pool2d
from torchvision.models import resnet50

LENGTH = 7
FORMS = pytest.mark.parametrize("causal", [False, True])


def neighbours(causal):
    return Neighbours(LENGTH, zeros_before if causal else zeros_both_sides)


def at(frames, t):
    """A frame of one clip (T, C, H, W), or zeros beyond its ends."""
    return frames[t] if 0 <= t < len(frames) else torch.zeros_like(frames[0])


def convolved(conv, frames, t, causal):
    """What a depthwise kernel over time gives at frame t."""
    first = t - 2 if causal else t - 1
    return sum(
        conv.weight[:, 0, tap] * at(frames, first + tap).flatten(1) for tap in range(3)
    ).view_as(frames[t])


def motion(block, frames, t, causal):
    """The channel-wise motion module at frame t of one clip."""
    squeezed = block.motion.norm(block.motion.squeeze(frames))
    if causal:
        before = block.motion.conv(at(squeezed, t - 1)[None])[0]
        return squeezed[t] - before
    if t == len(frames) - 1:
        return torch.zeros_like(squeezed[t])
    return block.motion.conv(squeezed[t + 1][None])[0] - squeezed[t]


@FORMS
@pytest.mark.parametrize("stage", ["layer1.0", "layer2.0"])
@torch.inference_mode()
def test_a_block_is_that_of_the_paper(stage, causal):
    """Motion is added behind the norm and activation of the 3x3 convolution, pooled by strides."""
    torch.manual_seed(0)
    form = CausalSTMResNet if causal else STMResNet
    block = form(3, width=0.25, blocks=(1, 1, 1, 1)).eval().get_submodule(stage)
    torch.nn.init.normal_(block.stm.temporal.weight)
    torch.nn.init.normal_(block.bn2.bias)
    clips = torch.randn(2, LENGTH, block.conv1.in_channels, 6, 6)
    got = block(
        clips.flatten(0, 1),
        lambda x: x,
        lambda narrow: block.stm(narrow, block.spatial, neighbours(causal)),
    ).unflatten(0, (2, LENGTH))

    for clip, result in zip(clips, got, strict=True):
        narrow = block.relu(block.bn1(block.conv1(clip)))
        for t in range(LENGTH):
            seen = convolved(block.stm.temporal, narrow, t, causal)[None]
            spatial = block.relu(block.bn2(block.conv2(seen)))
            moved = block.stm.expand(motion(block.stm, narrow, t, causal)[None])
            if stage == "layer2.0":
                moved = max_pool2d(moved, 2)
            out = block.bn3(block.conv3(spatial + moved)) + block.downsample(clip[t][None])
            assert torch.allclose(result[t], block.relu(out)[0], atol=1e-4)


@FORMS
def test_fresh_convolutions_over_time_shift_a_quarter_of_the_channels_each_way(causal):
    x = torch.randn(2, LENGTH, 16, 3, 3)
    block = STM(16, 1, causal=causal)
    with torch.inference_mode():
        moved = block.temporal(x.flatten(0, 1), neighbours(causal)).unflatten(0, (2, LENGTH))

    assert torch.equal(moved[:, 1:, :4], x[:, :-1, :4])
    assert not moved[:, 0, :4].any()
    assert torch.equal(moved[:, :, 4:12], x[:, :, 4:12])
    if causal:
        assert torch.equal(moved[:, 2:, 12:], x[:, :-2, 12:])
        assert not moved[:, :2, 12:].any()
    else:
        assert torch.equal(moved[:, :-1, 12:], x[:, 1:, 12:])
        assert not moved[:, -1, 12:].any()


@pytest.mark.parametrize(("causal", "reached"), [(False, [2, 3, 4]), (True, [3, 4, 5])])
@torch.inference_mode()
def test_a_frame_reaches_one_frame_each_way_in_its_own_clip(causal, reached):
    """Flat batches tempt to take the next clip's first frame for the next one."""
    torch.manual_seed(0)
    block = STM(16, 1, causal=causal).eval()
    torch.nn.init.normal_(block.temporal.weight)
    x = torch.randn(3, LENGTH, 16, 4, 4)
    changed = x.clone()
    changed[1, 3] += 1
    before, after = (
        block(clips.flatten(0, 1), lambda y: y, neighbours(causal)).unflatten(0, (3, LENGTH))
        for clips in (x, changed)
    )
    moved = (before != after).flatten(2).any(dim=2)

    assert moved.nonzero().tolist() == [[1, t] for t in reached]


@torch.inference_mode()
def test_the_last_frame_of_a_clip_has_no_motion():
    torch.manual_seed(0)
    block = STM(16, 1, causal=False).eval()
    difference = block.motion(torch.randn(2 * LENGTH, 16, 4, 4), neighbours(causal=False))

    assert [bool(frame.any()) for frame in difference] == ([True] * (LENGTH - 1) + [False]) * 2


def test_pictures_of_odd_maps_fit_although_motion_is_pooled():
    """Five places to three: the convolution rounds up, and a plain pool would round down."""
    card = StmResNet50().default_card(["a"], **StmResNet50().small | {"input_size": (80, 80)})
    module = StmResNet50().build(card)
    with torch.inference_mode():
        _, cam = module(torch.zeros(1, 8, 80, 80, 3, dtype=torch.uint8))

    assert cam.shape == (1, 1, 3, 3)


@pytest.mark.parametrize("network", [STMResNet, CausalSTMResNet])
def test_parameters_of_174_classes_are_those_published(network):
    with torch.device("meta"):
        assert sum(weight.numel() for weight in network(174).parameters()) == 24_035_666


@pytest.mark.parametrize(("network", "own"), [(STMResNet, ".stm."), (ActionResNet, ".action.")])
def test_the_backbone_has_the_names_of_torchvision(network, own):
    with torch.device("meta"):
        ours = {k: v.shape for k, v in network(1000).state_dict().items() if own not in k}
        theirs = {k: v.shape for k, v in resnet50().state_dict().items()}

    assert ours == {k.replace("fc.", "classifier."): shape for k, shape in theirs.items()}
