"""ChannelNets."""

from __future__ import annotations

from typing import Any, ClassVar

from edgevid import ConfigError
from edgevid_zoo.architecture import Size, ZooArchitecture


class _ChannelNet(ZooArchitecture):
    """What the three versions share."""

    version: ClassVar[Any]
    baseline: ClassVar[str | None] = "single_frame_mobilenet_v2"
    paper: ClassVar[str] = "https://arxiv.org/abs/1809.01330"
    temporal_mode: ClassVar[Any] = "frame"
    sees_order: ClassVar[bool] = False

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """In the layout of the paper.

        Raises:
            ConfigError: If version 3 has more classes than channels.
        """
        from edgevid_zoo.networks.channelnet import ChannelNet, last_channels

        channels = last_channels(options.width)
        if self.version == 3 and num_classes > channels:
            raise ConfigError(
                f"{num_classes} classes: {self.name} of width {options.width:g} takes at most "
                f"{channels}; take channelnet_v2"
            )
        return ChannelNet(self.version, num_classes, input_size, options.width)


class ChannelNetV1(_ChannelNet):
    """ChannelNet-v1, https://arxiv.org/abs/1809.01330: groups that a channel-wise kernel mixes.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "channelnet_v1"
    version: ClassVar[Any] = 1


class ChannelNetV2(_ChannelNet):
    """ChannelNet-v2, https://arxiv.org/abs/1809.01330: no dense convolution at the end.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "channelnet_v2"
    version: ClassVar[Any] = 2


class ChannelNetV3(_ChannelNet):
    """ChannelNet-v3, https://arxiv.org/abs/1809.01330: no dense classifier either.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "channelnet_v3"
    version: ClassVar[Any] = 3
    class_weights: ClassVar[tuple[str, ...]] = ("classifier.weight",)


ARCHITECTURES = (
    ChannelNetV1,
    ChannelNetV2,
    ChannelNetV3,
)
