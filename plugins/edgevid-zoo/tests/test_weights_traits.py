"""What weights were trained with: said by the file, by the card beside it, or by nobody."""

import json

import pytest
import torch
from edgevid_zoo.families import architectures
from edgevid_zoo.weights import load_weights
from edgevid_zoo.weights.traits import traits_of
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torchvision.models import mobilenet_v2
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

from edgevid import WeightsError, read_card
from edgevid.backends import read_maker, write_safetensors
from edgevid.default_plugins.models.driver import default_bundle

ZOO = architectures()
ALONE = {
    "single_frame_mobilenet_v2", "single_frame_resnet18", "single_frame_resnet50", "tsn_resnet50",
    "tsn_bninception", "channelnet_v1", "channelnet_v2", "channelnet_v3",
}  # fmt: skip
DRIVER = default_bundle().with_suffix(".safetensors")


def small(name, classes=3, **changes):
    """Card and network."""
    names = [str(index) for index in range(classes)]
    card = ZOO[name].default_card(names, **(ZOO[name].small | changes))
    return card, ZOO[name].build(card).network


def load(name, file, classes=3, settings=None, **how):
    card, network = small(name, classes, **(settings or {}))
    return load_weights(network, ZOO[name], file, card=card, **how)


def own(name, path, **changes):
    """As a training writes them."""
    card, network = small(name, **changes)
    write_safetensors(network.state_dict(), path, card)
    return path


def silent(name, path, **changes):
    """The same without a word of what they are."""
    _, network = small(name, **changes)
    save_file(network.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """torchvision's networks, each with its trunk's name in the zoo."""
    folder = tmp_path_factory.mktemp("pictures")
    made = {
        "resnet50": ResNet(Bottleneck, [1, 1, 1, 1], 3),
        "resnet18": ResNet(BasicBlock, [1, 1, 1, 1], 3),
        "mobilenet_v2": mobilenet_v2(num_classes=3),
    }
    for name, network in made.items():
        torch.save(network.state_dict(), folder / f"{name}.pth")
    return folder


def test_it_is_known_which_networks_never_let_frames_meet():
    stated = {n: traits_of(a, a.Options().model_dump())["frames"] for n, a in ZOO.items()}
    assert {name for name, value in stated.items() if value == "alone"} == ALONE


MEETING = [
    "tsm_resnet50", "tsm_mobilenet_v2_offline", "slow_8x8_resnet50_causal", "c2d_resnet50_online",
    "early_fusion_resnet18", "late_fusion_resnet50", "cnn_lstm_resnet50", "stm_resnet50",
    "action_resnet50",
]  # fmt: skip
"""One for each way in which frames meet."""


@pytest.mark.slow
@pytest.mark.parametrize("name", MEETING)
def test_weights_of_pictures_are_no_export_where_frames_meet(name, pictures):
    trunk = next(trunk for trunk in ("resnet50", "resnet18", "mobilenet_v2") if trunk in name)
    card, network = small(name, width=1)
    given = network, ZOO[name], pictures / f"{trunk}.pth"
    with pytest.raises(WeightsError, match=f"trained with single images, but {name} has frames"):
        load_weights(*given, card=card, whole=True)
    begun = load_weights(*given, card=card, relearn=True)

    assert begun.relearned == ("frames that meet over time, instead of single images",)


@pytest.mark.parametrize("name", ["single_frame_resnet50", "tsn_resnet50"])
def test_weights_of_pictures_are_taken_where_each_frame_is_one(name, pictures):
    report = load(name, pictures / "resnet50.pth", settings={"width": 1}, whole=True)
    assert (report.fresh, report.relearned) == ({}, ())


def test_who_gives_pictures_hears_which_network_takes_them(pictures):
    with pytest.raises(WeightsError, match="take tsn_resnet50 or single_frame_resnet50 with 3 cl"):
        load("tsm_resnet50", pictures / "resnet50.pth", settings={"width": 1}, whole=True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tsm_mobilenet_v2_offline", "past alone, but tsm_mobilenet_v2_offline has a shift from b"),
        ("single_frame_mobilenet_v2", "past alone, but single_frame_mobilenet_v2 has no temporal"),
    ],
)
def test_the_shipped_weights_are_known_by_the_card_beside_them(name, message):
    card = read_card(default_bundle())
    given = {
        "classes": len(card.class_names),
        "settings": card.architecture_options | {"input_size": card.input_size},
    }
    with pytest.raises(
        WeightsError, match=f"weights of tsm_mobilenet_v2, trained with .*{message}"
    ):
        load(name, DRIVER, whole=True, **given)
    assert load("tsm_mobilenet_v2", DRIVER, whole=True, **given).unstated == ""


