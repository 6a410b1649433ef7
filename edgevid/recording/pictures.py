"""Images on disk, bit for bit: lossless video in Matroska, one file for each image size."""

from __future__ import annotations

import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from edgevid.errors import RecordingError
from edgevid.media.encoder import can_encode
from edgevid.media.facts import INSTALL, has_pyav
from edgevid.types import Image

_TIME_BASE = Fraction(1, 1000)
_CONTAINER = {
    # Each image is a cluster of its own, so that a killed recorder loses the last one at most.
    "cluster_time_limit": "1",
    "flush_packets": "1",
}
_CODECS: dict[str, tuple[str, dict[str, str]]] = {
    "libx264rgb": ("bgr24", {"qp": "0", "preset": "ultrafast", "tune": "zerolatency", "g": "60"}),
    "ffv1": ("bgr0", {"level": "3", "coder": "0", "context": "0", "g": "1", "slices": "4"}),
}
"""Both give back the BGR that went in. x264 is several times as fast; not every PyAV has it."""
_THREADS = 2
NEED = f"recordings need PyAV; {INSTALL}"


def video_name(number: int) -> str:
    """File name of a recording's n-th video."""
    return f"frames-{number:04d}.mkv"


def choose_codec() -> str:
    """The first lossless encoder that this PyAV has.

    Raises:
        RecordingError: If PyAV is not installed, or has none of them.
    """
    if not has_pyav():
        raise RecordingError(NEED)
    import av

    for name in _CODECS:
        if can_encode(name):
            return name
    raise RecordingError(
        f"this PyAV ({av.__version__}) can encode neither of {', '.join(_CODECS)}; "
        f'pip install --force-reinstall "av>=14" brings a build that can'
    )


def check_sum(image: Image) -> int:
    """CRC-32 of an image's bytes."""
    return zlib.crc32(np.ascontiguousarray(image).data)


class Ticks:
    """Milliseconds of each image in its file: for players, and to see that none is missing."""

    def __init__(self) -> None:
        """Start a file."""
        self._first_seconds: float | None = None
        self._last = -1

    def next(self, pts_seconds: float) -> int:
        """Tick of the image with this pts, later than the one before."""
        if self._first_seconds is None:
            self._first_seconds = pts_seconds
        self._last = max(self._last + 1, round((pts_seconds - self._first_seconds) * 1000))
        return self._last


class VideoWriter:
    """One file of images of one size."""

    def __init__(self, path: Path, codec: str, size_wh: tuple[int, int]) -> None:
        """Create the file.

        Raises:
            OSError: If it cannot be written.
        """
        import av

        self.size_wh = size_wh
        pixels, options = _CODECS[codec]
        # Absolute and with its scheme, so that FFmpeg cannot take a name for a URL.
        self._container: Any = av.open(
            f"file:{path.absolute()}", "w", format="matroska", options=_CONTAINER
        )
        stream: Any = self._container.add_stream(codec, rate=Fraction(30))
        stream.width, stream.height = size_wh
        stream.pix_fmt, stream.options = pixels, options
        stream.codec_context.thread_count = _THREADS
        stream.time_base = stream.codec_context.time_base = _TIME_BASE
        self._stream = stream
        self._ticks = Ticks()

    def write(self, image: Image, pts_seconds: float) -> None:
        """Encode one image.

        Raises:
            OSError: If the disk is full or gone.
        """
        import av

        frame: Any = av.VideoFrame.from_ndarray(image, format="bgr24")
        frame.pts, frame.time_base = self._ticks.next(pts_seconds), _TIME_BASE
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write what the encoder holds back, and the index."""
        try:
            self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()


class RecordedFrames:
    """Reads one file of images, in order."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            RecordingError: If it is missing or no video.
        """
        import av

        if not path.is_file():
            raise RecordingError(f"{path}: is missing; copy the whole folder")
        self._path = path
        self._error = av.error.FFmpegError
        self._container: Any = None
        self._packets: Any = iter(())
        self._frame: Any = None
        self._ticks = Ticks()
        try:
            # Only this format and only this file: a list of other files or URLs is refused.
            self._container = av.open(
                f"file:{path.absolute()}", format="matroska", options={"protocol_whitelist": "file"}
            )
            stream = self._container.streams.video[0]
            stream.thread_type = "SLICE"
            self._packets = self._container.demux(stream)
        except av.error.PermissionError as error:
            raise RecordingError(f"{path}: cannot be read: {error.strerror}") from error
        except (self._error, IndexError):
            # A recorder that was killed at its first image leaves half a header.
            self.close()

    def advance(self, pts_seconds: float) -> bool:
        """Decode the image with this pts; False if the file ends before it.

        Raises:
            RecordingError: If another image comes in its place.
        """
        self._frame = None
        try:
            while self._frame is None:
                packet = next(self._packets, None)
                if packet is None:
                    return False
                decoded = packet.decode() if packet.size else ()
                self._frame = next(iter(decoded), None)
        except self._error:
            return False
        expected = self._ticks.next(pts_seconds)
        if self._frame.pts != expected:
            raise RecordingError(
                f"{self._path}: expected a frame at {expected} ms, found one at "
                f"{self._frame.pts} ms; the file is damaged"
            )
        return True

    def picture(self, out: Image | None = None) -> Image:
        """The image that was decoded, BGR, in ``out`` if its shape fits."""
        image: Image = self._frame.to_ndarray(format="bgr24")
        if out is None or out.shape != image.shape:
            return image
        np.copyto(out, image)
        return out

    def close(self) -> None:
        """Close the file."""
        if self._container is not None:
            self._container.close()
        self._container, self._packets, self._frame = None, iter(()), None
