"""Slow, C2D and I3D: where they look in time, on streams, and inflated from two dimensions."""

import pytest
import torch
from edgevid_zoo.calibration import calibrate_batch_norm, golden_clip
from edgevid_zoo.families import architectures
from edgevid_zoo.families.single_path import CausalResNet, SinglePathResNet
from edgevid_zoo.families.single_path_online import OnlineC2D, OnlineSlow
from edgevid_zoo.parts.non_local import NonLocal
from edgevid_zoo.parts.resnet import ResNet
from edgevid_zoo.parts.resnet3d import Bottleneck3d, ResNet3d
from edgevid_zoo.parts.temporal_padding import zeros_before
from edgevid_zoo.weights.inflation import inflate

from edgevid import ConfigError, WeightsError

ZOO = {n: a for n, a in architectures().items() if "single_path" in type(a).__module__}
NON_LOCAL = [name for name in architectures() if name.endswith("_resnet50_nl")]
BLOCKS = (1, 1, 1, 1)


def awake(network, seed=0, length=16):
    """In eval mode, with statistics of a clip, as networks in bundle form are calibrated."""

    class Clips(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = network

        def forward_clip(self, clip):
            if hasattr(network, "forward_clip"):
                return network.forward_clip(clip)
            return network(clip)[0]

    calibrate_batch_norm(Clips(), pictures(length, seed))
    return network.eval()


def pictures(length, seed=0):
    """A moving clip, (1, T, 3, 32, 32), roughly normalised."""
    clip = golden_clip(length, 32, 32, seed=seed).permute(0, 1, 4, 2, 3)
    return (clip.float() - 115) / 60


@pytest.mark.parametrize(("kind", "kernels"), [
    ("c2d", [1] + [1] * 16),
    ("slow", [1] + [1] * 7 + [3] * 9),
    ("i3d", [5, 3, 3, 3, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 1, 3, 1]),
])  # fmt: skip
def test_kernels_over_time_stand_where_pyslowfast_has_them(kind, kernels):
    with torch.device("meta"):
        network = SinglePathResNet(kind, 2, 0.125)

    assert [network.stem_kernel, *(b.conv1.kernel_size[0] for _, b in network.blocks())] == kernels


@pytest.mark.parametrize(("kind", "first", "last"), [
    ("slow", 10, 14),  # Two blocks, one frame each.
    ("c2d", 6, 6),  # The pair of the frame.
    ("i3d", 2, 9),  # Three frames to each side, then pairs, then two pairs to each side.
])  # fmt: skip
def test_one_frame_reaches_as_far_in_time_as_its_kernels(kind, first, last):
    torch.manual_seed(0)
    network = awake(SinglePathResNet(kind, 2, 0.25, BLOCKS))
    clip = pictures(24)
    changed = clip.clone()
    changed[:, 12] *= -1
    with torch.inference_mode():
        before, after = (network.features_of(c) for c in (clip, changed))
    moved = [t for t in range(before.shape[1]) if not torch.equal(before[:, t], after[:, t])]

    assert (moved[0], moved[-1]) == (first, last)


def test_every_fresh_block_is_its_shortcut_and_every_fresh_non_local_block_changes_nothing():
    torch.manual_seed(0)
    blocks = (1, 4, 6, 1)
    whole = SinglePathResNet("slow", 3, 0.125, blocks, non_local=True).eval()
    plain = SinglePathResNet("slow", 3, 0.125, blocks).eval()
    plain.load_state_dict({k: v for k, v in whole.state_dict().items() if "non_local" not in k})
    block = Bottleneck3d(8, 2, 3, 1).eval()
    torch.nn.init.zeros_(block.bn3.weight)
    x = torch.randn(1, 8, 4, 4, 4).relu()
    with torch.inference_mode():
        assert torch.equal(whole(pictures(4))[0], plain(pictures(4))[0])
        assert torch.equal(block(x, zeros_before), x)
    assert list(whole.non_local) == ["layer2_1", "layer2_3", "layer3_1", "layer3_3", "layer3_5"]
    assert not any(b.bn3.weight.any() for _, b in whole.blocks())


@pytest.mark.parametrize("scores", ["softmax", "scaled_softmax", "dot_product"])
@pytest.mark.parametrize("pool_first", [False, True])
def test_a_non_local_block_is_the_formula_place_by_place(scores, pool_first):
    torch.manual_seed(0)
    block = NonLocal(6, scores, pool_first=pool_first).eval()
    for convolution in (block.theta, block.phi, block.g, block.out):
        convolution.reset_parameters()
    block.norm.weight.data.uniform_(0.5, 2)
    x = torch.randn(1, 6, 3, 4, 4)

    def pooled(y):
        return torch.nn.functional.max_pool3d(y, (1, 2, 2)).flatten(2)[0].T

    with torch.inference_mode():
        if pool_first:
            small = torch.nn.functional.max_pool3d(x, (1, 2, 2))
            keys, values = (part(small).flatten(2)[0].T for part in (block.phi, block.g))
        else:
            keys, values = pooled(block.phi(x)), pooled(block.g(x))
        seen = []
        for query in block.theta(x).flatten(2)[0].T:
            products = torch.stack([torch.dot(query, key) for key in keys])
            if scores == "dot_product":
                weights = products / len(keys)
            else:
                weights = (products / (3**0.5 if scores == "scaled_softmax" else 1)).softmax(0)
            seen.append(sum(w * v for w, v in zip(weights, values, strict=True)))
        expected = x + block.norm(block.out(torch.stack(seen).T.reshape(1, 3, 3, 4, 4)))
        assert torch.allclose(block(x), expected, atol=1e-5)


def test_what_a_fresh_non_local_block_takes_is_not_decided_by_rounding():
    """A query of unscaled products that takes one value alone takes another in float32."""
    torch.manual_seed(0)
    block = NonLocal(1024).eval()
    torch.nn.init.ones_(block.norm.weight)
    x = (1.5 * torch.randn(1, 1024, 4, 8, 8) + 0.75).relu()
    with torch.inference_mode():
        single = block(x).double()
        assert torch.allclose(single, block.double()(x.double()), rtol=0, atol=2e-6)


def test_non_local_blocks_score_as_their_networks_weights_want_it():
    with torch.device("meta"):
        found = {
            kind: {(b.scores, b.pool_first) for b in SinglePathResNet(
                kind, 2, 0.125, non_local=True).non_local.values()}
            for kind in ("slow", "c2d", "i3d")
        }  # fmt: skip

    assert found == {
        "slow": {("dot_product", True)},
        "c2d": {("scaled_softmax", True)},
        "i3d": {("scaled_softmax", True)},
    }


@pytest.mark.parametrize("name", NON_LOCAL)
def test_pictures_too_small_for_a_non_local_blocks_pool_are_refused(name):
    architecture = architectures()[name]
    with pytest.raises(ConfigError, match="takes multiples of 32"):
        architecture.default_card(["a"], input_size=(16, 32))


@pytest.mark.parametrize(("height", "width"), [(16, 48), (80, 16)])
@pytest.mark.parametrize("name", [n for n, a in ZOO.items() if a.temporal_mode == "stream"])
@torch.inference_mode()
def test_states_keep_their_shape_for_pictures_of_any_size(name, height, width):
    card = ZOO[name].default_card(["a"], **ZOO[name].small | {"input_size": (height, width)})
    frames = torch.zeros(2, height, width, 3, dtype=torch.uint8)
    states = [torch.zeros(2, *state.shape) for state in card.state_tensors]
    _, _, *following = ZOO[name].build(card)(frames, *states)

    assert [tuple(state.shape[1:]) for state in following] == [s.shape for s in card.state_tensors]


@pytest.mark.parametrize(("form", "kind"), [(OnlineSlow, "slow"), (OnlineC2D, "c2d")])
@pytest.mark.parametrize("length", [2, 8])
@torch.inference_mode()
def test_on_a_stream_every_window_has_the_scores_and_maps_of_its_clip(form, kind, length):
    """With the same weights, and wherever the window starts."""
    torch.manual_seed(0)
    whole = awake(SinglePathResNet(kind, 3, 0.125, (1, 2, 2, 1)))
    online = form(3, length, width=0.125, blocks=(1, 2, 2, 1)).eval()
    online.load_state_dict(whole.state_dict())
    clip = torch.cat([pictures(13), pictures(13, seed=1)])
    states = [torch.zeros(2, *shape) for shape in online.state_shapes(32, 32)]
    for end in range(1, 14):
        logits, cam, *states = online(clip[:, end - 1], *states)
        if end < length:
            continue
        expected, maps = whole(clip[:, end - length : end])
        assert torch.allclose(logits, expected, atol=1e-5 * float(expected.abs().max()))
        assert torch.allclose(cam, maps, atol=1e-5 * float(maps.abs().max()))


@pytest.mark.parametrize(("name", "shapes"), [
    ("slow_8x8_resnet50_online", [(512, 7, 28, 28)]),
    ("c2d_resnet50_online", [(256, 1, 56, 56), (6, 10, 7, 7)]),
    ("slow_8x8_resnet50_causal",
     [(512, 2, 28, 28), *[(1024, 2, 14, 14)] * 6, *[(2048, 2, 7, 7)] * 2]),
])  # fmt: skip
def test_states_at_full_size(name, shapes):
    card = ZOO[name].default_card([str(index) for index in range(10)])

    assert [state.shape for state in card.state_tensors] == shapes


def test_causal_slow_sees_eighteen_frames_back():
    assert ZOO["slow_8x8_resnet50_causal"].default_card(["a"]).memory_frames == 18


def image_network():
    """A 2-D ResNet with calibrated statistics, and torchvision's names."""
    torch.manual_seed(0)
    network = ResNet(2, 0.125, BLOCKS)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None
        network.train().body(torch.randn(8, 3, 32, 32))
    return network.eval()


@pytest.mark.parametrize(("kind", "causal", "over", "same"), [
    ("c2d", False, "mean", range(12)),
    ("slow", False, "centre", range(24)),
    # Without the two frames at each end that see zeros beyond it.
    ("slow", False, "mean", range(2, 22)),
    ("slow", True, "last", range(24)),
    ("slow", True, "mean", range(4, 24)),
    ("i3d", False, "centre", range(12)),
    ("i3d", False, "mean", range(4, 8)),
])  # fmt: skip
@torch.inference_mode()
def test_inflated_weights_give_the_features_of_the_picture_on_a_still_clip(
    kind, causal, over, same
):
    images = image_network()
    small = {"num_classes": 2, "width": 0.125, "blocks": BLOCKS}
    form = CausalResNet(**small) if causal else SinglePathResNet(kind, **small)
    form.eval().load_state_dict(inflate(images.state_dict(), form.state_dict(), over))
    picture = torch.randn(1, 3, 32, 32)
    clip = picture[:, None].expand(-1, 24, -1, -1, -1)
    if causal:
        features = form.stages((1, 2, 3, 4), form.stem(clip.transpose(1, 2), zeros_before),
                               zeros_before).transpose(1, 2)  # fmt: skip
    else:
        features = form.features_of(clip)
    expected = images.body(picture)
    close = [
        t for t in range(features.shape[1])
        if torch.allclose(features[:, t], expected, atol=1e-4 * float(expected.max()))
    ]  # fmt: skip

    assert close == list(same)


def test_what_differs_by_more_than_time_is_not_inflated():
    network = ResNet3d([8] * 4, 5, [(1,)] * 4)
    with pytest.raises(WeightsError, match=r"conv1.weight: \(8, 1, 7, 7\) cannot be inflated to"):
        inflate({"conv1.weight": torch.zeros(8, 1, 7, 7)}, network.state_dict())
