import shutil
from pathlib import Path

import cv2
import pytest

import edgevid

DRIVE = Path(__file__).parents[2] / "examples" / "rendered_drive.mp4"


@pytest.fixture(scope="session")
def driver():
    with edgevid.load("driver") as model:
        yield model


@pytest.fixture(scope="session")
def drives(tmp_path_factory):
    """The first 26 s of the drive by frame rate: as it is, each frame thrice, every second one."""
    folder = tmp_path_factory.mktemp("drives")
    shutil.copy(DRIVE, folder / "10.mp4")
    video = cv2.VideoCapture(str(DRIVE))
    images = [video.read()[1] for _ in range(260)]
    for rate, frames in ((30, [i for i in images for _ in range(3)]), (5, images[::2])):
        code = cv2.VideoWriter.fourcc(*"mp4v")
        writer = cv2.VideoWriter(str(folder / f"{rate}.mp4"), code, rate, (224, 224))
        for image in frames:
            writer.write(image)
        writer.release()
    return {rate: folder / f"{rate}.mp4" for rate in (5, 10, 30)}
