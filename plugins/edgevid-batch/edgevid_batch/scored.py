"""Scores of a drive or of a part of it: arrays that are joined, stored and read back."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgevid.errors import EdgevidError
from edgevid.io import write_atomic
from edgevid.types import Gap, Prediction

_ARRAYS = ("frame_index", "seconds", "due", "start_seconds", "valid", "scores")


@dataclass(frozen=True, eq=False)
class Scored:
    """One row for each frame that the model was given."""

    frame_index: npt.NDArray[np.int64]
    """Number of the frame in the file, (n,)."""
    seconds: npt.NDArray[np.float64]
    """Time of each frame, pts, (n,)."""
    due: npt.NDArray[np.bool_]
    """Whether there is a prediction: clips are not due at every frame, (n,)."""
    start_seconds: npt.NDArray[np.float64]
    """Start of the evidence, (n,)."""
    valid: npt.NDArray[np.bool_]
    """False during warm-up, (n,)."""
    scores: npt.NDArray[np.float32]
    """(n, K); zeros where nothing was due."""
    gaps: tuple[tuple[int, Gap], ...] = ()
    """Gaps that the source reported: the row before which each came, and the gap."""
    warnings: tuple[str, ...] = ()
    """Defects of the recording."""

    def __len__(self) -> int:
        """Rows."""
        return len(self.seconds)

    def rows(self, first: int, end: int | None = None) -> Scored:
        """Some of the rows, without gaps and warnings."""
        part = slice(first, end)
        return _rows([getattr(self, name)[part] for name in _ARRAYS])

    def prediction(self, row: int, source_id: str) -> Prediction | None:
        """The prediction of a row; None if none was due."""
        if not self.due[row]:
            return None
        return Prediction(
            scores=self.scores[row],
            start_seconds=float(self.start_seconds[row]),
            end_seconds=float(self.seconds[row]),
            frame_index=int(self.frame_index[row]),
            valid=bool(self.valid[row]),
            source_id=source_id,
        )

    def same_as(self, other: Scored) -> bool:
        """Whether all numbers are the same, bit for bit."""
        return all(
            np.array_equal(getattr(self, name), getattr(other, name), equal_nan=name == "scores")
            for name in _ARRAYS
        )

    def save(self, path: Path) -> None:
        """Write a ``.npz``, whole or not at all; equal rows give equal bytes.

        Raises:
            OSError: If it cannot be written.
        """
        gaps = [(row, g.start_seconds, g.end_seconds, g.reason) for row, g in self.gaps]
        arrays: dict[str, Any] = {name: getattr(self, name) for name in _ARRAYS}
        content = io.BytesIO()
        np.savez(content, gaps=_packed(gaps), warnings=_packed(self.warnings), **arrays)
        write_atomic(path, content.getvalue())

    @classmethod
    def load(cls, path: Path) -> Scored | None:
        """Read one back; None if it is not there or damaged."""
        try:
            with np.load(path, allow_pickle=False) as found:
                gaps = json.loads(found["gaps"].tobytes())
                kept = tuple((row, Gap(start, end, why)) for row, start, end, why in gaps)
                warnings = tuple(str(line) for line in json.loads(found["warnings"].tobytes()))
                rows = replace(
                    _rows([found[name] for name in _ARRAYS]), gaps=kept, warnings=warnings
                )
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
            return None
        return rows if len({len(getattr(rows, name)) for name in _ARRAYS}) == 1 else None


def _packed(value: Any) -> npt.NDArray[np.uint8]:
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


def _rows(columns: Sequence[Any]) -> Scored:
    return Scored(**dict(zip(_ARRAYS, columns, strict=True)))


class NotJoinedError(EdgevidError):
    """Two parts of a drive disagree where they meet."""


def join(parts: Sequence[tuple[Scored, int, int]]) -> Scored:
    """One pass out of its chunks.

    Args:
        parts: Rows of each chunk in order, how many at their beginning are the chunk's before it,
            and from which row on they are exact.

    Raises:
        NotJoinedError: If rows that two chunks scored are not the same, bit for bit: the file does
            not decode from its key frames as it does from its start, or a card names too short a
            memory.
    """
    own: list[Scored] = []
    for rows, lead, exact in parts:
        if own and exact < lead:
            before = own[-1]
            compared = min(lead - exact, len(before))
            ours = rows.rows(lead - compared, lead)
            if not ours.same_as(before.rows(len(before) - compared)):
                where = float(rows.seconds[lead - 1])
                raise NotJoinedError(f"the parts that meet at {where:.3f} s disagree")
        own.append(rows.rows(lead))
    return _rows([np.concatenate([getattr(part, name) for part in own]) for name in _ARRAYS])
