"""Evidence: the scores of labels, as scores of the groups that a policy makes of them."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgevid.card import Card
from edgevid.errors import ConfigError
from edgevid.events.policy import Policy
from edgevid.events.profiles import load_profile
from edgevid.types import Prediction


@dataclass(frozen=True, slots=True)
class Group:
    """Labels that count as one."""

    name: str
    labels: tuple[str, ...]
    indices: tuple[int, ...]
    """Their classes."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Scores of the groups in one prediction."""

    scores: Mapping[str, float]
    """Group → score in [0, 1]."""
    is_usable: bool
    """False if a score is not a number, or the prediction is not valid."""
    is_uncertain: bool


class Grouping:
    """Groups of one card under one policy."""

    def __init__(self, card: Card, policy: Policy) -> None:
        """Find the groups.

        Raises:
            ConfigError: If the policy names a label or group that is not there.
        """
        self._card = card
        self._policy = policy
        index = {label: number for number, label in enumerate(card.class_names)}
        self._check_names(index)
        grouped = self._grouped()
        members: dict[str, list[str]] = {name: [] for name in policy.groups}
        for label in (*(label for group in policy.groups.values() for label in group), *index):
            own = members.setdefault(grouped.get(label, label), [])
            if label in index and label not in own:
                own.append(label)
        silent = {card.background, *policy.ignore}
        self.groups: list[Group] = []
        # What is never an event is evidence, too, that the model is certain.
        self._others: list[Group] = []

        def add(groups: list[Group], name: str, labels: Sequence[str]) -> None:
            if labels:
                groups.append(Group(name, tuple(labels), tuple(index[label] for label in labels)))

        for name, labels in members.items():
            if name in silent:
                add(self._others, name, labels)
                continue
            add(self.groups, name, [label for label in labels if label not in silent])
            add(self._others, name, [label for label in labels if label in silent])

    def _grouped(self) -> Mapping[str, str]:
        """Label → group, of those that are in one; a label of a group's name belongs to it.

        Raises:
            ConfigError: If a group is overridden by one of its labels.
        """
        policy = self._policy
        grouped = {name: name for name in policy.groups}
        grouped |= {label: name for name, labels in policy.groups.items() for label in labels}
        for name in policy.overrides:
            if name in grouped and name not in policy.groups:
                raise ConfigError(
                    f"events: {name!r} is a label of the group {grouped[name]!r}: rules are those "
                    f"of a group; override {grouped[name]!r}, or take the label out of it"
                )
        return grouped

    def _check_names(self, index: Mapping[str, int]) -> None:
        card, policy = self._card, self._policy
        # Profiles speak of labels that this card need not have; what the user wrote must be there.
        known = load_profile(policy.profile)
        shipped = {
            *known.get("ignore", ()),
            *known.get("overrides", ()),
            *(label for labels in known.get("groups", {}).values() for label in labels),
        }
        labels = [label for group in policy.groups.values() for label in group]
        _refuse_unknown(card, "label", labels, {*index, *shipped}, list(index))
        names = {*index, *policy.groups}
        _refuse_unknown(
            card, "group or label", [*policy.ignore, *policy.overrides], names | shipped, names
        )

    def read(self, prediction: Prediction) -> Evidence:
        """The evidence of a prediction."""
        scores = {g.name: self._score(g, prediction) for g in self.groups}
        known = [*scores.values(), *(self._score(g, prediction) for g in self._others)]
        is_usable = prediction.valid and all(math.isfinite(s) for s in known)
        best = max((s for s in known if math.isfinite(s)), default=0.0)
        # Independent scores may all be low: then nothing is going on, and that is certain.
        can_be_uncertain = self._card.activation == "softmax"
        limit = self._policy.availability.uncertain_below
        clipped = {n: min(max(s, 0.0), 1.0) if math.isfinite(s) else 0.0 for n, s in scores.items()}
        return Evidence(clipped, is_usable, can_be_uncertain and best < limit)

    def _score(self, group: Group, prediction: Prediction) -> float:
        values = [float(prediction.scores[index]) for index in group.indices]
        return math.fsum(values) if self._card.activation == "softmax" else max(values)


def _refuse_unknown(
    card: Card, kind: str, names: Sequence[str], known: set[str], shown: Sequence[str] | set[str]
) -> None:
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, shown, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ConfigError(
                f"events: {card.name} has no {kind} {name!r}; {hint}it has "
                f"{', '.join(sorted(shown))}"
            )
