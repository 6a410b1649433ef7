"""The gate of smaller bundles: they must give the labels that the fp32 bundle gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgevid import Card, ExportError
from edgevid_export.dataset import ClipLogits

LEAST_AGREEMENT = 0.99
LARGEST_LOSS = 0.01


@dataclass(frozen=True)
class Agreement:
    """Agreement of a smaller bundle with fp32 on the validation clips."""

    num_clips: int
    clips: float
    """Share of clips with the label of fp32."""
    frames: float
    """Share of frames whose highest score is that of fp32."""
    top1_fp32: float
    top1: float

    @property
    def holds(self) -> bool:
        """Whether enough clips keep their label and top-1 falls by little enough."""
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
    card: Card,
    labels: Sequence[str],
    fp32: Sequence[ClipLogits],
    other: Sequence[ClipLogits],
) -> Agreement:
    """Compare the outputs of two bundles of one network for the same clips.

    Args:
        card: Of either.
        labels: True label of each clip.
        fp32: Outputs of the reference.
        other: Outputs of the smaller bundle.
    """
    same_clips = same_frames = frames = right_before = right_after = 0
    for label, one, two in zip(labels, fp32, other, strict=True):
        before, after = (
            card.class_names[int(scores.score(card.temperature).argmax())] for scores in (one, two)
        )
        same_clips += before == after
        right_before += before == label
        right_after += after == label
        equal = one.logits.argmax(axis=1) == two.logits.argmax(axis=1)
        same_frames += int(equal.sum())
        frames += len(equal)
    total = len(labels)
    return Agreement(
        num_clips=total,
        clips=same_clips / total,
        frames=same_frames / frames,
        top1_fp32=right_before / total,
        top1=right_after / total,
    )
