"""Classes of the segmentation, and rows of the material table."""

from __future__ import annotations

from enum import IntEnum


class Part(IntEnum):
    """Class of a pixel in the segmentation."""

    OUTSIDE = 0
    CABIN = 1
    BODY = 2
    HEAD = 3
    LEFT_HAND = 4
    RIGHT_HAND = 5
    WHEEL = 6
    PHONE = 7
    DRINK = 8
    CIGARETTE = 9
    BRUSH = 10
    FOOD = 11
    ACCESSORY = 12
    PASSENGER = 13


PROPS = (Part.PHONE, Part.DRINK, Part.CIGARETTE, Part.BRUSH, Part.FOOD)


class Surface(IntEnum):
    """Row of the material table. The first eight are chosen per pixel on the body."""

    SKIN = 0
    SHIRT = 1
    TROUSERS = 2
    HAIR = 3
    BEARD = 4
    LIPS = 5
    BROWS = 6
    BELT = 7
    SEAT = 8
    DASH = 9
    DOOR = 10
    DOOR_LOWER = 11
    WHEEL = 12
    ROOF = 13
    SCREEN = 14
    PHONE = 15
    PHONE_SCREEN = 16
    CUP = 17
    LID = 18
    CIGARETTE = 19
    EMBER = 20
    METAL = 21
    EYE = 22
    IRIS = 23
    GLASSES = 24
    HAT = 25
    REAR = 26
    CLUTTER = 27
    BRUSH = 28
    MASK = 29
    FOOD = 30
    PASSENGER_SKIN = 31
    PASSENGER_CLOTHES = 32
    PASSENGER_HAIR = 33
    HEADSET = 34
