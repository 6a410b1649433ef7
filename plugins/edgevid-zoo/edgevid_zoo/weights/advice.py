"""Which network takes a checkpoint, for whoever gave it to another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor

from edgevid import Architecture
from edgevid_zoo.weights.recognised import Recognised
from edgevid_zoo.weights.shapes import without_ones
from edgevid_zoo.weights.traits import differences, traits_of

WHERE = "docs/zoo.md says which networks take it"


def siblings(
    architecture: Architecture,
    options: Mapping[str, Any],
    found: Recognised,
    ours: Mapping[str, Tensor],
) -> str:
    """What to take instead, for a message: others of the same family.

    Args:
        architecture: That does not take it.
        options: Of its network.
        found: The checkpoint.
        ours: Its tensors under our names.
    """
    from edgevid_zoo.architectures import ARCHITECTURES

    head = ours.get("classifier.weight")
    classes = len(head) if head is not None and head.ndim else 1
    names = []
    for made in ARCHITECTURES:
        if made.__module__ != type(architecture).__module__:
            continue
        other, known = made(), made.Options.model_fields
        try:
            chosen = made.Options(**{n: value for n, value in options.items() if n in known})
        except ValidationError:
            # The same word for something else, as the blocks of another trunk.
            continue
        if differences(found.traits, traits_of(other, chosen.model_dump())):
            continue
        # Shapes only: nothing is allocated.
        with torch.device("meta"):
            network = other.network(classes, other.num_frames, other.input_size, chosen)
        if _shapes(network.state_dict()) == _shapes(ours):
            names.append(other.name)
    return f"take {' or '.join(names)} with {classes} classes" if names else WHERE


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    """Of those that matter: the counters of batch-norm may lack."""
    return {n: without_ones(t.shape) for n, t in tensors.items() if t.ndim}
