"""BN-Inception of TSN and Inception-v1 of I3D, beside what the other tests ask of every network."""

import pytest
import torch
from edgevid_zoo.families.i3d_inception import I3dInception, InceptionI3D
from edgevid_zoo.families.tsn import BLOCKS, BNInception, TsnBnInception


def channels_of(network, modules):
    """Channels that leave each module."""
    seen = {}
    for name in modules:
        network.get_submodule(name).register_forward_hook(
            lambda module, x, y, name=name: seen.update({name: (x[0].shape[1], y.shape[1])})
        )
    return seen


@pytest.fixture
def meta():
    with torch.device("meta"):
        yield


@pytest.mark.usefixtures("meta")
def test_the_trunk_of_bn_inception_has_the_parameters_and_sizes_of_the_public_weights():
    network = BNInception(400)
    head = sum(p.numel() for p in network.classifier.parameters())
    entries = {name: f"inception_{name}_3x3_reduce" for name in BLOCKS}
    shapes = {}
    for name, module in entries.items():
        network.get_submodule(module).register_forward_hook(
            lambda module, x, y, name=name: shapes.update({name: tuple(x[0].shape[1:3])})
        )
    last = network.body(torch.zeros(1, 3, 224, 224))

    assert sum(p.numel() for p in network.parameters()) - head == 10_270_240
    assert shapes == {
        "3a": (192, 28), "3b": (256, 28), "3c": (320, 28), "4a": (576, 14), "4b": (576, 14),
        "4c": (576, 14), "4d": (608, 14), "4e": (608, 14), "5a": (1056, 7), "5b": (1024, 7),
    }  # fmt: skip
    assert last.shape == (1, 1024, 7, 7)
    assert network.inception_3a_1x1_bn.eps == 1e-5
    assert network.inception_3a_1x1_bn.momentum == 0.1


def test_what_bn_inception_pools_and_joins_went_through_its_relu():
    """The public code leaves this to layers that change their input in place."""
    torch.manual_seed(0)
    network = BNInception(2, 0.125).eval()
    seen = []
    for name, module in network.named_children():
        if name.endswith(("reduce", "_1x1")):
            module.register_forward_pre_hook(lambda module, x: seen.append(float(x[0].min())))
    with torch.inference_mode():
        features = network.body(torch.randn(1, 3, 32, 32))

    assert len(seen) == 1 + 10 * 2 + 8
    assert min(seen) == 0 == float(features.min())


@pytest.mark.parametrize(("name", "largest"), [("5a", False), ("5b", True)])
def test_only_the_last_block_of_bn_inception_pools_the_largest_value(name, largest):
    torch.manual_seed(0)
    network = BNInception(2, 0.125).eval()
    seen = {}
    for part in ("1x1", "pool_proj"):
        network.get_submodule(f"inception_{name}_{part}").register_forward_pre_hook(
            lambda module, x, part=part: seen.update({part: x[0]})
        )
    with torch.inference_mode():
        network.body(torch.randn(1, 3, 96, 96))
    x, got = seen["1x1"], seen["pool_proj"]
    # Zeros beyond the border count in the mean, as in Caffe.
    padded = torch.nn.functional.pad(x, (1, 1, 1, 1))
    nine = torch.stack(
        [padded[:, :, i : i + x.shape[2], j : j + x.shape[3]] for i in range(3) for j in range(3)]
    )

    assert torch.allclose(got, nine.amax(0) if largest else nine.mean(0), atol=1e-5)


def test_bn_inception_sees_bgr_of_0_to_255_less_the_mean():
    architecture = TsnBnInception()
    card = architecture.default_card("ab", width=0.125, input_size=(32, 32))
    module = architecture.build(card)
    seen = []
    module.network.conv1_7x7_s2.register_forward_pre_hook(lambda conv, x: seen.append(x[0]))
    frames = torch.randint(0, 256, (1, 32, 32, 3), dtype=torch.uint8)
    with torch.inference_mode():
        module(frames, *(torch.zeros(1, *state.shape) for state in card.state_tensors))
    expected = frames.permute(0, 3, 1, 2) - torch.tensor([104.0, 117.0, 128.0])[:, None, None]

    assert torch.allclose(seen[0], expected, atol=1e-3)


@pytest.mark.usefixtures("meta")
def test_inception_v1_has_the_channels_of_its_table_and_the_constants_of_tensorflow():
    network = InceptionI3D(400)
    names = [name for name, _ in network.named_children() if name.startswith("Mixed")]
    seen = channels_of(network, names)
    network.features_of(torch.zeros(1, 16, 3, 64, 64))

    assert seen == {
        "Mixed_3b": (192, 256), "Mixed_3c": (256, 480), "Mixed_4b": (480, 512),
        "Mixed_4c": (512, 512), "Mixed_4d": (512, 512), "Mixed_4e": (512, 528),
        "Mixed_4f": (528, 832), "Mixed_5b": (832, 832), "Mixed_5c": (832, 1024),
    }  # fmt: skip
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm3d)]
    assert {(norm.eps, norm.momentum) for norm in norms} == {(1e-3, 0.01)}
    assert len(norms) == 57


@pytest.mark.usefixtures("meta")
@pytest.mark.parametrize(("frames", "places"), [(9, 1), (16, 1), (17, 2), (64, 7)])
def test_the_places_in_time_are_an_eighth_of_the_frames_less_one(frames, places):
    features = InceptionI3D(2, 0.125).features_of(torch.zeros(1, frames, 3, 64, 96))

    assert features.shape == (1, places, 128, 2, 3)


@pytest.mark.parametrize(("frames", "giga_macs"), [(16, 27.788), (32, 55.576)])
def test_shorter_clips_cost_as_much_less(frames, giga_macs):
    architecture = I3dInception()
    card = architecture.default_card([str(k) for k in range(400)], num_frames=frames)

    assert architecture.counts(card).macs / 1e9 == pytest.approx(giga_macs, rel=0.005)


def test_the_scores_are_the_mean_of_those_of_the_last_pool_at_each_place():
    """The authors pool (2, 7, 7) with stride 1, then convolve, then take the mean over time."""
    torch.manual_seed(0)
    network = InceptionI3D(3, 0.125).eval()
    before = []
    network.Mixed_5c.register_forward_hook(lambda module, x, y: before.append(y))
    with torch.inference_mode():
        logits, maps = network(torch.randn(1, 24, 3, 224, 224))
        pooled = torch.nn.functional.avg_pool3d(before[0], (2, 7, 7), 1)
        weight, bias = network.classifier.weight, network.classifier.bias
        scores = torch.nn.functional.conv3d(pooled, weight[:, :, None, None, None], bias)

    assert scores.shape == (1, 3, 2, 1, 1)
    assert torch.allclose(logits, scores.mean(dim=(2, 3, 4)), atol=1e-5)
    assert torch.allclose(maps.mean(dim=(2, 3)) + bias, logits, atol=1e-5)


def test_the_pictures_of_i3d_are_scaled_to_one_on_both_sides():
    architecture = I3dInception()
    card = architecture.default_card("ab", **architecture.small)
    module = architecture.build(card)
    white = torch.full((1, 32, 32, 3), 255, dtype=torch.uint8)

    assert module.normalise(white).unique().tolist() == [1.0]
    assert module.normalise(white * 0).unique().tolist() == [-1.0]
    assert card.input_rate_hz == 25
