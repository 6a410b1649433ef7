"""Early and late fusion, CNN and LSTM, and the causal forms of MC3 and PP-TSM."""

import pytest
import torch
from edgevid_zoo.families.cnn_lstm import CNNLSTMResNet, CnnLstmResNet50
from edgevid_zoo.families.fusion import EarlyFusionResNet, EarlyFusionResNet18, LateFusionResNet
from edgevid_zoo.families.pptsm import OnlinePPTSMResNet, PPTSMResNet
from edgevid_zoo.families.single_frame import SingleFrameResNet
from edgevid_zoo.families.video_resnet18 import CausalMC3, VideoResNet18
from edgevid_zoo.parts.resnet import ShiftedBasicBlock, ShiftedBottleneck
from edgevid_zoo.parts.temporal_padding import zeros_both_sides
from edgevid_zoo.weights.inflation import inflate
from edgevid_zoo.weights.loading import load_weights
from safetensors.torch import save_file
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import resnet18

from edgevid import ConfigError

NARROW = {"width": 0.25, "blocks": (1, 1, 1, 1), "block": ShiftedBasicBlock}


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize("num_frames", [1, 3, 8])
def test_early_fusion_that_is_inflated_gives_on_a_still_clip_the_logits_of_one_frame(num_frames):
    alone = SingleFrameResNet(5, **NARROW).eval()
    fused = EarlyFusionResNet(5, num_frames, **NARROW).eval()
    fused.load_state_dict(inflate(alone.state_dict(), fused.state_dict()))
    frame = torch.randn(2, 3, 32, 32)
    with torch.inference_mode():
        expected, _ = alone(frame)
        got = fused.forward_clip(frame[:, None].expand(-1, num_frames, -1, -1, -1))[:, -1]

    assert (got - expected).abs().max() < 1e-4 * expected.abs().max()


def test_weights_of_imagenet_are_repeated_over_the_frames_of_early_fusion(tmp_path):
    theirs = resnet18(weights=None).state_dict()
    save_file(theirs, tmp_path / "resnet18.safetensors")
    architecture = EarlyFusionResNet18()
    network = architecture.build(architecture.default_card("abc")).network
    report = load_weights(network, architecture, tmp_path / "resnet18.safetensors")

    assert report.inflated == ("conv1.weight",)
    for kernel in network.conv1.weight.unbind(2):
        assert torch.allclose(kernel, theirs["conv1.weight"] / 8)


@pytest.mark.parametrize("num_frames", [1, 2, 4])
def test_late_fusion_classifies_the_features_of_two_frames_and_of_none_between(num_frames):
    network = LateFusionResNet(5, num_frames, **NARROW).eval()
    clip = torch.randn(2, 7, 3, 32, 32)
    with torch.inference_mode():
        pooled = network.body(clip.flatten(0, 1)).mean(dim=(2, 3)).unflatten(0, (2, 7))
        nothing = torch.zeros_like(pooled[:, 0])
        expected = [
            network.classifier(torch.cat([pooled[:, t - num_frames + 1], pooled[:, t]], dim=1))
            if t >= num_frames - 1
            else network.classifier(torch.cat([nothing, pooled[:, t]], dim=1))
            for t in range(7)
        ]
        got = network.forward_clip(clip)

    assert torch.allclose(got, torch.stack(expected, dim=1), atol=1e-6)
    assert len(network.state_shapes(32, 32)) == (num_frames > 1)


@pytest.mark.parametrize(("block", "blocks", "giga_macs"), [
    (ShiftedBasicBlock, (2, 2, 2, 2), 3.6275), (ShiftedBottleneck, (3, 4, 6, 3), 8.1759),
])  # fmt: skip
def test_both_towers_of_late_fusion_compute_what_its_definition_counts(block, blocks, giga_macs):
    with torch.device("meta"):
        network = LateFusionResNet(400, 2, blocks=blocks, block=block)
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            network.forward_clip(torch.zeros(1, 2, 3, 224, 224))

    assert counter.get_total_flops() / 2e9 == pytest.approx(giga_macs, rel=0.0005)


