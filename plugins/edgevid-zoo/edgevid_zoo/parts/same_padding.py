"""TensorFlow's SAME padding: ceil(n / stride) outputs, the odd zero at the end.

It depends on the size of the input, and is not symmetric where PyTorch's is: a kernel of 3 with
stride 2 gets nothing before and one zero after an even side.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from torch import Tensor
from torch.nn.functional import pad


def same_zeros(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return the zeros before and after ``side`` values."""
    outputs = -(-side // stride)
    total = max((outputs - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2


def pad_same(x: Tensor, kernel: Sequence[int], stride: Sequence[int]) -> Tensor:
    """Put zeros around the last axes of ``x``, as many as ``kernel`` and ``stride`` have."""
    sides = x.shape[-len(kernel) :]
    zeros = [same_zeros(*axis) for axis in zip(sides, kernel, stride, strict=True)]
    # torch wants the last axis first.
    flat = list(chain.from_iterable(reversed(zeros)))
    return pad(x, flat) if any(flat) else x
