"""How large a network is, and how much it computes, without allocating it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from edgevid import Card, Counts
from edgevid.backends.bundle import frame_inputs
from edgevid_zoo.architecture import ZooArchitecture


def count(architecture: ZooArchitecture, card: Card) -> Counts:
    """Counts of the network of a card."""
    with torch.device("meta"):
        network = architecture.build(card).network
        for layer in network.modules():
            if isinstance(layer, nn.BatchNorm2d | nn.BatchNorm3d):
                # Nothing of it is counted, and on shapes it takes longer than all the rest.
                layer.forward = _same
        size = card.input_size or architecture.input_size
        times = [shape[:-3] for shape in frame_inputs(card).values()]
        frames = [torch.zeros(1, *time, 3, *size) for time in times]
        states = [torch.zeros(1, *state.shape) for state in card.state_tensors]
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            _, cam, *_ = network(*frames, *states)
    maps = 0
    # A classifier that is not linear makes its logits of the maps.
    if cam is not None and isinstance(network.classifier, nn.Linear):
        maps = cam.numel() * getattr(network, "map_channels", network.classifier.in_features)
    return Counts(
        parameters=sum(weight.numel() for weight in network.parameters()),
        macs=counter.get_total_flops() // 2 - maps,
    )


def _same(x: Tensor) -> Tensor:
    return x
