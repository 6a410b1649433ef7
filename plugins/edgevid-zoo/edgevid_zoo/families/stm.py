"""STM: a convolution over time and a motion module in every block."""

from __future__ import annotations

from typing import Any, ClassVar

from edgevid_zoo.architecture import ResNet50Architecture, Size


class StmResNet50(ResNet50Architecture):
    """STM ResNet-50 of clips, https://arxiv.org/abs/1908.02486.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "stm_resnet50"
    paper: ClassVar[str] = "https://arxiv.org/abs/1908.02486"
    temporal_mode: ClassVar[Any] = "clip"
    why_clips: ClassVar[str | None] = (
        "its convolutions over time and its motion need the next frame, and put zeros beyond both "
        "ends of a clip"
    )
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Sees the whole clip."""
        from edgevid_zoo.networks.stm_resnet import STMResNet

        return STMResNet(num_classes, width=options.width, blocks=options.blocks)


class StmResNet50Causal(ResNet50Architecture):
    """Causal STM ResNet-50, https://arxiv.org/abs/1908.02486: two frames back for each block.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "stm_resnet50_causal"
    paper: ClassVar[str] = StmResNet50.paper
    temporal_mode: ClassVar[Any] = "stream"

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Not the paper's: made for streams, and to be trained so."""
        from edgevid_zoo.networks.stm_resnet import CausalSTMResNet

        return CausalSTMResNet(num_classes, width=options.width, blocks=options.blocks)


ARCHITECTURES = (StmResNet50, StmResNet50Causal)
