"""Refuses outputs that overwrite inputs: a typing error would destroy a recording."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edgevid.config.schema import RunConfig
from edgevid.errors import ConfigError
from edgevid.recording import frame_log, manifest


def refuse_inputs_as_outputs(config: RunConfig, source: str) -> None:
    """Compare files and not names, so that links and other spellings count, too.

    Args:
        config: With sinks, signals, model and ``run_json``.
        source: File or folder that is read; anything else is no path and stays alone.

    Raises:
        ConfigError: With the file that would be overwritten.
    """
    read = [source, config.model.name, config.signals.target if config.signals else None]
    inputs = [path for path in map(_path, read) if path is not None]
    for name, output in _outputs(config):
        if any(_is_part(output, path) for path in inputs):
            raise ConfigError(
                f"{name} would overwrite {output}, which this run reads; name another file"
            )


def _outputs(config: RunConfig) -> Iterator[tuple[str, Path]]:
    for sink in config.sinks:
        if (path := _path(sink.target)) is not None:
            yield f"sink {sink.name}", path
    if (path := _path(config.run_json)) is not None:
        yield "run_json", path


def _path(text: str | None) -> Path | None:
    """The path, if it exists."""
    try:
        path = Path(text).expanduser() if text else None
        return path if path is not None and path.exists() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _is_part(output: Path, path: Path) -> bool:
    """Whether a file is the one that is read, or of the recording that is."""
    try:
        if not output.is_file():
            return False
        if path.is_file():
            return output.samefile(path)
        of_recording = output.name in (manifest.NAME, frame_log.NAME) or (
            output.name.startswith("frames-") and output.suffix == ".mkv"
        )
        return of_recording and output.resolve().parent.samefile(path)
    except OSError:
        return False
