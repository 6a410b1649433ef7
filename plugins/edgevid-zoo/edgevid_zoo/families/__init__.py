"""The zoo's architectures as edgevid sees them; torch is imported when one is built."""

from __future__ import annotations

from edgevid_zoo.families import (
    action,
    c3d,
    channelnet,
    cnn_lstm,
    fusion,
    i3d_inception,
    single_frame,
    single_path,
    slowfast,
    stm,
    tsm,
    tsn,
    video_resnet18,
)

_FAMILIES = (
    tsm,
    stm,
    action,
    tsn,
    single_frame,
    fusion,
    cnn_lstm,
    video_resnet18,
    c3d,
    single_path,
    slowfast,
    i3d_inception,
    channelnet,
)

ARCHITECTURES = tuple(architecture for family in _FAMILIES for architecture in family.ARCHITECTURES)
"""All that the plugin registers, each under its name."""
