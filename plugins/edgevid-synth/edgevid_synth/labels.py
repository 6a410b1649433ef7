"""The behaviours, in the order of the default model's outputs."""

from __future__ import annotations

from collections.abc import Sequence

BACKGROUND = "safe_driving"

LABELS: tuple[str, ...] = (
    BACKGROUND,
    "texting_left",
    "texting_right",
    "phone_left",
    "phone_right",
    "operating_radio",
    "drinking",
    "reaching_behind",
    "hair_makeup",
    "talking_to_passenger",
    "smoking",
)


def mirrored(label: str, labels: Sequence[str] = LABELS) -> str:
    """The label of the same scene seen in a mirror: ``_left`` and ``_right`` change places.

    Args:
        label: For example ``phone_left``.
        labels: The dataset's labels; a label whose mirror image is not among them stays itself.
    """
    for here, there in (("left", "right"), ("right", "left")):
        if label.endswith(f"_{here}"):
            other = f"{label.removesuffix(here)}{there}"
            return other if other in labels else label
    return label
