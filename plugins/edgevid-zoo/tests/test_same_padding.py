"""SAME padding as TensorFlow has it: the tables are its formula, worked out by hand."""

import itertools

import pytest
import torch
from edgevid_zoo.parts.same_padding import pad_same, same_zeros


@pytest.mark.parametrize(
    ("side", "kernel", "stride", "zeros"),
    [
        (224, 7, 2, (2, 3)), (225, 7, 2, (3, 3)), (224, 3, 2, (0, 1)), (225, 3, 2, (1, 1)),
        (14, 2, 2, (0, 0)), (7, 2, 2, (0, 1)), (1, 3, 2, (1, 1)), (2, 7, 2, (2, 3)),
        (6, 3, 1, (1, 1)), (5, 1, 1, (0, 0)), (5, 1, 2, (0, 0)), (10, 64, 1, (31, 32)),
        (512, 8, 2, (3, 3)), (9, 4, 3, (0, 1)),
    ],
)  # fmt: skip
def test_the_odd_zero_stands_at_the_end(side, kernel, stride, zeros):
    assert same_zeros(side, kernel, stride) == zeros


def naive(x, weight, stride):
    """A convolution over a picture, place by place, where what is outside counts as zero."""
    kernel = weight.shape
    outputs = [-(-side // step) for side, step in zip(x.shape, stride, strict=True)]
    found = torch.zeros(outputs)
    for place in itertools.product(*map(range, outputs)):
        for tap in itertools.product(*map(range, kernel)):
            at = []
            for axis in range(len(kernel)):
                total = (outputs[axis] - 1) * stride[axis] + kernel[axis] - x.shape[axis]
                at.append(place[axis] * stride[axis] + tap[axis] - max(total, 0) // 2)
            if all(0 <= i < side for i, side in zip(at, x.shape, strict=True)):
                found[place] += x[tuple(at)] * weight[tap]
    return found


@pytest.mark.parametrize(
    ("sides", "stride", "kernel"),
    [
        ((4, 5, 6), (1, 1, 1), (3, 3, 3)),
        ((4, 5, 6), (2, 2, 2), (4, 5, 3)),
        ((7, 8, 1), (1, 2, 2), (1, 3, 3)),
        ((7, 8, 1), (2, 2, 2), (2, 2, 2)),
        ((3, 2, 9), (1, 2, 2), (4, 5, 3)),
        ((3, 2, 9), (2, 2, 2), (3, 3, 3)),
    ],
)
def test_a_padded_convolution_is_that_of_tensorflow(sides, stride, kernel):
    generator = torch.Generator().manual_seed(0)
    x, weight = (torch.randn(shape, generator=generator) for shape in (sides, kernel))
    padded = pad_same(x[None, None], kernel, stride)
    got = torch.nn.functional.conv3d(padded, weight[None, None], stride=stride)[0, 0]

    assert torch.allclose(got, naive(x, weight, stride), atol=1e-4)
