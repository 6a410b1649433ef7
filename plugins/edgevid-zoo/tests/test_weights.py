"""Weights of others: their names, what is refused, and what a network keeps of its own.

The tables here say what the tensors are called in the public files; they are written from those
projects' code, and in the other direction than the converters.
"""

import re

import pytest
import torch
from edgevid_zoo.families import architectures
from edgevid_zoo.weights import load_weights
from edgevid_zoo.weights.traits import NOUNS, TRAITS, traits_of
from safetensors.torch import save_file

from edgevid import WeightsError
from edgevid.backends import write_safetensors

ZOO = architectures()

NON_LOCAL = {"theta": "theta", "phi": "phi.0", "g": "g.0", "out": "W.0", "norm": "W.1"}
ACTION = {
    "shift": "shift", "places.conv": "p1_conv1", "channels.squeeze": "p2_squeeze",
    "channels.temporal": "p2_conv1", "channels.expand": "p2_expand",
    "motion.difference.squeeze": "p3_squeeze", "motion.difference.norm": "p3_bn1",
    "motion.difference.conv": "p3_conv1", "motion.expand": "p3_expand",
}  # fmt: skip
BRANCHES = {
    "downsample.0": ("branch1", "branch1_conv"), "downsample.1": ("branch1_bn", "branch1_norm"),
    "conv1": ("branch2.a", "branch2.conv_a"), "bn1": ("branch2.a_bn", "branch2.norm_a"),
    "conv2": ("branch2.b", "branch2.conv_b"), "bn2": ("branch2.b_bn", "branch2.norm_b"),
    "conv3": ("branch2.c", "branch2.conv_c"), "bn3": ("branch2.c_bn", "branch2.norm_c"),
}  # fmt: skip


def small(name, classes=3, **changes):
    """Card and network, narrow, with every number random: a zero hides where it went."""
    card = ZOO[name].default_card(
        [str(index) for index in range(classes)], **(ZOO[name].small | changes)
    )
    network = ZOO[name].build(card).network
    for tensor in network.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand_like(tensor) + 0.1)
    return card, network


def load(name, file, classes=3, settings=None, **how):
    """A fresh network, and what was loaded into it."""
    card, network = small(name, classes, **(settings or {}))
    return network, load_weights(network, ZOO[name], file, card=card, **how)


def saved(tensors, path, wrapper="state_dict"):
    torch.save({"epoch": 1, wrapper: dict(tensors)}, path)
    return path


def tsm(key, non_local=()):
    """Of mit-han-lab's training code, wrapped by data-parallel training."""
    if key.startswith("classifier."):
        return "module." + key.replace("classifier", "new_fc")
    block = re.match(r"non_local\.(\w+?)_(\d)\.(\w+)\.(\w+)$", key)
    if block:
        stage, number, part, leaf = block.groups()
        return f"module.base_model.{stage}.{number}.nl.{NON_LOCAL[part]}.{leaf}"
    key = re.sub(r"(layer\d\.\d+)\.conv1\.", r"\1.conv1.net.", key)
    for name in non_local:
        key = key.replace(f"{name}.", f"{name}.block.")
    return f"module.base_model.{key}"


def tsn(key):
    return tsm(key).replace(".net.", ".")


def tsm_mobilenet(key):
    """The shift wraps the first convolution of the ten blocks with a skip."""
    found = re.match(r"features\.(\d+)\.conv\.0\.(.*)", key)
    if found and int(found[1]) in (3, 5, 6, 8, 9, 10, 12, 13, 15, 16):
        key = f"features.{found[1]}.conv.0.net.{found[2]}"
    return tsm(key)


def action(key):
    found = re.match(r"(.*)\.action\.(.+)\.(\w+)$", key)
    if not found:
        return tsm_mobilenet(key) if key.startswith("features.") else tsm(key)
    conv = "conv.0" if key.startswith("features.") else "conv1"
    return f"module.base_model.{found[1]}.{conv}.action_{ACTION[found[2]]}.{found[3]}"


