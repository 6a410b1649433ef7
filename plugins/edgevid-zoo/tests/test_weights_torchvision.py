"""torchvision's own networks and ours with their weights: the same logits."""

import pytest
import torch
from edgevid_zoo.families import architectures
from edgevid_zoo.weights import load_weights
from torchvision.models import ResNet50_Weights, mobilenet_v2
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
from torchvision.models.video import resnet as video

from edgevid import WeightsError

pytestmark = pytest.mark.slow

ZOO = architectures()
SHALLOW = {"blocks": (1, 1, 1, 1), "input_size": (32, 32)}


def ours(name, file, classes=7, settings=SHALLOW, **how):
    card = ZOO[name].default_card([str(index) for index in range(classes)], **settings)
    torch.manual_seed(1)
    network = ZOO[name].build(card).network
    return network, load_weights(network, ZOO[name], file, card=card, **how)


def randomised(network):
    torch.manual_seed(0)
    for name, tensor in network.state_dict().items():
        if name.endswith("running_mean"):
            tensor.copy_(torch.randn_like(tensor) / 10)
    return network.eval()


@pytest.fixture(scope="module")
def resnet(tmp_path_factory):
    """A bottleneck for each stage, as torchvision has it, and its file."""
    network = randomised(ResNet(Bottleneck, [1, 1, 1, 1], num_classes=7))
    path = tmp_path_factory.mktemp("resnet") / "resnet.pth"
    torch.save(network.state_dict(), path)
    return network, path


@torch.inference_mode()
@pytest.mark.parametrize(
    ("build", "name", "settings"),
    [
        (lambda: ResNet(Bottleneck, [1, 1, 1, 1], 7), "single_frame_resnet50", SHALLOW),
        (lambda: ResNet(BasicBlock, [1, 1, 1, 1], 7), "single_frame_resnet18", SHALLOW),
        (
            lambda: mobilenet_v2(num_classes=7),
            "single_frame_mobilenet_v2",
            {"input_size": (32, 32)},
        ),
    ],
)
def test_a_network_of_pictures_has_the_logits_of_torchvisions(build, name, settings, tmp_path):
    theirs = randomised(build())
    torch.save(theirs.state_dict(), tmp_path / "w.pth")
    network, report = ours(name, tmp_path / "w.pth", settings=settings, whole=True)
    x = torch.randn(2, 3, 32, 32)

    assert torch.allclose(network.eval()(x)[0], theirs(x), atol=1e-4)
    assert report.fresh == {}


@torch.inference_mode()
def test_a_network_of_clips_has_the_logits_of_torchvisions(tmp_path):
    kind = [video.Conv3DSimple] * 4
    theirs = randomised(
        video.VideoResNet(video.BasicBlock, kind, [1, 1, 1, 1], video.BasicStem, num_classes=7)
    )
    torch.save(theirs.state_dict(), tmp_path / "w.pth")
    settings = {**SHALLOW, "num_frames": 4}
    network, _ = ours("r3d_18", tmp_path / "w.pth", settings=settings, whole=True)
    x = torch.randn(1, 4, 3, 32, 32)

    assert torch.allclose(network.eval()(x)[0], theirs(x.transpose(1, 2)), atol=1e-4)


@torch.inference_mode()
@pytest.mark.parametrize(
    ("name", "over"), [("c2d_resnet50", "every"), ("slow_8x8_resnet50_causal", "the last")]
)
def test_pictures_are_inflated_so_that_a_still_clip_has_their_logits(name, over, resnet):
    theirs, file = resnet
    network, report = ours(name, file)
    picture = torch.randn(1, 3, 32, 32)
    still = picture[:, None].repeat(1, 6, 1, 1, 1)
    network.eval()
    logits = network(still)[0] if over == "every" else network.forward_clip(still)[:, 0]

    # The first frame of a causal stream sees nothing but zeros before it.
    assert torch.allclose(logits, theirs(picture), atol=1e-4)
    assert bool(report.inflated) == (over == "the last")
    assert not set(report.fresh) - {"classifier.weight", "classifier.bias"}


def test_early_fusion_takes_the_first_convolution_for_each_frame(resnet):
    theirs, file = resnet
    network, report = ours("early_fusion_resnet50", file)
    total = network.conv1.weight.sum(dim=2)
    assert torch.allclose(total, theirs.conv1.weight, atol=1e-6)
    assert report.inflated == ("conv1.weight",)


def test_other_classes_leave_the_classifier_fresh_and_a_line_says_so(resnet):
    network, report = ours("tsm_resnet50", resnet[1], classes=11)
    assert network.classifier.weight.std() < 0.002
    assert "left fresh   2: classifier.weight, classifier.bias: 7 classes there, 11 here" in (
        report.table()
    )
    with pytest.raises(WeightsError, match=r"classifier\.weight random: 7 classes there, 11"):
        ours("single_frame_resnet50", resnet[1], classes=11, whole=True)


@pytest.mark.parametrize(
    ("name", "kept"), [("tsm_resnet50_nl", "non_local."), ("late_fusion_resnet50", "classifier.")]
)
def test_what_pictures_do_not_have_stays_fresh(name, kept, resnet):
    settings = {**SHALLOW, "blocks": (1, 1, 1, 1)}
    _, report = ours(name, resnet[1], settings=settings)
    assert any(key.startswith(kept) for key in report.fresh)


def test_a_file_that_is_not_whole_is_not_taken_for_a_beginning(resnet, tmp_path):
    tensors = dict(resnet[0].state_dict())
    del tensors["layer3.0.conv2.weight"]
    torch.save(tensors, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"layer3\.0\.conv2\.weight is missing: the file is not"):
        ours("tsm_resnet50_nl", tmp_path / "w.pth")


@pytest.mark.parametrize("weights", [ResNet50_Weights.IMAGENET1K_V2, "ResNet50_Weights.DEFAULT"])
def test_an_enum_is_read_from_the_cache(weights, resnet, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    file = folder / ResNet50_Weights.IMAGENET1K_V2.url.rpartition("/")[2]
    file.write_bytes(resnet[1].read_bytes())
    network, report = ours("single_frame_resnet50", weights, whole=True)

    assert torch.equal(network.conv1.weight, resnet[0].conv1.weight)
    assert report.source == "ResNet50_Weights." + report.source.rpartition(".")[2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ResNet50_Weights.NONE", "torchvision has no such weights"),
        ("ResNot_Weights.IMAGENET1K_V1", "torchvision has no such weights"),
        ("ResNet50_Weights", "no such checkpoint"),
        ("w" * 300, "w{300}: cannot be read: File name too long"),
        ("W" * 300 + "Weights.V1", "cannot be read: File name too long"),
    ],
)
def test_an_unknown_enum_is_refused(text, message):
    with pytest.raises(WeightsError, match=message):
        ours("single_frame_resnet50", text)
