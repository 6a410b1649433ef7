"""ACTION-Net: a learned shift, and gates of places, channels and motion."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from edgevid_zoo.architecture import (
    Count,
    ResNet50Architecture,
    Size,
    WidthOptions,
    ZooArchitecture,
)

ACTION_NET = "https://arxiv.org/abs/2103.07372"
WHY_CLIPS = (
    "its shifts, convolutions over time and motion need the next two frames, and put zeros beyond "
    "both ends of a clip"
)


class ActionResNet50(ResNet50Architecture):
    """ACTION-Net ResNet-50 of clips, https://arxiv.org/abs/2103.07372.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "action_resnet50"
    paper: ClassVar[str] = ACTION_NET
    temporal_mode: ClassVar[Any] = "clip"
    why_clips: ClassVar[str | None] = WHY_CLIPS
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Sees the whole clip."""
        from edgevid_zoo.networks.action_resnet import ActionResNet

        return ActionResNet(num_classes, width=options.width, blocks=options.blocks)


class ActionResNet50Causal(ResNet50Architecture):
    """Causal ACTION-Net ResNet-50, https://arxiv.org/abs/2103.07372: four frames back a block.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "action_resnet50_causal"
    paper: ClassVar[str] = ACTION_NET
    temporal_mode: ClassVar[Any] = "stream"

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Not the paper's: made for streams, and to be trained so."""
        from edgevid_zoo.networks.action_resnet import CausalActionResNet

        return CausalActionResNet(num_classes, width=options.width, blocks=options.blocks)


class SevenStagesOptions(WidthOptions):
    """How wide and deep a MobileNetV2 is."""

    blocks: tuple[Count, Count, Count, Count, Count, Count, Count] = Field(
        default=(1, 2, 3, 4, 3, 3, 1),
        description="Inverted residuals of the seven stages, each at least 1.",
    )


class _ActionMobileNetV2(ZooArchitecture):
    """What both MobileNetV2 share."""

    baseline: ClassVar[str | None] = "single_frame_mobilenet_v2"
    paper: ClassVar[str] = ACTION_NET
    Options: ClassVar[Any] = SevenStagesOptions
    # Not all seventeen blocks: a quarter of the gates tells as much, and is traced in seconds.
    small: ClassVar[dict[str, Any]] = {**ZooArchitecture.small, "blocks": (1, 2, 1, 2, 1, 1, 1)}


class ActionMobileNetV2(_ActionMobileNetV2):
    """ACTION-Net MobileNetV2 of clips, https://arxiv.org/abs/2103.07372.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "action_mobilenet_v2"
    temporal_mode: ClassVar[Any] = "clip"
    why_clips: ClassVar[str | None] = WHY_CLIPS
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Sees the whole clip."""
        from edgevid_zoo.networks.action_mobilenet_v2 import ActionMobileNetV2

        return ActionMobileNetV2(num_classes, options.width, options.blocks)


class ActionMobileNetV2Causal(_ActionMobileNetV2):
    """Causal ACTION-Net MobileNetV2, https://arxiv.org/abs/2103.07372: four frames back a block.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "action_mobilenet_v2_causal"
    temporal_mode: ClassVar[Any] = "stream"

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Not the paper's: made for streams, and to be trained so."""
        from edgevid_zoo.networks.action_mobilenet_v2 import CausalActionMobileNetV2

        return CausalActionMobileNetV2(num_classes, options.width, options.blocks)


ARCHITECTURES = (ActionResNet50, ActionResNet50Causal, ActionMobileNetV2, ActionMobileNetV2Causal)
