"""C3D: eight 3-D convolutions and three dense layers.

Reference:
    Tran et al., "Learning Spatiotemporal Features with 3D Convolutional Networks", ICCV 2015,
    https://arxiv.org/abs/1412.0767; padding of the last pool and initialisation as in mmaction2.
"""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor, nn

from edgevid_zoo.architecture import Size, ZooArchitecture
from edgevid_zoo.parts.width import scaled

_STAGES = ((64,), (128,), (256, 256), (512, 512), (512, 512))
_HIDDEN = 4096
_DROPOUT = 0.5


class C3DNetwork(nn.Module):
    """C3D: T, H and W are fixed by ``fc6``.

    Paper: C3D, https://arxiv.org/abs/1412.0767.
    Input: RGB, 0 to 255 less the mean, (N, T, 3, H, W).
    """

    def __init__(
        self,
        num_classes: int,
        num_frames: int = 16,
        input_size: tuple[int, int] = (112, 112),
        width: float = 1.0,
    ) -> None:
        """Create it.

        Args:
            num_classes: K.
            num_frames: T, a multiple of 16.
            input_size: (height, width), multiples of 16.
            width: Multiplier of the channel counts.
        """
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for stage, widths in enumerate(_STAGES):
            for out in widths:
                wide = scaled(out, width)
                layers += [nn.Conv3d(channels, wide, 3, padding=1), nn.ReLU()]
                channels = wide
            time = 2 if stage else 1
            last = stage == len(_STAGES) - 1
            layers.append(nn.MaxPool3d((time, 2, 2), (time, 2, 2), (0, 1, 1) if last else 0))
        self.features = nn.Sequential(*layers)
        height, breadth = (side // 16 // 2 + 1 for side in input_size)
        hidden = scaled(_HIDDEN, width)
        self.fc6 = nn.Linear(channels * (num_frames // 16) * height * breadth, hidden)
        self.fc7 = nn.Linear(hidden, hidden)
        self.classifier = nn.Linear(hidden, num_classes)
        self.relu, self.dropout = nn.ReLU(), nn.Dropout(_DROPOUT)
        self._initialise()

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0, 0.01 if module is self.classifier else 0.005)
                nn.init.zeros_(module.bias)

    def forward(self, clip: Tensor) -> tuple[Tensor, None]:
        """A clip (N, T, 3, H, W) to logits (N, K); dense layers leave no maps."""
        x = self.features(clip.transpose(1, 2)).flatten(1)
        for layer in (self.fc6, self.fc7):
            x = self.dropout(self.relu(layer(x)))
        return self.classifier(x), None


class C3d(ZooArchitecture):
    """C3D, clips of sixteen frames of one size, https://arxiv.org/abs/1412.0767.

    No causal form: four pools stride over time, until one step is left for the first dense layer.

    Input: uint8 BGR clips (N, 16, 112, 112, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "c3d"
    module: ClassVar[type[nn.Module]] = C3DNetwork
    module_sizes: ClassVar[tuple[str, ...]] = ("num_frames", "input_size")
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
