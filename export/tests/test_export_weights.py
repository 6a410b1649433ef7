"""``edgevid export --weights``: files and enums of others, and what is said of them."""

import pytest
import torch
import typer
from edgevid_export.bundle import export_bundle
from edgevid_export.command import export
from edgevid_zoo.families.single_frame import SingleFrameResNet18
from torchvision.models import MobileNet_V2_Weights, ResNet18_Weights, mobilenet_v2
from torchvision.models.resnet import BasicBlock, ResNet
from typer.testing import CliRunner

from edgevid import WeightsError

PROVENANCE = {"license_": "BSD-3-Clause", "origin": "torchvision", "training_data": "ImageNet"}


@pytest.fixture
def cached(tmp_path, monkeypatch):
    """Put the file of an enum where torch keeps its downloads."""

    def put(weights, network):
        folder = tmp_path / "torch" / "hub" / "checkpoints"
        folder.mkdir(parents=True)
        monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
        torch.save(network.state_dict(), folder / weights.url.rpartition("/")[2])
        return str(weights)

    return put


class Loaded(Exception):
    """Ends an export before the network is traced."""


def test_an_enum_is_loaded_and_what_became_of_it_is_told(cached, tmp_path):
    theirs = ResNet(BasicBlock, [1, 1, 1, 1], num_classes=3)
    weights = cached(ResNet18_Weights.IMAGENET1K_V1, theirs)
    card = SingleFrameResNet18().default_card(
        ["a", "b", "c"], input_size=(32, 32), blocks=(1, 1, 1, 1)
    )

    def stop(report):
        raise Loaded(report.table())

    with pytest.raises(Loaded, match=r"ResNet18_Weights\.IMAGENET1K_V1: torchvision's ResN"):
        export_bundle(
            SingleFrameResNet18(), card, tmp_path / "m.onnx", checkpoint=weights, on_loaded=stop
        )


def test_a_classifier_of_other_classes_is_not_left_random_without_a_word(cached, tmp_path):
    weights = cached(MobileNet_V2_Weights.IMAGENET1K_V1, mobilenet_v2())
    given = {"checkpoint": weights, "num_classes": 3, "input_size": "32x32", **PROVENANCE}
    with pytest.raises(WeightsError, match="random: 1000 classes there, 3 here; give as many"):
        export("single_frame_mobilenet_v2", tmp_path / "m.onnx", **given)
    assert not list(tmp_path.glob("m.*"))


def test_weights_of_pictures_are_not_exported_as_a_network_of_clips(cached, tmp_path):
    weights = cached(MobileNet_V2_Weights.IMAGENET1K_V1, mobilenet_v2())
    given = {"checkpoint": weights, "num_classes": 1000, "input_size": "32x32", **PROVENANCE}
    with pytest.raises(WeightsError, match=r"trained with single images, .*; take single_frame_"):
        export("tsm_mobilenet_v2", tmp_path / "m.onnx", **given)


def looped(path):
    (path / "loop.pth").symlink_to(path / "loop.pth")
    return "loop.pth"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (looped, "loop.pth: no such checkpoint"),
        (lambda path: "w" * 300, "w{300}: cannot be read: File name too long"),
        (
            lambda path: f"{'w' * 300}.safetensors",
            r"\.safetensors: cannot be read: File name too l",
        ),
    ],
)
def test_it_is_the_weights_that_cannot_be_read(make, message, tmp_path):
    given = {"num_classes": 2, "input_size": "32x32", **PROVENANCE}
    weights = str(tmp_path / make(tmp_path))
    with pytest.raises(WeightsError, match=message):
        export("tsm_mobilenet_v2", tmp_path / "m.onnx", checkpoint=weights, **given)


@pytest.mark.parametrize("option", ["--weights", "--checkpoint"])
def test_both_names_of_the_option_are_known(option, tmp_path):
    app = typer.Typer()
    app.command()(export)
    given = ["tsm_mobilenet_v2", option, "none.pth", "--num-classes", "2", "--license", "MIT"]
    given += ["--origin", "x", "--training-data", "y", "-o", str(tmp_path / "m.onnx")]
    result = CliRunner().invoke(app, given)

    assert str(result.exception) == "none.pth: no such checkpoint"
