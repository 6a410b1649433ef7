import pytest
import torch
from edgevid_train.training.head import StandardisedLinear, plain_state
from edgevid_zoo.families.tsm import MobileNetV2TSM

pytestmark = pytest.mark.slow


def test_the_folded_layer_gives_the_same_numbers():
    torch.manual_seed(0)
    head = StandardisedLinear(20, 4)
    features = torch.rand(64, 20) * 3 + 1
    for _ in range(30):
        head(features)
    torch.nn.init.normal_(head.linear.bias)
    head.eval()

    assert torch.allclose(head.folded()(features), head(features), atol=1e-5)


def test_it_sees_standardised_features():
    head = StandardisedLinear(20, 4)

    seen = head.norm(torch.rand(64, 20) * 3 + 1)

    assert seen.mean(0).abs().max() < 1e-5
    assert (seen.std(0, unbiased=False) - 1).abs().max() < 1e-3


def test_weights_of_a_network_with_it_load_into_a_plain_one():
    torch.manual_seed(0)
    trained, plain = (MobileNetV2TSM(3, 0.25).train() for _ in range(2))
    trained.classifier = StandardisedLinear(1280, 3)
    clip = torch.rand(2, 3, 3, 32, 32)
    for _ in range(3):
        trained.forward_clip(clip)

    plain.load_state_dict(plain_state(trained))

    with torch.no_grad():
        first, second = (net.eval().forward_clip(clip) for net in (trained, plain))
    assert torch.allclose(first, second, atol=1e-5)
