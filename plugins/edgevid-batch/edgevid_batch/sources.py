"""Frames of a drive: a file, or a recording that a plugin's source plays."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgevid.config import SourceConfig, validate_options
from edgevid.errors import PluginLoadError, SourceOpenError
from edgevid.interfaces import Grabbed, Source

if TYPE_CHECKING:
    from edgevid.plugins import Plugins

_logger = logging.getLogger(__name__)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9_+.-]*):")
_FILE = "file"
_CORRUPT = b"corrupt"


@dataclass(frozen=True)
class Sources:
    """Sources that play recordings, by scheme. It travels to workers with each task."""

    classes: Mapping[str, type[Source]]

    @classmethod
    def of(cls, plugins: Plugins) -> Sources:
        """Take those of the installed plugins whose class says that it is ``recorded``."""
        found = {}
        for name in plugins.sources:
            try:
                kind = plugins.sources[name]
            except PluginLoadError as error:
                # A batch that does not name it must not fail for it.
                _logger.warning("%s", error)
                continue
            if kind.recorded:
                found[name] = kind
        return cls(found)

    def plays(self, uri: str) -> bool:
        """Whether a drive is a plugin's recording, ``scheme:…``, and no file or URL of one."""
        found = _SCHEME.match(uri)
        return found is not None and found[1].lower() in self.classes.keys() - {_FILE}

    def place(self, uri: str) -> str:
        """Path of a drive without its source's scheme, to find its sidecar files by."""
        return uri.partition(":")[2] if self.plays(uri) else uri

    def only(self, uri: str) -> Sources:
        """The one that plays a drive: no worker has to import the others."""
        scheme = uri.partition(":")[0].lower() if self.plays(uri) else _FILE
        return Sources({name: kind for name, kind in self.classes.items() if name == scheme})

    def source(self, uri: str) -> Source:
        """The source of such a recording; not opened yet.

        Raises:
            ConfigError: If its options are not accepted.
            PluginError: If it cannot run on this machine.
        """
        # Loads every role; a worker that reads files does not need them.
        from edgevid.pipeline import build_source
        from edgevid.plugins import Plugins

        plugins = Plugins()
        for name, kind in self.classes.items():
            plugins.sources.add(name, kind, origin="edgevid-batch")
        return build_source(plugins, SourceConfig(uri=uri))

    def file(self, path: Path) -> Source:
        """The source of a local file, whatever characters are in its name; not opened yet."""
        kind = self.classes[_FILE]
        return kind(validate_options(kind.Options, {}, "source file"), str(path))


def content_sha256(source: Source) -> str:
    """Digest of an open recording: its own, or else of all its frames, which are decoded for it.

    Raises:
        SourceError: If it cannot be read, or is live.
    """
    known = source.content_sha256()
    if known is not None:
        return known
    digest = hashlib.sha256()
    while (grabbed := source.grab()) is not None:
        digest.update(repr(_times(grabbed)).encode())
        if isinstance(grabbed, Grabbed):
            image = source.retrieve()
            digest.update(_CORRUPT if image is None else image.tobytes())
    return digest.hexdigest()


def _times(grabbed: object) -> tuple[object, ...]:
    if isinstance(grabbed, Grabbed):
        return grabbed.index, grabbed.pts_seconds, grabbed.lost
    return (grabbed,)


def refuse_live(source: Source, *, live: bool) -> None:
    """A stream has no end, and gives other frames when it is opened again.

    Raises:
        SourceOpenError: If it is live.
    """
    if live:
        raise SourceOpenError(
            f"{source.uri}: is live; a batch takes recordings, edgevid run takes streams"
        )
