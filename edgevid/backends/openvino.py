"""OpenVINO, for x86 processors: often the faster one, above all with int8 and bf16."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from edgevid.backends.bundle import check_graph, host_inputs, host_outputs
from edgevid.backends.state_rows import StateGroup, StateRow, gather_rows, stack_rows
from edgevid.errors import BackendUnavailableError, BundleError, InferenceError, one_line
from edgevid.interfaces import Backend, Bundle
from edgevid.interfaces import Options as BaseOptions

_HINTS = {"float32": "f32", "bfloat16": "bf16"}


class OpenVinoBackend(Backend):
    """Runs a bundle by OpenVINO, https://docs.openvino.ai."""

    name: ClassVar[str] = "openvino"
    devices: ClassVar[Sequence[str]] = ("cpu",)

    class Options(BaseOptions):
        """Options of the openvino backend."""

        device: Literal["cpu"] = Field(default="cpu", description="Required device.")
        threads: int | None = Field(
            default=None, gt=0, description="CPU threads; OpenVINO's own choice if null."
        )
        precision: Literal["float32", "bfloat16"] = Field(
            default="float32",
            description="bfloat16 is about twice as fast on processors that have it; scores then "
            "differ from the card's by about 1e-2 of the logits' spread.",
        )

    options: Options

    @classmethod
    def unavailable(cls) -> str | None:
        """Say how to get OpenVINO where it is missing."""
        if importlib.util.find_spec("openvino") is None:
            return 'openvino is not installed; pip install "edgevid[openvino]"'
        return None

    def __init__(self, options: Options, bundle: Bundle) -> None:
        """Read the graph; it is compiled for each batch size when that first comes.

        Args:
            options: Device and threads among them.
            bundle: Its context is not needed.

        Raises:
            BackendUnavailableError: If OpenVINO is missing, or the precision asked for.
            BundleError: If the graph is broken or does not fit its card.
        """
        if reason := self.unavailable():
            raise BackendUnavailableError(reason)
        super().__init__(options, bundle)
        path, card = bundle.path, bundle.card
        try:
            import openvino

            self._core = openvino.Core()
            known = self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        except (ImportError, RuntimeError) as error:
            raise BackendUnavailableError(
                f"openvino is installed but does not start: {one_line(error)}"
            ) from error
        self._check_precision(known)
        try:
            self._graph = self._core.read_model(path.read_bytes())
            ports = {"in": self._graph.inputs, "out": self._graph.outputs}
            types = {
                side: {port.any_name: port.element_type.to_dtype().name for port in found}
                for side, found in ports.items()
            }
        except OSError as error:
            raise BundleError(f"{path}: cannot be read: {error.strerror}") from error
        except Exception as error:
            raise BundleError(f"{path}: OpenVINO refuses it: {one_line(error)}") from error
        check_graph(str(path), card, types["in"], types["out"])
        self._states = {s.name: (s.shape, np.dtype(s.dtype)) for s in card.state_tensors}
        self._wanted = host_outputs(card)
        self._requests: dict[int, Any] = {}
        try:
            self._request(1)
        except RuntimeError as error:
            raise BundleError(f"{path}: OpenVINO refuses it: {one_line(error)}") from error

    def _check_precision(self, known: Sequence[str]) -> None:
        if self.options.precision == "bfloat16" and "BF16" not in known:
            raise BackendUnavailableError(
                f"this processor has no bfloat16 (OpenVINO lists {', '.join(known)}); "
                f"use precision float32"
            )

    def _request(self, batch: int) -> Any:
        """A request whose shapes are fixed: the graph is optimised for them."""
        if batch not in self._requests:
            shapes = {
                port.any_name: [batch, *list(port.partial_shape)[1:]] for port in self._graph.inputs
            }
            graph = self._graph.clone()
            graph.reshape(shapes)
            settings: dict[str, Any] = {
                "PERFORMANCE_HINT": "LATENCY",
                "NUM_STREAMS": 1,
                "INFERENCE_PRECISION_HINT": _HINTS[self.options.precision],
            }
            if self.options.threads is not None:
                settings["INFERENCE_NUM_THREADS"] = self.options.threads
            compiled = self._core.compile_model(graph, "CPU", settings)
            self._requests[batch] = compiled.create_infer_request()
        return self._requests[batch]

    @property
    def provider(self) -> str:
        """The device, as OpenVINO names it."""
        return "CPU"

    @property
    def report(self) -> dict[str, Any]:
        """Version, device, threads, precision."""
        import openvino

        compiled = self._requests[1].get_compiled_model()
        return {
            "version": str(openvino.__version__).partition("-")[0],
            "device": self.options.device,
            "threads": int(compiled.get_property("INFERENCE_NUM_THREADS")),
            "precision": self.options.precision,
        }

    def run(
        self, inputs: Mapping[str, npt.NDArray[Any]], memories: Sequence[Any]
    ) -> tuple[dict[str, npt.NDArray[Any]], list[Any]]:
        """Run a batch; the states of the same streams are read where the last run wrote them."""
        import openvino

        try:
            group = gather_rows(memories, self._make_group) if self._states else None
            request = self._request(len(memories))
            for name in host_inputs(self.card):
                request.set_tensor(name, openvino.Tensor(np.ascontiguousarray(inputs[name])))
            if group is not None:
                for name in self._states:
                    request.set_tensor(f"state.{name}", group.current[name])
                    request.set_tensor(f"next_state.{name}", group.next[name])
            request.infer()
        except RuntimeError as error:
            raise InferenceError(f"{self.card.name}: {one_line(error)}") from error
        outputs = {name: request.get_tensor(name).data.copy() for name in self._wanted}
        if group is None:
            return outputs, [None] * len(memories)
        return outputs, group.advance()

    def _make_group(self, rows: Sequence[StateRow | None]) -> StateGroup:
        """The states of a new set of streams: zeros, or rows of older groups."""
        return self._group_of(stack_rows(rows, self._states, lambda value: value.data))

    def states(
        self, memories: Sequence[Any], *, before: bool = False
    ) -> dict[str, npt.NDArray[Any]]:
        """Copies of the streaming states, on the host."""
        return stack_rows(memories, self._states, lambda value: value.data, before=before)

    def remember(self, states: Mapping[str, npt.NDArray[Any]]) -> list[Any]:
        """Memories that hold given states."""
        return self._group_of(states).rows() if self._states else [None]

    def _group_of(self, batches: Mapping[str, npt.NDArray[Any]]) -> StateGroup:
        import openvino

        current, following = (
            {name: openvino.Tensor(batch.copy()) for name, batch in batches.items()}
            for _ in range(2)
        )
        return StateGroup(current, following, len(next(iter(batches.values()))))
