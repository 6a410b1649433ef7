"""Traits: conventions on which weights and network must agree, which no name or shape shows.

References:
    Lin et al., "TSM", ICCV 2019, https://arxiv.org/abs/1811.08383.
    Wang et al., "Non-local Neural Networks", CVPR 2018, https://arxiv.org/abs/1711.07971.
    Feichtenhofer et al., "SlowFast Networks", ICCV 2019, https://arxiv.org/abs/1812.03982.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from edgevid import Architecture
from edgevid.backends import Maker
from edgevid_zoo.families import architectures

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
        "strided": "slow frames at a fixed stride from the first on",
        "newest": "slow frames that are the newest of each stride",
    },
    "num_frames": {
        "any": "any number of frames",
        "same": "the same number of frames",
    },
    "frames": {
        "together": "frames that meet over time",
        "alone": "single images",
    },
}
"""Trait → value → phrase for messages. The first value is that of a network that states none;
further values of ``num_frames`` are numbers."""
NOUNS = {
    "shift": "shift",
    "padding": "padding",
    "non_local": "order of pools",
    "slow_frames": "choice of slow frames",
    "num_frames": "number of frames",
    "frames": "use of other frames",
}
"""Trait → noun for messages."""

_DECIDED = {
    ("slow_sampling", "linspace"): ("slow_frames", "linspace"),
    ("slow_sampling", "strided"): ("slow_frames", "strided"),
    ("slow_sampling", "newest"): ("slow_frames", "newest"),
    ("temporal_padding", "past"): ("padding", "past"),
}
"""Option of a network and its value → the trait that it decides, and the trait's value."""
_DECIDING = {option for option, _ in _DECIDED}


def traits_of(
    architecture: Architecture, options: Mapping[str, Any], num_frames: int | None = None
) -> dict[str, str]:
    """The value of every trait.

    Args:
        architecture: States what is not usual in ``traits``. What the zoo calls causal pads in the
            past alone. ``num_frames`` is ``same`` where the weights know it though no shape tells:
            one channel in so many moves, or two frames are so far apart.
        options: Of the network; some decide a trait.
        num_frames: Of the network; the architecture's own if None.
    """
    found = {name: next(iter(values)) for name, values in TRAITS.items()}
    if architecture.name.endswith("_causal"):
        found["padding"] = "past"
    if getattr(architecture, "temporal_mode", None) == "frame":
        found["frames"] = "alone"
    found |= getattr(architecture, "traits", {})
    if found["num_frames"] == "same":
        found["num_frames"] = str(num_frames or getattr(architecture, "num_frames", 1))
    decided = (_DECIDED.get((name, value)) for name, value in options.items() if name in _DECIDING)
    return found | dict(filter(None, decided))


def traits_of_maker(maker: Maker) -> dict[str, str]:
    """The value of every trait of the network that weights are of; none if it is not known here.

    Old files do not say of how many frames they are, and then have no value of that one.
    """
    architecture = architectures().get(maker.architecture)
    if architecture is None:
        return {}
    try:
        options = architecture.Options(**maker.options)
    except (ValidationError, TypeError):
        return {}
    traits = traits_of(architecture, options.model_dump(), maker.num_frames)
    return {n: v for n, v in traits.items() if n != "num_frames" or maker.num_frames}


def differences(theirs: Mapping[str, str], ours: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of phrases, of the weights and of the network, for each trait in which they differ."""
    return [(_phrase(n, theirs[n]), _phrase(n, ours[n])) for n in unlike(theirs, ours)]


def unlike(theirs: Mapping[str, str], ours: Mapping[str, str]) -> list[str]:
    """Names of the traits in which they differ."""
    names = [name for name, value in theirs.items() if ours[name] != value]
    # A shift, say, already shows that frames meet.
    return [name for name in names if name != "frames" or len(names) == 1]


def _phrase(name: str, value: str) -> str:
    return TRAITS[name].get(value, f"{value} frames")
