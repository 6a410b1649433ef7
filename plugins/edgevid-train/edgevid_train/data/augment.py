"""Makes a clip look different without changing what it shows; one draw holds for all frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import torch
from edgevid_synth import mirrored
from pydantic import Field
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from edgevid.strict import StrictModel
from edgevid_train.data.colour import ColourChange, change_colours, draw_colours
from edgevid_train.data.degrade import blurred, compressed

Probability = Annotated[float, Field(ge=0, le=1)]
Strength = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Augmentation(StrictModel):
    """Probability and strength of each change; a probability of 0 turns it off."""

    crop: Probability = Field(
        default=0.8, description="Probability of a crop other than the whole frame."
    )
    scales: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        default=(1.0, 0.875, 0.75, 0.66),
        min_length=1,
        description="Fractions of the height and of the width that a crop may keep.",
    )
    flip: Probability = Field(default=0.5, description="Mirrors; left and right labels swap.")
    colour: Probability = Field(default=0.8, description="Brightness, contrast, saturation, hue.")
    brightness: Strength = 0.4
    contrast: Strength = 0.4
    saturation: Strength = 0.4
    hue: Annotated[float, Field(ge=0, le=0.5)] = Field(
        default=0.05, description="Largest turn of the hue, in turns."
    )
    infrared: Probability = Field(
        default=0.15, description="Grey, of higher contrast, and dark towards the corners."
    )
    blur: Probability = 0.15
    blur_sigma: Positive = Field(default=1.5, description="Largest, pixels.")
    noise: Probability = 0.25
    noise_sigma: Strength = Field(default=0.06, description="Largest, of the full range.")
    occlusion: Probability = Field(default=0.15, description="A rectangle of one colour.")
    occlusion_area: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.12, description="Largest, of the frame."
    )
    jpeg: Probability = 0.15
    jpeg_quality: Annotated[int, Field(ge=1, le=100)] = Field(default=30, description="Lowest.")


NO_AUGMENTATION = Augmentation(
    crop=0, flip=0, colour=0, infrared=0, blur=0, noise=0, occlusion=0, jpeg=0
)


def augment_scene(
    clip: Tensor,
    label_ids: Tensor,
    points: Tensor,
    labels: Sequence[str],
    settings: Augmentation,
    size: tuple[int, int],
    generator: np.random.Generator,
    *,
    pairs: Sequence[tuple[int, int]] = (),
) -> tuple[Tensor, Tensor, Tensor]:
    """Change a clip at random.

    Geometry is that of ``torchvision.transforms.v2``. Looks are changed by OpenCV, ten times
    quicker: all colours by one matrix, then noise, blur and JPEG.

    Args:
        clip: uint8 RGB, (T, 3, H, W).
        label_ids: int64, (T,), or () for one label of the whole clip; places in ``labels``,
            negative where unknown.
        points: (T, P, 2), (x, y) in parts of the image, NaN where unknown; P may be 0.
        labels: K class names; a flip swaps ``_left`` and ``_right``. A clip with a label whose
            mirror image is not among them is not flipped.
        settings: Probabilities and strengths.
        size: Of the result, (height, width).
        generator: Draws everything; the same state gives the same result.
        pairs: Points that change places in a mirror, such as left and right hand.

    Returns:
        The clip, uint8 (T, 3, height, width), its label ids, shaped as they were, and the points in
        the new image; outside [0, 1) if cut away.
    """
    clip, box = _crop(clip, settings, size, generator)
    points = (points - torch.tensor(box[:2])) / torch.tensor(box[2:])
    if generator.random() < settings.flip:
        known = label_ids >= 0
        swapped = torch.where(known, flipped_ids(labels)[label_ids.clamp(min=0)], label_ids)
        if bool((swapped[known] >= 0).all()):
            clip, label_ids = F.horizontal_flip(clip), swapped
            points = _mirrored_points(points, pairs)
    if generator.random() < settings.occlusion:
        clip = _occlude(clip, settings.occlusion_area, generator)
    return _change_looks(clip, settings, generator), label_ids, points


def flipped_ids(labels: Sequence[str]) -> Tensor:
    """For each label the id of its mirror image, or -1 where that is not a label; int64, (K,)."""
    places = {label: place for place, label in enumerate(labels)}

    def mirror(label: str) -> int:
        other = mirrored(label, labels)
        is_sided = label.endswith(("_left", "_right"))
        return -1 if is_sided and other == label else places[other]

    return torch.tensor([mirror(label) for label in labels], dtype=torch.int64)


def _mirrored_points(points: Tensor, pairs: Sequence[tuple[int, int]]) -> Tensor:
    mirrored_points = points * torch.tensor([-1.0, 1.0]) + torch.tensor([1.0, 0.0])
    order = list(range(points.shape[1]))
    for a, b in pairs:
        order[a], order[b] = b, a
    return mirrored_points[:, order]


Box = tuple[float, float, float, float]
"""(left, top, width, height) of a crop, in parts of the image."""


def _crop(
    clip: Tensor, settings: Augmentation, size: tuple[int, int], generator: np.random.Generator
) -> tuple[Tensor, Box]:
    """A crop of TSN's kind: sides from a list of scales, at a corner or in the middle."""
    height, width = clip.shape[-2:]
    if generator.random() >= settings.crop:
        return F.resize(clip, list(size), antialias=True), (0.0, 0.0, 1.0, 1.0)
    pick = int(generator.integers(len(settings.scales)))
    # Neighbouring scales for the two sides change the shape a little, as TSN does.
    other = min(max(pick + int(generator.integers(-1, 2)), 0), len(settings.scales) - 1)
    crop_h = max(1, round(height * settings.scales[pick]))
    crop_w = max(1, round(width * settings.scales[other]))
    down, right = generator.integers(3), generator.integers(3)
    top, left = (height - crop_h) * int(down) // 2, (width - crop_w) * int(right) // 2
    box = (left / width, top / height, crop_w / width, crop_h / height)
    return F.resized_crop(clip, top, left, crop_h, crop_w, list(size), antialias=True), box


