"""How large a network is, and how much it computes, without allocating it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from edgevid import Card
from edgevid_zoo.architectures.base import ZooArchitecture


@dataclass(frozen=True)
class Counts:
    """Of a network."""

    parameters: int
    """Without the running statistics of batch-norm."""
    giga_macs: float
    """Multiply-accumulates of convolutions and matrix products, in 10^9, of one frame of a stream
    or of one whole clip; without the class activation maps, which are no part of the papers'."""
    state_numbers: int
    """Floats that a stream carries to the next frame."""


def count(architecture: ZooArchitecture, card: Card) -> Counts:
    """Counts of the network of a card."""
    with torch.device("meta"):
        network = architecture.build(card).network
        size = card.input_size or architecture.input_size
        time = (card.num_frames,) if card.temporal_mode == "clip" else ()
        x = torch.zeros(1, *time, 3, *size)
        states = [torch.zeros(1, *state.shape) for state in card.state_tensors]
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            _, cam, *_ = network(x, *states)
    maps = 0 if cam is None else cam.numel() * network.classifier.in_features
    return Counts(
        parameters=sum(weight.numel() for weight in network.parameters()),
        giga_macs=(counter.get_total_flops() / 2 - maps) / 1e9,
        state_numbers=sum(state.numel() for state in states),
    )
