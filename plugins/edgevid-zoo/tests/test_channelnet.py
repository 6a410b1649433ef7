"""ChannelNets, beside what the other tests ask of every network."""

import pytest
import torch
from edgevid_zoo.families.channelnet import (
    ChannelNet,
    ChannelNetV1,
    ChannelNetV2,
    ChannelNetV3,
    ChannelwiseClassifier,
    ChannelwiseConv,
)
from torch import nn

from edgevid import ConfigError


@pytest.mark.parametrize(
    ("architecture", "parameters"),
    [(ChannelNetV1, 3_703_432), (ChannelNetV2, 2_652_872), (ChannelNetV3, 1_629_097)],
)
def test_with_the_classes_of_imagenet_it_has_the_paper_s_parameters(architecture, parameters):
    card = architecture().default_card([str(k) for k in range(1000)])

    assert architecture().counts(card).parameters == parameters


@pytest.mark.parametrize(
    ("channels", "kernel", "groups"), [(8, 8, 2), (9, 3, 1), (10, 64, 1), (12, 4, 3)]
)
def test_a_channel_wise_convolution_slides_over_the_channels_of_each_place(
    channels, kernel, groups
):
    torch.manual_seed(0)
    conv = ChannelwiseConv(kernel, groups)
    x = torch.randn(2, channels, 2, 3)
    each = channels // groups
    expected = torch.zeros_like(x)
    before = max((each - 1) * groups + kernel - channels, 0) // 2
    for group in range(groups):
        for output in range(each):
            for tap in range(kernel):
                channel = output * groups + tap - before
                if 0 <= channel < channels:
                    weight = conv.conv.weight[group, 0, tap, 0]
                    expected[:, group * each + output] += weight * x[:, channel]

    assert torch.allclose(conv(x), expected, atol=1e-5)


def test_the_convolutional_classifier_is_one_kernel_over_channels_and_places():
    torch.manual_seed(0)
    classifier = ChannelwiseClassifier(channels=9, num_classes=4, places=6)
    features = torch.randn(2, 9, 2, 3)
    # (places, 1, taps) to (1, 1, taps, h, w).
    kernel = classifier.weight.permute(1, 2, 0).unflatten(2, (2, 3))[None]
    expected = nn.functional.conv3d(features[:, None], kernel)
    maps = classifier(features)

    assert classifier.weight.shape == (6, 1, 6)
    assert expected.shape == (2, 1, 4, 1, 1)
    assert torch.allclose(maps.mean(dim=(2, 3)), expected.flatten(1), atol=1e-5)
    # A place that is empty has no part in the scores.
    features[:, :, 0, 1] = 0
    assert not classifier(features)[:, :, 0, 1].any()


def test_blocks_in_groups_are_those_of_each_half_alone():
    torch.manual_seed(0)
    network = ChannelNet(1, 2, width=0.25).eval()
    block = next(m for m in network.blocks if not hasattr(m, "depthwise"))
    half = block.blocks[0].pointwise.out_channels // 2
    x = torch.randn(1, 2 * half, 4, 4)
    changed = x.clone()
    changed[:, half:] += 1
    with torch.inference_mode():
        moved = (block(x) != block(changed)).flatten(2).any(dim=2)[0]

    assert not moved[:half].any()
    assert moved[half:].any()


def test_the_channel_wise_kernel_mixes_the_groups():
    torch.manual_seed(0)
    network = ChannelNet(1, 2, width=0.25).eval()
    plain, mixed, last = (m for m in network.blocks if not hasattr(m, "depthwise"))
    x = torch.randn(1, 128, 4, 4)
    changed = x.clone()
    changed[:, 64:] += 1
    with torch.inference_mode():
        moved = (mixed(x) != mixed(changed)).flatten(2).any(dim=2)[0]
        skips = [torch.equal(m(x), m.blocks(m.mix(x)) + x) for m in (plain, mixed, last)]

    assert moved[:64].any()
    assert skips == [True, False, True]


@pytest.mark.parametrize(("width", "most"), [(1.0, 1024), (0.25, 256)])
def test_the_convolutional_classifier_takes_no_more_classes_than_channels(width, most):
    architecture = ChannelNetV3()
    cards = [
        architecture.default_card([str(k) for k in range(n)], width=width, input_size=(32, 32))
        for n in (most, most + 1)
    ]

    assert architecture.build(cards[0]).network.classifier.weight.shape == (1, 1, 1)
    with pytest.raises(ConfigError, match=f"{most + 1} classes: .* at most {most}; take"):
        architecture.build(cards[1])
