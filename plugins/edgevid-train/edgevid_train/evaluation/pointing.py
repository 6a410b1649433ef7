"""Pointing test of explainers on rendered drivers, whose id buffer shows the evidence.

How much of a map lies on hands, phone, head and prop, and whether its highest point does: the
pointing game of Zhang et al., "Top-down Neural Attention by Excitation Backprop", ECCV 2016,
https://arxiv.org/abs/1608.00507.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from edgevid_synth import (
    BACKGROUND,
    LABELS,
    PROPS,
    ClipSettings,
    Part,
    RenderedFrame,
    clip_renderer,
)
from pydantic import Field

from edgevid import ConfigError, Frame
from edgevid.config import BackendConfig, ModelConfig, PluginConfig
from edgevid.interfaces import Explainer, Model
from edgevid.pipeline import build_explainer, build_model
from edgevid.plugins import Plugins
from edgevid.strict import StrictModel
from edgevid.types import Floats

GROUPS: dict[str, tuple[Part, ...]] = {
    "hand": (Part.LEFT_HAND, Part.RIGHT_HAND),
    "phone": (Part.PHONE,),
    "head": (Part.HEAD,),
    "other prop": tuple(part for part in PROPS if part is not Part.PHONE),
}
"""Parts that are evidence for a behaviour."""

FIRST_CLIP = 2_000_000
"""First clip of the test split that no other measurement renders."""

Array = npt.NDArray[np.float64]


class PointingRow(StrictModel):
    """Result of one explainer."""

    explainer: str
    maps: int
    mass: dict[str, float] = Field(description="Share of the map that lies on each group, mean.")
    evidence: float = Field(description="On all groups together, mean.")
    hits: float = Field(description="Share of maps whose highest point lies on a group.")


class PointingReport(StrictModel):
    """Results of the pointing test."""

    model: str
    sha256: str | None
    clips: int
    area: dict[str, float] = Field(description="Share of the image that each group covers.")
    evidence_area: float = Field(description="What a map without any idea would have.")
    rows: list[PointingRow]


def measure_pointing(
    plugins: Plugins,
    model: str,
    explainers: Sequence[str],
    num_clips: int,
    *,
    backend: BackendConfig | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> PointingReport:
    """Render behaviours, explain the frame in which each is held, compare with the id buffer.

    Args:
        plugins: Installed plugins.
        model: Bundle or name; it must be one that shows frames as they are rendered.
        explainers: Names.
        num_clips: How many; labels take turns, safe driving is left out.
        backend: What runs model and companion.
        progress: Called with clips done and clips in all.

    Raises:
        ConfigError: If the number of clips is not positive.
        EdgevidError: If the model or an explainer cannot be opened.
    """
    if num_clips < 1:
        raise ConfigError(f"{num_clips} clips are none; give at least one")
    choice = backend or BackendConfig()
    built = build_model(plugins, ModelConfig(name=model), choice)
    areas: list[Array] = []
    found: dict[str, list[tuple[Array, bool]]] = {name: [] for name in explainers}
    opened: dict[str, Explainer] = {}
    with built.model as running:
        try:
            for name in explainers:
                opened[name] = build_explainer(plugins, PluginConfig(name=name), choice)
                opened[name].open(running)
            for done, number in enumerate(_numbers(num_clips), start=1):
                areas.append(_one_clip(running, number, opened, found))
                progress(done, num_clips)
        finally:
            for explainer in opened.values():
                explainer.close()
        area = np.mean(areas, axis=0)
        return PointingReport(
            model=f"{running.card.name} {running.card.version}",
            sha256=running.card.sha256,
            clips=num_clips,
            area=_named(area),
            evidence_area=round(float(area.sum()), 4),
            rows=[_row(name, results) for name, results in found.items() if results],
        )


def _numbers(count: int) -> list[int]:
    """Clip numbers of behaviours: their labels take turns."""
    background = LABELS.index(BACKGROUND)
    numbers = (FIRST_CLIP + k for k in range(2 * count + len(LABELS)))
    return [number for number in numbers if number % len(LABELS) != background][:count]


def _one_clip(
    model: Model,
    number: int,
    explainers: dict[str, Explainer],
    found: dict[str, list[tuple[Array, bool]]],
) -> Array:
    """Stream one clip, explain the last frame of the hold; shares of the image by group."""
    settings = ClipSettings(rate_hz=model.card.input_rate_hz)
    renderer = clip_renderer("test", number, settings)
    frames = [
        renderer.frame(k / settings.rate_hz)
        for k in range(round(settings.duration_seconds * settings.rate_hz))
    ]
    held = max((k for k, f in enumerate(frames) if f.phase == "hold"), default=len(frames) - 1)
    state = model.open()
    for index, rendered in enumerate(frames[: held + 1]):
        frame = Frame(rendered.image, index, index / settings.rate_hz, 0.0, str(number))
        [prediction] = model.step([frame], [state])
    masks = _masks(frames[held])
    if prediction is not None:
        for name, explainer in explainers.items():
            saliency = explainer.explain(frame, prediction, state)
            if saliency is not None and float(saliency.max()) > 0:
                found[name].append(_on_evidence(saliency, masks))
    shares: Array = masks.mean(axis=(1, 2))
    return shares


def _masks(frame: RenderedFrame) -> Array:
    masks = [np.isin(frame.segmentation, parts) for parts in GROUPS.values()]
    return np.stack(masks).astype(np.float64)


def _on_evidence(saliency: Floats, masks: Array) -> tuple[Array, bool]:
    """Share of the map on each group, and whether its highest point is on one."""
    size = masks.shape[:0:-1]
    large = cv2.resize(saliency.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    large = np.maximum(large, 0)
    mass = (masks * large).sum(axis=(1, 2)) / large.sum()
    row, column = np.unravel_index(int(large.argmax()), large.shape)
    return mass, bool(masks[:, row, column].any())


def _row(name: str, results: list[tuple[Array, bool]]) -> PointingRow:
    mass = np.mean([mass for mass, _ in results], axis=0)
    return PointingRow(
        explainer=name,
        maps=len(results),
        mass=_named(mass),
        evidence=round(float(mass.sum()), 4),
        hits=round(float(np.mean([hit for _, hit in results])), 4),
    )


def _named(shares: Array) -> dict[str, float]:
    return {name: round(float(share), 4) for name, share in zip(GROUPS, shares, strict=True)}


def write_pointing(report: PointingReport, path: Path) -> None:
    """Write the report as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
