"""Data tables for ``edgevid export --int8`` and ``--fp16``; edgevid-export looks this up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from edgevid import Card, ConfigError
from edgevid.config import BackendConfig
from edgevid.types import Image
from edgevid_train.data.table import Segment, read_table
from edgevid_train.evaluation.clips import stream_times
from edgevid_train.evaluation.scoring import ClipScores, StreamScorer
from edgevid_train.evaluation.tables import clips_from_segments


class TableDataset:
    """Clips of the splits ``train`` and ``val`` of a data table."""

    def __init__(self, table: Path, card: Card) -> None:
        """Read the table; clips are decoded when they are used.

        Args:
            table: A data table.
            card: Of the bundle.

        Raises:
            ConfigError: If the table is not valid or has no segments of one of the splits.
        """
        segments = read_table(table)
        by_split = {split: [s for s in segments if s.split == split] for split in ("train", "val")}
        if empty := [split for split, found in by_split.items() if not found]:
            raise ConfigError(
                f"{table}: no segments of split {' and '.join(empty)}; train calibrates, "
                f"val decides"
            )
        self._card = card
        self._training = by_split["train"]
        self._clips = clips_from_segments(by_split["val"], context_seconds=card.warmup_seconds)
        self.labels: Sequence[str] = tuple(clip.label for clip in self._clips)

    def calibration_clips(self, most: int) -> Iterator[Image]:
        """Frames of training clips, uint8 BGR, (T, H, W, 3) each, spread over the table."""
        # Neighbours in a table are often alike.
        spread: Sequence[Segment] = self._training[:: max(1, len(self._training) // most)]
        for clip in clips_from_segments(spread, context_seconds=self._card.warmup_seconds):
            yield clip.read(stream_times(clip.duration_seconds, self._card.input_rate_hz))

    def score(
        self, bundle: Path, backend: str, progress: Callable[[int, int], None]
    ) -> list[ClipScores]:
        """Stream every validation clip through a bundle."""
        scores = []
        with StreamScorer(bundle, backend=BackendConfig(name=backend)) as scorer:
            for number, clip in enumerate(self._clips, start=1):
                scores.append(scorer.score_clip(clip))
                progress(number, len(self._clips))
        return scores
