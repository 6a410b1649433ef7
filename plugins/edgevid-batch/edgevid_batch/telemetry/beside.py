"""Finds and reads the files beside a drive. One that is broken costs that drive its telemetry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from edgevid.config.schema import SignalsConfig
from edgevid.default_plugins.signals.can import CanSignals
from edgevid.default_plugins.signals.csv import CsvSignals
from edgevid.default_plugins.signals.gpx import GpxSignals
from edgevid.default_plugins.signals.track import existing_file
from edgevid.errors import EdgevidError, one_line
from edgevid.interfaces import Signals
from edgevid.pipeline.build import build_signals
from edgevid.plugins import Plugins
from edgevid.records import plain
from edgevid.types import SourceInfo
from edgevid_batch.config.telemetry import SPEED, TelemetryConfig, filled
from edgevid_batch.copies import Copies, CopiesFullError
from edgevid_batch.names import without_secrets
from edgevid_batch.telemetry.channels import READ
from edgevid_batch.telemetry.series import Series
from edgevid_batch.urls import is_remote

_Tracked = CsvSignals | CanSignals | GpxSignals

NONE = "none"
OK = "ok"


@dataclass
class Measured:
    """What there is beside one drive."""

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
        for config in configs:
            self._signals(config, "drive")

    def of(self, uri: str, info: SourceInfo) -> Measured:
        """Read what lies beside a drive."""
        measured = Measured()
        missing, wrong = [], []
        for config in self._configs:
            name = beside(config.file, uri)
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
        # Nothing that would never end, such as a pipe.
        return existing_file("telemetry", str(path), "a file")

    def _read(
        self, config: TelemetryConfig, path: Path, info: SourceInfo, measured: Measured
    ) -> None:
        """All of a file, or nothing."""
        signals = self._signals(config, str(path))
        channels: dict[str, Series] = {}
        if config.speed:
            signals.open(info)
            age = signals.options.max_age_seconds
            channels[SPEED] = Series.of(signals.track.speeds(), "km/h", age)
        if config.channels:
            read = READ[config.reader]
            channels |= read(path, signals.options, info, config.channels)
        measured.channels |= channels
        if config.speed:
            measured.signals = signals

    def _signals(self, config: TelemetryConfig, target: str) -> _Tracked:
        options = dict(config.options)
        if config.reader == "can" and not config.speed:
            # The plugin wants a speed, which is not looked for then.
            first = next(iter(config.channels.values()))
            options = {"message": first.message, "signal": first.signal, **options}
        given = SignalsConfig(name=config.reader, target=target, options=options)
        return cast("_Tracked", build_signals(self._plugins, given))


def beside(pattern: str, uri: str) -> str:
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
