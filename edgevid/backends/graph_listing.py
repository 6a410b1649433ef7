"""Inputs, outputs, operators and weights of a bundle's graph, without loading the weights.

Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from pathlib import Path
from typing import BinaryIO

from pydantic import Field

from edgevid.backends.protobuf import fields, packed, text
from edgevid.errors import BundleError
from edgevid.strict import StrictModel

_ELEMENT_TYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    9: "bool", 10: "float16", 11: "float64", 16: "bfloat16", 21: "uint4", 22: "int4",
}  # fmt: skip


class GraphListing(StrictModel):
    """Contents of a bundle's graph."""

    file_bytes: int
    producer: str
    opsets: dict[str, int] = Field(description="Domain → version; the standard one is ai.onnx.")
    inputs: dict[str, str] = Field(description="Name → element type and shape.")
    outputs: dict[str, str]
    operators: dict[str, int] = Field(description="Type → number of nodes, most frequent first.")
    weights: dict[str, int] = Field(description="Element type → number of elements.")


def list_graph(path: str | os.PathLike[str]) -> GraphListing:
    """List what is inside a bundle.

    Raises:
        BundleError: If the file cannot be read or is no ONNX file.
    """
    where = Path(path)
    try:
        size = where.stat().st_size
        with where.open("rb") as file:
            return _model(file, size)
    except OSError as error:
        raise BundleError(f"{where}: cannot be read: {error.strerror}") from error
    except (ValueError, EOFError) as error:
        raise BundleError(f"{where}: not an ONNX file, or cut off: {error}") from error


def _model(file: BinaryIO, size: int) -> GraphListing:
    producer: dict[int, str] = {}
    opsets: dict[str, int] = {}
    ports: dict[int, dict[str, str]] = {11: {}, 12: {}}
    operators: Counter[str] = Counter()
    weights: Counter[str] = Counter()
    for field in fields(file, size):
        if field.length is None:
            continue
        end = file.tell() + field.length
        if field.number in (2, 3):
            producer[field.number] = text(file, field.length)
        elif field.number == 8:
            opsets.update([_opset(file, end)])
        elif field.number == 7:
            for part in fields(file, end):
                stop = file.tell() + (part.length or 0)
                if part.number == 1:
                    operators[_operator(file, stop)] += 1
                elif part.number == 5:
                    kind, count = _tensor(file, stop)
                    weights[kind] += count
                elif part.number in ports:
                    name, what = _port(file, stop)
                    ports[part.number][name] = what
    return GraphListing(
        file_bytes=size,
        producer=" ".join(producer.get(number, "") for number in (2, 3)).strip(),
        opsets=opsets,
        inputs=ports[11],
        outputs=ports[12],
        operators=dict(operators.most_common()),
        weights=dict(weights.most_common()),
    )


def _opset(file: BinaryIO, end: int) -> tuple[str, int]:
    domain, version = "ai.onnx", 0
    for field in fields(file, end):
        if field.number == 1 and field.length:
            domain = text(file, field.length)
        elif field.number == 2:
            version = field.value
    return domain, version


def _operator(file: BinaryIO, end: int) -> str:
    for field in fields(file, end):
        if field.number == 4 and field.length:
            return text(file, field.length)
    return "?"


def _tensor(file: BinaryIO, end: int) -> tuple[str, int]:
    sides: list[int] = []
    kind = 0
    for field in fields(file, end):
        if field.number == 1:
            sides += [field.value] if field.length is None else packed(file, field.length)
        elif field.number == 2:
            kind = field.value
    return _ELEMENT_TYPES.get(kind, f"type {kind}"), math.prod(sides)


def _port(file: BinaryIO, end: int) -> tuple[str, str]:
    name, what = "", "?"
    for field in fields(file, end):
        if field.number == 1 and field.length:
            name = text(file, field.length)
        elif field.number == 2 and field.length:
            for kind in fields(file, file.tell() + field.length):
                if kind.number == 1 and kind.length:
                    what = _shaped(file, file.tell() + kind.length)
    return name, what


def _shaped(file: BinaryIO, end: int) -> str:
    kind, sides = 0, []
    for field in fields(file, end):
        if field.number == 1:
            kind = field.value
        elif field.number == 2 and field.length:
            for dimension in fields(file, file.tell() + field.length):
                sides.append(_side(file, file.tell() + (dimension.length or 0)))
    return f"{_ELEMENT_TYPES.get(kind, f'type {kind}')} ({', '.join(sides)})"


def _side(file: BinaryIO, end: int) -> str:
    for field in fields(file, end):
        if field.number == 1:
            return str(field.value)
        if field.number == 2 and field.length:
            return text(file, field.length)
    return "?"
