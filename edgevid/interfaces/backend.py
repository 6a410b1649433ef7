"""Backends, which execute bundles, and architectures, which become bundles by export."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy.typing as npt
from pydantic import BaseModel

from edgevid.card import Card
from edgevid.errors import BackendUnavailableError
from edgevid.interfaces.base import Plugin


class Backend(Plugin):
    """Executes a bundle.

    Its ``Options`` have a field ``device`` with the values of ``devices``. The constructor raises
    ``BackendUnavailableError`` with the reason if that device cannot be used: it never falls back.
    """

    name: ClassVar[str]
    devices: ClassVar[Sequence[str]] = ("cpu",)
    """Devices it knows, in the order in which to try them."""
    opened_on: tuple[str, str] | None = None
    """Name and device that the runtime opened it for."""

    def __init__(self, options: BaseModel, bundle: Bundle) -> None:
        super().__init__(options)
        self.card = bundle.card

    @property
    @abstractmethod
    def provider(self) -> str:
        """The provider that really runs, for example ``CPUExecutionProvider`` or ``cuda:0``."""

    @property
    def report(self) -> dict[str, Any]:
        """Settings worth recording: threads, precision, device."""
        return {}

    @abstractmethod
    def run(
        self, inputs: Mapping[str, npt.NDArray[Any]], memories: Sequence[Any]
    ) -> tuple[dict[str, npt.NDArray[Any]], list[Any]]:
        """Run a batch.

        Args:
            inputs: Graph inputs without the states; the first axis is the batch, N.
            memories: N memories as returned by the last call; None starts from zeros.

        Returns:
            Outputs without the states (host arrays), and the N next memories.

        Raises:
            InferenceError: If the computation fails; the run may then go on with another backend.
        """

    def states(
        self, memories: Sequence[Any], *, before: bool = False
    ) -> dict[str, npt.NDArray[Any]]:
        """Copies of the streaming states of N streams, to explain or store them.

        Args:
            memories: N memories as the last run returned them; None is zeros.
            before: The states that run read, instead of those it wrote.

        Returns:
            Name of the state tensor → host array, (N, *shape).
        """
        raise BackendUnavailableError(f"the backend {self.name} does not hand out its states")

    def remember(self, states: Mapping[str, npt.NDArray[Any]]) -> list[Any]:
        """Memories for ``run`` that hold given states, as ``states`` returns them."""
        raise BackendUnavailableError(f"the backend {self.name} does not take states")


@dataclass(frozen=True)
class ModelContext:
    """The runtime's services for a model that wants a backend."""

    open_backend: Any = None
    """``open_backend(path, card, failed) -> Backend``, with the user's choice of backend applied.

    ``failed`` is a backend that failed in the middle of a run, None at first.
    """
    open_architecture: Any = None
    """``open_architecture(name) -> Architecture``, by registered name."""
    want_saliency: bool = True
    """False if saliency is neither drawn nor stored, so that a model may skip it."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle to execute, and what executing it may need."""

    path: Path
    card: Card
    """Card of the file."""
    context: ModelContext = field(default_factory=ModelContext)


@dataclass(frozen=True, slots=True)
class Counts:
    """Parameters and operations of a network."""

    parameters: int
    """Without the running statistics of batch-norm."""
    macs: int
    """Multiply-accumulates of convolutions and matrix products, of one frame of a stream or of one
    whole clip; without the class activation maps, which are no part of the papers'."""

    @property
    def giga_macs(self) -> float:
        """The same in 10^9."""
        return self.macs / 1e9


class Architecture(ABC):
    """A PyTorch network that can be built by name, and exported to a bundle.

    Nothing here imports torch; implementations do, inside their methods.
    """

    name: ClassVar[str]
    baseline: ClassVar[str | None] = None
    """Name of the architecture that ``edgevid bench models`` compares it with, None for none."""
    small: ClassVar[dict[str, Any]] = {}
    """Arguments of ``default_card`` for a network of the same shape that is quick on any CPU."""

    @abstractmethod
    def default_card(self, class_names: Sequence[str], **options: Any) -> Card:
        """The card of a fresh network, with the state tensors."""

    @abstractmethod
    def build(self, card: Card) -> Any:
        """Build the ``torch.nn.Module`` of the card, in bundle form.

        Its ``forward(frames, *states)`` takes uint8 BGR (N, H, W, 3), or (N, T, H, W, 3) for clips,
        and the card's state tensors in order; it returns ``(logits, cam or None, *next_states)``.
        Its ``network`` attribute is the network alone: ``state_dict`` keys of a checkpoint are the
        network's.
        """

    def counts(self, card: Card) -> Counts | None:
        """Size and work of the card's network, without allocating it; None if unknown."""
        return None
