"""Runs whose tensors stay at the same addresses, so that a GPU can replay a whole frame at once.

ONNX Runtime records a CUDA graph of the first run with a given ``gpu_graph_id`` and replays it
afterwards, which needs every input and output to lie where it lay
(https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html#using-cuda-graphs-preview).
The two sets of state buffers swap, so there is one recording for each order.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from edgevid.backends.state_rows import StateGroup

_NOT_RECORDED = "-1"


@dataclass(slots=True)
class CapturedGraph:
    """One order of buffers, bound."""

    inputs: dict[str, Any]
    outputs: dict[str, Any]
    binding: Any
    options: Any


@dataclass(slots=True)
class StateBuffers:
    """Two sets of state buffers and the graphs of their two orders."""

    first: dict[str, Any]
    second: dict[str, Any]
    graphs: dict[int, CapturedGraph] = field(default_factory=dict)


class FixedBuffers:
    """Keeps buffers and graphs for each batch size, and hands them out again after a reset."""

    def __init__(self, session: Any, wanted: Sequence[str], place: tuple[str, int]) -> None:
        """Prepare for a session.

        Args:
            session: ``onnxruntime.InferenceSession``.
            wanted: Outputs that the host reads.
            place: Device and its number.
        """
        self._session = session
        self._wanted = wanted
        self._place = place
        self._shapes: dict[int, dict[str, tuple[tuple[int, ...], Any]]] = {}
        self._stateless: dict[int, CapturedGraph] = {}
        self._idle: dict[int, list[StateBuffers]] = {}
        self._of_group: weakref.WeakKeyDictionary[StateGroup, StateBuffers] = (
            weakref.WeakKeyDictionary()
        )
        self.num_recordings = 0

    def plain_options(self) -> Any:
        """Options of a run without capture: the first of a batch size, which fixes shapes."""
        return _options(_NOT_RECORDED)

    def learn(self, outputs: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take the shapes of a plain run's outputs."""
        batch = len(next(iter(outputs.values())))
        self._shapes[batch] = {name: (a.shape, a.dtype) for name, a in outputs.items()}

    def group_of(self, batches: Mapping[str, npt.NDArray[Any]]) -> StateGroup:
        """A group that starts with given states, in buffers that an earlier one left if any did."""
        import onnxruntime as ort

        rows = len(next(iter(batches.values())))
        idle = self._idle.setdefault(rows, [])
        if idle:
            buffers = idle.pop()
            for name, batch in batches.items():
                buffers.first[name].update_inplace(np.ascontiguousarray(batch))
        else:
            first, second = (
                {n: ort.OrtValue.ortvalue_from_numpy(b.copy(), *self._place)
                 for n, b in batches.items()}
                for _ in range(2)
            )  # fmt: skip
            buffers = StateBuffers(first, second)
        group = StateGroup(buffers.first, buffers.second, rows)
        self._of_group[group] = buffers
        weakref.finalize(group, idle.append, buffers).atexit = False
        return group

    def run(
        self, inputs: Mapping[str, npt.NDArray[Any]], group: StateGroup | None
    ) -> dict[str, npt.NDArray[Any]] | None:
        """Run a batch in its fixed buffers; None if the shapes of its outputs are not known yet."""
        batch = len(next(iter(inputs.values())))
        if batch not in self._shapes:
            return None
        if group is None:
            graphs, order = self._stateless, batch
        else:
            graphs, order = self._of_group[group].graphs, group.version % 2
        recording = graphs.get(order)
        if recording is None:
            recording = graphs[order] = self._record(inputs, group, batch)
        for name, array in inputs.items():
            recording.inputs[name].update_inplace(np.ascontiguousarray(array))
        self._session.run_with_iobinding(recording.binding, recording.options)
        # A copy: on the CPU the array would be the buffer that the next frame overwrites.
        return {name: np.array(value.numpy()) for name, value in recording.outputs.items()}

    def _record(
        self, inputs: Mapping[str, npt.NDArray[Any]], group: StateGroup | None, batch: int
    ) -> CapturedGraph:
        import onnxruntime as ort

        self.num_recordings += 1
        bound = CapturedGraph(
            {n: ort.OrtValue.ortvalue_from_numpy(a.copy(), *self._place)
             for n, a in inputs.items()},
            {n: ort.OrtValue.ortvalue_from_shape_and_type(list(shape), dtype, *self._place)
             for n, (shape, dtype) in self._shapes[batch].items()},
            self._session.io_binding(),
            _options(str(self.num_recordings)),
        )  # fmt: skip
        for name, value in bound.inputs.items():
            bound.binding.bind_ortvalue_input(name, value)
        for name, value in bound.outputs.items():
            bound.binding.bind_ortvalue_output(name, value)
        if group is not None:
            for name in group.current:
                bound.binding.bind_ortvalue_input(f"state.{name}", group.current[name])
                bound.binding.bind_ortvalue_output(f"next_state.{name}", group.next[name])
        return bound


def _options(graph_id: str) -> Any:
    import onnxruntime as ort

    options = ort.RunOptions()
    options.add_run_config_entry("gpu_graph_id", graph_id)
    return options
