"""Prints what recording costs: CPU milliseconds and kilobytes a picture, for each lossless codec.

python tools/measure_recording.py examples/rendered_drive.mp4 --size 1280x720 --noise 3
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from edgevid.recording.pictures import RecordedFrames, VideoWriter, check_sum

RATE_HZ = 30


def pictures_of(path: str, size_wh: tuple[int, int], noise: float, count: int) -> list[np.ndarray]:
    """The first pictures of a video, resized, with the noise that a camera in the dark has."""
    capture = cv2.VideoCapture(path)
    random = np.random.default_rng(0)
    pictures: list[np.ndarray] = []
    while len(pictures) < count and (read := capture.read())[0]:
        picture = cv2.resize(read[1], size_wh, interpolation=cv2.INTER_AREA)
        if noise:
            noisy = picture + random.normal(0, noise, picture.shape)
            picture = np.clip(noisy.round(), 0, 255).astype(np.uint8)
        pictures.append(picture)
    return pictures


def measure(codec: str, pictures: list[np.ndarray], path: Path) -> str:
    """One row: write all, read all, compare every byte."""
    height, width = pictures[0].shape[:2]
    started = time.process_time()
    writer = VideoWriter(path, codec, (width, height))
    for k, picture in enumerate(pictures):
        writer.write(picture, k / RATE_HZ)
        check_sum(picture)
    writer.close()
    written = time.process_time()
    reader = RecordedFrames(path)
    same = True
    for k, picture in enumerate(pictures):
        found = reader.advance(k / RATE_HZ)
        again = reader.picture()
        same &= found and check_sum(again) == check_sum(picture)
    reader.close()
    done, count = time.process_time(), len(pictures)
    exact = "exact" if same else "NOT EXACT"
    kilobytes = path.stat().st_size / count / 1000
    return (
        f"{codec:12} {exact}  write {(written - started) / count * 1e3:6.1f} ms  "
        f"read {(done - written) / count * 1e3:6.1f} ms  {kilobytes:7.0f} kB "
        f"({kilobytes * 1000 / pictures[0].size:.0%} of raw)"
    )


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video")
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--noise", type=float, default=0.0, help="Standard deviation, grey levels.")
    parser.add_argument("--count", type=int, default=100)
    given = parser.parse_args()
    width, height = map(int, given.size.split("x"))
    pictures = pictures_of(given.video, (width, height), given.noise, given.count)
    print(f"{given.video} {given.size}, noise {given.noise:g}, {len(pictures)} pictures")
    with tempfile.TemporaryDirectory() as folder:
        for codec in ("libx264rgb", "ffv1"):
            print(measure(codec, pictures, Path(folder) / f"{codec}.mkv"))


if __name__ == "__main__":
    main()
