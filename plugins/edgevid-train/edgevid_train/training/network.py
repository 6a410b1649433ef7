"""The network as it is trained: logits of every frame, and where things are in the image."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from edgevid import ConfigError
from edgevid_train.data.known_points import WATCHED
from edgevid_train.training.head import StandardisedLinear

_STRIDE = 16
_CONV_NDIM = 4
"""Dimensions of the weights of 2-D convolutions."""


class TrainedNetwork(nn.Module):
    """A network in bundle form with an auxiliary head that is thrown away afterwards.

    The head says for each of ``WATCHED`` in which cell of a grid it is, or that it cannot be seen.
    Without it a small network learns the cars by heart before it looks at the hands.
    """

    def __init__(self, module: nn.Module, *, auxiliary: bool, standardised: bool = False) -> None:
        """Wrap a module in bundle form.

        Args:
            module: With ``forward_clip``; its ``network`` has a ``classifier`` and, for the head,
                convolutional ``features``, block after block.
            auxiliary: Whether to add the head.
            standardised: Whether to give it a fresh classifier with standardised features.

        Raises:
            ConfigError: If the module has no such parts, or a classifier that is not dense.
        """
        super().__init__()
        network: Any = getattr(module, "network", None)
        if not (hasattr(module, "forward_clip") and hasattr(network, "classifier")):
            raise ConfigError(
                f"{type(network).__name__} cannot be trained here: it needs forward_clip and a "
                f"classifier; take another network.architecture"
            )
        self.module: Any = module
        if standardised:
            plain: Any = network.classifier
            if not isinstance(plain, nn.Linear):
                raise ConfigError(
                    f"{type(network).__name__} has no dense classifier to standardise: set "
                    f"optimiser.standardised_head to false, or take another network.architecture"
                )
            network.classifier = StandardisedLinear(plain.in_features, plain.out_features)
        self._features: list[Tensor] = []
        self.finder: nn.Conv2d | None = None
        self.absent: nn.Linear | None = None
        if auxiliary:
            block, channels = _at_stride(network)
            block.register_forward_hook(self._watch)
            self.finder = nn.Conv2d(channels, len(WATCHED), 1)
            self.absent = nn.Linear(channels, len(WATCHED))

    def _watch(self, block: nn.Module, inputs: Any, output: Tensor) -> None:
        self._features.append(output)

    def forward(self, clip: Tensor) -> tuple[Tensor, Tensor | None]:
        """A batch of clips.

        Args:
            clip: uint8 BGR, (N, T, H, W, 3).

        Returns:
            Logits (N, T, K), or (N, 1, K) of a network of clips, and of each watched thing the
            scores of all cells and of its absence, (N, T, W, cells + 1).

        Raises:
            ConfigError: If the recipe needs the head and the network has no features of each frame.
        """
        self._features.clear()
        logits = self.module.forward_clip(clip)
        if self.finder is None or self.absent is None or not self._features:
            return logits, None
        features = self._features.pop()
        if len(features) != clip.shape[0] * clip.shape[1]:
            raise ConfigError(
                f"{type(self.module.network).__name__} has no features of each frame, which "
                f"finding hands needs; set optimiser.auxiliary to 0"
            )
        cells = self.finder(features).flatten(2)
        absent = self.absent(features.mean(dim=(2, 3)))[:, :, None]
        return logits, torch.cat([cells, absent], dim=2).unflatten(0, clip.shape[:2])

    @property
    def classifier(self) -> nn.Module:
        """The last layer, which learns faster."""
        found: nn.Module = self.module.network.classifier
        return found


def _at_stride(network: Any) -> tuple[nn.Module, int]:
    """The last block whose output has a sixteenth of the input's side, and its channels."""
    stride, found, channels = 1, None, 0
    for block in getattr(network, "features", ()):
        layers = list(block.modules())
        stride *= math.prod(c.stride[0] for c in layers if isinstance(c, nn.Conv2d))
        if stride > _STRIDE:
            break
        widths = [layer.num_features for layer in layers if isinstance(layer, nn.BatchNorm2d)]
        if stride == _STRIDE and widths:
            found, channels = block, widths[-1]
    if found is None:
        raise ConfigError(
            f"{type(network).__name__} has no features at a sixteenth of its input, which finding "
            f"hands needs; set optimiser.auxiliary to 0"
        )
    return found, channels


def channels_last(network: nn.Module) -> None:
    """Lay 2-D kernels out as they are computed fastest; 3-D ones stay as they are."""
    for weight in network.parameters():
        if weight.ndim == _CONV_NDIM:
            weight.data = weight.data.contiguous(memory_format=torch.channels_last)


def cell_targets(points: Tensor, height: int, width: int) -> Tensor:
    """Return the cell of each point.

    Args:
        points: (…, 2), (x, y) in parts of the image; outside [0, 1) means not to be seen.
        height: Of the input, pixels.
        width: Of the input, pixels.

    Returns:
        (…) int64: the cell's number, or the number of cells for what is not seen.
    """
    rows, columns = -(-height // _STRIDE), -(-width // _STRIDE)
    x, y = points[..., 0], points[..., 1]
    inside = (x >= 0) & (x < 1) & (y >= 0) & (y < 1)
    column = (x * width / _STRIDE).long().clamp(0, columns - 1)
    row = (y * height / _STRIDE).long().clamp(0, rows - 1)
    return torch.where(inside, row * columns + column, rows * columns)
