"""The card: what a model says of itself. It travels inside the bundle and decides preprocessing."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from edgevid.errors import BundleError
from edgevid.strict import StrictModel

CARD_KEY = "edgevid.card"
"""Key of the card in an ONNX file's ``metadata_props``."""

TemporalMode = Literal["frame", "stream", "clip", "multirate"]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Size = Annotated[int, Field(gt=0, le=8192)]


class StateTensor(StrictModel):
    """One tensor that a streaming model carries to the next frame; starts as zeros."""

    name: str = Field(pattern=r"^[A-Za-z0-9_]+$", description="Graph input `state.<name>`.")
    shape: tuple[int, ...] = Field(description="Shape without the batch axis.")
    dtype: Literal["float32", "float16"] = "float32"


class Pathway(StrictModel):
    """One input of a multi-rate model."""

    name: str = Field(pattern=r"^[A-Za-z0-9_]+$", description="Graph input `frames.<name>`.")
    num_frames: int = Field(gt=0)
    rate_hz: Positive = Field(description="Rate at which this pathway samples; ≤ input_rate_hz.")
    frames_back: tuple[Annotated[int, Field(ge=0)], ...] | None = Field(
        default=None,
        description="For each frame, oldest first, how many periods of rate_hz it lies before the "
        "newest of the window; every period if null.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Pathway:
        back = self.frames_back
        if back is not None and len(back) != self.num_frames:
            raise ValueError(f"frames_back has {len(back)} places for {self.num_frames} frames")
        if back is not None and any(one <= next_one for one, next_one in pairwise(back)):
            raise ValueError("frames_back must fall from frame to frame: the oldest comes first")
        return self

    @property
    def seconds_back(self) -> tuple[float, ...]:
        """Return the age of each frame when the newest of the window is 0 s old, oldest first."""
        back = self.frames_back or range(self.num_frames - 1, -1, -1)
        return tuple(step / self.rate_hz for step in back)


class ResizeRule(StrictModel):
    """How the host brings a frame to `input_size`; everything else happens in the graph."""

    mode: Literal["stretch", "short_side_crop", "letterbox"] = Field(
        default="stretch",
        description="stretch scales both sides; short_side_crop scales the short side and crops "
        "the centre; letterbox fits and pads with black.",
    )
    short_side: int | None = Field(
        default=None, gt=0, description="For short_side_crop; the smaller input side by default."
    )
    interpolation: Literal["bilinear", "area"] = "bilinear"


class Golden(StrictModel):
    """Outputs of the exported network for a seeded clip, to repeat the parity check anywhere."""

    seed: int = Field(ge=0, lt=2**32, description="Seed of `edgevid.golden_clip`.")
    num_frames: int = Field(gt=0, le=4096, description="Length of the clip, at the card's rate.")
    sha256: str = Field(description="SHA-256 of the clip's bytes, hexadecimal.")
    reset_at: int = Field(ge=0, description="Frame before which the stream starts anew.")
    logits: tuple[tuple[float, ...], ...] = Field(
        min_length=1,
        description="Logits of PyTorch, (rows, K): one row for each frame, or for each clip.",
    )
    tolerance: Positive = Field(
        default=1e-4, description="Largest accepted difference, in parts of the logits' spread."
    )


class Card(StrictModel):
    """Metadata of a model."""

    card_version: Literal[1] = 1
    name: str = Field(min_length=1)
    version: str = "0"
    task: str = "driver-behaviour"
    class_names: tuple[str, ...] = Field(min_length=1)
    background: str | None = Field(
        default=None, description="Class for 'nothing to report'; never an event."
    )
    temporal_mode: TemporalMode
    input_rate_hz: Positive = Field(description="Frame rate of the model's input, by pts.")
    num_frames: int = Field(default=1, gt=0, description="Frames of one clip (clip mode).")
    stride_frames: int = Field(default=1, gt=0, description="Sampled frames between two clips.")
    pathways: tuple[Pathway, ...] = Field(default=(), description="multirate mode only.")
    why_clips: str | None = Field(
        default=None, description="Why it takes clips and keeps no state between frames."
    )
    warmup_seconds: float = Field(
        default=0.0, ge=0, description="Warm-up; predictions before it are invalid."
    )
    memory_frames: int | None = Field(
        default=None,
        ge=0,
        description="stream mode: receptive field, in frames before the newest, exact; null is "
        "unknown or unlimited, and a drive is then never split.",
    )
    max_gap_seconds: Positive = Field(default=2.0, description="A longer gap resets the state.")
    input_size: tuple[Size, Size] | None = Field(
        default=None, description="(height, width) in pixels; None takes frames as they come."
    )
    resize: ResizeRule = ResizeRule()
    mean: tuple[float, float, float] = Field(
        default=(0.485, 0.456, 0.406), description="RGB, of values in [0, 1]; applied in the graph."
    )
    std: tuple[float, float, float] = Field(default=(0.229, 0.224, 0.225), description="RGB.")
    state_tensors: tuple[StateTensor, ...] = Field(default=(), description="stream mode only.")
    has_cam: bool = Field(default=False, description="The graph has an output `cam` (N, K, h, w).")
    has_gradient: bool = Field(
        default=False,
        description="Saliency bundle: the graph has an input `target` (N), -1 for the top class, "
        "and outputs `saliency` (N, H, W) and `gradient` (N, H, W, 3).",
    )
    activation: Literal["softmax", "sigmoid"] = Field(
        default="softmax",
        description="Function from logits to scores; sigmoid if classes may co-occur.",
    )
    temperature: Positive = Field(
        default=1.0, description="Divisor of the logits before the activation."
    )
    event_policy: dict[str, Any] = Field(
        default_factory=dict, description="Default options of the event engine; the config wins."
    )
    architecture: str | None = Field(
        default=None, description="Architecture of the PyTorch checkpoint."
    )
    architecture_options: dict[str, Any] = Field(default_factory=dict)
    precision: Literal["float32", "float16", "int8"] = Field(
        default="float32", description="Precision of the arithmetic in the graph."
    )
    opset: int | None = None
    license: str = "unknown"
    origin: str = "unknown"
    paper: str | None = None
    training_data: str = "unknown"
    metrics: dict[str, Any] = Field(default_factory=dict)
    sha256: str | None = Field(default=None, description="SHA-256 of the weights, hexadecimal.")
    golden: Golden | None = Field(
        default=None, description="Reference outputs that `edgevid doctor BUNDLE` checks."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Card:
        if len(set(self.class_names)) != len(self.class_names):
            raise ValueError("class_names must be different from each other")
        if self.background is not None and self.background not in self.class_names:
            raise ValueError(f"background {self.background!r} is not one of class_names")
        if (self.temporal_mode == "multirate") != bool(self.pathways):
            raise ValueError("pathways are given exactly when temporal_mode is multirate")
        if self.state_tensors and self.temporal_mode != "stream":
            raise ValueError("state_tensors are for temporal_mode stream only")
        if len({pathway.name for pathway in self.pathways}) != len(self.pathways):
            raise ValueError("pathways must have different names")
        if any(pathway.rate_hz > self.input_rate_hz for pathway in self.pathways):
            raise ValueError("a pathway's rate_hz must not exceed input_rate_hz")
        if min(self.std) <= 0:
            raise ValueError("std must be positive")
        if self.golden and any(len(r) != len(self.class_names) for r in self.golden.logits):
            raise ValueError("golden.logits must have one number for each class in every row")
        return self

    @property
    def window_seconds(self) -> float:
        """Time that one prediction's frames span: 0 for `frame`, the clip's length for clips."""
        if self.temporal_mode == "clip":
            return (self.num_frames - 1) / self.input_rate_hz
        if self.temporal_mode == "multirate":
            return max(p.seconds_back[0] for p in self.pathways)
        return 0.0

    @property
    def window_frames(self) -> int:
        """Frames at the card's rate that one prediction's clips are cut from: 1 without clips."""
        return round(self.window_seconds * self.input_rate_hz) + 1

    @classmethod
    def from_json(cls, text: str | bytes, *, where: str) -> Card:
        """Parse a card; `where` names the file in errors.

        Raises:
            BundleError: If the text is no valid card, with every offending key.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, e['loc'])) or 'card'}: {e['msg']}" for e in error.errors()
            )
            raise BundleError(f"{where}: the card is not valid: {problems}") from error


__all__ = ["CARD_KEY", "Card", "Golden", "Pathway", "ResizeRule", "StateTensor", "TemporalMode"]
