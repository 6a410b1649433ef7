"""Which networks a checkpoint fits, for whoever gave it to another one."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from edgevid_zoo.weights.recognised import Recognised
from edgevid_zoo.weights.traits import differences


def fitting(found: Recognised, ours: Mapping[str, Tensor]) -> str:
    """What to do, for a message.

    Args:
        found: The checkpoint.
        ours: Its tensors under our names.
    """
    from edgevid_zoo.architectures import ARCHITECTURES

    head = ours.get("classifier.weight")
    classes = len(head) if head is not None and head.ndim else 1
    names = []
    for made in ARCHITECTURES:
        architecture = made()
        if differences(found.traits, architecture.traits):
            continue
        # Shapes only: nothing is allocated.
        with torch.device("meta"):
            network = architecture.network(
                classes, architecture.num_frames, architecture.input_size, architecture.Options()
            )
        wanted = {name: tensor.shape for name, tensor in network.state_dict().items()}
        if wanted == {name: tensor.shape for name, tensor in ours.items()}:
            names.append(architecture.name)
    if names:
        return f"take {' or '.join(names)} with {classes} classes"
    return "no network of the zoo in its usual size takes it"
