"""Reads the card out of a bundle without loading its weights, and states what its graph must have.

An ONNX file is a protobuf message; the card is one entry of ``metadata_props`` (field 14 of
ModelProto). Walking the top-level fields needs no library and skips the weights, so that
``edgevid models show`` is instant and a machine without onnxruntime can read cards too.
Reference: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from edgevid.card import CARD_KEY, Card
from edgevid.clip_window import ClipWindow
from edgevid.errors import BundleError
from edgevid.types import Image

_METADATA_PROPS = 14
_LARGEST_CARD = 16 * 1024 * 1024


def read_card(path: str | os.PathLike[str]) -> Card:
    """Read the card of a bundle.

    Raises:
        BundleError: If the file is missing, no ONNX file, or has no valid card.
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


def clip_inputs(card: Card, windows: Sequence[ClipWindow]) -> dict[str, Image]:
    """Graph inputs of clip and multirate models: the newest clip of each of N full windows."""
    if card.temporal_mode == "clip":
        rates = {"frames": card.input_rate_hz}
    else:
        rates = {f"frames.{p.name}": p.rate_hz for p in card.pathways}
    return {
        name: np.stack([window.clip(shape[0], rates[name]) for window in windows])
        for name, shape in frame_inputs(card).items()
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
    want_in = {*frame_inputs(card), *(f"state.{name}" for name in states)}
    want_out = {"logits", *(f"next_state.{name}" for name in states)}
    if card.has_cam:
        want_out.add("cam")
    if set(inputs) != want_in:
        raise BundleError(
            f"{where}: graph inputs are {sorted(inputs)}, its card asks for {sorted(want_in)}"
        )
    if missing := want_out - set(outputs):
        raise BundleError(f"{where}: graph has no output {', '.join(sorted(missing))}")
    for name in frame_inputs(card):
        if "uint8" not in inputs[name]:
            raise BundleError(f"{where}: input {name} must be uint8, it is {inputs[name]}")


def _metadata(file: BinaryIO, size: int) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    seen = 0
    while file.tell() < size:
        field, length = _field(file)
        if length is None:
            continue
        if length > size - file.tell():
            raise EOFError(f"field {field} says {length} bytes, {size - file.tell()} are left")
        seen += 1
        if field == _METADATA_PROPS:
            if length > _LARGEST_CARD:
                raise ValueError(f"a metadata entry of {length} bytes")
            key, value = _entry(file, file.tell() + length)
            found[key.decode("utf-8", "replace")] = value
        else:
            file.seek(length, os.SEEK_CUR)
    if not seen:
        raise ValueError("no ONNX fields in it")
    return found


def _entry(file: BinaryIO, end: int) -> tuple[bytes, bytes]:
    parts = {1: b"", 2: b""}
    while file.tell() < end:
        field, length = _field(file)
        if length is None or length > end - file.tell():
            raise ValueError("a damaged metadata entry")
        parts[field] = file.read(length)
    return parts[1], parts[2]


def _field(file: BinaryIO) -> tuple[int, int | None]:
    """Read a field's head; a number field is read over and has no length."""
    key = _varint(file)
    field, wire = key >> 3, key & 7
    if not 1 <= field <= 536870911:
        raise ValueError(f"field number {field}")
    if wire == 2:
        return field, _varint(file)
    if wire == 0:
        _varint(file)
    elif wire in (1, 5):
        file.seek(8 if wire == 1 else 4, os.SEEK_CUR)
    else:
        raise ValueError(f"wire type {wire}")
    return field, None


def _varint(file: BinaryIO) -> int:
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            raise EOFError("it ends in the middle of a number")
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise ValueError("a number of more than 10 bytes")
