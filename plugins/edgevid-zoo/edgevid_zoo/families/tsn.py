"""TSN: the mean of the scores of several frames."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from edgevid_zoo.architecture import (
    ResNet50Architecture,
    Size,
    WidthOptions,
    ZooArchitecture,
)

TSN = "https://arxiv.org/abs/1608.00859"


class TsnResNet50(ResNet50Architecture):
    """TSN ResNet-50, https://arxiv.org/abs/1608.00859: the mean of the last frames' logits.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "tsn_resnet50"
    paper: ClassVar[str] = TSN
    temporal_mode: ClassVar[Any] = "stream"
    sees_order: ClassVar[bool] = False
    traits: ClassVar[dict[str, str]] = {"frames": "alone"}
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Per-frame ResNet and a buffer of logits."""
        from edgevid_zoo.networks.tsn_resnet import TSNResNet

        return TSNResNet(num_classes, num_frames, options.width, options.blocks)


class BNInceptionOptions(WidthOptions):
    """How wide and deep BN-Inception is."""

    blocks: tuple[
        Annotated[int, Field(gt=0, le=2)],
        Annotated[int, Field(gt=0, le=4)],
        Annotated[int, Field(gt=0, le=2)],
    ] = Field(
        default=(2, 4, 2),
        description="Blocks of the three stages without those that halve the sides, at least 1.",
    )


class TsnBnInception(ZooArchitecture):
    """TSN BN-Inception, https://arxiv.org/abs/1608.00859: the mean of the last frames' logits.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "tsn_bninception"
    baseline: ClassVar[str | None] = "tsn_bninception"
    paper: ClassVar[str] = TSN
    temporal_mode: ClassVar[Any] = "stream"
    sees_order: ClassVar[bool] = False
    traits: ClassVar[dict[str, str]] = {"frames": "alone"}
    Options: ClassVar[Any] = BNInceptionOptions
    small: ClassVar[dict[str, Any]] = {"width": 0.25, "input_size": (32, 32), "blocks": (1, 1, 1)}
    num_frames: ClassVar[int] = 8
    # Its pools round up and its convolutions do not: both halves must have one size.
    side_multiple: ClassVar[int] = 32
    preprocessing: ClassVar[dict[str, Any]] = {
        # Caffe's 104, 117, 128 are of BGR, and the network turns the order round itself.
        "mean": (128 / 255, 117 / 255, 104 / 255),
        "std": (1 / 255, 1 / 255, 1 / 255),
    }

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Per-frame BN-Inception and a buffer of logits."""
        from edgevid_zoo.networks.tsn_bninception import TSNBNInception

        return TSNBNInception(num_classes, num_frames, options.width, options.blocks)


ARCHITECTURES = (
    TsnResNet50,
    TsnBnInception,
)
