"""Walks the fields of a protobuf message in a file; unread fields are skipped.

Enough to look into an ONNX file without a library and without loading its weights.
Reference: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5


class Field(NamedTuple):
    """One field of a message."""

    number: int
    length: int | None
    """Length of the field's bytes, at the file's position; None for a number."""
    value: int
    """Value of a number; 0 for bytes."""


def fields(file: BinaryIO, end: int) -> Iterator[Field]:
    """Walk one message, from where the file stands.

    Args:
        file: Seekable. A consumer may read a field's bytes, or walk them as a message of their own.
        end: Position at which the message ends.

    Raises:
        ValueError: If it is no protobuf message.
        EOFError: If it is cut off.
    """
    while file.tell() < end:
        key = _varint(file)
        number, wire = key >> 3, key & 7
        if not 1 <= number <= 536870911:
            raise ValueError(f"field number {number}")
        if wire == _BYTES:
            length = _varint(file)
            if length > end - file.tell():
                raise EOFError(f"field {number} says {length} bytes, {end - file.tell()} are left")
            after = file.tell() + length
            yield Field(number, length, 0)
            file.seek(after)
        elif wire == _VARINT:
            yield Field(number, None, _varint(file))
        elif wire in (_FIXED_64, _FIXED_32):
            file.seek(8 if wire == _FIXED_64 else 4, os.SEEK_CUR)
            yield Field(number, None, 0)
        else:
            raise ValueError(f"wire type {wire}")


def text(file: BinaryIO, length: int) -> str:
    """Read a field's bytes as text."""
    return file.read(length).decode("utf-8", "replace")


def packed(file: BinaryIO, length: int) -> list[int]:
    """Read a field's bytes as packed numbers."""
    end = file.tell() + length
    found = []
    while file.tell() < end:
        found.append(_varint(file))
    return found


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