def test_the_lstm_can_be_larger():
    architecture = CnnLstmResNet50()
    cards = [architecture.default_card([str(i) for i in range(k)], hidden=512) for k in (400, 10)]

    assert [architecture.counts(c).parameters for c in cards] == [28_960_208, 28_760_138]
    assert [state.shape for state in cards[0].state_tensors] == [(512,), (512,)]
    with pytest.raises(ConfigError, match="hidden"):
        architecture.default_card("ab", hidden=0)


def test_a_card_of_an_lstm_says_that_it_never_forgets_and_waits_for_a_clip_of_training():
    card = CnnLstmResNet50().default_card("ab", input_rate_hz=5.0)

    assert card.memory_frames is None
    assert card.warmup_seconds == pytest.approx(7 / 5.0)


def test_the_lstm_is_that_of_its_definition():
    network = CNNLSTMResNet(3, 4, **NARROW).eval()
    clip = torch.randn(1, 5, 3, 32, 32)
    output = cell = torch.zeros(1, 4)
    expected = []
    with torch.inference_mode():
        for x in network.body(clip[0]).mean(dim=(2, 3)).split(1):
            gates = (
                x @ network.lstm.weight_ih_l0.T + network.lstm.bias_ih_l0
                + output @ network.lstm.weight_hh_l0.T + network.lstm.bias_hh_l0
            )  # fmt: skip
            enter, forget, change, leave = gates.chunk(4, dim=1)
            cell = forget.sigmoid() * cell + enter.sigmoid() * change.tanh()
            output = leave.sigmoid() * cell.tanh()
            expected.append(network.classifier(output))
        got = network.forward_clip(clip)

    assert torch.allclose(got, torch.stack(expected, dim=1), atol=1e-6)


def test_causal_mc3_with_zeros_at_both_ends_is_torchvisions_mc3():
    theirs = VideoResNet18("mc3", 3, 0.25, (2, 1, 1, 1)).eval()
    ours = CausalMC3(3, width=0.25, blocks=(2, 1, 1, 1)).eval()
    ours.load_state_dict(theirs.state_dict())
    clip = torch.randn(1, 6, 3, 32, 32)
    with torch.inference_mode():
        expected, both, past = (
            theirs.features_of(clip), ours.features_of(clip, zeros_both_sides),
            ours.features_of(clip),
        )  # fmt: skip

    assert torch.allclose(both, expected, atol=1e-4 * float(expected.abs().max()))
    assert not torch.allclose(past, expected, atol=1e-2 * float(expected.abs().max()))


@pytest.mark.parametrize("num_frames", [4, 8])
def test_causal_pp_tsm_moves_as_many_channels_as_one_side_of_pp_tsm(num_frames):
    """Where nothing comes from the future, the channels of the past are the same."""
    online = OnlinePPTSMResNet(3, num_frames, width=0.25, blocks=(1, 1, 1, 1)).eval()
    both = PPTSMResNet(3, num_frames, width=0.25, blocks=(1, 1, 1, 1)).eval()
    both.load_state_dict(online.state_dict())
    entered = []
    for network in (online, both):
        network.layer1[0].conv1.register_forward_pre_hook(lambda _, x: entered.append(x[0]))
    clip = torch.randn(1, 5, 3, 32, 32)
    with torch.inference_mode():
        online.forward_clip(clip)
        both(clip)
    past, sides = entered
    fold = 16 // num_frames

    assert online.state_shapes(32, 32)[0] == (fold, 8, 8)
    assert torch.equal(past[:, :fold], sides[:, :fold])
    assert torch.equal(past[:, 2 * fold :], sides[:, 2 * fold :])
    assert torch.equal(past[1:, fold : 2 * fold], sides[:-1, fold : 2 * fold])
