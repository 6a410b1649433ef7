"""Models, which turn frames into predictions, their state for each stream, and explainers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from edgevid.card import Card
from edgevid.errors import BackendUnavailableError
from edgevid.interfaces.backend import ModelContext
from edgevid.interfaces.base import Plugin
from edgevid.types import Floats, Frame, Image, Prediction, Region, Scores


@dataclass(slots=True)
class StreamState:
    """State that a model carries from frame to frame for one stream."""

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


class Model(Plugin):
    """Turns frames into predictions.

    Subclasses give ``card`` and ``infer``. The base class keeps the times, marks predictions of
    the warm-up as not valid. A model never gets a frame of the future.

    Examples:
        >>> import numpy as np
        >>> from edgevid import Card, Model, Options, Scores, load, stream
        >>> class Brightness(Model):
        ...     card = Card(name="brightness", class_names=("dark", "bright"), input_rate_hz=5.0,
        ...                 temporal_mode="frame")
        ...     def infer(self, frames, states):
        ...         bright = [frame.image.mean() / 255 for frame in frames]
        ...         return [Scores(np.array([1 - b, b], np.float32)) for b in bright]
        >>> model = load(Brightness(Options()))
        >>> {result.label for result in stream("drive.mp4", model, duration_seconds=2)}
        {'bright'}
    """

    card: Card
    bundle: Path | None = None
    """The file it runs, if it is one."""
    bounded_memory: ClassVar[bool] = False
    """Whether a score depends, bit for bit, on no frames but those that the card names (by mode,
    ``memory_frames`` or window). Only then may long recordings be cut and analysed in parts."""

    def __init__(self, options: BaseModel, context: ModelContext | None = None) -> None:
        super().__init__(options)
        self.context = context or ModelContext()

    @classmethod
    def options_for_path(cls, path: str) -> Mapping[str, Any] | None:
        """Options with which this model runs the file at ``path``; None if it runs no such files.

        It makes ``--model FILE`` and ``edgevid.load(FILE)`` find the model by the file's name.
        """
        return None

    @classmethod
    def bundle_path(cls) -> Path | None:
        """The bundle that it runs whatever its options are; None if it depends on them, or if none.

        Raises:
            BundleError: If the bundle is missing.
        """
        return None

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

    def recover(self) -> None:
        """Run on something else after a failure; all states must be reset then.

        Raises:
            BackendUnavailableError: If there is nothing else to run on.
        """
        raise BackendUnavailableError(f"{self.card.name}: there is nothing else to run it on")

    def last_inputs(
        self, frame: Frame, state: StreamState
    ) -> tuple[Image, Mapping[str, npt.NDArray[Any]]]:
        """Inputs of the last step of a stream, for explainers.

        Args:
            frame: The frame of that step.
            state: The stream's state, as the step left it.

        Returns:
            The resized image, uint8 BGR, (h, w, 3), and the states before the step, name →
            (1, *shape).

        Raises:
            BackendUnavailableError: If the model does not expose them.
        """
        raise BackendUnavailableError(
            f"{self.card.name}: this model does not expose its inputs, which this explainer needs"
        )

    def take_resized(self) -> bool:
        """Expect frames that were resized by the card's rule already, from now on.

        Workers can then resize where they decode. Called before the first step.

        Returns:
            False, the default, if this model needs whole frames.
        """
        return False

    @property
    def regions(self) -> Sequence[Region]:
        """Parts of the image that the model watches, for the ``regions`` overlay."""
        return ()

    @property
    def runs_on(self) -> Mapping[str, Any]:
        """Backend that really executes: at least ``backend`` and ``provider``."""
        return {"backend": "numpy", "provider": "cpu"}


class Explainer(Plugin):
    """Shows where the evidence for a prediction is. Runs in the inference thread."""

    costs: bool = False
    """Whether it computes anything: then it is left out while frames wait that must not age."""
    at: Literal["always", "events"] = "always"
    """Or only at the start and at new peaks of events."""
    every_seconds: float = 0.0
    """``always``: not more often than this, in the source's time."""

    def __init__(self, options: BaseModel, context: ModelContext | None = None) -> None:
        super().__init__(options)
        self.context = context or ModelContext()

    def open(self, model: Model) -> None:
        """Called once, before the first frame, with the model that is explained."""

    def recover(self) -> None:
        """The model's backend failed and the model runs on another one now; so must this."""

    @abstractmethod
    def explain(self, frame: Frame, prediction: Prediction, state: StreamState) -> Floats | None:
        """Saliency for the top class: float32, (h, w), in [0, 1]; None if there is none.

        Args:
            frame: The newest frame.
            prediction: The frame's prediction.
            state: The stream's state, as the step left it; only to read.
        """
