"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LONGEST_NAME = 200
"""Bytes of the file's name in the name of its temporary file; file systems allow 255."""


@contextmanager
def atomic_path(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Give a new file in the same folder that replaces ``path`` when the block ends.

    If the block raises, the new file is removed and ``path`` stays as it was. Several threads and
    processes may write the same path at once: the last one wins. The new file has the permissions
    that any new file gets.

    Args:
        path: The file to write; its folder exists.
        durable: Whether content and name are on the disk when this returns, so that the file is
            whole after a power cut too. Costs some milliseconds.

    Yields:
        The path of the new file, which exists and is empty: ``.NAME.RANDOM.part``.

    Raises:
        OSError: If it cannot be written or moved.
    """
    name = os.fsdecode(os.fsencode(path.name)[:_LONGEST_NAME])
    temporary = path.with_name(f".{name}.{secrets.token_hex(4)}.part")
    # Created by the system call, so that the umask is applied without being read or set.
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield temporary
        if durable:
            _sync(temporary, os.O_RDWR)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    if durable and os.name == "posix":
        # Some file systems refuse this for a folder; the content is on the disk already.
        with suppress(OSError):
            _sync(path.parent, os.O_RDONLY)


def write_atomic(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file that appears whole or not at all; a failed attempt leaves nothing behind.

    Args:
        path: The file to write; its folder exists.
        content: All of it.
        durable: As in ``atomic_path``.

    Raises:
        OSError: If it cannot be written.
    """
    with atomic_path(path, durable=durable) as temporary:
        temporary.write_bytes(content)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
