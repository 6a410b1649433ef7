"""Weights of PySlowFast and of pytorchvideo: Slow, C2D, I3D, non-local or not, and SlowFast.

References:
    https://github.com/facebookresearch/SlowFast and
    https://github.com/facebookresearch/pytorchvideo (Apache-2.0); names of weights alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from torch import Tensor

from edgevid_zoo.weights.recognised import Recognised

_PATHWAYS = ("slow.", "fast.")
_STEM = {"conv": "conv1", "bn": "bn1", "norm": "bn1"}
_BLOCK = {
    "branch1": "downsample.0",
    "branch1_bn": "downsample.1",
    "branch2.a": "conv1",
    "branch2.a_bn": "bn1",
    "branch2.b": "conv2",
    "branch2.b_bn": "bn2",
    "branch2.c": "conv3",
    "branch2.c_bn": "bn3",
    "branch1_conv": "downsample.0",
    "branch1_norm": "downsample.1",
    "branch2.conv_a": "conv1",
    "branch2.norm_a": "bn1",
    "branch2.conv_b": "conv2",
    "branch2.norm_b": "bn2",
    "branch2.conv_c": "conv3",
    "branch2.norm_c": "bn3",
}
"""Names of a bottleneck, theirs → ours: PySlowFast's, then pytorchvideo's."""
_NON_LOCAL = {
    "conv_theta": "theta",
    "conv_phi": "phi",
    "conv_g": "g",
    "conv_out": "out",
    "norm": "norm",
}
_LATERAL = {"conv_f2s": "conv", "bn": "bn", "conv_fast_to_slow": "conv", "norm": "bn"}


def recognise(tensors: Mapping[str, Tensor]) -> Recognised | None:
    """A network of either, or nothing."""
    if "s1.pathway0_stem.conv.weight" in tensors:
        both, library = "s1.pathway1_stem.conv.weight" in tensors, "PySlowFast"
        name: Callable[[str, bool], str] = _pyslowfast_name
    elif "blocks.0.conv.weight" in tensors and "blocks.1.res_blocks.0.branch1_conv.weight" in (
        tensors
    ):
        both, name, library = False, _pytorchvideo_names(tensors), "pytorchvideo"
    elif "blocks.0.multipathway_blocks.1.conv.weight" in tensors:
        both, name, library = True, _pytorchvideo_names(tensors), "pytorchvideo"
    else:
        return None
    traits = {"padding": "both"} | ({"slow_frames": "linspace"} if both else {})
    if any("_nonlocal" in key for key in tensors):
        traits["non_local"] = "pooled_before"
    what = f"{library}'s {'SlowFast' if both else '3-D ResNet'}"
    return Recognised(what, {key: name(key, both) for key in tensors}, traits)


def _pyslowfast_name(key: str, both: bool) -> str:
    module, _, leaf = key.rpartition(".")
    if module == "head.projection":
        return f"classifier.{leaf}"
    lateral = re.fullmatch(r"s(\d)_fuse\.(\w+)", module)
    if lateral and lateral[2] in _LATERAL:
        return f"laterals.{int(lateral[1]) - 1}.{_LATERAL[lateral[2]]}.{leaf}"
    found = re.fullmatch(r"s(\d)\.pathway([01])_(stem|res|nonlocal)(\d*)\.(.+)", module)
    if not found:
        return key
    stage, pathway, kind, index, part = found.groups()
    before = _PATHWAYS[int(pathway)] if both else ""
    layer = f"layer{int(stage) - 1}"
    if kind == "stem" and part in _STEM:
        return f"{before}{_STEM[part]}.{leaf}"
    if kind == "res" and part in _BLOCK:
        return f"{before}{layer}.{index}.{_BLOCK[part]}.{leaf}"
    if kind == "nonlocal" and part in _NON_LOCAL:
        return f"{before}non_local.{layer}_{index}.{_NON_LOCAL[part]}.{leaf}"
    return key


def _pytorchvideo_names(tensors: Mapping[str, Tensor]) -> Callable[[str, bool], str]:
    """The stages are numbered with a pool over time between them, where there is one."""
    found = (re.match(r"blocks\.(\d)\.(?:.+\.)?res_blocks\.", key) for key in tensors)
    numbers = sorted({int(match[1]) for match in found if match})
    layers = {str(number): f"layer{index}" for index, number in enumerate(numbers, start=1)}

    def name(key: str, both: bool) -> str:
        module, _, leaf = key.rpartition(".")
        if re.fullmatch(r"blocks\.\d\.proj", module):
            return f"classifier.{leaf}"
        lateral = re.fullmatch(r"blocks\.(\d)\.multipathway_fusion\.(\w+)", module)
        if lateral and lateral[2] in _LATERAL:
            return f"laterals.{lateral[1]}.{_LATERAL[lateral[2]]}.{leaf}"
        found = re.fullmatch(
            r"blocks\.(\d)\.(?:multipathway_blocks\.([01])\.)?(?:res_blocks\.(\d+)\.)?(.+)", module
        )
        if not found:
            return key
        number, pathway, index, part = found.groups()
        before = _PATHWAYS[int(pathway)] if both and pathway else ""
        if index is None and number == "0" and part in _STEM:
            return f"{before}{_STEM[part]}.{leaf}"
        if index is not None and number in layers and part in _BLOCK:
            return f"{before}{layers[number]}.{index}.{_BLOCK[part]}.{leaf}"
        return key

    return name
