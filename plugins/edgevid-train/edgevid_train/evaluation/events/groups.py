"""Groups of labels that count as one: the policy's, for truth and result alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edgevid_synth import BACKGROUND


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of labels under one policy, and what it takes to be in one."""

    members: Mapping[str, tuple[str, ...]]
    """Group → labels."""
    background: str = BACKGROUND
    """The label that is no event."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Options of the event engine, for its thresholds; empty if unknown."""

    def of(self, label: str) -> str:
        """The group of a label; a label in none stands alone."""
        return next((name for name, labels in self.members.items() if label in labels), label)

    def labels(self, group: str) -> tuple[str, ...]:
        """The labels of a group."""
        return self.members.get(group, (group,))

    def is_watched(self, group: str) -> bool:
        """Whether the policy can make an event of it; a policy that names no groups can of all."""
        return not self.members or group in self.members

    def enter(self, group: str) -> float | None:
        """The score above which an event of the group begins; None if the policy does not say."""
        own = _mapping(_mapping(self.options, "overrides"), group)
        for place in (own, _mapping(self.options, "rules"), self.options):
            value = place.get("enter")
            if isinstance(value, int | float) and not isinstance(value, bool):
                return float(value)
        return None


def groups_of(
    policy: Mapping[str, Any],
    background: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Groups:
    """The groups of a session line's policy.

    Args:
        policy: What the event engine says of itself; ``groups`` maps names to labels.
        background: The label that is no event; ``safe_driving`` if neither this nor the policy
            says.
        options: Of the event engine, if they are known.
    """
    groups = policy.get("groups")
    members = {
        str(name): tuple(str(label) for label in labels)
        for name, labels in (groups.items() if isinstance(groups, Mapping) else ())
        if isinstance(labels, list | tuple)
    }
    named = policy.get("background")
    otherwise = named if isinstance(named, str) else BACKGROUND
    return Groups(members, background or otherwise, options or {})


def _mapping(place: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = place.get(key)
    return value if isinstance(value, Mapping) else {}
