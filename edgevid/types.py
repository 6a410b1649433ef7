"""Values that travel through the pipeline: frozen, arrays inside, seconds everywhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def check_image(image: Image, what: str = "image") -> None:
    """Raise ``ValueError`` unless ``image`` is uint8 with shape (H, W, 3), and holds pixels."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(
            f"{what} must be uint8 with shape (H, W, 3), got {image.dtype} {image.shape}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One image with a time."""

    image: Image
    """uint8, (H, W, 3), BGR. Read-only and valid only until the callee returns: copy to keep."""
    index: int
    """Position in the source, from 0. A jump in index means dropped frames."""
    pts_seconds: float
    """Time on the source's own timeline, seconds."""
    captured_at: float
    """``time.monotonic()`` when it was grabbed; only for measuring latency."""
    source_id: str
    """Source of the frame, without passwords."""

    def __post_init__(self) -> None:
        check_image(self.image, "Frame.image")

    def __repr__(self) -> str:
        return (
            f"Frame(index={self.index}, pts_seconds={self.pts_seconds:.6f}, "
            f"image={self.image.shape}, source_id={self.source_id!r})"
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """A missing interval on the timeline."""

    start_seconds: float
    """pts of the last frame before it."""
    end_seconds: float
    """pts of the first frame after it."""
    reason: str

    @property
    def duration_seconds(self) -> float:
        """Length of the interval, seconds."""
        return self.end_seconds - self.start_seconds


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Scores that a model computes for one stream at one time; the runtime adds the times."""

    values: Floats
    """float32, (K,), each in [0, 1]; a distribution if the card's activation is softmax."""
    saliency: Floats | None = None
    """float32, (h, w), in [0, 1]: where the evidence for the top class is."""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Scores for an interval of time."""

    scores: Floats
    """float32, (K,), each in [0, 1], in the order of the card's class names."""
    start_seconds: float
    """Start of the evidence, pts of the oldest frame it rests on."""
    end_seconds: float
    """pts of the newest frame it rests on."""
    frame_index: int
    """Index of the newest frame it rests on."""
    valid: bool
    """False during warm-up: no event may come of it."""
    saliency: Floats | None = None
    """float32, (h, w), in [0, 1], or None."""
    source_id: str = ""

    def __post_init__(self) -> None:
        if self.scores.ndim != 1 or self.scores.dtype != np.float32:
            raise ValueError(
                f"Prediction.scores must be float32 with shape (K,), "
                f"got {self.scores.dtype} {self.scores.shape}"
            )

    @property
    def top(self) -> int:
        """Class index with the highest score."""
        return int(np.argmax(self.scores))

    def with_saliency(self, saliency: Floats | None) -> Prediction:
        """The same prediction with another saliency map."""
        return replace(self, saliency=saliency)

    def __repr__(self) -> str:
        return (
            f"Prediction(top={self.top}, score={float(self.scores[self.top]):.3f}, "
            f"start_seconds={self.start_seconds:.3f}, end_seconds={self.end_seconds:.3f}, "
            f"valid={self.valid})"
        )


@dataclass(frozen=True, slots=True)
class Vehicle:
    """Speed and standstill of the vehicle at one time; None is unknown."""

    speed_kmh: float | None = None
    standstill: bool | None = None


@dataclass(frozen=True, slots=True)
class LevelChange:
    """A change of an event's level."""

    at_seconds: float
    level: int
    """From then on."""
    reason: str
    """For people: "continuous 5.0 s", "10.2 s within 30 s", "recovered"."""


@dataclass(frozen=True, slots=True)
class LabelScore:
    """The part of one class in an event of its group."""

    label: str
    peak_score: float
    mean_score: float


_STATES: dict[str, Literal["opened", "updated", "closed"]] = {
    "open": "opened",
    "update": "updated",
    "closed": "closed",
}


@dataclass(frozen=True, slots=True)
class Event:
    """A behaviour with start, end, score, level and reason.

    The same ``id`` is reported when it opens, whenever it changes, and once when it closes.

    Examples:
        >>> import edgevid
        >>> results = edgevid.stream("drive.mp4", policy="coach", duration_seconds=20)
        >>> for event in (event for result in results for event in result.events):
        ...     print(event.state, event.name, event.level, f"{event.duration_seconds:.1f} s")
        opened phone 1 3.5 s
        updated phone 2 5.6 s
        closed phone 2 10.1 s
    """

    id: str
    """The same drive, model and policy give the same id."""
    label: str
    """The class of the group with the most evidence so far."""
    start_seconds: float
    end_seconds: float
    """Time of the last evidence, while it is open as well as after."""
    phase: Literal["open", "update", "closed"]
    peak_score: float
    """Highest score of the group: the sum of its classes' scores."""
    mean_score: float
    reason: str
    """Readable reason of this report: "score above 0.63 for 0.5 s", "continuous 5.0 s"."""
    source_id: str = ""
    group: str = ""
    """Classes that the policy treats as one; the label's own name if it stands alone."""
    level: int = 0
    """0 is a recognised behaviour; policies define what 1, 2 and 3 mean."""
    max_level: int = 0
    notify: bool = False
    """Whether to alert now: a level was reached, or is still held."""
    levels: tuple[LevelChange, ...] = ()
    """Every change of level so far, in order."""
    labels: tuple[LabelScore, ...] = ()
    """The group's classes, most evidence first."""
    detected_seconds: float | None = None
    """Time of detection: pts of the prediction with which it was first reported."""
    speed_min_kmh: float | None = None
    speed_max_kmh: float | None = None
    degraded_fraction: float = 0.0
    """Part of its time in which the model was uncertain or its scores unusable, in [0, 1]."""
    dropped_fraction: float = 0.0
    """Part of its time that no prediction covers, in [0, 1]."""
    trip_flagged: bool = False
    """Whether the trip had reached the policy's limit of serious events by then."""

    @property
    def state(self) -> Literal["opened", "updated", "closed"]:
        """The phase in the words of the Python API."""
        return _STATES[self.phase]

    @property
    def is_open(self) -> bool:
        """Whether more may be reported of it."""
        return self.phase != "closed"

    @property
    def name(self) -> str:
        """Display name: the group, or the label if it has none."""
        return self.group or self.label

    @property
    def duration_seconds(self) -> float:
        """From the first to the last evidence."""
        return self.end_seconds - self.start_seconds


@dataclass(frozen=True, slots=True)
class Availability:
    """The time from which the driver's state can, or cannot, be recognised."""

    state: Literal["ok", "warming_up", "degraded", "no_driver", "no_signal"]
    start_seconds: float
    reason: str
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Facts of a source once it is open. Unknown values are None, never a guess."""

    uri: str
    """URI of the source, without passwords."""
    kind: str
    """Name of the source plugin."""
    live: bool
    width: int
    """Pixels, after rotation."""
    height: int
    rate_hz: float | None = None
    """Frames per second as the header or the driver says."""
    num_frames: int | None = None
    duration_seconds: float | None = None
    codec: str | None = None
    rotation_degrees: int = 0
    """Display rotation that was applied to the frames."""
    details: dict[str, Any] = field(default_factory=dict)
    trip_id: str | None = None
    """Id of the run of a live source, or of the recorded run; None for files."""
    started_utc: str | None = None
    """Wall clock at pts 0, ISO 8601, if it is known."""


@dataclass(frozen=True, slots=True)
class Region:
    """An outlined part of the image."""

    name: str
    polygon: tuple[tuple[float, float], ...]
    """Corners (x, y) as fractions of width and height, in [0, 1]."""
