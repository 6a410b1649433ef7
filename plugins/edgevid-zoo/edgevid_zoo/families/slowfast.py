"""SlowFast: one pathway of few frames and many channels, one of many frames and few channels."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from edgevid import Pathway
from edgevid_zoo.architecture import SMALL_STAGES, Size, StagesOptions, ZooArchitecture

Sampling = Literal["linspace", "strided", "newest"]


class SlowFastOptions(StagesOptions):
    """How the pathways are fed, besides their width and depth."""

    slow_sampling: Sampling = Field(
        default="linspace",
        description="Which of the fast frames the slow pathway sees; of 32, four are 0, 10, 20, 31 "
        "(linspace: PySlowFast's and PaddleVideo's weights need it), 0, 8, 16, 24 (strided: "
        "mmaction2's) or 7, 15, 23, 31 (newest).",
    )
    temporal_padding: Literal["both_sides", "past"] = Field(
        default="both_sides",
        description="past is causal: the clip form of the stream of the same name with _causal, "
        "which takes its weights.",
    )

    @model_validator(mode="after")
    def _never_of_the_future(self) -> SlowFastOptions:
        if self.temporal_padding == "past" and self.slow_sampling != "newest":
            raise ValueError(
                f"padding in the past needs slow_sampling newest, which is "
                f"{self.slow_sampling}: the slow frames then stand where the fast ones end"
            )
        return self


def slow_places(length: int, alpha: int, sampling: Sampling) -> tuple[int, ...]:
    """Which of ``length`` fast frames the slow pathway sees, one for every ``alpha`` of them."""
    count = length // alpha
    if sampling == "linspace":
        return tuple((length - 1) * index // max(1, count - 1) for index in range(count))
    first = alpha - 1 if sampling == "newest" else 0
    return tuple(range(first, length, alpha))


class _SlowFast(ZooArchitecture):
    """What both sizes share, for clips and for streams: PySlowFast's input."""

    alpha: ClassVar[int]
    """Fast frames for one slow frame."""
    lateral_kernel: ClassVar[int]
    """Frames under the convolutions from the fast pathway to the slow one."""
    paper: ClassVar[str] = "https://arxiv.org/abs/1812.03982"
    num_frames: ClassVar[int] = 32
    input_rate_hz: ClassVar[float] = 15.0
    small: ClassVar[dict[str, Any]] = {**SMALL_STAGES, "num_frames": 16}
    preprocessing: ClassVar[dict[str, Any]] = {"mean": (0.45,) * 3, "std": (0.225,) * 3}


class _SlowFastClips(_SlowFast):
    """The published form: one clip, of which each pathway sees its own frames."""

    temporal_mode: ClassVar[Any] = "multirate"
    why_clips: ClassVar[str | None] = (
        "convolutions over time with zeros at both ends of the clip, and a slow pathway that sees "
        "fast features from its first block on: no frame of one window is the same in the next; "
        "the _causal form is the one for streams"
    )
    Options: ClassVar[Any] = SlowFastOptions

    def pathways(self, length: int, rate_hz: float, options: Any) -> tuple[Pathway, ...]:
        """Slow and fast frames of one window."""
        slow = slow_places(length, self.alpha, options.slow_sampling)
        return (
            Pathway(
                name="slow",
                num_frames=len(slow),
                rate_hz=rate_hz,
                frames_back=tuple(length - 1 - place for place in slow),
            ),
            Pathway(name="fast", num_frames=length, rate_hz=rate_hz),
        )

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Takes the clips of both pathways."""
        from edgevid_zoo.networks.slowfast_resnet import CausalSlowFastClips, SlowFastClips

        form = CausalSlowFastClips if options.temporal_padding == "past" else SlowFastClips
        return form(num_classes, self.alpha, self.lateral_kernel, options.width, options.blocks)


class _SlowFastStream(_SlowFast):
    """The causal form: one frame in, every frame is a slow frame too."""

    temporal_mode: ClassVar[Any] = "stream"
    traits: ClassVar[dict[str, str]] = {"padding": "past", "slow_frames": "newest"}
    Options: ClassVar[Any] = StagesOptions

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Has the weights of the clip form with padding in the past."""
        from edgevid_zoo.networks.slowfast_stream import SlowFastStream

        return SlowFastStream(
            num_classes,
            num_frames,
            self.alpha,
            self.lateral_kernel,
            options.width,
            options.blocks,
        )


class SlowFast4x16(_SlowFastClips):
    """SlowFast 4x16 ResNet-50, https://arxiv.org/abs/1812.03982: 4 slow and 32 fast frames.

    Input: uint8 BGR clips, slow (N, 4, 224, 224, 3) and fast
    (N, 32, 224, 224, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "slowfast_4x16_resnet50"
    alpha: ClassVar[int] = 8
    frames_multiple: ClassVar[int] = 8
    lateral_kernel: ClassVar[int] = 5


class SlowFast8x8(_SlowFastClips):
    """SlowFast 8x8 ResNet-50, https://arxiv.org/abs/1812.03982: 8 slow and 32 fast frames.

    Input: uint8 BGR clips, slow (N, 8, 224, 224, 3) and fast
    (N, 32, 224, 224, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "slowfast_8x8_resnet50"
    alpha: ClassVar[int] = 4
    frames_multiple: ClassVar[int] = 4
    lateral_kernel: ClassVar[int] = 7


class SlowFast4x16Causal(_SlowFastStream):
    """Causal SlowFast 4x16 ResNet-50, https://arxiv.org/abs/1812.03982: one frame in, 32 states.

    The slow pathway is computed at every frame and looks back in steps of eight frames, so that the
    scores never depend on when the stream began. A frame costs a fifth of a clip, and the states
    are large; clips with a stride cost less, and tell it later.

    Input: uint8 BGR frames (N, 224, 224, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "slowfast_4x16_resnet50_causal"
    alpha: ClassVar[int] = 8
    frames_multiple: ClassVar[int] = 8
    lateral_kernel: ClassVar[int] = 5


class SlowFast8x8Causal(_SlowFastStream):
    """Causal SlowFast 8x8 ResNet-50, https://arxiv.org/abs/1812.03982: one frame in, 32 states.

    The same in steps of four frames; a frame costs a ninth of a clip.

    Input: uint8 BGR frames (N, 224, 224, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "slowfast_8x8_resnet50_causal"
    alpha: ClassVar[int] = 4
    frames_multiple: ClassVar[int] = 4
    lateral_kernel: ClassVar[int] = 7


ARCHITECTURES = (
    SlowFast4x16,
    SlowFast8x8,
    SlowFast4x16Causal,
    SlowFast8x8Causal,
)
