import pytest
import torch
from edgevid_train.data.frame_labels import IGNORED
from edgevid_train.data.known_points import WATCHED
from edgevid_train.training import fit
from edgevid_train.training.draft import build_network, build_teacher, draft_card
from edgevid_train.training.lit import VideoTraining
from edgevid_train.training.network import TrainedNetwork
from edgevid_train.training.precise_bn import estimate_batch_norm
from edgevid_train.training.recipe import parse_recipe
from edgevid_zoo.calibration import golden_clip
from edgevid_zoo.weights import load_weights
from safetensors.torch import save_file
from torch import nn
from torchvision.models import mobilenet_v2

from edgevid import ConfigError, WeightsError, load_plugins
from edgevid.errors import UnknownPluginError

pytestmark = pytest.mark.usefixtures("one_thread")


def recipe(**parts):
    network = {"options": {"width": 0.25}, "input_size": [32, 48], **parts.pop("network", {})}
    return parse_recipe({"network": network, **parts}, "test")


def architecture(name="tsm_mobilenet_v2"):
    return load_plugins().architectures[name]()


def build(found=None):
    found = found or recipe()
    card = draft_card(architecture(found.network.architecture), found)
    torch.manual_seed(0)
    return build_network(architecture(found.network.architecture), card)


@pytest.fixture(scope="module")
def clip():
    return golden_clip(6, 32, 48).repeat(2, 1, 1, 1, 1)


@pytest.mark.parametrize("later", [1, 3, 5])
def test_a_frame_never_sees_a_later_one(clip, later):
    network = TrainedNetwork(build(), auxiliary=True)
    estimate_batch_norm(network, [clip])
    changed = clip.clone()
    changed[:, later] = 255 - changed[:, later]
    with torch.no_grad():
        (before, places), (after, other_places) = network(clip), network(changed)
    assert torch.equal(before[:, :later], after[:, :later])
    assert torch.equal(places[:, :later], other_places[:, :later])
    assert (before[:, later:] != after[:, later:]).any(-1).all()


@pytest.mark.parametrize("name", ["tsm_mobilenet_v2", "single_frame_mobilenet_v2"])
def test_the_network_finds_things_in_a_grid(clip, name):
    found = recipe(network={"architecture": name})
    network = TrainedNetwork(build(found), auxiliary=True)
    logits, places = network(clip)
    assert logits.shape == (2, 6, 11)
    # For each thing 2 x 3 cells of 16 pixels, and one for what is not to be seen.
    assert places.shape == (2, 6, len(WATCHED), 7)
    assert TrainedNetwork(build(found), auxiliary=False)(clip)[1] is None


class NoClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.network = nn.Linear(1, 1)


class NoFeatures(nn.Module):
    def __init__(self):
        super().__init__()
        self.network = nn.Module()
        self.network.classifier = nn.Linear(1, 1)

    def forward_clip(self, clip):
        return clip


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (NoClassifier, "Linear cannot be trained here: it needs forward_clip and a classifier"),
        (NoFeatures, "no features at a sixteenth.*set optimiser.auxiliary to 0"),
    ],
)
def test_a_network_that_cannot_be_trained_is_refused(module, message):
    with pytest.raises(ConfigError, match=message):
        TrainedNetwork(module(), auxiliary=True)


def test_a_classifier_that_is_a_convolution_is_not_standardised():
    module = build(recipe(network={"architecture": "channelnet_v3"}))

    with pytest.raises(ConfigError, match=r"no dense classifier.*standardised_head to false"):
        TrainedNetwork(module, auxiliary=False, standardised=True)


@pytest.mark.parametrize(
    ("network", "error", "message"),
    [
        ({"architecture": "tsm"}, UnknownPluginError, "tsm"),
        ({"input_size": [100, 100]}, ConfigError, "network: .*takes multiples of 16"),
        ({"options": {"widht": 0.5}}, ConfigError, "network.options: widht: unknown key"),
        ({"options": {"width": "wide"}}, ConfigError, "network: .*options are not accepted: width"),
        ({"options": {"width": -1}}, ConfigError, "network: .*options are not accepted: width"),
        ({"options": {"name": "x"}}, ConfigError, "network.options: name belongs elsewhere"),
        ({"options": {"temperature": -1}}, ConfigError, "network.options: temperature"),
    ],
)
def test_a_network_that_cannot_be_built_is_refused(network, error, message):
    with pytest.raises(error, match=message) as caught:
        build(recipe(network=network))
    assert "\n" not in str(caught.value)


