"""The parity check: clip form, PyTorch stream and ONNX Runtime must give the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from edgevid import Card, OnnxRuntimeBackend, ParityError

NUM_FRAMES = 32
RESET_AT = 19
"""Frame before which the state is reset; no multiple of the network's memory."""
TOLERANCE = 1e-4
"""In parts of the spread of the reference logits: rounding gives about 1e-6, any mistake 1e-2."""

Array = npt.NDArray[Any]
Step = Callable[[Array, list[Any]], tuple[dict[str, Array], list[Any]]]


def check_parity(module: nn.Module, card: Card, bundle: Path, clip: Tensor) -> dict[str, float]:
    """Compare all forms of one network over a clip with a reset in it.

    Args:
        module: In bundle form, eval mode, with ``forward_clip``.
        card: Its card.
        bundle: The exported file.
        clip: uint8 BGR, (1, T, H, W, 3).

    Returns:
        What was compared → largest difference, in parts of the logits' spread.

    Raises:
        ParityError: Naming the first output and frame beyond the tolerance.
    """
    reference = _clip_form(module, clip)
    frames = clip[0].numpy()
    backend = OnnxRuntimeBackend(bundle, card, OnnxRuntimeBackend.Options())
    differences: dict[str, float] = {}
    streamed = {}
    for what, step, batch in (
        ("PyTorch stream", _torch_step(module, card), 1),
        ("ONNX Runtime CPU", _onnx_step(backend), 1),
        ("ONNX Runtime CPU, batch 3", _onnx_step(backend), 3),
    ):
        streamed[what] = _stream(step, frames, batch)
        logits = streamed[what]["logits"]
        differences[f"{what}: logits"] = _compare(what, "logits", logits, reference)
    if card.has_cam:
        expected = streamed["PyTorch stream"]["cam"]
        for what in ("ONNX Runtime CPU", "ONNX Runtime CPU, batch 3"):
            cam = streamed[what]["cam"]
            differences[f"{what}: cam"] = _compare(what, "cam", cam, expected)
    return differences


def _clip_form(module: nn.Module, clip: Tensor) -> Array:
    """Logits of every frame; the clip starts anew where the stream is reset."""
    with torch.inference_mode():
        parts = [module.forward_clip(part)[0] for part in (clip[:, :RESET_AT], clip[:, RESET_AT:])]
    joined: Array = torch.cat(parts).numpy()
    return joined


def _stream(step: Step, frames: Array, batch: int) -> dict[str, Array]:
    """Run the clip as one of ``batch`` streams; the others see it in other orders."""
    found: dict[str, list[Array]] = {}
    memories: list[Any] = [None] * batch
    for index in range(len(frames)):
        if index == RESET_AT:
            memories[0] = None
        others = [frames[(index * 7 + stream) % len(frames)] for stream in range(1, batch)]
        outputs, memories = step(np.stack([frames[index], *others]), memories)
        for name, value in outputs.items():
            found.setdefault(name, []).append(value[0])
    return {name: np.stack(values) for name, values in found.items()}


def _torch_step(module: nn.Module, card: Card) -> Step:
    def step(frames: Array, memories: list[Any]) -> tuple[dict[str, Array], list[Any]]:
        zeros = [torch.zeros(1, *state.shape) for state in card.state_tensors]
        states = zeros if memories[0] is None else memories[0]
        with torch.inference_mode():
            logits, cam, *following = module(torch.from_numpy(frames), *states)
        outputs = {"logits": logits.numpy()}
        if cam is not None:
            outputs["cam"] = cam.numpy()
        return outputs, [following]

    return step


def _onnx_step(backend: OnnxRuntimeBackend) -> Step:
    def step(frames: Array, memories: list[Any]) -> tuple[dict[str, Array], list[Any]]:
        return backend.run({"frames": frames}, memories)

    return step


def _compare(what: str, output: str, got: Array, expected: Array) -> float:
    spread = float(expected.max() - expected.min())
    if got.shape != expected.shape:
        raise ParityError(f"{what}: {output} has shape {got.shape}, not {expected.shape}")
    by_frame = np.abs(got - expected).reshape(len(expected), -1).max(axis=1) / max(spread, 1e-12)
    wrong = np.flatnonzero(~(by_frame <= TOLERANCE))
    if len(wrong):
        frame = int(wrong[0])
        raise ParityError(
            f"{what}: {output} differs from PyTorch at frame {frame} by {by_frame[frame]:.1e} of "
            f"the spread; {TOLERANCE:.0e} is allowed. No file was written"
        )
    return float(by_frame.max())
