"""The zoo's architectures as edgevid sees them; torch is imported when one is built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from edgevid import Architecture, Card, ConfigError, StateTensor

_MEMORY_FRAMES = 10
"""Shifted blocks: as many frames back the network sees, and as many it needs to warm up."""

_STRIDE = 16
"""Sides are multiples of it: the last map is then at least half filled by the picture."""


class _MobileNetV2(Architecture):
    """What the two forms of the network share."""

    shifted: ClassVar[bool]
    paper: ClassVar[str]

    def default_card(
        self,
        class_names: Sequence[str],
        *,
        input_size: tuple[int, int] = (224, 224),
        input_rate_hz: float = 10.0,
        width: float = 1.0,
        **fields: Any,
    ) -> Card:
        """The card of a fresh network.

        Args:
            class_names: K names.
            input_size: (height, width), multiples of 16.
            input_rate_hz: Frames per second that the model wants.
            width: Multiplier of the channel counts.
            fields: Further fields of the card.

        Raises:
            ConfigError: If the input size is not one the network takes.
        """
        from edgevid_zoo.mobilenet_v2_tsm import MobileNetV2TSM

        if any(side % _STRIDE or side <= 0 for side in input_size):
            raise ConfigError(
                f"input size {input_size[0]}x{input_size[1]}: {self.name} takes multiples of "
                f"{_STRIDE}, for example 224x224"
            )
        network = MobileNetV2TSM(len(class_names), width, shifted=self.shifted)
        shapes = network.state_shapes(*input_size)
        return Card(
            **{
                "name": self.name,
                "class_names": tuple(class_names),
                "temporal_mode": "stream" if self.shifted else "frame",
                "input_rate_hz": input_rate_hz,
                "warmup_seconds": _MEMORY_FRAMES / input_rate_hz if self.shifted else 0.0,
                "input_size": input_size,
                "state_tensors": tuple(
                    StateTensor(name=f"s{index}", shape=shape) for index, shape in enumerate(shapes)
                ),
                "has_cam": True,
                "architecture": self.name,
                "architecture_options": {"width": width},
                "paper": self.paper,
                **fields,
            }
        )

    def build(self, card: Card) -> Any:
        """Build the network of the card, in bundle form and eval mode."""
        from edgevid_zoo.bundle_module import BundleModule
        from edgevid_zoo.mobilenet_v2_tsm import MobileNetV2TSM

        width = float(card.architecture_options.get("width", 1.0))
        network = MobileNetV2TSM(len(card.class_names), width, shifted=self.shifted)
        return BundleModule(network, card.mean, card.std).eval()


class TsmMobileNetV2(_MobileNetV2):
    """Online TSM MobileNetV2, https://arxiv.org/abs/1811.08383: one frame in, ten states."""

    name: ClassVar[str] = "tsm_mobilenet_v2"
    shifted: ClassVar[bool] = True
    paper: ClassVar[str] = "https://arxiv.org/abs/1811.08383"


class SingleFrameMobileNetV2(_MobileNetV2):
    """MobileNetV2, https://arxiv.org/abs/1801.04381: the same network without a memory."""

    name: ClassVar[str] = "single_frame_mobilenet_v2"
    shifted: ClassVar[bool] = False
    paper: ClassVar[str] = "https://arxiv.org/abs/1801.04381"
