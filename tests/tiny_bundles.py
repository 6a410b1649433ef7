"""Smallest real bundles of each temporal mode, made with onnx; not tests themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from edgevid.card import CARD_KEY, Card, Pathway, StateTensor

SIZE = (4, 6)
CLASSES = ("blue", "green", "red")


def card_for(mode: str, **changes: Any) -> Card:
    fields: dict[str, Any] = {
        "name": f"tiny_{mode}",
        "class_names": CLASSES,
        "temporal_mode": mode,
        "input_rate_hz": 10.0,
        "input_size": SIZE,
        "max_gap_seconds": 1.0,
    }
    if mode == "stream":
        fields["state_tensors"] = (StateTensor(name="last", shape=(3,)),)
    if mode == "clip":
        fields |= {"num_frames": 4, "stride_frames": 2}
    if mode == "multirate":
        fields["pathways"] = (
            Pathway(name="slow", num_frames=2, rate_hz=2.5),
            Pathway(name="fast", num_frames=4, rate_hz=10.0),
        )
    return Card(**(fields | changes))


def _mean(nodes: list[Any], source: str, out: str, axes: list[int]) -> None:
    """Mean colour of a uint8 input, in [0, 1]."""
    nodes += [
        helper.make_node("Cast", [source], [f"{out}_float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", [f"{out}_float"], [f"{out}_mean"], axes=axes, keepdims=0),
        helper.make_node("Div", [f"{out}_mean", "full"], [out]),
    ]


def graph_for(card: Card) -> onnx.ModelProto:
    h, w = card.input_size or SIZE
    nodes: list[Any] = []
    inputs, outputs = [], [_out("logits", ["N", 3])]
    if card.temporal_mode in ("frame", "stream"):
        inputs.append(_in("frames", ["N", h, w, 3]))
        _mean(nodes, "frames", "colour", [1, 2])
    elif card.temporal_mode == "clip":
        inputs.append(_in("frames", ["N", card.num_frames, h, w, 3]))
        _mean(nodes, "frames", "colour", [1, 2, 3])
    else:
        for pathway in card.pathways:
            inputs.append(_in(f"frames.{pathway.name}", ["N", pathway.num_frames, h, w, 3]))
            _mean(nodes, f"frames.{pathway.name}", f"colour_{pathway.name}", [1, 2, 3])
        nodes.append(helper.make_node("Sub", ["colour_fast", "colour_slow"], ["colour"]))
    if card.temporal_mode == "stream":
        # A leaky sum: what is in the state shows in every later score.
        inputs.append(helper.make_tensor_value_info("state.last", TensorProto.FLOAT, ["N", 3]))
        outputs.append(_out("next_state.last", ["N", 3]))
        nodes += [
            helper.make_node("Mul", ["state.last", "half"], ["decayed"]),
            helper.make_node("Add", ["colour", "decayed"], ["logits"]),
            helper.make_node("Identity", ["logits"], ["next_state.last"]),
        ]
    else:
        nodes.append(helper.make_node("Identity", ["colour"], ["logits"]))
    if card.has_cam:
        outputs.append(_out("cam", ["N", 3, 1, 1]))
        nodes.append(helper.make_node("Reshape", ["logits", "cam_shape"], ["cam"]))
    constants = [
        numpy_helper.from_array(np.array(255, np.float32), "full"),
        numpy_helper.from_array(np.array(0.5, np.float32), "half"),
        numpy_helper.from_array(np.array([-1, 3, 1, 1], np.int64), "cam_shape"),
    ]
    graph = helper.make_graph(nodes, card.name, inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model


def write_bundle(path: Path, card: Card, *, metadata: str | None = None) -> Path:
    model = graph_for(card)
    helper.set_model_props(
        model, {CARD_KEY: card.model_dump_json() if metadata is None else metadata}
    )
    onnx.save(model, path)
    return path


def _in(name: str, shape: list[Any]) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.UINT8, shape)


def _out(name: str, shape: list[Any]) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
