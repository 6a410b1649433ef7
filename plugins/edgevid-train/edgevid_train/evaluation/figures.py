"""One style for all images of reports: small PNG files, drawn without a display."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

DOTS_PER_INCH = 100

INK, FAINT, GRID = "#22303c", "#8a97a3", "#e3e8ec"
BLUE, ORANGE, GREEN, RED = "#2f6f9f", "#d9822b", "#4a9a6a", "#b5483f"
_COLOURS = 64


def new_figure(width: float, height: float, title: str) -> tuple[Any, Any]:
    """A figure of so many inches with one pair of axes."""
    figure, [axes] = new_figures(width, height, title, columns=1)
    return figure, axes


def new_figures(width: float, height: float, title: str, columns: int = 2) -> tuple[Any, list[Any]]:
    """The same with several pairs of axes in a row."""
    # Without pyplot no display is needed and no global state is left behind.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1)
    figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout=layout)
    FigureCanvasAgg(figure)
    figure.suptitle(plain_line(title, 70), color=INK, fontsize=13, fontweight="bold")
    all_axes = list(np.atleast_1d(figure.subplots(1, columns)))
    for axes in all_axes:
        axes.grid(visible=True, color=GRID, lw=0.8)
        axes.set_axisbelow(True)
        axes.tick_params(colors=INK, labelsize=9, length=0)
        axes.title.set(color=INK, fontsize=10)
        for name, spine in axes.spines.items():
            spine.set_visible(name in ("left", "bottom"))
            spine.set_color(FAINT)
    return figure, all_axes


def short_name(name: str) -> str:
    """A label for an axis."""
    return plain_line(name.replace("_", " "), 28)


def plain_line(text: str, longest: int) -> str:
    """Text as one line, shortened to a number of characters."""
    line = " ".join(text.split())
    line = line if len(line) <= longest else f"{line[: longest - 1]}…"
    # Between two dollars matplotlib reads mathematics.
    return line.replace("$", "\\$")


def save_picture(figure: Any, path: Path) -> None:
    """Write a PNG."""
    from PIL import Image as Pillow

    with warnings.catch_warnings():
        # A script that the font lacks shows as boxes; the tables have the name.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    # A palette keeps text sharp at a third of the size.
    picture = Pillow.fromarray(np.ascontiguousarray(pixels)).quantize(_COLOURS)
    picture.save(path, format="PNG", optimize=True)
