"""A traced module to an ONNX file with its card, checked."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from edgevid import CARD_KEY, Card, EdgevidError, ExportError
from edgevid.errors import one_line

OPSET = 18


def save_graph(
    module: nn.Module,
    arguments: tuple[Tensor, ...],
    card: Card,
    path: Path,
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    dynamic_shapes: Any = None,
) -> None:
    """Export by torch's dynamo exporter, infer shapes, check, write.

    Args:
        module: Takes and gives tensors whose first axis is the batch.
        arguments: Examples.
        card: Goes inside.
        path: The file.
        inputs: Names of the arguments.
        outputs: Names of the results.
        dynamic_shapes: As ``torch.onnx.export`` wants them; the batch of each argument by default.

    Raises:
        ExportError: If the module has no ONNX form.
    """
    batch = torch.export.Dim("batch", min=1, max=4096)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program: Any = torch.onnx.export(
                module,
                arguments,
                dynamo=True,
                opset_version=OPSET,
                input_names=inputs,
                output_names=outputs,
                dynamic_shapes=dynamic_shapes(batch)
                if dynamic_shapes
                else tuple({0: batch} for _ in arguments),
                verbose=False,
            )
        model = program.model_proto
        onnx.helper.set_model_props(model, {CARD_KEY: card.model_dump_json()})
        model = onnx.shape_inference.infer_shapes(model, strict_mode=True)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)
    except EdgevidError:
        raise
    except Exception as error:
        kind = type(error).__name__
        raise ExportError(f"{card.name}: cannot be exported: {kind}: {one_line(error)}") from error
