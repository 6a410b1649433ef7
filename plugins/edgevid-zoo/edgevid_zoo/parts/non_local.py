"""The non-local block: every place of a clip looks at every other one.

Reference:
    Wang et al., "Non-local Neural Networks", CVPR 2018, https://arxiv.org/abs/1711.07971.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

Scores = Literal["softmax", "scaled_softmax", "dot_product"]
_INITIAL_STD = 0.01


class NonLocal(nn.Module):
    """Embedded Gaussian or dot product, pooled as TSM's weights have it, or as PySlowFast's.

    Pool and convolution do not commute: weights of the one order do not fit the other.

    Paper: non-local networks, https://arxiv.org/abs/1711.07971.
    Input: features, (N, C, T, H, W).
    """

    def __init__(
        self, channels: int, scores: Scores = "softmax", *, pool_first: bool = False
    ) -> None:
        """Create a block that starts as the identity.

        Args:
            channels: Of its input and its output.
            scores: ``softmax`` over keys of products as they are, which is TSM's; of products over
                the root of the inner channels, which is Caffe2's and PySlowFast's; or products over
                the number of keys.
            pool_first: Whether keys and values are pooled before their convolutions, as in Caffe2
                and PySlowFast, and not after them, as in TSM.
        """
        super().__init__()
        inner = max(1, channels // 2)
        self.scores: Scores = scores
        self.pool_first = pool_first
        self.theta, self.phi, self.g = (nn.Conv3d(channels, inner, 1) for _ in range(3))
        self.pool = nn.MaxPool3d((1, 2, 2))
        self.out = nn.Conv3d(inner, channels, 1)
        self.norm = nn.BatchNorm3d(channels)
        for convolution in (self.theta, self.phi, self.g, self.out):
            # As the authors did. Under the usual initialisation, products that nothing divides
            # reach the hundreds: each query takes one value, and which one is decided by rounding.
            nn.init.normal_(convolution.weight, std=_INITIAL_STD)
            nn.init.zeros_(convolution.bias)
        nn.init.zeros_(self.norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W), unchanged in shape."""
        queries = self.theta(x).flatten(2).transpose(1, 2)
        if self.pool_first:
            pooled = self.pool(x)
            keys, values = self.phi(pooled), self.g(pooled)
        else:
            keys, values = self.pool(self.phi(x)), self.pool(self.g(x))
        weights = self._weights(queries, keys.flatten(2))
        attended = torch.matmul(weights, values.flatten(2).transpose(1, 2)).transpose(1, 2)
        return x + self.norm(self.out(attended.unflatten(2, x.shape[2:])))

    def _weights(self, queries: Tensor, keys: Tensor) -> Tensor:
        """(N, Q, C) and (N, C, M) to what each query takes of each value, (N, Q, M)."""
        if self.scores == "dot_product":
            return torch.matmul(queries, keys) / keys.shape[2]
        if self.scores == "scaled_softmax":
            queries = queries * queries.shape[2] ** -0.5
        # Products would overflow in half precision.
        return torch.matmul(queries, keys).float().softmax(dim=-1).to(keys.dtype)


def module_key(block: str) -> str:
    """Key of the non-local block behind a block such as ``layer2.0``; keys have no dots."""
    return block.replace(".", "_")
