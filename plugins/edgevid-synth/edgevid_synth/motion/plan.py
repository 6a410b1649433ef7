"""What happens when: single-behaviour clips, and drives that chain behaviours."""

from __future__ import annotations

import numpy as np

from edgevid_synth.labels import BACKGROUND, LABELS
from edgevid_synth.motion.course import Course, PlannedAct
from edgevid_synth.motion.keys import Actor
from edgevid_synth.motion.repertoire import DURATIONS, perform
from edgevid_synth.streams import stream

_SPANS = ("inside", "onset", "offset", "whole")
_CHANCES = (0.5, 0.2, 0.15, 0.15)


def _moves(rng: np.random.Generator) -> tuple[float, float]:
    """Seconds of approach and retract: one law for all labels."""
    return float(rng.uniform(0.5, 1.3)), float(rng.uniform(0.5, 1.2))


def plan_clip(actor: Actor, label: str, duration: float, seed: int) -> Course:
    """A clip of one behaviour: all of it held, or its onset, its end or both within the clip.

    When it begins and ends is drawn in the same way for every label, and before the label is
    looked at, so that time alone tells nothing.

    Args:
        actor: Who does it.
        label: One of ``LABELS``.
        duration: Seconds.
        seed: Of the motion.
    """
    rng = stream(seed, "when")
    span = str(rng.choice(_SPANS, p=_CHANCES))
    approach, retract = _moves(rng)
    early, late = rng.uniform(0.0, 0.35) * duration, duration * rng.uniform(0.7, 1.0)
    start = early if span in ("onset", "whole") else -approach - rng.uniform(0.1, 6.0)
    end = late if span in ("offset", "whole") else duration + retract + rng.uniform(0.1, 6.0)
    end = max(end, start + approach + retract + 0.5)
    acts = []
    if start > 0:
        acts.append(_safe(actor, seed, 0, -5.0, start))
    act = perform(label, actor, stream(seed, "act"))
    acts.append(PlannedAct(act, start, end, approach, retract))
    if end < duration:
        acts.append(_safe(actor, seed, 1, end, duration + 5.0))
    return Course(acts, actor.habit, stream(seed, "knots"))


def plan_drive(
    actor: Actor, duration: float, seed: int, labels: tuple[str, ...] = LABELS
) -> Course:
    """A drive: behaviours in random order and of random length, safe driving between them.

    About half of the time is safe driving.

    Args:
        actor: Who drives.
        duration: Seconds.
        seed: Of the motion.
        labels: What may happen.
    """
    rng = stream(seed, "when")
    events = [label for label in labels if label != BACKGROUND]
    acts: list[PlannedAct] = []
    t, number, waiting = 0.0, 0, []
    while t < duration:
        length = float(np.exp(rng.uniform(*np.log(DURATIONS[BACKGROUND]))))
        acts.append(_safe(actor, seed, number, t, t + length))
        t += length
        number += 1
        if not events:
            continue
        if not waiting:
            waiting = list(rng.permutation(events))
        label = str(waiting.pop())
        approach, retract = _moves(rng)
        length = approach + retract + float(np.exp(rng.uniform(*np.log(DURATIONS[label]))))
        act = perform(label, actor, stream(seed, "act", number))
        acts.append(PlannedAct(act, t, t + length, approach, retract))
        t += length
        number += 1
    return Course(acts, actor.habit, stream(seed, "knots"))


def _safe(actor: Actor, seed: int, number: int, start: float, end: float) -> PlannedAct:
    act = perform(BACKGROUND, actor, stream(seed, "safe", number))
    move = min(0.8, (end - start) / 3)
    return PlannedAct(act, start, end, move, move)
