"""Inception-v1 I3D."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from edgevid_zoo.architecture import Size, WidthOptions, ZooArchitecture


class InceptionOptions(WidthOptions):
    """How wide and deep Inception-v1 is."""

    blocks: tuple[
        Annotated[int, Field(gt=0, le=2)],
        Annotated[int, Field(gt=0, le=5)],
        Annotated[int, Field(gt=0, le=2)],
    ] = Field(default=(2, 5, 2), description="Blocks of the three stages, each at least 1.")


class I3dInception(ZooArchitecture):
    """Inception-v1 I3D, inflated throughout, https://arxiv.org/abs/1705.07750.

    Input: uint8 BGR clips (N, 64, 224, 224, 3), 25 frames a second, by default.
    """

    name: ClassVar[str] = "i3d_inception"
    baseline: ClassVar[str | None] = "tsn_bninception"
    paper: ClassVar[str] = "https://arxiv.org/abs/1705.07750"
    temporal_mode: ClassVar[Any] = "clip"
    why_clips: ClassVar[str | None] = (
        "its convolutions and pools need later frames, stride over time and put zeros beyond both "
        "ends of a clip, from the first one on"
    )
    num_frames: ClassVar[int] = 64
    # Eight frames make one place in time, and the last pool takes two of them.
    frames_multiple: ClassVar[int] = 16
    input_rate_hz: ClassVar[float] = 25.0
    Options: ClassVar[Any] = InceptionOptions
    small: ClassVar[dict[str, Any]] = {
        "width": 0.125,
        "input_size": (32, 32),
        "num_frames": 16,
        "blocks": (1, 1, 1),
    }
    preprocessing: ClassVar[dict[str, Any]] = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Takes clips of any length from nine frames on."""
        from edgevid_zoo.networks.i3d_inception import InceptionI3D

        return InceptionI3D(num_classes, options.width, options.blocks)


ARCHITECTURES = (I3dInception,)