def pyslowfast(key):
    if key.startswith("classifier."):
        return key.replace("classifier", "head.projection")
    lateral = re.match(r"laterals\.(\d)\.(\w+)\.(.+)", key)
    if lateral:
        part = {"conv": "conv_f2s", "bn": "bn"}[lateral[2]]
        return f"s{int(lateral[1]) + 1}_fuse.{part}.{lateral[3]}"
    pathway = "1" if key.startswith("fast.") else "0"
    key = key.removeprefix("slow.").removeprefix("fast.")
    block = re.match(r"non_local\.layer(\d)_(\d)\.(\w+)\.(\w+)$", key)
    if block:
        part = "norm" if block[3] == "norm" else f"conv_{block[3]}"
        return f"s{int(block[1]) + 1}.pathway{pathway}_nonlocal{block[2]}.{part}.{block[4]}"
    block = re.match(r"layer(\d)\.(\d+)\.(.+)\.(\w+)$", key)
    if block:
        stage, number, part, leaf = block.groups()
        return f"s{int(stage) + 1}.pathway{pathway}_res{number}.{BRANCHES[part][0]}.{leaf}"
    module, leaf = key.split(".")
    return f"s1.pathway{pathway}_stem.{ {'conv1': 'conv', 'bn1': 'bn'}[module] }.{leaf}"


def pytorchvideo(key, pool=False, both=False):
    """A pool over time after the first stage is a block of its own, and so are those at the end."""
    if key.startswith("classifier."):
        return f"blocks.{6 if pool or both else 5}.proj.{key.split('.')[1]}"
    lateral = re.match(r"laterals\.(\d)\.(\w+)\.(.+)", key)
    if lateral:
        part = {"conv": "conv_fast_to_slow", "bn": "norm"}[lateral[2]]
        return f"blocks.{lateral[1]}.multipathway_fusion.{part}.{lateral[3]}"
    way = f"multipathway_blocks.{int(key.startswith('fast.'))}." if both else ""
    key = key.removeprefix("slow.").removeprefix("fast.")
    block = re.match(r"layer(\d)\.(\d+)\.(.+)\.(\w+)$", key)
    if block:
        stage, number, part, leaf = block.groups()
        stage = int(stage) + (pool and int(stage) > 1)
        return f"blocks.{stage}.{way}res_blocks.{number}.{BRANCHES[part][1]}.{leaf}"
    module, leaf = key.split(".")
    return f"blocks.0.{way}{ {'conv1': 'conv', 'bn1': 'norm'}[module] }.{leaf}"


NL_OF_TSM = ("layer2.0", "layer2.2", "layer3.0", "layer3.2", "layer3.4")
DEEP = {"blocks": (1, 3, 5, 1), "width": 0.125}
PUBLIC = [
    ("tsm_resnet50_offline", tsm, {}),
    ("tsm_resnet50_nl", lambda key: tsm(key, NL_OF_TSM), DEEP),
    ("tsm_mobilenet_v2_offline", tsm_mobilenet, {"width": 1}),
    ("tsn_resnet50", tsn, {}),
    ("single_frame_resnet50", lambda k: tsn(k).replace("new_fc", "base_model.fc"), {}),
    ("tsn_bninception", tsn, {}),
    ("slow_8x8_resnet50", pyslowfast, {"blocks": (2, 1, 1, 1)}),
    ("i3d_resnet50_nl", pyslowfast, {"blocks": (1, 4, 2, 1), "width": 0.125}),
    ("slow_8x8_resnet50", pytorchvideo, {}),
    ("c2d_resnet50", lambda key: pytorchvideo(key, pool=True), {}),
    (
        "i3d_inception",
        lambda k: k.replace("classifier.", "logits.conv3d."),
        {},
    ),
    ("action_resnet50", action, {}),
    ("action_mobilenet_v2", action, {"width": 1}),
    ("slowfast_4x16_resnet50", pyslowfast, {}),
    ("slowfast_8x8_resnet50", lambda key: pytorchvideo(key, both=True), {}),
]


def published(name, theirs, settings, path):
    """A file as its makers write it, and the network in it."""
    _, network = small(name, **settings)
    tensors = {theirs(key): tensor for key, tensor in network.state_dict().items()}
    assert len(tensors) == len(network.state_dict())
    return saved(tensors, path), network


