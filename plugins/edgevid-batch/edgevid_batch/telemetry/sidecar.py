"""Finds and reads the files beside a drive. One that is broken costs that drive its telemetry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edgevid.config import SignalsConfig
from edgevid.errors import EdgevidError, SignalsError, one_line
from edgevid.interfaces import Channel, Signals
from edgevid.pipeline import build_signals
from edgevid.plugins import Plugins
from edgevid.records import plain
from edgevid.types import SourceInfo
from edgevid_batch.config.telemetry import SPEED, TelemetryConfig, filled
from edgevid_batch.copies import Copies, CopiesFullError
from edgevid_batch.names import without_secrets
from edgevid_batch.sources import Sources
from edgevid_batch.telemetry.series import Series
from edgevid_batch.urls import is_remote

NONE = "none"
OK = "ok"


@dataclass
class DriveTelemetry:
    """Telemetry of one drive."""

    state: str = NONE
    """``none``, ``ok`` or what is wrong."""
    signals: Signals | None = None
    """Open."""
    channels: dict[str, Series] = field(default_factory=dict)


class Telemetry:
    """The files of a batch."""

    def __init__(
        self, configs: Sequence[TelemetryConfig], plugins: Plugins, copies: Copies
    ) -> None:
        """Check what is asked for, before hours of work.

        Args:
            configs: One for each file.
            plugins: Hold the signals.
            copies: Of files that lie elsewhere.

        Raises:
            ConfigError: If an option is not accepted.
            PluginError: If what reads a format is not installed.
        """
        self._configs = configs
        self._plugins = plugins
        self._copies = copies
        self._sources = Sources.of(plugins)
        for config in configs:
            self._signals(config, "drive")

    def of(self, uri: str, info: SourceInfo) -> DriveTelemetry:
        """Read what lies beside a drive."""
        measured = DriveTelemetry()
        missing, wrong = [], []
        for config in self._configs:
            name = sidecar_uri(config.file, self._sources.place(uri))
            try:
                path = self._path(name)
                if path is None:
                    missing.append(without_secrets(name, f"{name}: no such file"))
                    continue
                self._read(config, path, info, measured)
            except CopiesFullError:
                raise
            # Whatever is wrong with a file beside a drive must not cost the drive.
            except (EdgevidError, OSError, ValueError) as error:
                wrong.append(without_secrets(name, one_line(error)))
        found = len(self._configs) - len(missing)
        if found:
            measured.state = plain("; ".join([*wrong, *missing])) or OK
        return measured

    def _path(self, name: str) -> Path | None:
        path = self._copies.local(name)
        if not is_remote(name) and not path.exists():
            return None
        if not path.is_file():
            # Nothing that would never end, such as a pipe.
            raise SignalsError(f"telemetry: {path} is not a file; give a file")
        return path

    def _read(
        self, config: TelemetryConfig, path: Path, info: SourceInfo, measured: DriveTelemetry
    ) -> None:
        """All of a file, or nothing."""
        signals = self._signals(config, str(path))
        channels: dict[str, Series] = {}
        if config.speed:
            signals.open(info)
            channels[SPEED] = Series.of(signals.speeds(), "km/h", signals.max_age_seconds)
        if config.channels:
            wanted = {name: Channel(**c.model_dump()) for name, c in config.channels.items()}
            for name, found in signals.channels(info, wanted).items():
                channels[name] = Series.of(found.values, found.unit, signals.max_age_seconds)
        measured.channels |= channels
        if config.speed:
            measured.signals = signals

    def _signals(self, config: TelemetryConfig, target: str) -> Signals:
        options = dict(config.options)
        if config.reader == "can" and not config.speed:
            # The plugin wants a speed, which is not looked for then.
            first = next(iter(config.channels.values()))
            options = {"message": first.message, "signal": first.signal, **options}
        given = SignalsConfig(name=config.reader, target=target, options=options)
        return build_signals(self._plugins, given)


def sidecar_uri(pattern: str, uri: str) -> str:
    """Name of the file beside a drive."""
    head, _, rest = uri.partition("::")
    name = filled(pattern, fields_of(head))
    # zip://day/a.mp4::file://archive.zip: in the same archive.
    return f"{name}::{rest}" if rest and pattern.startswith("{drive.parent}") else name


def fields_of(uri: str) -> dict[str, str]:
    """Fields of a pattern."""
    parent, slash, name = uri.rpartition("/")
    stem = name.rpartition(".")[0]
    return {
        "drive.parent": parent or ("/" if slash else "."),
        # No name leads to another folder.
        "drive.stem": name if stem in ("", ".", "..") else stem,
        "drive.name": name,
    }
