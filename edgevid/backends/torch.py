"""The PyTorch checkpoint of a bundle: fallback and reference. Imports PyTorch on use."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from edgevid.backends.bundle import frame_inputs
from edgevid.backends.weights_file import read_safetensors
from edgevid.card import Card
from edgevid.errors import BackendUnavailableError, InferenceError, WeightsError, one_line
from edgevid.interfaces import Backend, Bundle
from edgevid.interfaces import Options as BaseOptions

_DTYPES = {"float32": "float32", "float16": "float16"}


@dataclass(frozen=True, slots=True)
class TorchMemory:
    """One stream's states, tensors without the batch axis."""

    after: tuple[Any, ...]
    """Values that the last run wrote."""
    before: tuple[Any, ...]
    """Values that it read."""


class TorchBackend(Backend):
    """Runs the network that the card names, with the weights beside the bundle."""

    name: ClassVar[str] = "torch"
    devices: ClassVar[Sequence[str]] = ("cuda", "cpu")

    class Options(BaseOptions):
        """Options of the torch backend."""

        device: Literal["cpu", "cuda"] = Field(
            default="cpu", description="Required device; it never falls back."
        )
        threads: int | None = Field(
            default=None, gt=0, description="CPU threads; PyTorch's own choice if null."
        )

    options: Options

    @classmethod
    def unavailable(cls) -> str | None:
        """Say how to get PyTorch where it is missing."""
        for module, package in (("torch", "torch"), ("safetensors", "safetensors")):
            if importlib.util.find_spec(module) is None:
                return f'{package} is not installed; pip install "edgevid[zoo]"'
        return None

    def __init__(self, options: Options, bundle: Bundle) -> None:
        """Build the card's architecture and load the weights beside the bundle.

        Args:
            options: Device and threads.
            bundle: Its weights are the same name with ``.safetensors``; its card names the
                architecture, which its context opens.

        Raises:
            BackendUnavailableError: If PyTorch, device, checkpoint or plugin is missing.
            WeightsError: If the weights do not fit the network.
        """
        if reason := self.unavailable():
            raise BackendUnavailableError(reason)
        super().__init__(options, bundle)
        path, card, context = bundle.path, bundle.card, bundle.context
        if card.architecture is None or context.open_architecture is None:
            raise BackendUnavailableError("the card names no PyTorch architecture")
        weights = path.with_suffix(".safetensors")
        if not weights.is_file():
            raise BackendUnavailableError(f"its PyTorch checkpoint {weights} does not exist")
        try:
            architecture = context.open_architecture(card.architecture)
        except LookupError as error:
            raise BackendUnavailableError(str(error)) from error
        module = architecture.build(card)
        fit_weights(module.network, read_safetensors(weights), str(weights))
        self._set_up(module)

    @classmethod
    def around(cls, options: Options, card: Card, module: Any) -> TorchBackend:
        """Run a module that is already built, in bundle form, with its weights in place."""
        backend = cls.__new__(cls)
        backend.options, backend.card = options, card
        backend._set_up(module)
        return backend

    def _set_up(self, module: Any) -> None:
        import torch

        card, options = self.card, self.options
        if options.device == "cuda" and not torch.cuda.is_available():
            raise BackendUnavailableError(
                f"torch {torch.__version__} finds no CUDA device (driver, GPU or CUDA build "
                f"missing)"
            )
        if options.threads is not None:
            torch.set_num_threads(options.threads)
        self._device = torch.device("cuda:0" if options.device == "cuda" else "cpu")
        self._module = module.eval().to(self._device)
        self._inputs = list(frame_inputs(card))

    @property
    def provider(self) -> str:
        """``cpu`` or ``cuda:0``."""
        return str(self._device)

    @property
    def report(self) -> dict[str, Any]:
        """Version, device, threads."""
        import torch

        return {
            "version": str(torch.__version__),
            "device": self._device.type,
            "threads": torch.get_num_threads(),
        }

    def run(
        self, inputs: Mapping[str, npt.NDArray[Any]], memories: Sequence[Any]
    ) -> tuple[dict[str, npt.NDArray[Any]], list[Any]]:
        """Run a batch; a memory holds tensors without the batch axis, on the device."""
        import torch

        try:
            with torch.inference_mode():
                frames = [
                    torch.from_numpy(np.ascontiguousarray(inputs[name])).to(self._device)
                    for name in self._inputs
                ]
                states = [
                    torch.stack([self._state(memory, place) for memory in memories])
                    for place in range(len(self.card.state_tensors))
                ]
                logits, cam, *following = self._module(*frames, *states)
                outputs = {"logits": logits.float().cpu().numpy()}
                if cam is not None:
                    outputs["cam"] = cam.float().cpu().numpy()
                rows = [
                    TorchMemory(tuple(s[i] for s in following), tuple(s[i] for s in states))
                    if following
                    else None
                    for i in range(len(memories))
                ]
        except RuntimeError as error:
            raise InferenceError(f"{self.card.name}: {one_line(error)}") from error
        return outputs, rows

    def states(
        self, memories: Sequence[Any], *, before: bool = False
    ) -> dict[str, npt.NDArray[Any]]:
        """Copies of the streaming states, on the host."""
        import torch

        return {
            tensor.name: torch.stack([self._state(m, place, before) for m in memories])
            .cpu()
            .numpy()
            for place, tensor in enumerate(self.card.state_tensors)
        }

    def remember(self, states: Mapping[str, npt.NDArray[Any]]) -> list[Any]:
        """Memories that hold given states."""
        import torch

        on_device = [torch.from_numpy(value).to(self._device) for value in states.values()]
        rows = zip(*on_device, strict=True)
        return [TorchMemory(row, row) for row in rows]

    def _state(self, memory: TorchMemory | None, place: int, before: bool = False) -> Any:
        import torch

        if memory is not None:
            return (memory.before if before else memory.after)[place]
        tensor = self.card.state_tensors[place]
        dtype = getattr(torch, _DTYPES[tensor.dtype])
        return torch.zeros(tensor.shape, dtype=dtype, device=self._device)


def cuda_device() -> str | None:
    """Name of the GPU that PyTorch would use; None if it sees none. Imports torch."""
    import torch

    return str(torch.cuda.get_device_name(0)) if torch.cuda.is_available() else None


def fit_weights(network: Any, found: Mapping[str, Any], where: str) -> None:
    """Load tensors into a network, strictly.

    Args:
        network: A ``torch.nn.Module``.
        found: Key → tensor.
        where: What they come from, for messages.

    Raises:
        WeightsError: If a key is missing, unknown or of another shape; the first five are named.
    """
    expected = network.state_dict()
    problems = [f"missing {key}" for key in expected if key not in found]
    problems += [f"unknown {key}" for key in found if key not in expected]
    problems += [
        f"{key} is {tuple(found[key].shape)}, not {tuple(tensor.shape)}"
        for key, tensor in expected.items()
        if key in found and found[key].shape != tensor.shape
    ]
    if problems:
        more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise WeightsError(f"{where}: does not fit the network: {'; '.join(problems[:5])}{more}")
    network.load_state_dict(dict(found))