@pytest.mark.slow
@pytest.mark.parametrize(("name", "theirs", "settings"), PUBLIC)
def test_public_names_lead_each_tensor_to_its_place(name, theirs, settings, tmp_path):
    file, before = published(name, theirs, settings, tmp_path / "w.pth.tar")
    after, report = load(name, file, settings=settings, whole=True)
    expected = before.state_dict()

    assert [n for n, t in after.state_dict().items() if not torch.equal(t, expected[n])] == []
    assert report.fresh == {}
    assert len(report.loaded) == len(expected)
    assert len(report.renamed) >= 2


BOTH = "a shift from both sides, the first channels from the future"
REFUSED = [
    # Shifted both ways, they do not work on a stream.
    (PUBLIC[0], "tsm_resnet50", f"{BOTH}, but tsm_resnet50 has a shift from the past alone; "
     "take tsm_resnet50_offline with 3 classes, or begin a training"),
    # The shift of PaddleVideo is in the other order.
    (PUBLIC[0], "pptsm_resnet50", f"{BOTH}, but .* the first channels from the past"),
    (PUBLIC[0], "tsn_resnet50", f"{BOTH}, but tsn_resnet50 has no temporal shift; "
     "take tsm_resnet50_offline with 3 classes"),
    (PUBLIC[2], "tsm_mobilenet_v2", "take tsm_mobilenet_v2_offline"),
    (PUBLIC[3], "tsm_resnet50_offline", "no temporal shift, but .* from the future; take "
     "tsn_resnet50 or single_frame_resnet50 with 3 classes"),
    (PUBLIC[6], "slow_8x8_resnet50_causal", "zeros at both ends of a clip, but .* in the past"),
    (PUBLIC[11], "action_resnet50_causal", "take action_resnet50 with 3 classes"),
    (PUBLIC[13], "slowfast_4x16_resnet50_causal", "take slowfast_4x16_resnet50 with 3 classes"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("public", "name", "message"), REFUSED)
def test_weights_of_another_temporal_convention_are_refused(public, name, message, tmp_path):
    """Each has the names and the shapes of the network that it is given to."""
    settings = public[2]
    file, before = published(*public, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=message):
        load(name, file, settings=settings)
    if not name.startswith("pptsm"):
        after, report = load(name, file, settings=settings, relearn=True)
        assert torch.equal(after.classifier.weight, before.classifier.weight)
        assert "instead of" in report.relearned[0]


def test_slow_frames_chosen_otherwise_are_refused(tmp_path):
    file, _ = published(*PUBLIC[13], tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"spread evenly .*, but .* at a fixed stride"):
        load("slowfast_4x16_resnet50", file, settings={"slow_sampling": "strided"})


def test_non_local_blocks_of_the_other_order_are_refused(tmp_path):
    file, _ = published(*PUBLIC[7], tmp_path / "w.pth")
    tensors = torch.load(file)["state_dict"]
    tensors = {key: tensor for key, tensor in tensors.items() if "_nonlocal" in key}
    tensors["s1.pathway0_stem.conv.weight"] = torch.zeros(1)
    with pytest.raises(WeightsError, match=r"pool before .*, but tsm_resnet50_nl has .* pool afte"):
        load("tsm_resnet50_nl", saved(tensors, tmp_path / "n.pth"))


def test_every_trait_that_an_architecture_states_has_words():
    for architecture in ZOO.values():
        stated = traits_of(architecture, architecture.Options().model_dump())
        count = stated.pop("num_frames")
        assert count == "any" or int(count) == architecture.num_frames
        assert all(value in TRAITS[name] for name, value in stated.items())
        assert TRAITS.keys() == NOUNS.keys()
        causal = architecture.name.endswith("_causal")
        assert stated["padding"] == ("past" if causal else "both")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("module.new_fc.weight"), "leaves classifier.weight random: not in there"),
        (lambda t: t.pop("module.base_model.bn1.weight"), "missing bn1.weight; it is mit-han-lab"),
        (lambda t: t.update({"module.base_model.x": torch.zeros(2)}), "unknown x"),
        (lambda t: t.update({"module.new_fc.bias": torch.zeros(5)}), "5 classes there, 3 here"),
        (lambda t: t.update({"base_model.bn1.bias": torch.zeros(16)}), "module. before them and"),
        (lambda t: t.update({"base_model.fc.bias": torch.zeros(3)}), "one tensor under two names"),
        (lambda t: t["module.new_fc.bias"].fill_(float("nan")), "not finite"),
        (
            lambda t: t.update({"module.new_fc.bias": torch.ones(3, dtype=torch.int64)}),
            "classifier.bias is int64, not float16, .* convert the weights to one of them",
        ),
        (
            lambda t: t.update({"module.new_fc.bias": torch.ones(3).to(torch.float8_e5m2)}),
            "classifier.bias is float8_e5m2, not float16",
        ),
        # Four bytes that claim to be four terabytes.
        (
            lambda t: t.update({"module.base_model.bn1.bias": torch.ones(1).expand(10**12)}),
            r"bn1.bias is \(1000000000000,\), not",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(change, message, tmp_path):
    file, _ = published(*PUBLIC[0], tmp_path / "w.pth")
    tensors = torch.load(file)["state_dict"]
    change(tensors)
    with pytest.raises(WeightsError, match=message):
        load("tsm_resnet50_offline", saved(tensors, tmp_path / "n.pth"), whole=True)


@pytest.mark.parametrize("claimed", [0, 10**9, 2**61])
def test_what_a_few_bytes_claim_to_be_classes_is_never_built(claimed, tmp_path):
    tensors = {
        "base_model.conv1.weight": torch.zeros(1),
        "base_model.layer1.0.conv1.net.weight": torch.zeros(1),
        "new_fc.weight": torch.zeros(1).expand(claimed),
    }
    with pytest.raises(WeightsError, match=r"mit-han-lab's TSM, .* alone; docs/zoo\.md lists"):
        load("tsm_resnet50", saved(tensors, tmp_path / "w.pth"))


def test_counters_of_batch_norm_may_lack(tmp_path):
    file, _ = published(*PUBLIC[0], tmp_path / "w.pth")
    tensors = torch.load(file)["state_dict"]
    tensors = {key: t for key, t in tensors.items() if not key.endswith("num_batches_tracked")}
    _, report = load("tsm_resnet50_offline", saved(tensors, tmp_path / "n.pth"), whole=True)
    assert len(report.loaded) == len(tensors)


def test_a_report_is_a_short_table(tmp_path):
    file, _ = published(*PUBLIC[0], tmp_path / "w.pth")
    _, report = load("tsm_resnet50", file, classes=5, relearn=True)
    total = len(report.loaded) + 2
    assert report.table() == (
        f"weights {file}: mit-han-lab's TSM\n"
        f"  loaded       {total - 2} of {total} tensors ({total - 2} renamed)\n"
        f"  left fresh   2: classifier.weight, classifier.bias: 3 classes there, 5 here\n"
        f"  to learn     a shift from the past alone, instead of {BOTH}"
    )


def own(name, path):
    """As a training writes them."""
    card, network = small(name)
    write_safetensors(network.state_dict(), path, card)
    return path


OTHERS = [
    ("tsm_resnet50", "tsm_resnet50_offline", "a shift from the past alone"),
    ("tsm_resnet50_offline", "tsm_resnet50", "a shift from both sides"),
    ("tsn_resnet50", "tsm_resnet50", "no temporal shift"),
    ("stm_resnet50", "stm_resnet50_causal", "zeros at both ends"),
]


@pytest.mark.parametrize(("theirs", "ours", "message"), OTHERS)
def test_our_own_weights_say_what_they_were_trained_with(theirs, ours, message, tmp_path):
    file = own(theirs, tmp_path / "w.safetensors")

    with pytest.raises(WeightsError, match=f"weights of {theirs}, trained with {message}"):
        load(ours, file)
    assert not load(theirs, file)[1].fresh
    assert len(load(ours, file, relearn=True)[1].relearned) == 1


@pytest.mark.parametrize(
    "said", ["", "no json", "[1]", '{"architecture": 1}', '{"architecture": "of_somebody_else"}',
             '{"architecture": "tsm_resnet50", "options": {"width": "wide", "0": 1}}'],
)  # fmt: skip
def test_weights_that_say_nothing_known_are_taken_by_their_names(said, tmp_path):
    _, network = small("tsm_resnet50_offline")
    save_file(network.state_dict(), tmp_path / "w.safetensors", metadata={"edgevid": said})

    assert not load("tsm_resnet50_offline", tmp_path / "w.safetensors")[1].fresh
