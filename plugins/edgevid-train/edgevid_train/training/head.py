"""A classifier that sees standardised features while it learns, and is a plain one afterwards."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class StandardisedLinear(nn.Module):
    """A linear layer behind a batch-norm without parameters, which can be folded into it.

    The pooled features of a ReLU network are all positive: their common part is much larger than
    what separates the classes, and a fresh classifier spends its first epochs on nothing but the
    biases. Standardised, it learns from the first step on (Ioffe and Szegedy 2015,
    https://arxiv.org/abs/1502.03167).
    """

    def __init__(self, in_features: int, out_features: int) -> None:
        """Create a fresh one; there is no use for it on weights that are trained already."""
        super().__init__()
        self.norm = nn.BatchNorm1d(in_features, affine=False)
        self.linear = nn.Linear(in_features, out_features)
        nn.init.normal_(self.linear.weight, 0, 0.01)
        nn.init.zeros_(self.linear.bias)

    def forward(self, features: Tensor) -> Tensor:
        """(N, C) to (N, K), or (N, T, C) of frames to (N, T, K)."""
        flat: Tensor = self.linear(self.norm(features.flatten(0, -2)))
        return flat.unflatten(0, features.shape[:-1])

    @property
    def weight(self) -> Tensor:
        """(K, C), of the standardised features."""
        return self.linear.weight

    def folded(self) -> nn.Linear:
        """The plain layer that gives the same numbers in eval mode."""
        plain = nn.Linear(self.linear.in_features, self.linear.out_features)
        mean, variance = self.norm.running_mean, self.norm.running_var
        if mean is None or variance is None:
            raise ValueError("the batch-norm keeps no statistics")
        with torch.no_grad():
            plain.weight.copy_(self.linear.weight * (variance + self.norm.eps).rsqrt())
            plain.bias.copy_(self.linear.bias - plain.weight @ mean)
        return plain


def plain_state(network: nn.Module) -> dict[str, Tensor]:
    """Weights of a network as the zoo knows it, its head folded if it is a standardised one."""
    state: dict[str, Tensor] = network.state_dict()
    head = network.classifier
    if not isinstance(head, StandardisedLinear):
        return state
    body = {key: value for key, value in state.items() if not key.startswith("classifier.")}
    folded = head.folded().state_dict()
    return body | {f"classifier.{key}": value for key, value in folded.items()}
