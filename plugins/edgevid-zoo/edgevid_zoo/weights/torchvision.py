"""torchvision's weights: ImageNet's ResNets and MobileNetV2, Kinetics' 3-D ResNets; and its enums.

Reference:
    https://pytorch.org/vision/stable/models.html (BSD-3-Clause); names of weights alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torchvision.models import get_weight, mobilenet_v2
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

from edgevid import WeightsError
from edgevid.errors import one_line
from edgevid_zoo.weights.checkpoints import tensors_of
from edgevid_zoo.weights.recognised import Recognised

_ENUM = re.compile(r"\w+Weights\.\w+")
_MOST = 64
"""Blocks of a stage: the deepest ResNet has 36."""
_STAGES = ("layer1", "layer2", "layer3", "layer4")
_PICTURES = {"frames": "alone"}


def is_enum(text: str) -> bool:
    """Whether a text is written like ``ResNet50_Weights.IMAGENET1K_V2``."""
    return _ENUM.fullmatch(text) is not None


def fetch(weights: Any) -> dict[str, Tensor]:
    """Tensors of an enum, from torch's cache or, if they are not in there, from the internet.

    Args:
        weights: The enum, or how it is written.

    Raises:
        WeightsError: If there is no such enum, or its file cannot be had or read.
    """
    try:
        found = get_weight(weights) if isinstance(weights, str) else weights
    except (ValueError, KeyError) as error:
        raise WeightsError(
            f"{weights}: torchvision has no such weights; write for example "
            f"ResNet50_Weights.IMAGENET1K_V2"
        ) from error
    try:
        state = found.get_state_dict(check_hash=True, map_location="cpu", weights_only=True)
    # The unpickler raises what a malformed file happens to lead to.
    except Exception as error:
        raise WeightsError(
            f"{found}: cannot be had from {found.url}: {one_line(error, 200)}; give a file instead"
        ) from error
    return tensors_of(state, str(found))


def recognise(tensors: Mapping[str, Tensor]) -> Recognised | None:
    """A ResNet, a MobileNetV2 or a 3-D ResNet of torchvision, or nothing."""
    if "fc.weight" in tensors and "stem.0.weight" in tensors:
        names = {key: _classifier(key, "fc") for key in tensors}
        return Recognised("torchvision's 3-D ResNet", names, {"padding": "both"})
    if "conv1.weight" in tensors and "layer1.0.conv1.weight" in tensors:
        _check_whole(tensors, _resnet_names(tensors), "fc.")
        names = {key: _classifier(key, "fc") for key in tensors}
        return Recognised("torchvision's ResNet", names, _PICTURES, is_image=True)
    if "features.1.conv.0.0.weight" in tensors:
        with torch.device("meta"):
            reference = set(mobilenet_v2(weights=None).state_dict())
        _check_whole(tensors, reference, "classifier.")
        names = {key: _mobilenet_name(key) for key in tensors}
        return Recognised("torchvision's MobileNetV2", names, _PICTURES, is_image=True)
    return None


def _classifier(key: str, theirs: str) -> str:
    head, dot, rest = key.rpartition(".")
    return f"classifier.{rest}" if dot and head == theirs else key


def _mobilenet_name(key: str) -> str:
    """Flatten their nested names, such as ``conv.1.0`` for the second convolution."""
    if key.startswith("classifier.1."):
        return key.replace("classifier.1.", "classifier.")
    nested = re.fullmatch(r"(features\.\d+\.conv)\.(\d)\.([01])\.(\w+)", key)
    if nested:
        block, layer, part, rest = nested.groups()
        return f"{block}.{3 * int(layer) + int(part)}.{rest}"
    plain = re.fullmatch(r"features\.(\d+)\.conv\.(\d)\.(\w+)", key)
    if plain:
        # The last convolution and its norm, after one nested layer in the first block, else two.
        number, layer, rest = plain.groups()
        nestings = 1 if number == "1" else 2
        return f"features.{number}.conv.{2 * nestings + int(layer)}.{rest}"
    return key


def _resnet_names(tensors: Mapping[str, Tensor]) -> set[str]:
    """All names of a ResNet with as many blocks as the tensors have."""
    counts = [len({k.split(".")[1] for k in tensors if k.startswith(f"{s}.")}) for s in _STAGES]
    block = Bottleneck if "layer1.0.conv3.weight" in tensors else BasicBlock
    with torch.device("meta"):
        return set(ResNet(block, [min(max(1, count), _MOST) for count in counts]).state_dict())


def _check_whole(tensors: Mapping[str, Tensor], reference: set[str], head: str) -> None:
    """A network may lack names of its own in them, but they lack none of theirs."""
    lost = sorted(
        name
        for name in reference.difference(tensors)
        if not name.startswith(head) and not name.endswith("num_batches_tracked")
    )
    if lost:
        raise WeightsError(
            f"weights with torchvision's names, but {lost[0]} is missing: the file is not whole"
        )
