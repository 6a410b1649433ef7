"""The non-local block: every place of a clip looks at every other one.

Reference:
    Wang et al., "Non-local Neural Networks", CVPR 2018, https://arxiv.org/abs/1711.07971.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class NonLocal(nn.Module):
    """Embedded Gaussian, as TSM's weights have it.

    Keys and values are pooled after their convolutions and scores are not scaled; Caffe2 and
    PySlowFast pool before and scale, so that their weights do not fit.
    """

    def __init__(self, channels: int) -> None:
        """Create a block that starts as the identity."""
        super().__init__()
        inner = max(1, channels // 2)
        self.theta, self.phi, self.g = (nn.Conv3d(channels, inner, 1) for _ in range(3))
        self.pool = nn.MaxPool3d((1, 2, 2))
        self.out = nn.Conv3d(inner, channels, 1)
        self.norm = nn.BatchNorm3d(channels)
        nn.init.zeros_(self.norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W), unchanged in shape."""
        queries = self.theta(x).flatten(2).transpose(1, 2)
        keys = self.pool(self.phi(x)).flatten(2)
        values = self.pool(self.g(x)).flatten(2).transpose(1, 2)
        # Scores are not scaled and would overflow in half precision.
        weights = torch.matmul(queries, keys).float().softmax(dim=-1).to(values.dtype)
        seen = torch.matmul(weights, values).transpose(1, 2)
        return x + self.norm(self.out(seen.unflatten(2, x.shape[2:])))
