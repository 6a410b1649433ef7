"""Size and work of a network, counted on shapes alone."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from edgevid import Card, Counts
from edgevid.backends import frame_inputs


def count_network(network: nn.Module, card: Card, input_size: tuple[int, int]) -> Counts:
    """Count a network on the device ``meta``, whose batch-norms it disables.

    Args:
        network: Built for the card, not in bundle form.
        card: Tells the inputs and the states.
        input_size: (height, width).
    """
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d | nn.BatchNorm3d):
            # It counts for nothing, and on shapes it takes longer than all the rest.
            layer.forward = _same
    times = [shape[:-3] for shape in frame_inputs(card).values()]
    with torch.device("meta"):
        frames = [torch.zeros(1, *time, 3, *input_size) for time in times]
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
