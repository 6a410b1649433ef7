"""The parity gate: clip form, PyTorch stream and every runtime must give the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from edgevid import Backend, Bundle, Card, OnnxRuntimeBackend, ParityError
from edgevid.backends import Rejected, compare, frame_inputs, golden_inputs, open_each

NUM_FRAMES = 48
RESET_AT = 29
"""Frame before which the state is reset; no multiple of the network's memory."""
_MORE = (5, 3)
"""By how many frames the parts before and after the reset are longer than a clip, at least."""
TOLERANCE = 1e-4
"""In parts of the spread of the reference logits: rounding gives about 1e-6, any mistake 1e-2."""

WINDOWED = ("clip", "multirate")
"""Temporal modes whose scores are those of one window of frames."""

Array = npt.NDArray[Any]
Step = Callable[[dict[str, Array], list[Any]], tuple[dict[str, Array], list[Any]]]


@dataclass(frozen=True)
class Parity:
    """Result of the comparison with the clip form."""

    differences: dict[str, float] = field(default_factory=dict)
    """Output → largest difference, in parts of the logits' spread."""
    absent: dict[str, str] = field(default_factory=dict)
    """Providers that cannot run on this machine → why."""

    @property
    def largest(self) -> float:
        """Largest of all differences."""
        return max(self.differences.values())


def clip_length(card: Card) -> tuple[int, int]:
    """Length of the clip that forms are compared on, and the frame before which it starts anew."""
    longest = card.window_frames if card.temporal_mode in WINDOWED else 0
    reset_at = max(RESET_AT, longest + _MORE[0])
    return reset_at + max(NUM_FRAMES - RESET_AT, longest + _MORE[1]), reset_at


def clip_form(module: Any, card: Card, clip: Tensor) -> Array:
    """The reference: what training computes.

    Args:
        module: In bundle form, eval mode, with ``forward_clip``.
        card: Its card.
        clip: uint8 BGR, (1, T, H, W, 3).

    Returns:
        Logits of every frame, (T, K), or of every clip that is due, (clips, K); it starts anew
        where the stream is reset.
    """
    reset_at = clip_length(card)[1]
    found = []
    with torch.inference_mode():
        for part in (clip[:, :reset_at], clip[:, reset_at:]):
            if card.temporal_mode in WINDOWED:
                length = card.window_frames
                ends = range(length, part.shape[1] + 1, card.stride_frames)
                cut = [part[:, end - length : end] for end in ends]
            else:
                cut = [part]
            found += [module.forward_clip(piece)[0] for piece in cut]
    joined: Array = torch.cat(found).numpy()
    return joined


def check_parity(
    module: nn.Module,
    card: Card,
    bundle: Path,
    clip: Tensor,
    backends: Mapping[str, type[Backend]] | None = None,
) -> Parity:
    """Compare all forms of one network over a clip with a reset in it.

    Args:
        module: In bundle form, eval mode, with ``forward_clip``.
        card: Its card.
        bundle: The exported file.
        clip: uint8 BGR, (1, T, H, W, 3).
        backends: Further backends to compare, by name; ONNX Runtime on the CPU always is.

    Raises:
        ParityError: Naming the first output and frame beyond the tolerance.
    """
    reference = clip_form(module, card, clip)
    inputs = list(golden_inputs(card, clip[0].numpy(), clip_length(card)[1]))
    parity = Parity()
    expected = _stream(_torch_step(module, card), inputs, 1)

    def check(what: str, streamed: dict[str, Array]) -> None:
        try:
            found = compare(what, "logits", streamed["logits"], reference, TOLERANCE)
            parity.differences[f"{what}: logits"] = found
            if card.has_cam:
                cam = compare(what, "cam", streamed["cam"], expected["cam"], TOLERANCE)
                parity.differences[f"{what}: cam"] = cam
        except ParityError as error:
            raise ParityError(f"{error}. No file was written") from error

    check("PyTorch stream", expected)
    with OnnxRuntimeBackend(OnnxRuntimeBackend.Options(), Bundle(bundle, card)) as backend:
        for what, batch in (("ONNX Runtime CPU", 1), ("ONNX Runtime CPU, batch 3", 3)):
            check(what, _stream(backend.run, inputs, batch))
    # PyTorch was compared as a stream above: its weights are not in place yet.
    others = {name: cls for name, cls in (backends or {}).items() if name != "torch"}
    for candidate in open_each(bundle, card, others):
        if isinstance(candidate, Rejected):
            parity.absent[f"{candidate.backend} on {candidate.device}"] = candidate.reason
        elif (candidate.name, candidate.report.get("device")) != ("onnxruntime", "cpu"):
            what = f"{candidate.name} {candidate.provider}"
            check(what, _stream(candidate.run, inputs, 1))
    return parity


def _stream(
    step: Step, inputs: Sequence[tuple[int, dict[str, Array], bool]], batch: int
) -> dict[str, Array]:
    """Run the clip as one of ``batch`` streams; the others see it in other orders."""
    found: dict[str, list[Array]] = {}
    memories: list[Any] = [None] * batch
    for place, (_, own, first) in enumerate(inputs):
        if first:
            memories[0] = None
        others = [inputs[(place * 7 + stream) % len(inputs)][1] for stream in range(1, batch)]
        together = {name: np.concatenate([own[name], *(o[name] for o in others)]) for name in own}
        outputs, memories = step(together, memories)
        for name, value in outputs.items():
            found.setdefault(name, []).append(value[0])
    return {name: np.stack(values) for name, values in found.items()}


def _torch_step(module: nn.Module, card: Card) -> Step:
    def step(inputs: dict[str, Array], memories: list[Any]) -> tuple[dict[str, Array], list[Any]]:
        zeros = [torch.zeros(1, *state.shape) for state in card.state_tensors]
        states = zeros if memories[0] is None else memories[0]
        with torch.inference_mode():
            frames = [torch.from_numpy(inputs[name]) for name in frame_inputs(card)]
            logits, cam, *following = module(*frames, *states)
        outputs = {"logits": logits.numpy()}
        if cam is not None:
            outputs["cam"] = cam.numpy()
        return outputs, [following]

    return step
