"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole_file(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there; a failed attempt leaves nothing behind.

    What was moved there is on the disk, and whole after a power cut too.

    Raises:
        OSError: If it cannot be written.
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            # Some file systems put the new name on the disk before the content.
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