def _occlude(clip: Tensor, largest: float, generator: np.random.Generator) -> Tensor:
    height, width = clip.shape[-2:]
    area = generator.uniform(0.02, max(0.02, largest)) * height * width
    shape = np.exp(generator.uniform(np.log(0.4), np.log(2.5)))
    high = int(min(height, max(1, round((area * shape) ** 0.5))))
    wide = int(min(width, max(1, round((area / shape) ** 0.5))))
    top = int(generator.integers(height - high + 1))
    left = int(generator.integers(width - wide + 1))
    colour = torch.from_numpy(generator.integers(0, 256, (3, 1, 1), dtype=np.uint8))
    return F.erase(clip, top, left, high, wide, colour)


def _change_looks(clip: Tensor, settings: Augmentation, generator: np.random.Generator) -> Tensor:
    images = np.ascontiguousarray(clip.permute(0, 2, 3, 1).numpy())
    if generator.random() < settings.blur:
        images = blurred(images, float(generator.uniform(0.3, max(0.3, settings.blur_sigma))))
    change = _colour_change(settings, generator)
    if change is not None:
        images = change_colours(images, change, generator)
    if generator.random() < settings.jpeg:
        best = max(settings.jpeg_quality, 95)
        images = compressed(images, int(generator.integers(settings.jpeg_quality, best + 1)))
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()


def _colour_change(settings: Augmentation, generator: np.random.Generator) -> ColourChange | None:
    is_colour = generator.random() < settings.colour
    is_infrared = generator.random() < settings.infrared
    is_noisy = generator.random() < settings.noise
    if not (is_colour or is_infrared or is_noisy):
        return None
    strengths = (settings.brightness, settings.contrast, settings.saturation, settings.hue)
    return draw_colours(
        strengths if is_colour else (0.0, 0.0, 0.0, 0.0),
        is_infrared=is_infrared,
        noise_sigma=float(generator.uniform(0, settings.noise_sigma)) if is_noisy else 0.0,
        generator=generator,
    )
