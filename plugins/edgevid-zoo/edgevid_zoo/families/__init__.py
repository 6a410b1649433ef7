"""One file for each family: the facts of its architectures, their networks and own parts.

The catalogue says which file has which architecture. Importing it loads no torch.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgevid_zoo.architecture import ZooArchitecture

CATALOGUE: dict[str, str] = {
    name: f"{__name__}.{place}"
    for name, place in {
        "tsm_mobilenet_v2": "tsm:TsmMobileNetV2",
        "tsm_mobilenet_v2_offline": "tsm:TsmMobileNetV2Offline",
        "tsm_resnet50": "tsm:TsmResNet50",
        "tsm_resnet50_offline": "tsm:TsmResNet50Offline",
        "tsm_resnet50_nl": "tsm:TsmResNet50NonLocal",
        "pptsm_resnet50": "pptsm:PpTsmResNet50",
        "pptsm_resnet50_causal": "pptsm:PpTsmResNet50Causal",
        "stm_resnet50": "stm:StmResNet50",
        "stm_resnet50_causal": "stm:StmResNet50Causal",
        "action_resnet50": "action:ActionResNet50",
        "action_resnet50_causal": "action:ActionResNet50Causal",
        "action_mobilenet_v2": "action:ActionMobileNetV2",
        "action_mobilenet_v2_causal": "action:ActionMobileNetV2Causal",
        "tsn_resnet50": "tsn:TsnResNet50",
        "tsn_bninception": "tsn:TsnBnInception",
        "single_frame_mobilenet_v2": "single_frame:SingleFrameMobileNetV2",
        "single_frame_resnet18": "single_frame:SingleFrameResNet18",
        "single_frame_resnet50": "single_frame:SingleFrameResNet50",
        "early_fusion_resnet18": "fusion:EarlyFusionResNet18",
        "early_fusion_resnet50": "fusion:EarlyFusionResNet50",
        "late_fusion_resnet18": "fusion:LateFusionResNet18",
        "late_fusion_resnet50": "fusion:LateFusionResNet50",
        "cnn_lstm_resnet18": "cnn_lstm:CnnLstmResNet18",
        "cnn_lstm_resnet50": "cnn_lstm:CnnLstmResNet50",
        "r3d_18": "video_resnet18:R3d18",
        "mc3_18": "video_resnet18:Mc318",
        "mc3_18_causal": "video_resnet18:Mc318Causal",
        "r2plus1d_18": "video_resnet18:R2Plus1d18",
        "c3d": "c3d:C3d",
        "slow_8x8_resnet50": "single_path:Slow8x8ResNet50",
        "c2d_resnet50": "single_path:C2dResNet50",
        "i3d_resnet50": "single_path:I3dResNet50",
        "slow_8x8_resnet50_nl": "single_path:Slow8x8ResNet50NonLocal",
        "c2d_resnet50_nl": "single_path:C2dResNet50NonLocal",
        "i3d_resnet50_nl": "single_path:I3dResNet50NonLocal",
        "slow_8x8_resnet50_causal": "single_path:Slow8x8ResNet50Causal",
        "slow_8x8_resnet50_online": "single_path_online:Slow8x8ResNet50Online",
        "c2d_resnet50_online": "single_path_online:C2dResNet50Online",
        "slowfast_4x16_resnet50": "slowfast:SlowFast4x16",
        "slowfast_8x8_resnet50": "slowfast:SlowFast8x8",
        "slowfast_4x16_resnet50_causal": "slowfast_stream:SlowFast4x16Causal",
        "slowfast_8x8_resnet50_causal": "slowfast_stream:SlowFast8x8Causal",
        "i3d_inception": "i3d_inception:I3dInception",
        "channelnet_v1": "channelnet:ChannelNetV1",
        "channelnet_v2": "channelnet:ChannelNetV2",
        "channelnet_v3": "channelnet:ChannelNetV3",
    }.items()
}
"""Name of an architecture → ``module:class``."""


@cache
def architectures() -> dict[str, ZooArchitecture]:
    """All architectures by name; this imports torch."""
    return {name: pkgutil.resolve_name(place)() for name, place in CATALOGUE.items()}
