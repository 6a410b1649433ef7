"""Reads the card out of a bundle without loading its weights, and states what its graph must have.

The card is one entry of ``metadata_props`` (field 14 of ModelProto). Walking the fields needs no
library and skips the weights, so that ``edgevid models show`` is instant and a machine without
onnxruntime can read cards too.
Reference: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from edgevid.backends.protobuf import fields
from edgevid.card import CARD_KEY, Card
from edgevid.clip_window import ClipWindow
from edgevid.errors import BundleError
from edgevid.types import Image

_METADATA_PROPS = 14
_LARGEST_CARD = 16 * 1024 * 1024


def read_card(path: str | os.PathLike[str]) -> Card:
    """Read the card of a bundle; nothing in the file is executed.

    Raises:
        BundleError: If the file is missing, no ONNX file, or has no valid card.

    Examples:
        >>> from edgevid import load_plugins, read_card
        >>> card = read_card(load_plugins().models["driver"].bundle_path())
        >>> card.input_rate_hz, card.temporal_mode, card.class_names[:2]
        (8.0, 'stream', ('safe_driving', 'texting_left'))
    """
    where = Path(path)
    if not where.is_file():
        what = "is a folder" if where.is_dir() else "does not exist"
        raise BundleError(f"{where}: {what}; a bundle is one .onnx file with a card inside")
    try:
        with where.open("rb") as file:
            metadata = _metadata(file, where.stat().st_size)
    except OSError as error:
        raise BundleError(f"{where}: cannot be read: {error.strerror}") from error
    except (ValueError, EOFError) as error:
        raise BundleError(f"{where}: not an ONNX file, or cut off: {error}") from error
    card = metadata.get(CARD_KEY)
    if card is None:
        raise BundleError(
            f"{where}: an ONNX file without a card (no {CARD_KEY!r} in its metadata); "
            f"make a bundle with `edgevid export`"
        )
    return Card.from_json(card, where=str(where))


def frame_inputs(card: Card) -> dict[str, tuple[int, ...]]:
    """Graph inputs that take frames: name → shape without the batch axis; 0 is any size."""
    height, width = card.input_size or (0, 0)
    if card.temporal_mode == "multirate":
        return {f"frames.{p.name}": (p.num_frames, height, width, 3) for p in card.pathways}
    if card.temporal_mode == "clip":
        return {"frames": (card.num_frames, height, width, 3)}
    return {"frames": (height, width, 3)}


def host_inputs(card: Card) -> list[str]:
    """Graph inputs that the caller gives: all but the states."""
    return [*frame_inputs(card), *(["target"] if card.has_gradient else [])]


def host_outputs(card: Card) -> list[str]:
    """Graph outputs that the caller gets: all but the next states."""
    found = ["logits"]
    if card.has_cam:
        found.append("cam")
    if card.has_gradient:
        found += ["saliency", "gradient"]
    return found


def clip_inputs(card: Card, windows: Sequence[ClipWindow]) -> dict[str, Image]:
    """Graph inputs of clip and multirate models: the newest clip of each of N full windows."""
    if card.temporal_mode == "clip":
        return {"frames": np.stack([w.clip(card.num_frames, card.input_rate_hz) for w in windows])}
    return {
        f"frames.{path.name}": np.stack([window.frames(path.seconds_back) for window in windows])
        for path in card.pathways
    }


def check_graph(where: str, card: Card, inputs: dict[str, str], outputs: dict[str, str]) -> None:
    """Refuse a graph whose inputs and outputs are not those of its card.

    Args:
        where: File name for messages.
        card: The bundle's card.
        inputs: Name → element type as the backend prints it, for example ``uint8``.
        outputs: The same for outputs.
    """
    states = [state.name for state in card.state_tensors]
    want_in = {*host_inputs(card), *(f"state.{name}" for name in states)}
    want_out = {*host_outputs(card), *(f"next_state.{name}" for name in states)}
    if set(inputs) != want_in:
        raise BundleError(
            f"{where}: graph inputs are {sorted(inputs)}, its card requires {sorted(want_in)}"
        )
    if missing := want_out - set(outputs):
        raise BundleError(f"{where}: graph has no output {', '.join(sorted(missing))}")
    for name in frame_inputs(card):
        if "uint8" not in inputs[name]:
            raise BundleError(f"{where}: input {name} must be uint8, it is {inputs[name]}")


def _metadata(file: BinaryIO, size: int) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    count = 0
    for field in fields(file, size):
        count += field.length is not None
        if field.number == _METADATA_PROPS and field.length is not None:
            if field.length > _LARGEST_CARD:
                raise ValueError(f"a metadata entry of {field.length} bytes")
            parts = {1: b"", 2: b""}
            for part in fields(file, file.tell() + field.length):
                parts[part.number] = file.read(part.length or 0)
            found[parts[1].decode("utf-8", "replace")] = parts[2]
    if not count:
        raise ValueError("no ONNX fields in it")
    return found