def test_precise_statistics_are_those_of_the_batches():
    module = build()
    batches = [golden_clip(4, 32, 48, seed=seed) for seed in range(3)]
    first, norm = module.network.features[0][0], module.network.features[0][1]
    maps = [first(module.normalise(batch.flatten(0, 1))).detach() for batch in batches]
    means = torch.stack([m.mean((0, 2, 3)) for m in maps]).mean(0)
    variances = torch.stack([m.var((0, 2, 3)) for m in maps]).mean(0)
    momentum = norm.momentum
    estimate_batch_norm(TrainedNetwork(module, auxiliary=False), batches)
    torch.testing.assert_close(norm.running_mean, means)
    torch.testing.assert_close(norm.running_var, variances)
    assert norm.momentum == momentum
    assert not any(part.training for part in module.modules())


def test_precise_statistics_do_not_depend_on_earlier_ones():
    module = build()
    clips = [golden_clip(4, 32, 48)]
    network = TrainedNetwork(module, auxiliary=False)
    estimate_batch_norm(network, clips)
    once = {key: value.clone() for key, value in module.state_dict().items()}
    estimate_batch_norm(network, [255 - clips[0]])
    estimate_batch_norm(network, clips)
    assert all(torch.equal(once[key], value) for key, value in module.state_dict().items())


@pytest.mark.parametrize(
    ("asked", "memory", "counted"), [(None, 2, 4), (0, 2, 6), (3, 2, 3), (None, 10, 1)]
)
def test_frames_before_the_memory_is_full_do_not_count(clip, asked, memory, counted):
    lightning = VideoTraining(build(), recipe(optimiser={"loss_after_frames": asked}), memory)
    lightning.eval()
    _, targets = lightning.judge(clip, torch.zeros(2, 6, dtype=torch.int64))
    assert targets.sum((1, 2)).tolist() == [counted] * 2
    labels = torch.full((2, 6), IGNORED)
    assert not lightning.judge(clip, labels)[1].any()


def test_what_is_trained_is_in_training_mode_and_the_teacher_is_not():
    lightning = VideoTraining(build(), recipe(), 2, build())
    norms = [m for m in lightning.net.modules() if isinstance(m, nn.BatchNorm2d)]
    for _ in range(2):
        assert all(norm.training for norm in norms)
        assert not any(part.training for part in lightning.teacher.modules())
        assert not any(weight.requires_grad for weight in lightning.teacher.parameters())
        lightning.eval()
        assert not any(norm.training for norm in norms)
        lightning.train()


def test_smaller_pictures_come_first():
    sizes = [[0.5, [16, 32]]]
    lightning = VideoTraining(build(), recipe(optimiser={"early_sizes": sizes}), 2)
    clips = golden_clip(2, 32, 48)
    assert lightning._resized(clips).shape == (1, 2, 16, 32, 3)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "eleven.safetensors"
    save_file(build().network.state_dict(), path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize(("names", "kept"), [(11, 0), (3, 2)])
def test_a_start_fits_other_classes(weights, names, kept):
    classes = [f"c{index}" for index in range(names)]
    found = recipe(data={"class_names": classes, "background": None})
    network = build(found).network
    nn.init.zeros_(network.features[0][0].weight)
    report = load_weights(network, architecture(), weights, relearn=True)
    assert len(report.fresh) == kept
    assert network.features[0][0].weight.any()
    assert network.classifier.weight.shape[0] == names


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("features.0.0.weight"), "missing features.0.0.weight"),
        (lambda t: t.update(extra=torch.zeros(1)), "unknown extra"),
        (lambda t: t.update({"features.0.0.weight": torch.zeros(3)}), "features.0.0.weight is"),
    ],
)
def test_a_start_of_another_network_is_refused(tmp_path, change, message):
    network = build().network
    tensors = dict(network.state_dict())
    change(tensors)
    save_file(tensors, tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match=f"does not fit the network: .*{message}"):
        load_weights(network, architecture(), tmp_path / "w.safetensors", relearn=True)


def test_a_training_begins_with_weights_of_pictures(tmp_path):
    theirs = mobilenet_v2()
    torch.save(theirs.state_dict(), tmp_path / "imagenet.pth")
    network, card = fit._network(recipe(network={"options": {}}), str(tmp_path / "imagenet.pth"))
    ours = network.net.module.network

    assert torch.equal(ours.features[18][0].weight, theirs.features[18][0].weight)
    assert len(ours.classifier.weight) == len(card.class_names)


@pytest.mark.parametrize(
    ("teacher", "error", "message"),
    [
        ({"checkpoint": "/none.safetensors"}, WeightsError, "no such checkpoint"),
        ({"architecture": "tsn"}, UnknownPluginError, "tsn"),
        ({"options": {"width": "x"}}, ConfigError, "teacher: .*options are not accepted: width"),
        ({"options": {"width": 0.5}}, WeightsError, "does not fit the network"),
    ],
)
def test_a_teacher_that_does_not_fit_is_refused(weights, teacher, error, message):
    found = recipe(teacher={"checkpoint": str(weights), **teacher})
    card = draft_card(architecture(), found)
    with pytest.raises(error, match=message):
        build_teacher(found, card)
    assert build_teacher(recipe(), card) is None
