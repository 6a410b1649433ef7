"""What weights and network must agree about, and names and shapes do not tell.

References:
    Lin et al., "TSM", ICCV 2019, https://arxiv.org/abs/1811.08383.
    Wang et al., "Non-local Neural Networks", CVPR 2018, https://arxiv.org/abs/1711.07971.
    Feichtenhofer et al., "SlowFast Networks", ICCV 2019, https://arxiv.org/abs/1812.03982.
"""

from __future__ import annotations

from collections.abc import Mapping

TRAITS: dict[str, dict[str, str]] = {
    "shift": {
        "none": "no temporal shift",
        "past": "a shift from the past alone",
        "both": "a shift from both sides, the first channels from the future",
        "both_past_first": "a shift from both sides, the first channels from the past",
    },
    "padding": {
        "both": "zeros at both ends of a clip",
        "past": "zeros in the past alone",
    },
    "non_local": {
        "none": "no non-local blocks",
        "pooled_after": "non-local blocks that pool after their convolutions",
        "pooled_before": "non-local blocks that pool before their convolutions",
    },
    "slow_frames": {
        "none": "no slow pathway",
        "linspace": "slow frames spread evenly from the first to the last",
        "strided": "slow frames at a fixed stride",
    },
}
"""Trait → value → how it is said. The first value is that of a network that states none."""


def trait(traits: Mapping[str, str], name: str) -> str:
    """The value of a network's trait."""
    return traits.get(name) or next(iter(TRAITS[name]))


def differences(theirs: Mapping[str, str], ours: Mapping[str, str]) -> list[tuple[str, str]]:
    """What the weights were trained with and what the network has instead, where they differ."""
    return [
        (TRAITS[name][value], TRAITS[name][trait(ours, name)])
        for name, value in theirs.items()
        if trait(ours, name) != value
    ]
