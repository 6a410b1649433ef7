"""Regions of the image: how the user writes them, and their masks."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np
from pydantic import Field, model_validator

from edgevid.interfaces import Options
from edgevid.types import Floats, Region

Fraction = Annotated[float, Field(ge=0, le=1)]
Point = tuple[Fraction, Fraction]


class RegionOptions(Options):
    """One region: a box or a polygon, in fractions of width and height."""

    name: str = Field(min_length=1)
    box: tuple[Fraction, Fraction, Fraction, Fraction] | None = Field(
        default=None, description="x0, y0, x1, y1 in [0, 1]."
    )
    polygon: tuple[Point, ...] | None = Field(default=None, description="At least 3 (x, y).")

    @model_validator(mode="after")
    def _one_shape(self) -> RegionOptions:
        if (self.box is None) == (self.polygon is None):
            raise ValueError(f"region {self.name!r}: give either box or polygon")
        if self.box is not None and not (self.box[0] < self.box[2] and self.box[1] < self.box[3]):
            raise ValueError(f"region {self.name!r}: box is x0, y0, x1, y1 with x0 < x1, y0 < y1")
        if self.polygon is not None and len(self.polygon) < 3:
            raise ValueError(f"region {self.name!r}: a polygon needs at least 3 points")
        return self

    def region(self) -> Region:
        """Region as a polygon."""
        if self.polygon is not None:
            return Region(self.name, self.polygon)
        x0, y0, x1, y1 = self.box or (0.0, 0.0, 1.0, 1.0)
        return Region(self.name, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)))


DEFAULT_REGIONS = (
    RegionOptions(name="wheel", box=(0.45, 0.45, 0.85, 0.80)),
    RegionOptions(name="centre_console", box=(0.20, 0.75, 0.60, 1.00)),
    RegionOptions(name="radio", box=(0.75, 0.55, 1.00, 0.85)),
    RegionOptions(name="head", box=(0.25, 0.05, 0.65, 0.40)),
)
"""For a camera on the dash, on the passenger's side; set your own for your mount."""


def region_weights(regions: tuple[Region, ...], width: int, height: int) -> Floats:
    """Weights that average an image over each region.

    Returns:
        float32, (R, height * width); each row sums to 1.
    """
    rows = []
    for region in regions:
        mask = np.zeros((height, width), np.uint8)
        corners = np.array(region.polygon) * (width - 1, height - 1)
        cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 1)
        weights = mask.astype(np.float32).ravel()
        rows.append(weights / weights.sum())
    return np.stack(rows)
