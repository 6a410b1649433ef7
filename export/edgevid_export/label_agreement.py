"""The gate of smaller bundles: they must give the labels that the fp32 bundle gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgevid_train.evaluation.clips import LabelledClip
from edgevid_train.evaluation.scoring import StreamScorer

from edgevid import ExportError
from edgevid.config import BackendConfig

LEAST_AGREEMENT = 0.99
LARGEST_LOSS = 0.01


@dataclass(frozen=True)
class Agreement:
    """What the validation clips say of a smaller bundle."""

    num_clips: int
    clips: float
    """Share of clips with the label of fp32."""
    frames: float
    """Share of frames whose highest score is that of fp32."""
    top1_fp32: float
    top1: float

    @property
    def holds(self) -> bool:
        """Whether labels stay as they are, as far as is asked for."""
        loss = self.top1_fp32 - self.top1
        return self.clips >= LEAST_AGREEMENT and loss <= LARGEST_LOSS

    def check(self, what: str) -> None:
        """Refuse a bundle that changes labels.

        Raises:
            ExportError: With both numbers and what is allowed.
        """
        if self.holds:
            return
        raise ExportError(
            f"{what} changes labels: {self.clips:.1%} of {self.num_clips} clips keep theirs "
            f"({LEAST_AGREEMENT:.0%} are wanted) and top-1 falls from {self.top1_fp32:.3f} to "
            f"{self.top1:.3f} (by {LARGEST_LOSS:.2f} at most); add --allow to write it all the same"
        )


def label_agreement(
    fp32: Path,
    other: Path,
    clips: Sequence[LabelledClip],
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    backend: str = "onnxruntime",
) -> Agreement:
    """Stream labelled clips through two bundles.

    Args:
        fp32: The reference.
        other: The smaller one.
        clips: Of the validation split.
        backend: What runs the smaller one.
        progress: Called with clips done and clips in all.
    """
    same_clips = same_frames = frames = right_before = right_after = 0
    choice = BackendConfig(name=backend)
    with StreamScorer(fp32) as reference, StreamScorer(other, backend=choice) as smaller:
        names, temperature = reference.card.class_names, reference.card.temperature
        for number, clip in enumerate(clips):
            one, two = reference.score_clip(clip), smaller.score_clip(clip)
            before = names[int(one.score(temperature).argmax())]
            after = names[int(two.score(temperature).argmax())]
            same_clips += before == after
            right_before += before == clip.label
            right_after += after == clip.label
            equal = one.logits.argmax(axis=1) == two.logits.argmax(axis=1)
            same_frames += int(equal.sum())
            frames += len(equal)
            progress(number + 1, len(clips))
    total = len(clips)
    return Agreement(
        num_clips=total,
        clips=same_clips / total,
        frames=same_frames / frames,
        top1_fp32=right_before / total,
        top1=right_after / total,
    )
