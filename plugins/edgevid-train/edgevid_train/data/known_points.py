"""Positions of face, hands and prop: rendered clips have a file of facts beside them."""

from __future__ import annotations

import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgevid_train.data.errors import DataError

PROPS = ("phone", "drink", "cigarette", "brush", "food")
WATCHED = ("face", "left_hand", "right_hand", *PROPS)
"""Targets of the auxiliary head, because the renderer knows them for nothing."""
MIRRORED = ((WATCHED.index("left_hand"), WATCHED.index("right_hand")),)
"""Pairs of ``WATCHED`` that change places in a mirror."""

Points = npt.NDArray[np.float32]
_NEEDED = frozenset({"label", "points", "area", "prop", "prop_centre"})
_HIDDEN = -1.0


def known_points(file: Path, times: npt.NDArray[np.float64], file_seconds: float) -> Points:
    """Return the positions of the watched things.

    Args:
        file: A video; recordings have no facts beside them.
        times: Of the frames, seconds, (T,).
        file_seconds: How long the video is.

    Returns:
        (x, y) in parts of the image, (T, W, 2): outside [0, 1) where a thing is not to be seen,
        NaN where unknown.

    Raises:
        DataError: If there is a file of facts, but a broken one.
    """
    facts = _facts(file.with_suffix(".npz")) if file_seconds > 0 else None
    if facts is None:
        return np.full((len(times), len(WATCHED), 2), np.nan, np.float32)
    rate_hz = len(facts) / file_seconds
    # A frame's own time may lie a rounding error before it.
    rows = np.minimum((times * rate_hz + 1e-3).astype(np.int64), len(facts) - 1)
    return facts[rows]


@lru_cache(maxsize=50_000)
def _facts(path: Path) -> Points | None:
    """The points of all frames of a clip, (N, W, 2); None if there is no file of the renderer's."""
    if not path.is_file():
        return None
    try:
        # NumPy leaves files open that it finds broken.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            if not set(found) >= _NEEDED:
                return None
            facts = {name: found[name] for name in _NEEDED}
        return _watched(facts)
    except (OSError, ValueError, TypeError, IndexError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path}: not what edgevid synth writes beside a clip: {error}; remove it, or render "
            f"the clip again"
        ) from error


def _watched(facts: dict[str, Any]) -> Points:
    from edgevid_synth import POINTS, VISIBLE_AREA, Part

    bodily = {"face": Part.HEAD, "left_hand": Part.LEFT_HAND, "right_hand": Part.RIGHT_HAND}
    areas, places = facts["area"].astype(np.float32), []
    for name, part in bodily.items():
        place = facts["points"][:, POINTS.index(name)].astype(np.float32)
        place[areas[:, part] < VISIBLE_AREA] = _HIDDEN
        places.append(place)
    for name in PROPS:
        place = facts["prop_centre"].astype(np.float32)
        place[facts["prop"] != Part[name.upper()]] = _HIDDEN
        places.append(place)
    return np.stack(places, axis=1)
