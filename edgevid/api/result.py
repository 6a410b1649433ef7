"""``Result``: one prediction, the events it changed, and its image."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from edgevid.config.schema import PluginConfig, PluginLike
from edgevid.interfaces import RunInfo
from edgevid.pipeline.build import build_overlays
from edgevid.plugins import Plugins
from edgevid.types import Event, Floats, Frame, Gap, Image, Prediction

if TYPE_CHECKING:
    import supervision

_PLOTTED = ("heatmap", "regions", "label")


@dataclass(frozen=True, slots=True)
class PlotContext:
    """The plugins and facts of a run that ``Result.plot`` draws with."""

    plugins: Plugins
    run: RunInfo


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One prediction of one stream, and everything that came with it.

    Examples:
        >>> import edgevid
        >>> results = list(edgevid.stream("drive.mp4", duration_seconds=12))
        >>> last = results[-1]
        >>> last.label, last.valid, len(last.scores)
        ('phone_left', False, 11)
        >>> [(e.label, e.state) for e in last.events]
        [('phone_left', 'closed')]
        >>> results[50].plot().shape
        (224, 224, 3)
        >>> sorted(results[50].to_dict())[:4]
        ['active', 'availability', 'confidence', 'events']
        >>> results[50].to_supervision().get_top_k(1)[0].shape
        (1,)
    """

    seconds: float
    """Time of the newest frame on the source's own timeline."""
    frame_index: int
    """Index of that frame in the source, from 0."""
    label: str
    """The class with the highest score."""
    confidence: float
    """Score of the label, in [0, 1]."""
    valid: bool
    """False during warm-up, after a gap, and for the ``final`` result: no event comes of it."""
    scores: Mapping[str, float]
    """Score of every class, in the order of the card."""
    events: tuple[Event, ...] = ()
    """Events that opened, changed or closed since the result before; see ``Event.state``."""
    active: tuple[Event, ...] = ()
    """Events that are open now, as last reported."""
    availability: str | None = None
    """ok, warming_up, degraded, no_driver or no_signal; None if the event engine reports none."""
    gap: Gap | None = None
    """The gap since the result before, if there was one."""
    rate_hz: float | None = None
    """Frames per second that the model got lately, source time; None for the first ones."""
    slow: bool = False
    """Whether ``rate_hz`` is below the model's rate: its labels may then be wrong."""
    final: bool = False
    """Whether this is the extra result at the end that carries the events which the end closed.

    It repeats the last prediction, as not valid.
    """
    saliency: Floats | None = field(default=None, repr=False)
    """float32, (h, w), in [0, 1]: where the evidence for the label is; None if there is none."""
    image: Image | None = field(default=None, repr=False)
    """The frame, uint8 BGR, (H, W, 3), a copy of this result's own."""
    prediction: Prediction | None = field(default=None, repr=False)
    """Prediction in the form of models and plugins."""
    context: PlotContext | None = field(default=None, repr=False)

    def plot(self, overlays: Sequence[PluginLike] = _PLOTTED) -> Image:
        """Draw this result on a copy of its frame.

        Args:
            overlays: Names or configurations of overlays, drawn in this order.

        Returns:
            uint8 BGR, (H, W, 3).

        Raises:
            ValueError: If the result holds no image.
            EdgevidError: If an overlay's name or options are not accepted.
        """
        if self.image is None or self.context is None or self.prediction is None:
            raise ValueError("this result holds no image to draw on")
        picture: Image = self.image.copy()
        frame = Frame(self.image, self.frame_index, self.seconds, 0.0, self.prediction.source_id)
        configs = [PluginConfig.model_validate(one) for one in overlays]
        for named in build_overlays(self.context.plugins, configs):
            with named.overlay as overlay:
                overlay.open(self.context.run)
                overlay.observe(self.prediction, self.active)
                overlay.draw(picture, frame)
        return picture

    def to_dict(self) -> dict[str, Any]:
        """Everything but the arrays, ready for JSON; scores that are not finite are None."""
        return {
            "seconds": self.seconds,
            "frame_index": self.frame_index,
            "label": self.label,
            "confidence": _finite(self.confidence),
            "valid": self.valid,
            "scores": {name: _finite(score) for name, score in self.scores.items()},
            "events": [_event_dict(event) for event in self.events],
            "active": [_event_dict(event) for event in self.active],
            "availability": self.availability,
            "gap": asdict(self.gap) if self.gap else None,
            "rate_hz": self.rate_hz,
            "slow": self.slow,
            "final": self.final,
        }

    def to_supervision(self) -> supervision.Classifications:
        """The scores as ``supervision.Classifications``; class ids follow the card's order.

        Raises:
            ImportError: If supervision is not installed.
        """
        try:
            import supervision
        except ImportError as error:
            raise ImportError("to_supervision needs: pip install supervision") from error
        return supervision.Classifications(
            class_id=np.arange(len(self.scores)),
            confidence=np.array(list(self.scores.values()), np.float32),
        )

    def _repr_png_(self) -> bytes | None:
        """The plot, for notebooks."""
        if self.image is None:
            return None
        import cv2

        return bytes(cv2.imencode(".png", self.plot())[1])


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _event_dict(event: Event) -> dict[str, Any]:
    return {**asdict(event), "name": event.name, "state": event.state}
