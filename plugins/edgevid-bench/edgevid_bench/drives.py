"""Makes drives to measure a batch on: as dashcams and as encoders with B-frames write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgevid_bench.clip import X264, write_clip

_FPS = 30
_CLIP_SECONDS = 10


@dataclass(frozen=True)
class DriveKind:
    """How a drive is encoded."""

    name: str
    about: str
    size: tuple[int, int]
    options: Mapping[str, str]


KINDS = (
    DriveKind(
        "encoded",
        "1280x720, 30 fps, H.264 with B-frames",
        (1280, 720),
        {**X264, "bf": "3", "g": "60", "x264-params": "b-pyramid=normal"},
    ),
    DriveKind(
        "dashcam",
        "1920x1080, 30 fps, H.264 of 12 Mbit/s without B-frames",
        (1920, 1080),
        {"preset": "veryfast", "b": "12M", "bf": "0", "g": "30"},
    ),
)


def make_drives(
    folder: Path, seconds: float, *, count: int = 2, kinds: Sequence[DriveKind] = KINDS
) -> list[Path]:
    """Write drives, which differ in their title alone, and so in their content.

    Args:
        folder: Where to.
        seconds: Length of each, in steps of ten.
        count: Of each kind.
        kinds: How they are encoded.
    """
    paths = []
    for kind in kinds:
        clip = folder / f".{kind.name}.mp4"
        write_clip(
            clip, num_frames=_FPS * _CLIP_SECONDS, fps=_FPS, size=kind.size, options=kind.options
        )
        for number in range(count):
            path = folder / f"{kind.name}_{number}.mp4"
            _repeat(clip, path, max(1, round(seconds / _CLIP_SECONDS)))
            paths.append(path)
        clip.unlink()
    return paths


def _repeat(clip: Path, path: Path, times: int) -> None:
    """Packets again and again: encoding takes longer than all that is measured."""
    import av

    with av.open(str(clip)) as source, av.open(str(path), "w") as target:
        target.metadata["title"] = path.name
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        ticks = round(_CLIP_SECONDS / stream.time_base)
        for turn in range(times):
            source.seek(0)
            for packet in source.demux(stream):
                if packet.dts is None or packet.pts is None:
                    continue
                packet.pts += turn * ticks
                packet.dts += turn * ticks
                packet.stream = copy
                target.mux(packet)
