"""Drawings by matplotlib without a display and without its global state; equal ones are equal."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from edgevid.timeline import FAINT, GRID, INK

_WIDTH_INCHES = 9.0


@contextmanager
def steady_svg() -> Iterator[None]:
    """Equal drawings give equal bytes; letters stay letters, which is small and can be searched."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": "edgevid", "svg.fonttype": "none"}):
        yield


def new_axes(height_inches: float, grid: Literal["x", "y"]) -> tuple[Any, Any]:
    """A figure of the width of a page, and its axes with lines along one direction."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    size = (_WIDTH_INCHES, height_inches)
    figure = Figure(figsize=size, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.tick_params(colors=INK, labelsize=8.5, length=0)
    axes.grid(visible=True, axis=grid, color=GRID, lw=0.8)
    axes.set_axisbelow(True)
    for name, spine in axes.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color(FAINT)
    return figure, axes


def svg_of(figure: Any) -> bytes:
    """The drawing as SVG."""
    content = io.BytesIO()
    with steady_svg():
        figure.savefig(content, format="svg", metadata={"Date": None})
    return content.getvalue()
