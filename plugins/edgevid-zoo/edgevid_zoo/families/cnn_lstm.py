"""CNN and LSTM: the features of each frame go into an LSTM, which gives logits at each step.

References:
    Donahue et al., "Long-term Recurrent Convolutional Networks for Visual Recognition and
    Description", CVPR 2015, https://arxiv.org/abs/1411.4389, on ResNet here.
    Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 1997,
    https://doi.org/10.1162/neco.1997.9.8.1735.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field
from torch import Tensor, nn

from edgevid_zoo.architecture import (
    SMALL_STAGES,
    EighteenOptions,
    ResNet18Architecture,
    ResNet50Architecture,
    StagesOptions,
    ZooArchitecture,
)
from edgevid_zoo.parts.resnet import ResNet

Hidden = Annotated[
    int, Field(gt=0, le=4096, description="Numbers in the LSTM's output, and in its cell.")
]
_SMALL: dict[str, Any] = {**SMALL_STAGES, "hidden": 64}


class CNNLSTMResNet(ResNet):
    """ResNet, LSTM, classifier.

    Logits are those of the newest step: the paper's mean over the steps of a clip is left to who
    trains, and to the smoothing of scores on a stream.

    Paper: LRCN, https://arxiv.org/abs/1411.4389.
    Input: RGB, normalised, (N, 3, H, W).
    """

    def __init__(self, num_classes: int, hidden: int = 256, **trunk: Any) -> None:
        """Create it.

        Args:
            num_classes: K.
            hidden: Numbers in the LSTM's output, and as many in its cell.
            trunk: Further arguments of ``ResNet``.
        """
        super().__init__(num_classes, **trunk)
        self.lstm = nn.LSTM(self.channels, hidden, batch_first=True)
        self.classifier = nn.Linear(hidden, num_classes)

    def state_shapes(self, height: int, width: int) -> list[tuple[int]]:
        """Two states, the LSTM's output and its cell."""
        return [(self.lstm.hidden_size,)] * 2

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, None, Tensor, Tensor]:
        """One frame.

        Args:
            x: (N, 3, H, W).
            states: The LSTM's output and cell after the frame before, each (N, hidden); zeros at
                the start.

        Returns:
            Logits (N, K), None for there are no maps behind an LSTM, the next states.
        """
        pooled = self.body(x).mean(dim=(2, 3))
        output, cell = (state[None] for state in states)
        _, (output, cell) = self.lstm(pooled[:, None], (output, cell))
        return self.classifier(self.dropout(output[0])), None, output[0], cell[0]

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T, K) of every frame of clips (N, T, 3, H, W): those that a stream gives."""
        pooled = self.body(clip.flatten(0, 1)).mean(dim=(2, 3))
        steps, _ = self.lstm(pooled.unflatten(0, (-1, clip.shape[1])))
        return self.classifier(self.dropout(steps))


class _CnnLstm(ZooArchitecture):
    """Facts of both depths: clips of eight frames in training."""

    module: ClassVar[type[nn.Module]] = CNNLSTMResNet
    paper: ClassVar[str] = "https://arxiv.org/abs/1411.4389"
    temporal_mode: ClassVar[Any] = "stream"
    endless_memory: ClassVar[bool] = True
    num_frames: ClassVar[int] = 8
    has_cam: ClassVar[bool] = False


class CnnLstmResNet18(_CnnLstm, ResNet18Architecture):
    """ResNet-18 and an LSTM, LRCN, https://arxiv.org/abs/1411.4389: its memory never ends.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "cnn_lstm_resnet18"
    small: ClassVar[dict[str, Any]] = _SMALL

    class Options(EighteenOptions):
        """Size of the LSTM, and width and depth of ResNet-18."""

        hidden: Hidden = 256


class CnnLstmResNet50(_CnnLstm, ResNet50Architecture):
    """ResNet-50 and an LSTM, LRCN, https://arxiv.org/abs/1411.4389: its memory never ends.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "cnn_lstm_resnet50"
    small: ClassVar[dict[str, Any]] = _SMALL

    class Options(StagesOptions):
        """Size of the LSTM, and width and depth of ResNet-50."""

        hidden: Hidden = 256
