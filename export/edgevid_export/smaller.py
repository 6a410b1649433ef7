"""From an fp32 bundle to one in int8 or fp16, through the gate."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgevid import Backend, Bundle, Card, ExportError, OnnxRuntimeBackend, read_card
from edgevid.backends import Rejected, golden_difference, open_each
from edgevid_export.calibration_frames import Inputs, calibration_frames
from edgevid_export.card_options import Precision
from edgevid_export.dataset import ClipLogits, Dataset, Progress
from edgevid_export.label_agreement import Agreement, label_agreement
from edgevid_export.parity import TOLERANCE
from edgevid_export.quantise import put_card, write_fp16, write_int8

LAYERS_IN_FLOAT = (0, 4, 8, 16)
"""First convolutions that int8 leaves in fp32; the next number is tried if labels change."""

LARGEST_DIFFERENCE = 0.3
"""Largest accepted difference of the golden logits, in parts of their spread."""

_MARGIN = 1.5
"""Another processor rounds int8 a little differently than the one that exported it."""


@dataclass(frozen=True)
class Smaller:
    """Differences of a smaller bundle from fp32."""

    agreement: Agreement
    difference: float
    """Largest of the golden logits, over all backends that run here, in parts of their spread."""
    layers_in_float: int = 0
    """First convolutions that stayed in fp32, for int8."""


def write_smaller(
    fp32: Path,
    output: Path,
    precision: Precision,
    dataset: Dataset,
    *,
    backends: Mapping[str, type[Backend]],
    num_frames: int = 300,
    allow: bool = False,
    progress: Progress = lambda done, total: None,
) -> Smaller:
    """Write ``output`` and its PyTorch weights, or nothing.

    Args:
        fp32: A bundle with its PyTorch weights as a sidecar.
        output: Path of the smaller bundle.
        precision: Of its arithmetic.
        dataset: Training clips that calibrate, validation clips that decide.
        backends: What it is tried on, by name.
        num_frames: Maximum number of calibration frames of int8.
        allow: Write it even if it changes labels.
        progress: Called with validation clips done and in all.

    Raises:
        ExportError: If it changes labels, or cannot be made.
    """
    card = read_card(fp32)
    if card.golden is None:
        raise ExportError(f"{fp32}: its card holds no golden logits; export it again")
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".export-") as folder:
        made = Path(folder) / "m.onnx"
        reduced = card.model_copy(update={"precision": precision})
        frames = _frames(fp32, card, dataset, num_frames) if precision == "int8" else []
        reference = dataset.score(fp32, "onnxruntime", progress)
        layers = 0
        for layers in LAYERS_IN_FLOAT if precision == "int8" else (0,):
            if precision == "int8":
                write_int8(fp32, made, frames, layers_in_float=layers)
            else:
                write_fp16(fp32, made)
            put_card(made, reduced)
            agreement = _worst_agreement(reference, made, dataset, backends, progress)
            if agreement.holds:
                break
        difference = _difference(made, reduced, backends)
        if not allow:
            agreement.check(f"{output.name} in {precision}")
            _check_difference(f"{output.name} in {precision}", difference)
        put_card(made, _with_numbers(reduced, agreement, difference))
        weights = made.with_suffix(".safetensors")
        shutil.copy(fp32.with_suffix(".safetensors"), weights)
        weights.replace(output.with_suffix(".safetensors"))
        made.replace(output)
    return Smaller(agreement, difference, layers)


def _frames(fp32: Path, card: Card, dataset: Dataset, most: int) -> list[Inputs]:
    with OnnxRuntimeBackend(OnnxRuntimeBackend.Options(), Bundle(fp32, card)) as backend:
        return calibration_frames(backend, card, dataset.calibration_clips(most), most)


def _worst_agreement(
    reference: Sequence[ClipLogits],
    made: Path,
    dataset: Dataset,
    backends: Mapping[str, type[Backend]],
    progress: Progress,
) -> Agreement:
    """Agreement on the backend with the fewest equal labels: any of them may run the bundle."""
    names = [n for n, cls in backends.items() if n != "torch" and cls.unavailable() is None]
    card = read_card(made)
    found = [
        label_agreement(card, dataset.labels, reference, dataset.score(made, name, progress))
        for name in names
    ]
    if not found:
        raise ExportError("no backend runs the smaller bundle here; pip install 'edgevid[cpu]'")
    return min(found, key=lambda each: (each.clips, each.top1))


def _check_difference(what: str, difference: float) -> None:
    if difference > LARGEST_DIFFERENCE:
        raise ExportError(
            f"{what}: golden logits differ from fp32 by {difference:.2f} of their spread, "
            f"{LARGEST_DIFFERENCE} at most is allowed; add --allow to write it all the same"
        )


def _difference(made: Path, card: Card, backends: Mapping[str, type[Backend]]) -> float:
    found = []
    others = {name: cls for name, cls in backends.items() if name != "torch"}
    for candidate in open_each(made, card, others):
        if not isinstance(candidate, Rejected):
            found.append(golden_difference(candidate, card))
    if not found:
        raise ExportError("no backend runs the smaller bundle here; pip install 'edgevid[cpu]'")
    return max(found)


def _with_numbers(card: Card, agreement: Agreement, difference: float) -> Card:
    golden = card.golden
    if golden is not None:
        # Two digits, rounded up.
        scale = 10 ** (1 - math.floor(math.log10(max(difference * _MARGIN, TOLERANCE))))
        tolerance = math.ceil(max(difference * _MARGIN, TOLERANCE) * scale) / scale
        golden = golden.model_copy(update={"tolerance": tolerance})
    numbers = {
        "val_label_agreement_with_fp32": round(agreement.clips, 4),
        "val_frame_agreement_with_fp32": round(agreement.frames, 4),
        "val_top1_loss_to_fp32": round(agreement.top1_fp32 - agreement.top1, 4),
    }
    return card.model_copy(update={"golden": golden, "metrics": {**card.metrics, **numbers}})
