"""Random schedules: clips of one behaviour, and drives that chain behaviours."""

from __future__ import annotations

import numpy as np

from edgevid_synth.labels import BACKGROUND, LABELS
from edgevid_synth.motion.keys import Actor
from edgevid_synth.motion.repertoire import DURATIONS, perform
from edgevid_synth.motion.schedule import Schedule, ScheduledAction
from edgevid_synth.streams import stream

_SPANS = ("inside", "onset", "offset", "whole")
_CHANCES = (0.5, 0.2, 0.15, 0.15)


def _moves(rng: np.random.Generator) -> tuple[float, float]:
    """Seconds of approach and retract: one distribution for all labels."""
    return float(rng.uniform(0.5, 1.3)), float(rng.uniform(0.5, 1.2))


def plan_clip(actor: Actor, label: str, duration: float, seed: int) -> Schedule:
    """Schedule a clip of one behaviour; its onset, its end, both or neither lie within it.

    Onset and end are drawn from the same distribution for every label, before the label is used,
    so that timing alone predicts nothing.

    Args:
        actor: The driver.
        label: One of ``LABELS``.
        duration: Seconds.
        seed: Seed of the motion.
    """
    rng = stream(seed, "when")
    span = str(rng.choice(_SPANS, p=_CHANCES))
    approach, retract = _moves(rng)
    early, late = rng.uniform(0.0, 0.35) * duration, duration * rng.uniform(0.7, 1.0)
    start = early if span in ("onset", "whole") else -approach - rng.uniform(0.1, 6.0)
    end = late if span in ("offset", "whole") else duration + retract + rng.uniform(0.1, 6.0)
    end = max(end, start + approach + retract + 0.5)
    actions = []
    if start > 0:
        actions.append(_safe(actor, seed, 0, -5.0, start))
    action = perform(label, actor, stream(seed, "act"))
    actions.append(ScheduledAction(action, start, end, approach, retract))
    if end < duration:
        actions.append(_safe(actor, seed, 1, end, duration + 5.0))
    return Schedule(actions, actor.habit, stream(seed, "knots"))


def plan_drive(
    actor: Actor, duration: float, seed: int, labels: tuple[str, ...] = LABELS
) -> Schedule:
    """Schedule a drive: behaviours in random order and of random length, safe driving between.

    About half of the time is safe driving.

    Args:
        actor: The driver.
        duration: Seconds.
        seed: Seed of the motion.
        labels: Behaviours to choose from.
    """
    rng = stream(seed, "when")
    events = [label for label in labels if label != BACKGROUND]
    actions: list[ScheduledAction] = []
    t, number = 0.0, 0
    waiting: list[str] = []
    while t < duration:
        length = float(np.exp(rng.uniform(*np.log(DURATIONS[BACKGROUND]))))
        actions.append(_safe(actor, seed, number, t, t + length))
        t += length
        number += 1
        if not events:
            continue
        if not waiting:
            waiting = [str(label) for label in rng.permutation(events)]
        label = waiting.pop()
        approach, retract = _moves(rng)
        length = approach + retract + float(np.exp(rng.uniform(*np.log(DURATIONS[label]))))
        action = perform(label, actor, stream(seed, "act", number))
        actions.append(ScheduledAction(action, t, t + length, approach, retract))
        t += length
        number += 1
    return Schedule(actions, actor.habit, stream(seed, "knots"))


def _safe(actor: Actor, seed: int, number: int, start: float, end: float) -> ScheduledAction:
    action = perform(BACKGROUND, actor, stream(seed, "safe", number))
    move = min(0.8, (end - start) / 3)
    return ScheduledAction(action, start, end, move, move)
