"""Reads frames with OpenCV and prints the driver's events: python own_loop.py drive.mp4."""

import sys

import cv2

import edgevid


def main(path: str) -> None:
    video = cv2.VideoCapture(path)
    with edgevid.load("driver") as model, model.session(policy="coach", source=path) as session:
        grabbed, image = video.read()
        while grabbed:
            seconds = video.get(cv2.CAP_PROP_POS_MSEC) / 1000
            result = session.push(image, seconds)
            for event in result.events if result else ():
                print(f"{seconds:6.1f} s  {event.state:8}  {event.name}  {event.reason}")
            grabbed, image = video.read()
        for event in session.close():
            print(f"   end    {event.state:8}  {event.name}")


if __name__ == "__main__":
    main(sys.argv[1])
