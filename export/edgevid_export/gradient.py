"""The saliency companion of a bundle: which pixels the score depends on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from edgevid_zoo.calibration import golden_clip
from edgevid_zoo.weights.checkpoints import load_checkpoint
from torch import Tensor, nn

from edgevid import Architecture, Backend, Card, ExportError, ParityError, read_card
from edgevid.backends import Rejected, check_golden, open_each
from edgevid_export.backward import TOP, explained, folded, traced
from edgevid_export.onnx_file import save_graph
from edgevid_export.parity import TOLERANCE, Parity

NUM_FRAMES = 12
_TRACED_BATCH = 2
_KINK = 0.05
"""At the kink of an activation rounding decides whether a gradient passes, and of a million
activations some are there in every frame: where other code does the arithmetic, a map may differ
by so much. What is computed wrong differs by ten times that."""

Array = npt.NDArray[Any]


def write_gradient(
    architecture: Architecture,
    bundle: Path,
    output: Path,
    *,
    weights: Path,
    backends: Mapping[str, type[Backend]],
) -> Parity:
    """Write the companion of a bundle, or nothing.

    Args:
        architecture: Of the bundle.
        bundle: In fp32, with golden logits.
        output: Path of the companion.
        weights: Of the bundle.
        backends: What must agree with autograd, where it can run.

    Returns:
        What was compared: the companion's logits with PyTorch's, its map with autograd's.

    Raises:
        ParityError: If a map or a logit differs.
        ExportError: If the network has no such form.
    """
    card = read_card(bundle)
    if card.temporal_mode not in ("frame", "stream"):
        raise ExportError(
            f"{card.name}: --saliency is for frame and stream models, not {card.temporal_mode}"
        )
    card = card.model_copy(
        update={"has_gradient": True, "has_cam": False, "architecture": None, "metrics": {}}
    )
    module = architecture.build(card)
    load_checkpoint(module.network, weights)
    module = folded(module)
    height, width = card.input_size or (224, 224)
    frames = torch.zeros(_TRACED_BATCH, height, width, 3, dtype=torch.uint8)
    target = torch.full((_TRACED_BATCH,), TOP)
    states = [torch.zeros(_TRACED_BATCH, *state.shape) for state in card.state_tensors]
    try:
        graph = traced(module, frames, target, states)
    except RuntimeError as error:
        raise ExportError(f"{card.name}: no gradient can be traced: {error}") from error
    names = [state.name for state in card.state_tensors]
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".export-") as folder:
        made = Path(folder) / "m.onnx"
        save_graph(
            graph,
            (frames, target, *states),
            card,
            made,
            inputs=["frames", "target", *(f"state.{name}" for name in names)],
            outputs=["logits", "saliency", "gradient", *(f"next_state.{n}" for n in names)],
        )
        parity = _check(made, card, module, graph, backends)
        made.replace(output)
    return parity


def _check(
    made: Path,
    card: Card,
    module: nn.Module,
    graph: nn.Module,
    backends: Mapping[str, type[Backend]],
) -> Parity:
    expected = _in_pytorch(explained(module), card)
    parity = Parity()
    # The same arithmetic in the same order: nothing may differ but what was traced wrong.
    what = "the traced graph"
    found = _compare(what, _in_pytorch(graph, card), expected, TOLERANCE)
    parity.differences[f"{what}: saliency"] = found
    for candidate in open_each(made, card, {n: c for n, c in backends.items() if n != "torch"}):
        if isinstance(candidate, Rejected):
            parity.absent[f"{candidate.backend} on {candidate.device}"] = candidate.reason
            continue
        what = f"{candidate.name} {candidate.provider}"
        parity.differences[f"{what}: logits"] = check_golden(candidate, card)
        found = _compare(what, _maps(candidate, card), expected, _KINK)
        parity.differences[f"{what}: saliency"] = found
    if len(parity.differences) == 1:
        raise ExportError("no backend runs the companion here; pip install 'edgevid[cpu]'")
    return parity


def _in_pytorch(run: Callable[..., tuple[Tensor, ...]], card: Card) -> Array:
    """Maps of a streamed clip, for the top class and for the last one in turn."""
    states = [torch.zeros(1, *state.shape) for state in card.state_tensors]
    maps = []
    for frame, target in _stream(card):
        _, saliency, _, *states = run(torch.from_numpy(frame), torch.from_numpy(target), *states)
        states = [state.detach() for state in states]
        maps.append(saliency.detach().numpy()[0])
    return np.stack(maps)


def _maps(backend: Backend, card: Card) -> Array:
    memories: list[Any] = [None]
    maps = []
    for frame, target in _stream(card):
        outputs, memories = backend.run({"frames": frame, "target": target}, memories)
        maps.append(outputs["saliency"][0])
    return np.stack(maps)


def _stream(card: Card) -> list[tuple[Array, Array]]:
    height, width = card.input_size or (224, 224)
    clip: Tensor = golden_clip(NUM_FRAMES, height, width)
    last = len(card.class_names) - 1
    targets = [TOP if index % 2 == 0 else last for index in range(NUM_FRAMES)]
    return [
        (frame[None].numpy(), np.array([target], np.int64))
        for frame, target in zip(clip[0], targets, strict=True)
    ]


def _compare(what: str, got: Array, expected: Array, tolerance: float) -> float:
    """The largest difference of a frame's map, in parts of its norm."""
    norms = np.linalg.norm(expected.reshape(len(expected), -1), axis=1)
    apart = np.linalg.norm((got - expected).reshape(len(expected), -1), axis=1)
    worst = float((apart / np.maximum(norms, 1e-12)).max())
    if not worst <= tolerance:
        raise ParityError(
            f"{what}: the map differs from autograd by {worst:.1e} of its norm; {tolerance:.0e} is "
            f"allowed. No file was written"
        )
    return worst
