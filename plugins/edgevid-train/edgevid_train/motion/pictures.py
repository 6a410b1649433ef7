"""Draws how fast networks learn to see time."""

from __future__ import annotations

from pathlib import Path

from edgevid_train.evaluation.figures import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    RED,
    new_figures,
    save_picture,
)
from edgevid_train.motion.results import ENOUGH, MotionResults

_COLOURS = {"stream": BLUE, "clip": ORANGE, "multirate": GREEN, "frame": RED}
_TITLES = {True: "See the order of frames", False: "Do not"}


def motion_picture(results: MotionResults, path: Path) -> None:
    """Accuracy over training clips, one line for each network, as a PNG."""
    figure, panels = new_figures(9.6, 3.8, "Does it see time?")
    for axes, (sees_order, title) in zip(panels, _TITLES.items(), strict=True):
        rows = [row for row in results.rows if row.sees_order == sees_order]
        for row in rows:
            clips, right = zip(*((0, results.chance), *row.curve), strict=True)
            axes.plot(clips, right, color=_COLOURS[row.temporal_mode], lw=1.2, alpha=0.7)
        for level, what in ((results.chance, "chance"), (ENOUGH, f"{ENOUGH:g}")):
            axes.axhline(level, color=FAINT, lw=0.8, ls="--")
            axes.annotate(
                what, (1, level), xycoords=("axes fraction", "data"), color=INK, fontsize=8,
                ha="right", va="bottom",
            )  # fmt: skip
        axes.set(ylim=(0, 1.02), xlabel="training clips", title=title)
    panels[0].set_ylabel("accuracy of new clips")
    modes = {row.temporal_mode for row in results.rows}
    for mode in (mode for mode in _COLOURS if mode in modes):
        panels[0].plot([], [], color=_COLOURS[mode], label=mode)
    figure.legend(frameon=False, fontsize=8, loc="outside lower center", ncols=len(_COLOURS))
    save_picture(figure, path)