@pytest.mark.parametrize(
    ("spoil", "is_known"),
    [
        (lambda folder: None, True),
        (lambda folder: (folder / "w.onnx").unlink(), False),
        (lambda folder: (folder / "w.onnx").write_bytes(b"no bundle"), False),
        # Trained on after the export.
        (lambda folder: save_file(load_file(DRIVER), folder / "w.safetensors", {"a": "b"}), False),
    ],
)
def test_only_the_card_of_a_twin_speaks_for_weights(spoil, is_known, tmp_path):
    (tmp_path / "w.onnx").write_bytes(default_bundle().read_bytes())
    (tmp_path / "w.safetensors").write_bytes(DRIVER.read_bytes())
    spoil(tmp_path)
    maker = read_maker(tmp_path / "w.safetensors")

    assert (maker is not None) == is_known
    if maker is not None:
        assert maker.architecture == "tsm_mobilenet_v2"
        assert maker.num_frames == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "unstated"),
    [
        ("tsm_resnet50_offline", "which shift it was trained with: taken for"),
        ("single_frame_mobilenet_v2", "which shift it was trained with: taken for"),
        ("stm_resnet50", "which padding it was trained with: taken for"),
        ("slowfast_4x16_resnet50_causal", "which padding and choice of slow frames it was"),
        ("pptsm_resnet50", "which shift and padding and number of frames it was"),
        ("late_fusion_resnet18", "which number of frames it was trained with: taken for"),
        ("early_fusion_resnet18", ""),
        ("c3d", ""),
    ],
)
def test_what_a_file_does_not_state_is_named(name, unstated, tmp_path):
    report = load(name, silent(name, tmp_path / "w.safetensors"), whole=True)

    assert report.unstated.startswith(unstated)
    assert bool(report.unstated) == bool(unstated)
    assert ("  not stated   which" in report.table()) == bool(unstated)
    assert f"taken for {name}'s" in report.table() or not unstated


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tsm_mobilenet_v2_offline", "single_frame_mobilenet_v2"])
def test_a_pth_with_the_names_of_the_online_demo_is_taken_for_it(name, tmp_path):
    _, demo = small("tsm_mobilenet_v2")
    torch.save({"state_dict": demo.state_dict()}, tmp_path / "w.pth.tar")
    save_file(demo.state_dict(), tmp_path / "w.safetensors")

    assert not load("tsm_mobilenet_v2", tmp_path / "w.pth.tar", whole=True).unstated
    with pytest.raises(
        WeightsError,
        match="online demo.*trained with a shift from the past alone.*take tsm_mobilenet_v2 with 3 "
        r"classes, or begin a training with it; if it is of another network, save it as \.safe",
    ):
        load(name, tmp_path / "w.pth.tar", whole=True)
    assert load(name, tmp_path / "w.pth.tar", relearn=True).relearned
    assert load(name, tmp_path / "w.safetensors", whole=True).unstated


COUNTED = [
    ("pptsm_resnet50", "pptsm_resnet50 "),
    ("pptsm_resnet50_causal", "pptsm_resnet50_causal "),
    ("late_fusion_resnet18", "late_fusion_resnet18 "),
]


@pytest.mark.parametrize(("name", "taken"), COUNTED)
def test_the_number_of_frames_has_to_agree_where_weights_know_it(name, taken, tmp_path):
    file = own(name, tmp_path / "w.safetensors", num_frames=16)

    with pytest.raises(
        WeightsError, match=f"16 frames, but {name} has 8 frames; take {taken}with 3 .* 16 frames,"
    ):
        load(name, file, whole=True)
    assert not load(name, file, settings={"num_frames": 16}, whole=True).fresh
    assert load(name, file, relearn=True).relearned == ("8 frames, instead of 16 frames",)


def test_the_number_of_frames_does_not_matter_elsewhere(tmp_path):
    file = own("tsn_resnet50", tmp_path / "w.safetensors", num_frames=4)
    assert not load("tsn_resnet50", file, whole=True).relearned


def test_files_from_before_frames_were_counted_are_taken(tmp_path):
    file = own("pptsm_resnet50", tmp_path / "w.safetensors", num_frames=16)
    with safe_open(file, "pt") as opened:
        said = json.loads(opened.metadata()["edgevid"])
    assert said.pop("num_frames") == 16
    save_file(load_file(file), tmp_path / "old.safetensors", {"edgevid": json.dumps(said)})

    assert not load("pptsm_resnet50", tmp_path / "old.safetensors", whole=True).fresh


def test_own_weights_that_do_not_fit_are_called_by_their_name(tmp_path):
    file = own("stm_resnet50", tmp_path / "w.safetensors")
    with pytest.raises(
        WeightsError, match=r"not fit the network: .*unknown .*; these are weights of stm_resnet50"
    ):
        load("tsm_resnet50", file, relearn=True)


@pytest.mark.parametrize(
    ("said", "is_known"),
    [
        ("tsm_resnet50", True),
        ("of-somebody.else_2", True),
        ("", False),
        ("\x1b[2Jtsm", False),
        ("a\nb", False),
        ("a" * 101, False),
        ("tsm_resnet50\n", False),
    ],
)
def test_a_name_that_is_shown_is_plain(said, is_known, tmp_path):
    words = json.dumps({"architecture": said})
    save_file({"a": torch.ones(1)}, tmp_path / "w.safetensors", {"edgevid": words})
    maker = read_maker(tmp_path / "w.safetensors")

    assert (maker is not None) == is_known


@pytest.mark.parametrize("name", [None, "a name of\nothers"])
def test_weights_of_no_network_that_can_be_shown_say_nothing(name, tmp_path):
    card, network = small("single_frame_mobilenet_v2")
    card = card.model_copy(update={"architecture": name})
    write_safetensors(network.state_dict(), tmp_path / "w.safetensors", card)

    assert read_maker(tmp_path / "w.safetensors") is None
