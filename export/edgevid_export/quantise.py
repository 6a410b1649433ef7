"""A bundle in int8 or fp16: smaller, and on the right machine faster.

int8 is static, per channel, with quantise and dequantise nodes around every operator, as in
Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference", CVPR 2018, https://arxiv.org/abs/1712.05877.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx

from edgevid import CARD_KEY, Card, ExportError
from edgevid.errors import one_line
from edgevid_export.calibration_frames import CalibrationFrames, Inputs

_HEAD = ("ReduceMean", "GlobalAveragePool", "Gemm")
"""Small and sensitive: they stay in fp32."""


def write_int8(
    bundle: Path, output: Path, frames: Sequence[Inputs], *, layers_in_float: int = 0
) -> None:
    """Quantise a bundle.

    Args:
        bundle: In fp32.
        output: Where to; it has no card yet.
        frames: Graph inputs to calibrate with.
        layers_in_float: How many of the first convolutions stay in fp32: they have the fewest
            channels, and their rounding goes through all others.

    Raises:
        ExportError: If it cannot be quantised.
    """
    from onnxruntime.quantization import (
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with _refusing(bundle), tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(bundle), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(output),
            CalibrationFrames(frames),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=_float_nodes(onnx.load(prepared).graph, layers_in_float),
        )


def write_fp16(bundle: Path, output: Path) -> None:
    """Convert a bundle to fp16; frames stay uint8, states and outputs stay fp32.

    Raises:
        ExportError: If it cannot be converted.
    """
    from onnxruntime.transformers.float16 import convert_float_to_float16
    from onnxruntime.transformers.onnx_model import OnnxModel

    with _refusing(bundle):
        converted = OnnxModel(convert_float_to_float16(onnx.load(bundle), keep_io_types=True))
        converted.topological_sort()
        onnx.save(converted.model, output)


def put_card(bundle: Path, card: Card) -> None:
    """Write the card into a graph, checked."""
    model = onnx.load(bundle)
    onnx.helper.set_model_props(model, {CARD_KEY: card.model_dump_json()})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, bundle)


def _float_nodes(graph: Any, layers: int) -> list[str]:
    """Everything before convolution number ``layers``, pooling and classifiers."""
    nodes = list(graph.node)
    convolutions = [i for i, node in enumerate(nodes) if node.op_type == "Conv"]
    first = convolutions[layers] if layers < len(convolutions) else len(nodes)
    head = [n for n in nodes if n.op_type in _HEAD or {"logits", "cam"} & set(n.output)]
    return sorted({node.name for node in [*nodes[:first], *head]})


@contextmanager
def _refusing(bundle: Path) -> Iterator[None]:
    """Other people's remarks stay out of the way; their errors become ours."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        kind = type(error).__name__
        raise ExportError(f"{bundle}: cannot be converted: {kind}: {one_line(error)}") from error
    finally:
        root.setLevel(level)
