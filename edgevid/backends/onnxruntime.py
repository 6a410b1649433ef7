"""ONNX Runtime: CPU, CUDA and TensorRT, with the streaming state kept on the device."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from edgevid.backends.bundle import check_graph, host_outputs
from edgevid.backends.fixed_buffers import FixedBuffers
from edgevid.backends.state_rows import StateGroup, StateRow, gather_rows, stack_rows
from edgevid.errors import BackendUnavailableError, BundleError, InferenceError, one_line
from edgevid.interfaces import Backend, Bundle
from edgevid.interfaces import Options as BaseOptions
from edgevid.machine import usable_cores

_PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}
_SEVERITY_ERROR = 3


class OnnxRuntimeBackend(Backend):
    """Runs a bundle by ONNX Runtime, https://onnxruntime.ai."""

    name: ClassVar[str] = "onnxruntime"
    devices: ClassVar[Sequence[str]] = ("cuda", "cpu", "tensorrt")

    class Options(BaseOptions):
        """Options of the onnxruntime backend."""

        device: Literal["cpu", "cuda", "tensorrt"] = Field(
            default="cpu", description="Required execution provider; it never falls back."
        )
        device_id: int = Field(default=0, ge=0, description="Index of the GPU.")
        threads: int | None = Field(
            default=None,
            gt=0,
            description="CPU threads of one operator; all usable cores if null.",
        )
        spin: bool = Field(
            default=False,
            description="Let idle threads spin: slightly faster, but each core stays busy.",
        )
        arena: bool = Field(
            default=True,
            description="Reuse freed memory for the next frame; off uses less memory between "
            "frames.",
        )
        tf32: bool = Field(
            default=False,
            description="cuda: faster convolutions with ten bits of mantissa; scores "
            "then differ from the card's by about 1e-3 of the logits' spread.",
        )
        cuda_graph: bool = Field(
            default=False,
            description="Bind tensors to fixed buffers; cuda then captures one CUDA graph per "
            "batch size and replays it.",
        )
        trt_cache: str | None = Field(
            default=None, description="Folder for TensorRT engines, which take minutes to build."
        )

    options: Options

    @classmethod
    def unavailable(cls) -> str | None:
        """Say how to get ONNX Runtime where it is missing."""
        if importlib.util.find_spec("onnxruntime") is None:
            return (
                'onnxruntime is not installed; pip install "edgevid[cpu]", or "edgevid[gpu]" for '
                "NVIDIA GPUs"
            )
        return None

    def __init__(self, options: Options, bundle: Bundle) -> None:
        """Open a session.

        Args:
            options: Device and threads among them.
            bundle: Its context is not needed.

        Raises:
            BackendUnavailableError: If the device asked for cannot be used, with the reason.
            BundleError: If the graph is broken or does not fit its card.
        """
        if reason := self.unavailable():
            raise BackendUnavailableError(reason)
        super().__init__(options, bundle)
        path, card = bundle.path, bundle.card
        self._session = self._open_session(path)
        check_graph(
            str(path),
            card,
            {node.name: node.type for node in self._session.get_inputs()},
            {node.name: node.type for node in self._session.get_outputs()},
        )
        self._states = {s.name: (s.shape, np.dtype(s.dtype)) for s in card.state_tensors}
        self._wanted = host_outputs(card)
        self._device = "cpu" if self.options.device == "cpu" else "cuda"
        self._fixed = (
            FixedBuffers(self._session, self._wanted, (self._device, options.device_id))
            if options.cuda_graph
            else None
        )

    def _open_session(self, path: Path) -> Any:
        import onnxruntime as ort

        provider = _PROVIDERS[self.options.device]
        available = ort.get_available_providers()
        if provider not in available:
            raise BackendUnavailableError(
                f"this onnxruntime {ort.__version__} was built without {provider} (it has "
                f"{', '.join(available)}); for NVIDIA GPUs: pip uninstall onnxruntime && "
                f'pip install "edgevid[gpu]"'
            )
        settings = ort.SessionOptions()
        settings.log_severity_level = _SEVERITY_ERROR
        settings.intra_op_num_threads = self._threads
        settings.enable_cpu_mem_arena = self.options.arena
        settings.add_session_config_entry(
            "session.intra_op.allow_spinning", "1" if self.options.spin else "0"
        )
        try:
            session = ort.InferenceSession(
                path.read_bytes(), settings, providers=self._provider_list(provider)
            )
        except OSError as error:
            raise BundleError(f"{path}: cannot be read: {error.strerror}") from error
        except Exception as error:
            if self.options.device == "cpu":
                raise BundleError(f"{path}: ONNX Runtime refuses it: {one_line(error)}") from error
            raise BackendUnavailableError(f"{provider}: {one_line(error)}") from error
        # ONNX Runtime drops a provider that fails to start and goes on with the next one.
        if session.get_providers()[0] != provider:
            raise BackendUnavailableError(
                f"{provider} is in this onnxruntime {ort.__version__} but did not start here, "
                f"most often because a CUDA, cuDNN or TensorRT library or the driver is missing "
                f"(`edgevid doctor` shows more)"
            )
        return session

    def _provider_list(self, provider: str) -> list[Any]:
        device = {"device_id": self.options.device_id}
        cuda = {
            **device,
            "use_tf32": str(int(self.options.tf32)),
            "enable_cuda_graph": str(int(self.options.cuda_graph)),
        }
        if self.options.device == "cpu":
            return [provider]
        if self.options.device == "cuda":
            return [(provider, cuda), _PROVIDERS["cpu"]]
        engine: dict[str, Any] = dict(device)
        if self.options.trt_cache:
            engine |= {
                "trt_engine_cache_enable": True,
                "trt_engine_cache_path": self.options.trt_cache,
            }
        return [(provider, engine), (_PROVIDERS["cuda"], cuda), _PROVIDERS["cpu"]]

    @property
    def _threads(self) -> int:
        return self.options.threads or usable_cores()

    @property
    def provider(self) -> str:
        """The execution provider that runs, as ONNX Runtime names it."""
        return str(self._session.get_providers()[0])

    @property
    def report(self) -> dict[str, Any]:
        """Version, device, threads."""
        import onnxruntime as ort

        return {
            "version": ort.__version__,
            "device": self.options.device,
            "threads": self._threads,
            "spin": self.options.spin,
            "arena": self.options.arena,
            "cuda_graph": self.options.cuda_graph,
        }

    @property
    def num_recordings(self) -> int:
        """Number of sets of fixed buffers bound; 0 without ``cuda_graph``."""
        return self._fixed.num_recordings if self._fixed else 0

    def run(
        self, inputs: Mapping[str, npt.NDArray[Any]], memories: Sequence[Any]
    ) -> tuple[dict[str, npt.NDArray[Any]], list[Any]]:
        """Run a batch; the states never leave the device while the streams stay the same."""
        try:
            group = gather_rows(memories, self._make_group) if self._states else None
            outputs = self._fixed.run(inputs, group) if self._fixed else None
            if outputs is None:
                outputs = self._run_once(inputs, group)
        except ValueError:
            raise
        except Exception as error:
            raise InferenceError(f"{self.card.name}: {one_line(error)}") from error
        if group is None:
            return outputs, [None] * len(memories)
        return outputs, group.advance()

    def _run_once(
        self, inputs: Mapping[str, npt.NDArray[Any]], group: StateGroup | None
    ) -> dict[str, npt.NDArray[Any]]:
        binding = self._session.io_binding()
        for name, array in inputs.items():
            binding.bind_cpu_input(name, np.ascontiguousarray(array))
        # Outputs come back in the order of binding, so those for the host go first.
        for name in self._wanted:
            binding.bind_output(name, "cpu")
        if group is not None:
            for name in self._states:
                binding.bind_ortvalue_input(f"state.{name}", group.current[name])
                binding.bind_ortvalue_output(f"next_state.{name}", group.next[name])
        self._session.run_with_iobinding(
            binding, self._fixed.plain_options() if self._fixed else None
        )
        values = binding.get_outputs()
        outputs = {name: value.numpy() for name, value in zip(self._wanted, values, strict=False)}
        if self._fixed is not None:
            self._fixed.learn(outputs)
        return outputs

    def states(
        self, memories: Sequence[Any], *, before: bool = False
    ) -> dict[str, npt.NDArray[Any]]:
        """Copies of the streaming states, on the host."""
        return stack_rows(memories, self._states, lambda value: value.numpy(), before=before)

    def remember(self, states: Mapping[str, npt.NDArray[Any]]) -> list[Any]:
        """Memories that hold given states."""
        return self._group_of(states).rows() if self._states else [None]

    def _make_group(self, rows: Sequence[StateRow | None]) -> StateGroup:
        """Build the states of a new set of streams: zeros, or rows fetched from older groups."""
        return self._group_of(stack_rows(rows, self._states, lambda value: value.numpy()))

    def _group_of(self, batches: Mapping[str, npt.NDArray[Any]]) -> StateGroup:
        import onnxruntime as ort

        if self._fixed is not None:
            return self._fixed.group_of(batches)
        place = (self._device, self.options.device_id)
        # On the CPU an OrtValue is the array itself, and the two sets must not be the same memory.
        current, following = (
            {n: ort.OrtValue.ortvalue_from_numpy(b.copy(), *place) for n, b in batches.items()}
            for _ in range(2)
        )
        return StateGroup(current, following, len(next(iter(batches.values()))))
