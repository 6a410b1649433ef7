"""Sources that come with the core."""

from __future__ import annotations

from edgevid.default_plugins.sources.camera import CameraSource
from edgevid.default_plugins.sources.file import FileSource
from edgevid.default_plugins.sources.gstreamer import GStreamerSource
from edgevid.default_plugins.sources.images import ImagesSource
from edgevid.default_plugins.sources.pattern import PatternSource
from edgevid.default_plugins.sources.recording import RecordingSource
from edgevid.default_plugins.sources.stream import StreamSource
from edgevid.hookspecs import Register, hookimpl
from edgevid.media.opencv import silence


@hookimpl
def register_sources(register: Register) -> None:
    """Register them by URI scheme."""
    # Whoever opens a video first fixes FFmpeg's log level for the whole process.
    silence()
    register("camera", CameraSource)
    register("file", FileSource)
    register("gstreamer", GStreamerSource)
    register("images", ImagesSource)
    register("recording", RecordingSource)
    register("stream", StreamSource)
    register("test", PatternSource)
