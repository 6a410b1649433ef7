"""Forward and backward pass of a network as one plain graph that runs without autograd.

The map is |d score / d pixel|, as in Simonyan et al., "Deep Inside Convolutional Networks:
Visualising Image Classification Models and Saliency Maps", 2013, https://arxiv.org/abs/1312.6034.
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable
from itertools import pairwise
from typing import Any, cast

import torch
from torch import Tensor, fx, nn
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn.utils.fusion import fuse_conv_bn_eval

from edgevid import ExportError

aten = torch.ops.aten

TOP = -1
"""Value of the input ``target`` that means the class with the highest score."""


def folded(module: nn.Module) -> nn.Module:
    """A copy with batch-norm folded into the convolutions before it, in eval mode."""
    copied = copy.deepcopy(module).eval().requires_grad_(False)
    for sequence in [m for m in copied.modules() if isinstance(m, nn.Sequential)]:
        layers = list(sequence.named_children())
        for (name, layer), (after, norm) in pairwise(layers):
            if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(sequence, name, fuse_conv_bn_eval(layer, norm))
                setattr(sequence, after, nn.Identity())
    return copied


def explained(module: nn.Module) -> Callable[..., tuple[Tensor, ...]]:
    """Gradients by autograd, for comparison with the graph.

    Args:
        module: In bundle form.

    Returns:
        A function of ``(frames, target, *states)``: uint8 BGR (N, H, W, 3), class of each stream
        (N,) or ``TOP``, states. It gives logits (N, K), the map (N, H, W), the signed gradient
        (N, H, W, 3) and the next states.
    """

    def run(frames: Tensor, target: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        with torch.enable_grad():
            pixels = frames.float().requires_grad_()
            logits, _, *following = module(pixels, *states)
            top = logits.detach().argmax(dim=1)
            chosen = torch.where(target < 0, top, target)
            classes = torch.arange(logits.shape[1], device=logits.device)
            one_hot = (classes[None] == chosen[:, None]).to(logits.dtype)
            [gradient] = torch.autograd.grad(logits, pixels, grad_outputs=one_hot)
        return (logits, gradient.abs().amax(dim=3), gradient, *following)

    return run


def traced(module: nn.Module, frames: Tensor, target: Tensor, states: list[Tensor]) -> nn.Module:
    """``explained`` as a graph without autograd, for any batch size.

    Args:
        module: In bundle form, eval mode, batch-norm folded.
        frames: An example, uint8 BGR, (N, H, W, 3); N must not be another size of the network.
        target: An example, (N,).
        states: Examples.
    """
    graph = make_fx(explained(module), _allow_non_fake_inputs=True)(frames, target, *states)
    for node in list(graph.graph.nodes):
        if node.target is aten.convolution_backward.default:
            _transposed(graph, node)
        elif node.target is aten.hardtanh_backward.default:
            _gated(graph.graph, node)
        elif node.target is aten.slice_backward.default:
            _padded(graph.graph, node)
        elif node.target is aten.detach.default:
            node.replace_all_uses_with(node.args[0])
        elif node.target is aten.expand.default:
            # The traced batch size is a number here: keep whatever comes instead.
            image, shape = cast(Any, node.args)
            node.args = (image, [-1, *shape[1:]])
    graph.graph.eliminate_dead_code()
    graph.recompile()
    return graph


def _transposed(module: fx.GraphModule, node: fx.Node) -> None:
    """The gradient of a convolution by its input is a transposed convolution.

    Without a stride that is a plain convolution with the kernel turned round, which runtimes have
    their fastest code for.
    """
    args: Any = node.args
    gradient, image, weight, _, stride, padding, dilation, _, _, groups, _ = args
    kernel = _shape(weight)[2:]
    with module.graph.inserting_before(node):
        if set(stride) == {1} and set(dilation) == {1}:
            turned = _turned_weight(module, weight, groups)
            pads = [k - 1 - p for k, p in zip(kernel, padding, strict=True)]
            arguments: Any = (
                gradient, turned, None, [1, 1], pads, [1, 1], False, [0, 0],
                groups,
            )  # fmt: skip
        else:
            sizes = zip(
                _shape(image)[2:], _shape(gradient)[2:], kernel, stride, padding, dilation,
                strict=True,
            )  # fmt: skip
            extra = [i - ((o - 1) * s - 2 * p + d * (k - 1) + 1) for i, o, k, s, p, d in sizes]
            arguments = (gradient, weight, None, stride, padding, dilation, True, extra, groups)
        back = module.graph.call_function(aten.convolution.default, arguments)
    back.meta.update(image.meta)
    for user in list(node.users):
        if user.target is operator.getitem and user.args[1] == 0:
            user.replace_all_uses_with(back)


def _turned_weight(module: fx.GraphModule, weight: Any, groups: int) -> fx.Node:
    if groups == 1 and _shape(weight)[2:] == [1, 1]:
        # Nearly all weights: the file holds them once, and runtimes transpose them when they load.
        return module.graph.call_function(aten.permute.default, (weight, [1, 0, 2, 3]))
    name = f"_turned_{weight.target}"
    module.register_buffer(name, _turned(getattr(module, weight.target), groups))
    return module.graph.get_attr(name)


def _turned(weight: Tensor, groups: int) -> Tensor:
    """(O, I/g, h, w) to (I, O/g, h, w), each kernel turned by half a circle."""
    grouped = weight.detach().unflatten(0, (groups, -1)).transpose(1, 2)
    return grouped.flip(3, 4).flatten(0, 1).contiguous()


def _gated(graph: fx.Graph, node: fx.Node) -> None:
    """The gradient passes where the activation was between its limits."""
    args: Any = node.args
    gradient, image, low, high = args
    with graph.inserting_before(node):
        above = graph.call_function(aten.gt.Scalar, (image, low))
        below = graph.call_function(aten.lt.Scalar, (image, high))
        inside = graph.call_function(aten.logical_and.default, (above, below))
        zero = graph.call_function(aten.scalar_tensor.default, (0.0,))
        gated = graph.call_function(aten.where.self, (inside, gradient, zero))
    gated.meta.update(image.meta)
    node.replace_all_uses_with(gated)


def _padded(graph: fx.Graph, node: fx.Node) -> None:
    """The gradient of a slice is zero outside of it: padding, where autograd writes in place."""
    args: Any = node.args
    gradient, sizes, dim, start, end, step = args
    if step != 1:
        raise ExportError(
            f"a slice with step {step} has no backward pass here; take every channel, or index them"
        )
    after = max(0, sizes[dim] - end)
    pads = [0, 0] * (len(sizes) - 1 - dim) + [start, after]
    with graph.inserting_before(node):
        padded = graph.call_function(aten.constant_pad_nd.default, (gradient, pads, 0.0))
    padded.meta.update(node.meta)
    node.replace_all_uses_with(padded)


def _shape(node: Any) -> list[int]:
    return list(
        node.meta["tensor_meta"].shape if "tensor_meta" in node.meta else node.meta["val"].shape
    )
