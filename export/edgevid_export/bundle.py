"""Network and card to a bundle on disk: traced, checked for parity, then moved into place."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from edgevid_zoo.calibration import calibrate_batch_norm, golden_clip
from edgevid_zoo.weights import MatchReport, load_weights
from torch import nn

from edgevid import Architecture, Backend, Card, ExportError, Golden
from edgevid.backends import frame_inputs, write_safetensors
from edgevid_export.onnx_file import OPSET, save_graph
from edgevid_export.parity import (
    TOLERANCE,
    WINDOWED,
    Parity,
    check_parity,
    clip_form,
    clip_length,
)

_SEED = 0


def export_bundle(
    architecture: Architecture,
    card: Card,
    output: Path,
    *,
    checkpoint: str | Path | None,
    whole: bool = True,
    on_loaded: Callable[[MatchReport], None] | None = None,
    backends: Mapping[str, type[Backend]] | None = None,
) -> Parity:
    """Write ``output`` and its PyTorch weights, or nothing.

    Args:
        architecture: Builds the network.
        card: Without sha256, opset and golden logits, which are filled in here.
        output: Path of the bundle, ending in ``.onnx``.
        checkpoint: Weights as ``load_weights`` takes them, a file or a torchvision enum; None for
            random ones with calibrated batch-norm.
        whole: Refuse weights that leave anything random.
        on_loaded: Called with the report of the loaded weights.
        backends: What must agree besides ONNX Runtime on the CPU, where it can run.

    Returns:
        What was compared.

    Raises:
        WeightsError: If the checkpoint does not fit, or not as a whole.
        ParityError: If PyTorch and ONNX Runtime disagree.
        ExportError: If the network cannot be exported or the file not be written.
    """
    torch.manual_seed(_SEED)
    module = architecture.build(card)
    height, width = card.input_size or (224, 224)
    clip = golden_clip(clip_length(card)[0], height, width, seed=_SEED)
    if checkpoint is not None:
        report = load_weights(module.network, architecture, checkpoint, card=card, whole=whole)
        if on_loaded is not None:
            on_loaded(report)
    else:
        calibrate_batch_norm(module, _training_form(clip, card))
    module.eval()
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=".export-") as folder:
            weights, bundle = Path(folder) / "m.safetensors", Path(folder) / "m.onnx"
            write_safetensors(module.network.state_dict(), weights, card)
            sha256 = hashlib.sha256(weights.read_bytes()).hexdigest()
            golden = _golden(module, card, clip)
            card = card.model_copy(update={"sha256": sha256, "opset": OPSET, "golden": golden})
            write_onnx(module, card, bundle)
            parity = check_parity(module, card, bundle, clip, backends)
            weights.chmod(bundle.stat().st_mode & 0o777)
            # Weights first: where the bundle exists, its weights do too.
            weights.replace(output.with_suffix(".safetensors"))
            bundle.replace(output)
    except OSError as error:
        raise ExportError(f"{output}: cannot be written: {error.strerror or error}") from error
    return parity


def _training_form(clip: torch.Tensor, card: Card) -> torch.Tensor:
    """One long clip, (1, T, H, W, 3), as a batch of as many clips as the network sees at once."""
    if card.temporal_mode not in WINDOWED:
        return clip
    length = card.window_frames
    count = clip.shape[1] // length
    return clip[0, : count * length].unflatten(0, (count, length))


def _golden(module: nn.Module, card: Card, clip: torch.Tensor) -> Golden:
    rows = clip_form(module, card, clip)
    return Golden(
        seed=_SEED,
        num_frames=clip.shape[1],
        sha256=hashlib.sha256(clip.numpy().tobytes()).hexdigest(),
        reset_at=clip_length(card)[1],
        # Eight digits are a float32.
        logits=tuple(tuple(float(f"{value:.8g}") for value in row) for row in rows),
        tolerance=TOLERANCE,
    )


def write_onnx(module: nn.Module, card: Card, path: Path) -> None:
    """Trace a module in bundle form and write it with its card."""
    shapes = {
        name: (*time, *(card.input_size or (224, 224)), 3)
        for name, (*time, _, _, _) in frame_inputs(card).items()
    }
    frames = [torch.zeros(2, *shape, dtype=torch.uint8) for shape in shapes.values()]
    states = [torch.zeros(2, *state.shape) for state in card.state_tensors]
    names = [state.name for state in card.state_tensors]

    def dynamic_shapes(batch: Any) -> Any:
        # All but the first are one argument of the trace, which is not there without any.
        others = tuple({0: batch} for _ in (*frames[1:], *states))
        return ({0: batch}, *([others] if others else []))

    save_graph(
        module,
        (*frames, *states),
        card,
        path,
        inputs=[*shapes, *(f"state.{name}" for name in names)],
        outputs=[
            "logits",
            *(["cam"] if card.has_cam else []),
            *(f"next_state.{name}" for name in names),
        ],
        dynamic_shapes=dynamic_shapes,
    )
