"""One action: its poses and props, not its times."""

from __future__ import annotations

from dataclasses import dataclass

from edgevid_synth.motion.keys import PoseKey


@dataclass(frozen=True)
class Action:
    """One performance of a behaviour; its poses repeat until it ends."""

    label: str
    variant: str
    keys: tuple[tuple[float, PoseKey], ...]
    """(seconds to reach and hold a pose, the pose), repeated in a cycle."""
    prop: str | None = None
    """phone, cup, bottle, can, cigarette, brush or food."""
    prop_side: str | None = None
    """``l`` or ``r``."""
    pickup: PoseKey | None = None
    """The pose in which the prop is picked up and put back."""
    tapping: bool = False
    """True if the thumb types."""
