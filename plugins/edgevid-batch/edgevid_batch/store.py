"""Scores on disk, by content: two names of one file, and a renamed one, share them."""

from __future__ import annotations

import shutil
from pathlib import Path

from edgevid_batch.scored import Scored

_DIGITS = 20


class Store:
    """Scores of one model."""

    def __init__(self, folder: Path, model_id: str) -> None:
        """Keep below a folder what a model says."""
        self._folder = folder
        self._model = model_id

    def _of(self, sha256: str) -> Path:
        return self._folder / sha256[:_DIGITS] / self._model

    def whole(self, sha256: str) -> Scored | None:
        """Scores of a whole drive; None if they are not there."""
        return Scored.load(self._of(sha256) / "scores.npz")

    def has_whole(self, sha256: str) -> bool:
        """Whether there are scores of a whole drive, and they can be read back."""
        return self.whole(sha256) is not None

    def keep_whole(self, sha256: str, scored: Scored) -> None:
        """Write the scores of a drive, whose chunks are not needed any more.

        Raises:
            OSError: If they cannot be written.
        """
        folder = self._of(sha256)
        folder.mkdir(parents=True, exist_ok=True)
        scored.save(folder / "scores.npz")
        shutil.rmtree(folder / "chunks", ignore_errors=True)

    def chunk(self, sha256: str, first: int, end: int) -> Scored | None:
        """Scores of a chunk, its lead included; None if they are not there."""
        return Scored.load(self._chunk(sha256, first, end))

    def keep_chunk(self, sha256: str, first: int, end: int, scored: Scored) -> None:
        """Write the scores of a chunk.

        Raises:
            OSError: If they cannot be written.
        """
        path = self._chunk(sha256, first, end)
        path.parent.mkdir(parents=True, exist_ok=True)
        scored.save(path)

    def _chunk(self, sha256: str, first: int, end: int) -> Path:
        return self._of(sha256) / "chunks" / f"{first}-{end}.npz"
