"""C3D."""

from __future__ import annotations

from typing import Any, ClassVar

from edgevid_zoo.architecture import Size, ZooArchitecture


class C3d(ZooArchitecture):
    """C3D, clips of sixteen frames of one size, https://arxiv.org/abs/1412.0767.

    No causal form: four pools stride over time, until one step is left for the first dense layer.

    Input: uint8 BGR clips (N, 16, 112, 112, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "c3d"
    paper: ClassVar[str] = "https://arxiv.org/abs/1412.0767"
    temporal_mode: ClassVar[Any] = "clip"
    why_clips: ClassVar[str | None] = (
        "its pools stride over time and its first dense layer takes all frames of a clip"
    )
    small: ClassVar[dict[str, Any]] = {"width": 0.125, "input_size": (32, 32)}
    num_frames: ClassVar[int] = 16
    frames_multiple: ClassVar[int] = 16
    input_size: ClassVar[Size] = (112, 112)
    has_cam: ClassVar[bool] = False
    preprocessing: ClassVar[dict[str, Any]] = {
        "mean": (104 / 255, 117 / 255, 128 / 255),
        "std": (1 / 255, 1 / 255, 1 / 255),
    }

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """The first dense layer fixes length and size."""
        from edgevid_zoo.networks.c3d import C3D

        return C3D(num_classes, num_frames, input_size, options.width)


ARCHITECTURES = (C3d,)
