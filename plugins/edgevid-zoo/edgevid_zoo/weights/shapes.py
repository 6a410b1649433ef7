"""Brings tensors into a network's shapes, where they are the same layer by another name."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from edgevid_zoo.weights.inflation import Over, inflate


def without_ones(shape: torch.Size) -> torch.Size:
    """Without axes of one place at the end, but for the first two."""
    while len(shape) > 2 and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def in_shapes_of(
    wanted: Mapping[str, Tensor], ours: Mapping[str, Tensor], *, are_image: bool, over: Over
) -> dict[str, Tensor]:
    """Tensors in the shapes of a network, as far as only axes of one place or of time differ.

    A layer over time alone, or of one place, may be of another kind there; and weights of images
    get an axis of time. What else does not fit stays as it is.

    Args:
        wanted: ``state_dict`` of the network.
        ours: Tensors under its names.
        are_image: Whether they are weights of images.
        over: How these are inflated.
    """
    shaped, pictures = dict(ours), {}
    for name, tensor in ours.items():
        shape = wanted[name].shape if name in wanted else tensor.shape
        if without_ones(tensor.shape) == without_ones(shape):
            shaped[name] = tensor.reshape(shape)
        elif are_image and len(shape) == 5 and tensor.shape == (*shape[:2], *shape[3:]):
            pictures[name] = tensor
    return shaped | inflate(pictures, wanted, over)
