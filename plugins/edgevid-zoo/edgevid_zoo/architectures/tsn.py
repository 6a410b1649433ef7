"""TSN: the mean of the scores of several frames."""

from __future__ import annotations

from typing import Any, ClassVar

from edgevid_zoo.architectures.base import ResNet50Architecture, Size


class TsnResNet50(ResNet50Architecture):
    """TSN ResNet-50, https://arxiv.org/abs/1608.00859: the mean of the last frames' logits."""

    name: ClassVar[str] = "tsn_resnet50"
    paper: ClassVar[str] = "https://arxiv.org/abs/1608.00859"
    temporal_mode: ClassVar[Any] = "stream"
    sees_order: ClassVar[bool] = False
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Per-frame ResNet and a buffer of logits."""
        from edgevid_zoo.networks.tsn_resnet import TSNResNet

        return TSNResNet(num_classes, num_frames, options.width, options.blocks)


ARCHITECTURES = (TsnResNet50,)
