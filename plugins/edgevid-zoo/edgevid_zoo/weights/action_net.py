"""Weights of ACTION-Net's authors, which have the names of TSM's code and one module more.

Reference:
    https://github.com/V-Sense/ACTION-Net; names of weights alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from edgevid_zoo.weights import tsm
from edgevid_zoo.weights.recognised import Recognised

_PARTS = {
    "shift": "shift",
    "p1_conv1": "places.conv",
    "p2_squeeze": "channels.squeeze",
    "p2_conv1": "channels.temporal",
    "p2_expand": "channels.expand",
    "p3_squeeze": "motion.difference.squeeze",
    "p3_bn1": "motion.difference.norm",
    "p3_conv1": "motion.difference.conv",
    "p3_expand": "motion.expand",
}
"""Names of the module before a branch, theirs → ours."""
_ACTION = re.compile(r"(.+)\.(?:conv1|conv\.0)\.action_(\w+)\.(\w+)")


def recognise(tensors: Mapping[str, Tensor]) -> Recognised | None:
    """ACTION-Net on ResNet or MobileNetV2, or nothing; its shift is learned, and so a weight."""
    if not any(_ACTION.fullmatch(key) for key in tensors):
        return None
    names = {key: _our_name(key) for key in tensors}
    return Recognised("ACTION-Net of its authors", names, {"padding": "both"})


def _our_name(key: str) -> str:
    found = _ACTION.fullmatch(key)
    if found and found[2] in _PARTS:
        return f"{found[1].removeprefix(tsm.BODY)}.action.{_PARTS[found[2]]}.{found[3]}"
    return tsm.our_name(key)
