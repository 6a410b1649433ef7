"""Files that appear whole or not at all."""

from __future__ import annotations

from pathlib import Path


def write_whole_file(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there; a failed attempt leaves nothing behind.

    Raises:
        OSError: If it cannot be written.
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
