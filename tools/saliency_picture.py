"""What explainers show of rendered behaviours, side by side: ``saliency_picture.py OUT.jpg``."""

from __future__ import annotations

import sys

import cv2
import numpy as np
from edgevid_synth import LABELS, ClipSettings, clip_renderer
from edgevid_train.evaluation.pointing import FIRST_CLIP

from edgevid import Frame, load_plugins
from edgevid.config import BackendConfig, ModelConfig, PluginConfig
from edgevid.pipeline.build import build_explainer, build_model, build_overlays
from edgevid.testing import make_session
from edgevid.types import Image

EXPLAINERS = ("cam", "gradient", "smoothgrad")
BEHAVIOURS = ("phone_left", "drinking", "hair_makeup", "smoking", "texting_right")
SIDE = 180
RATE_HZ = 8.0


def main(output: str) -> None:
    """Draw one column for each behaviour, one row for each explainer."""
    plugins = load_plugins()
    columns = []
    with build_model(plugins, ModelConfig(), BackendConfig()).model as model:
        explainers = {
            name: build_explainer(plugins, PluginConfig(name=name)) for name in EXPLAINERS
        }
        for explainer in explainers.values():
            explainer.open(model)
        for label in BEHAVIOURS:
            first = -(-FIRST_CLIP // len(LABELS)) * len(LABELS) + LABELS.index(label)
            renderer = clip_renderer("test", first, ClipSettings(rate_hz=RATE_HZ))
            state = model.open()
            for index in range(14):
                image = renderer.frame(index / RATE_HZ).image
                frame = Frame(image, index, index / RATE_HZ, 0.0, label)
                [prediction] = model.step([frame], [state])
            if prediction is None:
                continue
            said = model.card.class_names[prediction.top]
            cells = [_titled(_large(image), f"is {label}", f"said {said}")]
            for name, explainer in explainers.items():
                picture = _large(image)
                [named] = build_overlays(plugins, [PluginConfig(name="heatmap")])
                named.overlay.open(make_session(card=model.card))
                saliency = explainer.explain(frame, prediction, state)
                named.overlay.observe(prediction.with_saliency(saliency), ())
                named.overlay.draw(picture, frame)
                cells.append(_titled(picture, name))
            columns.append(np.vstack(cells))
    cv2.imwrite(output, np.hstack(columns), [cv2.IMWRITE_JPEG_QUALITY, 82])


def _large(image: Image) -> Image:
    large: Image = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return large


def _titled(picture: Image, *lines: str) -> Image:
    for number, line in enumerate(lines):
        place = (4, 13 + 14 * number)
        cv2.putText(picture, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 3, cv2.LINE_AA)
        cv2.putText(picture, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255,) * 3, 1, cv2.LINE_AA)
    return picture


if __name__ == "__main__":
    main(sys.argv[1])
