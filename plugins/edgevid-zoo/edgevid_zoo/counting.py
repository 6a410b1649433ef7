"""How large a network is, and how much it computes, without allocating it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from edgevid import Card, Counts
from edgevid_zoo.architectures.base import ZooArchitecture


def count(architecture: ZooArchitecture, card: Card) -> Counts:
    """Counts of the network of a card."""
    with torch.device("meta"):
        network = architecture.build(card).network
        for layer in network.modules():
            if isinstance(layer, nn.BatchNorm2d | nn.BatchNorm3d):
                # Nothing of it is counted, and on shapes it takes longer than all the rest.
                layer.forward = _same
        size = card.input_size or architecture.input_size
        time = (card.num_frames,) if card.temporal_mode == "clip" else ()
        x = torch.zeros(1, *time, 3, *size)
        states = [torch.zeros(1, *state.shape) for state in card.state_tensors]
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            _, cam, *_ = network(x, *states)
    # A classifier that is not linear makes its logits of the maps.
    beside = cam is not None and isinstance(network.classifier, torch.nn.Linear)
    maps = cam.numel() * network.classifier.in_features if beside else 0
    return Counts(
        parameters=sum(weight.numel() for weight in network.parameters()),
        macs=counter.get_total_flops() // 2 - maps,
    )


def _same(x: Tensor) -> Tensor:
    return x
