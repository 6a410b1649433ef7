"""The gate of smaller bundles: they must give the labels that the fp32 bundle gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgevid_train.evaluation.clips import LabelledClip
from edgevid_train.evaluation.scoring import ClipScores, StreamScorer

from edgevid import Card, ExportError
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


def scored(
    bundle: Path,
    clips: Sequence[LabelledClip],
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    backend: str = "onnxruntime",
) -> list[ClipScores]:
    """What a bundle says of labelled clips, streamed.

    Args:
        bundle: In any precision.
        clips: Of the validation split.
        progress: Called with clips done and clips in all.
        backend: What runs it.
    """
    found = []
    with StreamScorer(bundle, backend=BackendConfig(name=backend)) as scorer:
        for number, clip in enumerate(clips):
            found.append(scorer.score_clip(clip))
            progress(number + 1, len(clips))
    return found


def label_agreement(
    card: Card,
    clips: Sequence[LabelledClip],
    fp32: Sequence[ClipScores],
    other: Sequence[ClipScores],
) -> Agreement:
    """Compare what two bundles of one network say of the same clips.

    Args:
        card: Of either.
        clips: Of the validation split.
        fp32: The reference.
        other: Of the smaller one.
    """
    same_clips = same_frames = frames = right_before = right_after = 0
    for clip, one, two in zip(clips, fp32, other, strict=True):
        before, after = (
            card.class_names[int(scores.score(card.temperature).argmax())] for scores in (one, two)
        )
        same_clips += before == after
        right_before += before == clip.label
        right_after += after == clip.label
        equal = one.logits.argmax(axis=1) == two.logits.argmax(axis=1)
        same_frames += int(equal.sum())
        frames += len(equal)
    total = len(clips)
    return Agreement(
        num_clips=total,
        clips=same_clips / total,
        frames=same_frames / frames,
        top1_fp32=right_before / total,
        top1=right_after / total,
    )
