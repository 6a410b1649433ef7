"""Weights of mit-han-lab's TSM and TSN: the names of its training code.

Its online demo has the names of ``MobileNetV2TSM`` itself, so that nothing is to be renamed; and so
has our network without a shift.

Reference:
    https://github.com/mit-han-lab/temporal-shift-module (MIT); names of weights alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from edgevid_zoo.families.tsm import MobileNetV2TSM
from edgevid_zoo.weights.recognised import COUNTERS, Recognised

BODY = "base_model."
_HEADS = ("new_fc", f"{BODY}fc", f"{BODY}classifier")
_SHIFTED = re.compile(r"(\.conv1|\.conv\.0)\.net\.")
_PARTS = {"theta": "theta", "phi.0": "phi", "g.0": "g", "W.0": "out", "W.1": "norm"}
"""Names of a non-local block, theirs → ours; a pool is the second layer of theirs."""


def recognise(tensors: Mapping[str, Tensor]) -> Recognised | None:
    """TSM, with non-local blocks or without, or TSN; or nothing.

    A shift leaves no weights, but puts ``net`` into the name of the convolution that it wraps. In
    that code the first channels come from the future.
    """
    if not any(key.startswith(BODY) for key in tensors):
        return None
    shifted = any(_SHIFTED.search(key) for key in tensors)
    if f"{BODY}conv1_7x7_s2.weight" in tensors:
        # There the shift is no module: whether they are TSM's or TSN's is unknown.
        names = {key: our_name(key) for key in tensors}
        return Recognised("mit-han-lab's BN-Inception, taken for TSN's by default", names)
    traits = {"shift": "both"} if shifted else {"shift": "none", "frames": "alone"}
    if any(".nl." in key for key in tensors):
        traits["non_local"] = "pooled_after"
    what = f"mit-han-lab's {'TSM' if shifted else 'TSN'}"
    return Recognised(what, {key: our_name(key) for key in tensors}, traits)


def recognise_demo(tensors: Mapping[str, Tensor]) -> Recognised | None:
    """The online demo, or nothing."""
    with torch.device("meta"):
        reference = MobileNetV2TSM(1).state_dict()
    if _without_counters(tensors) != _without_counters(reference):
        return None
    return Recognised(
        "mit-han-lab's online demo, going by its names",
        {key: key for key in tensors},
        {"shift": "past"},
        hint="; if it is of another network, save it as .safetensors",
    )


def _without_counters(names: Iterable[str]) -> set[str]:
    return {name for name in names if not name.endswith(COUNTERS)}


def our_name(key: str) -> str:
    """Return our name of one tensor."""
    head, _, rest = key.rpartition(".")
    if head in _HEADS:
        return f"classifier.{rest}"
    key = _SHIFTED.sub(r"\1.", key.removeprefix(BODY))
    block = re.fullmatch(r"(layer\d)\.(\d+)\.nl\.(\w+|\w+\.\d)\.(\w+)", key)
    if block and block[3] in _PARTS:
        return f"non_local.{block[1]}_{block[2]}.{_PARTS[block[3]]}.{block[4]}"
    return re.sub(r"^(layer\d\.\d+)\.block\.", r"\1.", key)
