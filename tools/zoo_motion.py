"""Part of docs/zoo.md: whether the networks see time, from docs/zoo/motion.json."""

from __future__ import annotations

from pathlib import Path

from edgevid_train.motion.results import ENOUGH, MotionRow, read_results

_TEXT = """
## Does it see time?

`edgevid motion -o docs/zoo/motion.json` trains a narrow variant of every network from scratch on
clips of 32x32 pixels whose class is the order of their frames alone. A scene is a loop of sixteen
pictures, one shape at sixteen places around the picture or in sixteen sizes; a clip shows all of
them once, beginning anywhere, in steps of 1, -1, 3 or -3 along the loop: right or growing, left or
shrinking, slow or three times as fast. So a single frame says nothing about the class, and neither
do all frames without their order; the tests compare them picture by picture. {chance:.2f} is
chance, whatever is above it sees order.

All are trained alike, by the trainer's own step: batches of {batch} new clips, AdamW at
{rate:g}, at most {steps} of them, fewer if two checks in a row find {good:.0%} right, or
none of the first {soon} steps a share of {little:g}.
Streams are judged by their scores at the last frame. Accuracy is of {test} clips that none has
seen; direction and speed count the one of the two alone, of which chance is 0.50. Seconds are of
one core ({machine}), and differ between runs on a busy machine.

![Accuracy over clips seen]({folder}/motion.png)

| name | mode | sees order | accuracy | direction | speed | clips seen | s | parameters |
|---|---|---|---|---|---|---|---|---|
"""

_NOT = """
Networks that do not see order are built so: single frames, and means over frames or over pairs of
neighbours. The maximum over a pair is the same for both orders of the pair but not for other pairs,
which is how C2D may tell fast from slow, and never forwards from backwards. Late fusion sees order,
but its scores are a sum of what its two frames say: whatever it gives to one pair of places for
being near to each other, it gives to other pairs too, so that no such sum is right for all places.
"""


def motion_section(folder: Path) -> str:
    """The section, if it was measured.

    Args:
        folder: Holds motion.json and motion.png.
    """
    file = folder / "motion.json"
    if not file.exists():
        return ""
    results = read_results(file)
    effort = results.effort
    text = _TEXT.format(
        chance=results.chance, batch=effort.batch_size, rate=effort.learning_rate,
        steps=effort.steps, good=effort.good_enough, test=effort.test_clips,
        machine=results.machine, soon=effort.given_up_after, little=effort.given_up_below,
        folder=folder.name,
    )  # fmt: skip
    text += "".join(_row(row, effort.batch_size) for row in results.rows) + _NOT
    below = [row for row in results.rows if row.disappoints]
    if below:
        names = ", ".join(f"`{row.name}`" for row in below)
        text += f"\nBelow {ENOUGH:.2f} although they see order and compare frames: {names}.\n"
    return text


def _row(row: MotionRow, batch: int) -> str:
    return (
        f"| `{row.name}` | {row.temporal_mode} | {'yes' if row.sees_order else 'no'} "
        f"| {row.accuracy:.3f} | {row.direction:.3f} | {row.speed:.3f} "
        f"| {row.steps * batch:,} | {row.seconds:.0f} | {row.parameters:,} |\n"
    )
