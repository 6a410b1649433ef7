"""Draws docs/batch/report.png: a report of the rendered drives of examples/, as Chromium shows it.

Usage: python tools/report_picture.py [PICTURE]
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
WIDTH_PX, HEIGHT_PX = 1200, 3500
SMALLER = 0.7
MARGIN_PX = 24
PACKED = (cv2.IMWRITE_PNG_COMPRESSION, 9)


def main(picture: Path) -> None:
    """Analyse, and take a picture of the report."""
    with tempfile.TemporaryDirectory() as folder:
        # Named as in the repository, so that no path of this machine is in the picture.
        words = ["-m", "edgevid", "batch", "examples", "--out", folder, "--quiet"]
        subprocess.run([sys.executable, *words], cwd=ROOT, check=True)
        picture_of(Path(folder) / "report.html", picture, HEIGHT_PX)


def picture_of(report: Path, picture: Path, height: int) -> None:
    """Open a report and take a picture.

    Args:
        report: The page.
        picture: A PNG.
        height: Pixels of the page to show, at most.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"a browser is needed, one of {', '.join(BROWSERS)}; none is installed")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        whole = out / "whole.png"
        subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                f"--user-data-dir={out / 'profile'}",
                f"--window-size={WIDTH_PX},{height}",
                f"--screenshot={whole}",
                report.resolve().as_uri(),
            ],
            check=True,
            capture_output=True,
        )
        picture.parent.mkdir(parents=True, exist_ok=True)
        pixels = cv2.imread(str(whole))
        if pixels is None or not cv2.imwrite(str(picture), _small(_trimmed(pixels)), PACKED):
            sys.exit(f"{picture}: cannot be written")


def _trimmed(pixels: np.ndarray) -> np.ndarray:
    """Without the empty paper below the end of the page."""
    inked = np.flatnonzero((pixels < 250).any(axis=(1, 2)))
    return pixels[: int(inked[-1]) + MARGIN_PX]


def _small(pixels: np.ndarray) -> np.ndarray:
    return cv2.resize(pixels, None, fx=SMALLER, fy=SMALLER, interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "batch" / "report.png")
