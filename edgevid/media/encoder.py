"""Writes images and their times with PyAV; a killed process leaves a playable file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edgevid.errors import SinkError
from edgevid.media.facts import INSTALL
from edgevid.types import Image

CONTAINERS = (".mp4", ".mkv", ".webm")
"""Suffixes of containers that hold a time for each image."""

_ENCODERS = {"h264": "libx264", "mpeg4": "mpeg4", "vp9": "libvpx-vp9"}
_KEYFRAME_SECONDS = 1.0
_SHORTEST_SECONDS = 0.001
# MPEG-4 counts time in at most 16 bits.
_TICKS = {"libx264": 90_000, "libvpx-vp9": 90_000, "mpeg4": 60_000}
_HYBRID_SINCE = (61, 7, 100)
_BT601, _LIMITED_RANGE = 6, 1
NEED = f"PyAV is not installed; {INSTALL}"


def choose_codec(suffix: str, wanted: str, sink: str = "video") -> str:
    """The name of PyAV's encoder for a container and the user's choice.

    Raises:
        SinkError: If the container cannot hold it, or this PyAV has no such encoder.
    """
    import av

    allowed = ("vp9",) if suffix == ".webm" else tuple(_ENCODERS)
    if wanted != "auto" and wanted not in allowed:
        raise SinkError(f"sink {sink}: {suffix} holds {', '.join(allowed)}, not {wanted}")
    choices = (
        [wanted] if wanted != "auto" else [c for c in allowed if suffix == ".webm" or c != "vp9"]
    )
    for codec in choices:
        if can_encode(_ENCODERS[codec]):
            return _ENCODERS[codec]
    raise SinkError(
        f"sink {sink}: this PyAV ({av.__version__}) cannot encode {' or '.join(choices)}; "
        f'pip install --force-reinstall "av>=14" brings a build that can'
    )


def can_encode(name: str) -> bool:
    """Whether this PyAV has an encoder."""
    import av

    try:
        av.codec.Codec(name, "w")
    except (ValueError, av.error.FFmpegError):
        return False
    return True


class VideoEncoder:
    """One video file."""

    def __init__(
        self,
        path: Path,
        encoder: str,
        picture_wh: tuple[int, int],
        rate: Fraction | None,
        *,
        crf: int,
        preset: str,
    ) -> None:
        """Open the container.

        Args:
            path: Absolute, so that FFmpeg cannot take it for a URL.
            encoder: From ``choose_codec``.
            picture_wh: Width and height; odd ones are padded at right and bottom, and images of
                another size are fitted in with black borders.
            rate: Frames per second as the source says, only for the header.
            crf: Quality, 0 to 51.
            preset: Speed of x264.
        """
        import av

        self.picture_wh = picture_wh
        width, height = (side + side % 2 for side in picture_wh)
        self._ticks = _TICKS[encoder]
        self._container: Any = av.open(str(path), "w", options=_container_options(path.suffix))
        stream: Any = self._container.add_stream(encoder, rate=rate or Fraction(30))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = _encoder_options(encoder, crf, preset)
        time_base = Fraction(1, self._ticks)
        stream.time_base = stream.codec_context.time_base = time_base
        stream.codec_context.gop_size = 600
        # OpenCV's I420 is BT.601; players guess BT.709 for large images without a tag.
        stream.codec_context.colorspace = _BT601
        stream.codec_context.color_range = _LIMITED_RANGE
        if encoder == "mpeg4":
            # Its quantiser runs from 1 to 31, x264's from 0 to 51: the same end points.
            stream.codec_context.qmin = stream.codec_context.qmax = max(
                1, min(31, 1 + crf * 3 // 8)
            )
        self._stream = stream
        self._time_base = time_base
        self._error: BaseException | None = None
        self._fitted: Image | None = None
        self._padded: Image | None = None
        if (width, height) != picture_wh:
            self._padded = np.empty((height, width, 3), np.uint8)
        self._i420 = np.empty((height * 3 // 2, width), np.uint8)
        self._first_seconds: float | None = None
        self._durations: dict[int, int] = {}
        self._last_tick = 0
        self._last_key: int | None = None

    def write(self, picture: Image, pts_seconds: float) -> None:
        """Encode one image."""
        import av

        if self._error is not None:
            # FFmpeg crashes where it is given more after a header that it could not write.
            raise self._error
        if picture.shape[1::-1] != self.picture_wh:
            picture = self._fit(picture)
        tick, duration = self._place(pts_seconds)
        frame: Any = av.VideoFrame.from_ndarray(self._to_i420(picture), format="yuv420p")
        frame.pts, frame.time_base = tick, self._time_base
        self._durations[tick] = duration
        is_due = self._last_key is None or tick - self._last_key >= _KEYFRAME_SECONDS * self._ticks
        if is_due:
            self._last_key = tick
            frame.pict_type = av.video.frame.PictureType.I
        self._mux(self._stream.encode(frame))

    def _fit(self, picture: Image) -> Image:
        width, height = self.picture_wh
        if self._fitted is None:
            self._fitted = np.zeros((height, width, 3), np.uint8)
        scale = min(width / picture.shape[1], height / picture.shape[0])
        inner_w = min(width, max(1, round(picture.shape[1] * scale)))
        inner_h = min(height, max(1, round(picture.shape[0] * scale)))
        left, top = (width - inner_w) // 2, (height - inner_h) // 2
        self._fitted[:] = 0
        self._fitted[top : top + inner_h, left : left + inner_w] = cv2.resize(
            picture, (inner_w, inner_h), interpolation=cv2.INTER_AREA
        )
        return self._fitted

    def _place(self, pts_seconds: float) -> tuple[int, int]:
        """Tick of an image, later than the one before, and how long it is shown."""
        if self._first_seconds is None:
            self._first_seconds = pts_seconds
            nominal = self._stream.codec_context.framerate or Fraction(30)
            return 0, max(1, round(self._ticks / nominal))
        tick = round((pts_seconds - self._first_seconds) * self._ticks)
        earliest = self._last_tick + round(_SHORTEST_SECONDS * self._ticks)
        tick = max(tick, earliest)
        duration = tick - self._last_tick
        self._last_tick = tick
        return tick, duration

    def _to_i420(self, picture: Image) -> Image:
        if self._padded is not None:
            height, width = picture.shape[:2]
            bottom, right = self._padded.shape[0] - height, self._padded.shape[1] - width
            cv2.copyMakeBorder(picture, 0, bottom, 0, right, cv2.BORDER_REPLICATE, dst=self._padded)
            picture = self._padded
        cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420, dst=self._i420)
        return self._i420

    def _mux(self, packets: Any) -> None:
        try:
            for packet in packets:
                # Encoders guess it from the nominal rate; it shows on the last image.
                packet.duration = self._durations.pop(packet.pts, packet.duration)
                self._container.mux(packet)
        except BaseException as error:
            self._error = error
            raise

    def close(self) -> None:
        """Write what the encoder holds back, and the index."""
        try:
            if self._error is None:
                self._mux(self._stream.encode(None))
        finally:
            self._container.close()


def _container_options(suffix: str) -> dict[str, str]:
    from av import library_versions

    options = {"flush_packets": "1"}
    if suffix.lower() != ".mp4":
        return {**options, "cluster_time_limit": "1000"}
    if tuple(library_versions["libavformat"]) >= _HYBRID_SINCE:
        # Fragments while it is written, an ordinary file once it is closed.
        return {**options, "movflags": "hybrid_fragmented+frag_keyframe"}
    return {**options, "movflags": "frag_keyframe+empty_moov+default_base_moof"}


def _encoder_options(encoder: str, crf: int, preset: str) -> dict[str, str]:
    if encoder == "libx264":
        return {"preset": preset, "crf": str(crf), "forced-idr": "1", "bf": "0"}
    if encoder == "libvpx-vp9":
        return {
            "crf": str(crf),
            "b": "0",
            "deadline": "realtime",
            "cpu-used": "8",
            "row-mt": "1",
            "lag-in-frames": "0",
        }
    return {}
