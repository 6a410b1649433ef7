"""What a plugin subclasses. One class per role; each says what it needs and when it is called."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict
from typing_extensions import Self

from edgevid.card import Card
from edgevid.types import (
    Event,
    Floats,
    Frame,
    Gap,
    Image,
    Prediction,
    Region,
    Scores,
    SourceInfo,
)


class Options(BaseModel):
    """Base of every plugin's inner ``Options``: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Closing(ABC):  # noqa: B024 - the roles below are abstract
    """Context manager that closes."""

    def close(self) -> None:  # noqa: B027 - nothing to release is a fine default
        """Release everything. Called once, also after a failed ``open``."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @classmethod
    def unavailable(cls) -> str | None:
        """Say why this cannot run on this machine and what to do, or None if it can."""
        return None


# --------------------------------------------------------------------------- sources


@dataclass(frozen=True, slots=True)
class Grabbed:
    """A frame that is there but not decoded yet."""

    index: int
    pts_seconds: float
    captured_at: float


class Source(_Closing):
    """Where frames come from.

    The capture thread calls ``open`` once, then ``grab``, and ``retrieve`` only for the frames that
    somebody wants, so that a dropped frame costs no decode.
    """

    Options: ClassVar[type[BaseModel]] = Options

    def __init__(self, uri: str, options: BaseModel) -> None:
        self.uri = uri
        self.options = options

    @abstractmethod
    def open(self) -> SourceInfo:
        """Open it, loudly.

        Raises:
            SourceOpenError: One line with what was given and what to do.
        """

    @abstractmethod
    def grab(self) -> Grabbed | Gap | None:
        """Advance by one frame. None is the end; a Gap says that a stretch is missing.

        Never blocks for ever: a live source reconnects inside and gives up with an error.

        Raises:
            SourceLostError: If it cannot go on.
        """

    @abstractmethod
    def retrieve(self, out: Image | None = None) -> Image | None:
        """Decode the frame just grabbed, into ``out`` if its shape fits.

        Returns:
            uint8 BGR, (H, W, 3): ``out`` itself or a new array. None for a corrupt frame.
        """

    @property
    def warnings(self) -> Sequence[str]:
        """What the user should know at the end, for example that the file is cut off."""
        return ()

    def interrupt(self) -> None:
        """Make a blocked ``grab`` return soon. Called from another thread."""


# --------------------------------------------------------------------------- models


@dataclass(slots=True)
class StreamState:
    """What a model carries from frame to frame for one stream."""

    memory: Any = None
    """The model's own; None after a reset."""
    started_seconds: float | None = None
    """pts of the first frame since the last reset."""
    num_steps: int = 0

    def reset(self) -> None:
        """Forget everything: the next frame is a first frame, and warm-up starts again."""
        self.memory = None
        self.started_seconds = None
        self.num_steps = 0


class Backend(_Closing):
    """What executes a bundle.

    Its ``Options`` have a field ``device`` with the values of ``devices``. The constructor raises
    ``BackendUnavailableError`` with the reason if that device cannot be used: it never falls back.
    """

    name: ClassVar[str]
    Options: ClassVar[type[BaseModel]] = Options
    devices: ClassVar[Sequence[str]] = ("cpu",)
    """Devices it knows, in the order in which to try them."""

    @abstractmethod
    def __init__(
        self, path: Path, card: Card, options: Any, context: ModelContext | None = None
    ) -> None:
        """Open the bundle at ``path``."""

    @property
    @abstractmethod
    def provider(self) -> str:
        """What really runs, for example ``CPUExecutionProvider`` or ``cuda:0``."""

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
        """


@dataclass(frozen=True)
class ModelContext:
    """What the runtime hands to a model that wants a backend."""

    open_backend: Any = None
    """``open_backend(path, card) -> Backend``, with the user's choice of backend applied."""
    open_architecture: Any = None
    """``open_architecture(name) -> Architecture``, by registered name."""
    want_saliency: bool = True
    """False if nobody draws or stores saliency, so that a model may skip it."""


