"""CNN and LSTM: a recurrent memory behind a network of single frames."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from edgevid_zoo.architecture import (
    SMALL_STAGES,
    EighteenOptions,
    ResNet18Architecture,
    ResNet50Architecture,
    Size,
    StagesOptions,
    ZooArchitecture,
)

Hidden = Annotated[
    int, Field(gt=0, le=4096, description="Numbers in the LSTM's output, and in its cell.")
]
_SMALL: dict[str, Any] = {**SMALL_STAGES, "hidden": 64}


class _CnnLstm(ZooArchitecture):
    """What both ResNets share: clips of eight frames in training."""

    paper: ClassVar[str] = "https://arxiv.org/abs/1411.4389"
    temporal_mode: ClassVar[Any] = "stream"
    endless_memory: ClassVar[bool] = True
    num_frames: ClassVar[int] = 8
    has_cam: ClassVar[bool] = False

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Takes clips of any length in training."""
        from edgevid_zoo.networks.cnn_lstm_resnet import CNNLSTMResNet

        return CNNLSTMResNet(num_classes, block=self.block, **options.model_dump())


class CnnLstmResNet18(_CnnLstm, ResNet18Architecture):
    """ResNet-18 and an LSTM, LRCN, https://arxiv.org/abs/1411.4389: its memory never ends.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "cnn_lstm_resnet18"
    small: ClassVar[dict[str, Any]] = _SMALL

    class Options(EighteenOptions):
        """The LSTM's size beside those of ResNet-18."""

        hidden: Hidden = 256


class CnnLstmResNet50(_CnnLstm, ResNet50Architecture):
    """ResNet-50 and an LSTM, LRCN, https://arxiv.org/abs/1411.4389: its memory never ends.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "cnn_lstm_resnet50"
    small: ClassVar[dict[str, Any]] = _SMALL

    class Options(StagesOptions):
        """The LSTM's size beside those of ResNet-50."""

        hidden: Hidden = 256


ARCHITECTURES = (
    CnnLstmResNet18,
    CnnLstmResNet50,
)
