"""The material table: colours, patterns, gloss and bumps of every surface."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgevid_synth.parts import Surface

COLOUR, COLOUR2, PATTERN, SCALE, GLOSS, EMISSION, MOTTLE, BUMP, BUMP_SCALE = (
    0,
    3,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
)
"""Columns."""
PLAIN, ACROSS, ALONG, CHECK, BLOBS = range(5)
"""Patterns."""

SKIN_TONES = np.array(
    [
        [0.78, 0.55, 0.44],
        [0.68, 0.45, 0.34],
        [0.58, 0.37, 0.26],
        [0.45, 0.27, 0.18],
        [0.30, 0.175, 0.115],
        [0.17, 0.095, 0.065],
        [0.10, 0.058, 0.042],
    ]
)
HAIR_TONES = np.array(
    [
        [0.02, 0.017, 0.015],
        [0.05, 0.03, 0.02],
        [0.12, 0.065, 0.035],
        [0.25, 0.15, 0.07],
        [0.45, 0.32, 0.17],
        [0.4, 0.4, 0.4],
        [0.7, 0.69, 0.66],
        [0.2, 0.06, 0.03],
    ]
)


def random_colour(
    rng: np.random.Generator, low: float = 0.02, high: float = 0.9, saturation: float = 0.6
) -> NDArray[np.float64]:
    """A linear RGB colour, dark ones more often, as things in cars are."""
    value, hue = rng.uniform(low, high) ** 1.5, rng.uniform(0, 6)
    s = rng.uniform(0, saturation)
    rgb = np.clip(np.array([abs(hue - 3) - 1, 2 - abs(hue - 2), 2 - abs(hue - 4)]), 0, 1)
    colour: NDArray[np.float64] = value * ((1 - s) + s * rgb)
    return colour


def skin_tone(rng: np.random.Generator) -> NDArray[np.float64]:
    """One of the tones or between two of them."""
    where = rng.uniform(0, len(SKIN_TONES) - 1)
    low = int(where)
    high = min(low + 1, len(SKIN_TONES) - 1)
    mixed = SKIN_TONES[low] * (1 - where + low) + SKIN_TONES[high] * (where - low)
    tone: NDArray[np.float64] = mixed * rng.uniform(0.9, 1.1)
    return tone


class Materials:
    """Rows by ``Surface``; ``table`` is what the shader reads."""

    def __init__(self) -> None:
        self.table = np.zeros((len(Surface), 13), np.float32)

    def set(
        self,
        surface: Surface,
        colour: Any,
        colour2: Any = None,
        *,
        pattern: int = PLAIN,
        scale: float = 20.0,
        gloss: float = 0.1,
        emission: float = 0.0,
        mottle: float = 0.1,
        bump: float = 0.0,
        bump_scale: float = 40.0,
    ) -> None:
        """Describe a surface.

        Args:
            surface: Which row.
            colour: Linear RGB.
            colour2: Of the pattern.
            pattern: One of the constants above.
            scale: Repeats per metre.
            gloss: 0 matt to 1 lacquer.
            emission: Light of its own.
            mottle: Unevenness of the colour.
            bump: Strength of wrinkles or strands.
            bump_scale: Of those, per metre.
        """
        other = colour if colour2 is None else colour2
        self.table[surface] = [
            *colour, *other, pattern, scale, gloss, emission, mottle, bump, bump_scale,
        ]  # fmt: skip

    def colour(self, surface: Surface) -> NDArray[np.float32]:
        """Linear RGB of a surface."""
        return self.table[surface, :3]


def set_props(materials: Materials, rng: np.random.Generator) -> None:
    """Phone, drink, cigarette, brush, food and what people wear on the head."""
    m = materials
    m.set(Surface.PHONE, random_colour(rng, 0.02, 0.6, 0.7), gloss=0.8, mottle=0)
    lit = rng.random() < 0.8
    m.set(
        Surface.PHONE_SCREEN,
        [0.5, 0.55, 0.6] if lit else [0.02] * 3,
        random_colour(rng, 0.3, 1, 0.6),
        pattern=ACROSS,
        scale=60,
        gloss=0.8,
        emission=rng.uniform(0.5, 1.5) if lit else 0,
        mottle=0,
    )
    m.set(
        Surface.CUP,
        random_colour(rng, 0.05, 1, 0.8),
        random_colour(rng, 0.05, 1, 0.8),
        pattern=int(rng.choice([PLAIN, ACROSS, BLOBS])),
        scale=30,
        gloss=rng.choice([0.1, 0.9]),
    )
    m.set(Surface.LID, random_colour(rng, 0.02, 1, 0.4), gloss=0.5)
    m.set(Surface.CIGARETTE, [0.85, 0.83, 0.78], [0.75, 0.42, 0.15], gloss=0.05, mottle=0)
    m.set(Surface.EMBER, [1, 0.3, 0.05], emission=3)
    m.set(Surface.BRUSH, random_colour(rng, 0.02, 1, 0.8), gloss=0.6)
    m.set(
        Surface.FOOD,
        random_colour(rng, 0.3, 0.9, 0.9),
        random_colour(rng, 0.1, 0.9, 0.7),
        pattern=BLOBS,
        scale=50,
        mottle=0.4,
    )
    m.set(Surface.GLASSES, [0.02, 0.02, 0.025], gloss=1.2)
    m.set(Surface.HAT, random_colour(rng, 0.02, 0.9, 0.8), gloss=0.05, mottle=0.15)
    m.set(
        Surface.MASK,
        [0.45, 0.6, 0.75] if rng.random() < 0.4 else random_colour(rng, 0.02, 1, 0.5),
        gloss=0.05,
        mottle=0.05,
    )
    m.set(Surface.HEADSET, random_colour(rng, 0.02, 0.5, 0.3), gloss=0.6)
    m.set(Surface.EYE, [0.7, 0.68, 0.66], gloss=0.8, mottle=0)
    m.set(Surface.IRIS, [0.05, 0.03, 0.02], gloss=1, mottle=0)