class Model(_Closing):
    """Turns frames into predictions.

    Subclasses give ``card`` and ``infer``. The base class keeps the times, marks predictions of
    the warm-up as not valid, and says so with the contract in one place. A model never sees a
    frame of the future.
    """

    Options: ClassVar[type[BaseModel]] = Options
    card: Card

    def __init__(self, options: BaseModel, context: ModelContext | None = None) -> None:
        self.options = options
        self.context = context or ModelContext()

    @abstractmethod
    def infer(
        self, frames: Sequence[Frame], states: Sequence[StreamState]
    ) -> Sequence[Scores | None]:
        """Analyse one frame of each stream; update ``state.memory``.

        Args:
            frames: N frames, at the card's rate, one per stream.
            states: N states in the same order; ``memory`` is None on a stream's first frame.

        Returns:
            N scores; None where none is due (a clip that is not full, a stride).
        """

    def open(self) -> StreamState:
        """State of a new stream."""
        return StreamState()

    def step(
        self, frames: Sequence[Frame], states: Sequence[StreamState]
    ) -> list[Prediction | None]:
        """Analyse one frame of each of N streams.

        Args:
            frames: N frames at the card's rate.
            states: N states from ``open``, the same one for a stream at each call.
        """
        if len(frames) != len(states):
            raise ValueError(f"one state per frame: got {len(frames)} frames, {len(states)} states")
        for frame, state in zip(frames, states, strict=True):
            if state.started_seconds is None:
                state.started_seconds = frame.pts_seconds
            state.num_steps += 1
        scores = self.infer(frames, states)
        return [
            None if score is None else self._predict(score, frame, state)
            for score, frame, state in zip(scores, frames, states, strict=True)
        ]

    def _predict(self, scores: Scores, frame: Frame, state: StreamState) -> Prediction:
        started = state.started_seconds
        if started is None:
            raise ValueError("infer must not reset the state of the stream it analyses")
        values = np.asarray(scores.values, dtype=np.float32)
        if values.shape != (len(self.card.class_names),):
            raise ValueError(
                f"{self.card.name}: expected {len(self.card.class_names)} scores, one per class, "
                f"got shape {values.shape}"
            )
        age = frame.pts_seconds - started
        # A clip is short by rounding of pts, never by a whole frame.
        tolerance = 0.25 / self.card.input_rate_hz
        return Prediction(
            scores=values,
            start_seconds=max(started, frame.pts_seconds - self.card.window_seconds),
            end_seconds=frame.pts_seconds,
            frame_index=frame.index,
            valid=bool(np.isfinite(values).all())
            and age >= max(self.card.warmup_seconds, self.card.window_seconds) - tolerance,
            saliency=scores.saliency,
            source_id=frame.source_id,
        )

    @property
    def regions(self) -> Sequence[Region]:
        """Parts of the picture that the model watches, for the ``regions`` overlay."""
        return ()

    @property
    def runs_on(self) -> Mapping[str, Any]:
        """What really executes: at least ``backend`` and ``provider``."""
        return {"backend": "numpy", "provider": "cpu"}


class Architecture(ABC):
    """A PyTorch network that can be built by name: it is a bundle's twin and can be exported.

    Nothing here imports torch; implementations do, inside their methods.
    """

    name: ClassVar[str]

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


class Explainer(_Closing):
    """Says where the evidence for a prediction is. Runs in the inference thread."""

    Options: ClassVar[type[BaseModel]] = Options

    def __init__(self, options: BaseModel, context: ModelContext | None = None) -> None:
        self.options = options
        self.context = context or ModelContext()

    @abstractmethod
    def explain(self, frame: Frame, prediction: Prediction) -> Floats | None:
        """Saliency for the top class: float32, (h, w), in [0, 1]; None if there is none."""


# --------------------------------------------------------------------------- events


class EventEngine(_Closing):
    """Turns predictions into events, by pts alone: no wall clock, no frame counts."""

    Options: ClassVar[type[BaseModel]] = Options

    def __init__(self, options: BaseModel, card: Card) -> None:
        self.options = options
        self.card = card

    @abstractmethod
    def update(self, prediction: Prediction) -> Sequence[Event]:
        """Events that open or close at this prediction."""

    @abstractmethod
    def gap(self, gap: Gap) -> Sequence[Event]:
        """Events that a missing stretch closes."""

    @abstractmethod
    def finish(self, end_seconds: float) -> Sequence[Event]:
        """Close what is open: the stream has ended."""


# --------------------------------------------------------------------------- pictures and results


@dataclass(frozen=True, slots=True)
class Session:
    """One stream's run, as sinks and overlays see it when they open."""

    source: SourceInfo
    card: Card
    runs_on: Mapping[str, Any]
    run_id: str
    started_at: str
    """Wall clock, ISO 8601, for people."""
    regions: Sequence[Region] = ()
    background: bool = field(default=False)
    """True when nobody watches: a window sink must refuse."""


class Overlay(_Closing):
    """Draws on a copy of a frame. Only called when a sink asks for pictures."""

    Options: ClassVar[type[BaseModel]] = Options

    def __init__(self, options: BaseModel) -> None:
        self.options = options

    def open(self, session: Session) -> None:
        """Called once, before the first frame."""

    def observe(self, prediction: Prediction, events: Sequence[Event]) -> None:
        """A new prediction and the events it changed; may prepare what ``draw`` shows."""

    @abstractmethod
    def draw(self, picture: Image, frame: Frame) -> None:
        """Draw on ``picture`` in place: uint8 BGR, (H, W, 3), a copy of ``frame.image``."""


class Sink(_Closing):
    """Where results go. Its failure disables it, is counted, and stops nobody else."""

    Options: ClassVar[type[BaseModel]] = Options
    needs_target: ClassVar[bool] = True
    """Whether ``--sink name:target`` needs the target."""
    wants_pictures: bool = False
    """Whether ``picture`` is called, with overlays drawn."""

    def __init__(self, target: str | None, options: BaseModel) -> None:
        self.target = target
        self.options = options

    @abstractmethod
    def open(self, session: Session) -> None:
        """Open it, loudly.

        Raises:
            SinkError: One line with what was given and what to do.
        """

    def prediction(self, prediction: Prediction) -> None:
        """A new prediction."""

    def event(self, event: Event) -> None:
        """An event that opened or closed. Comes after the picture of the same moment."""

    def gap(self, gap: Gap) -> None:
        """A missing stretch."""

    def picture(self, picture: Image, frame: Frame) -> None:
        """A frame with overlays drawn: uint8 BGR, (H, W, 3), read-only; copy to keep."""
