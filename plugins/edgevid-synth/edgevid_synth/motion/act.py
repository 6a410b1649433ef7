"""One performance of one behaviour: its poses, its props, and nothing about when."""

from __future__ import annotations

from dataclasses import dataclass

from edgevid_synth.motion.keys import PoseKey


@dataclass(frozen=True)
class Act:
    """What is done, again and again until it ends."""

    label: str
    variant: str
    keys: tuple[tuple[float, PoseKey], ...]
    """Seconds that a pose takes to reach and keep, and the pose; repeated in a cycle."""
    prop: str | None = None
    """phone, cup, bottle, can, cigarette, brush or food."""
    prop_side: str | None = None
    """``l`` or ``r``."""
    pickup: PoseKey | None = None
    """Where the prop is taken from and put back to."""
    tapping: bool = False
    """Whether the thumb types."""
