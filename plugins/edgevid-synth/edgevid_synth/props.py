"""Meshes of what is held in the hand or worn on the head."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from edgevid_synth.body.figure import Figure
from edgevid_synth.body.skeleton import PALM
from edgevid_synth.driver import DriverState, on_head
from edgevid_synth.graphics.linear import Vector, cross, rotation, unit, vector
from edgevid_synth.graphics.meshes import MeshBuilder, rounded_box, sheet, tube
from edgevid_synth.motion.action import Action
from edgevid_synth.parts import Part, Surface


@dataclass(frozen=True)
class Accessories:
    """Glasses, hat and headset."""

    glasses: bool
    dark: bool
    hat: bool
    peak: bool
    headset: bool


def random_accessories(rng: np.random.Generator) -> Accessories:
    """By chance."""
    return Accessories(
        glasses=bool(rng.random() < 0.3),
        dark=bool(rng.random() < 0.4),
        hat=bool(rng.random() < 0.15),
        peak=bool(rng.random() < 0.65),
        headset=bool(rng.random() < 0.06),
    )


@dataclass(frozen=True)
class Grasp:
    """Axes of a hand that holds something."""

    place: Vector
    fingers: Vector
    palm: Vector
    side: Vector


def grasp(state: DriverState, figure: Figure, side: str) -> Grasp:
    """The grip of one hand."""
    fingers, palm = figure.skeleton.hand_axes(state.pose, side)
    wrist = figure.skeleton.place(state.pose, f"hand_{side}")
    return Grasp(wrist + fingers * PALM[0] + palm * PALM[1], fingers, palm, cross(fingers, palm))


def add_prop(
    mesh: MeshBuilder, action: Action, state: DriverState, figure: Figure
) -> Vector | None:
    """Add what the action holds.

    Returns:
        The tip of a burning cigarette, from which smoke rises; else None.
    """
    if action.prop is None or action.prop_side is None:
        return None
    hand = grasp(state, figure, action.prop_side)
    if action.prop == "phone":
        _phone(mesh, hand, None if action.tapping else state.head @ vector(0, 0, 1))
    elif action.prop in _VESSELS:
        _vessel(mesh, action.prop, hand, state, on_head(state, figure, figure.person.mouth))
    elif action.prop == "cigarette":
        return _cigarette(mesh, hand, state, figure, action.prop_side)
    elif action.prop == "food":
        mesh.add(
            rounded_box(hand.place + hand.fingers * 0.01, [0.035, 0.028, 0.05], 0.7, 0.7, None, 6),
            Surface.FOOD,
            Part.FOOD,
        )
    else:
        ends = [hand.place - hand.side * 0.06, hand.place + hand.side * 0.1]
        mesh.add(tube(ends, [0.006, 0.009], 6), Surface.BRUSH, Part.BRUSH)
        axes = np.stack([hand.fingers, hand.side, hand.palm], 1)
        head = rounded_box(hand.place + hand.side * 0.12, [0.018, 0.035, 0.018], 0.6, 0.6, axes, 5)
        mesh.add(head, Surface.BRUSH, Part.BRUSH)
    return None


def _phone(mesh: MeshBuilder, hand: Grasp, gaze: Vector | None) -> None:
    z = hand.palm
    along = unit(hand.fingers * 0.8 if gaze is None else hand.fingers - 0.25 * gaze)
    y = unit(along - z * (along @ z))
    axes = np.stack([cross(y, z), y, z], 1)
    centre = hand.place + y * 0.025
    case = rounded_box(centre, [0.037, 0.076, 0.0055], 0.25, 0.25, axes, 6)
    mesh.add(case, Surface.PHONE, Part.PHONE)

    def corner(a: int, b: int) -> Vector:
        return centre + axes @ vector(a * 0.033, b * 0.07, 0.0065)

    screen = sheet(corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1), 2, 4)
    mesh.add(screen, Surface.PHONE_SCREEN, Part.PHONE)


_VESSELS = {"cup": (0.06, 0.037), "bottle": (0.10, 0.03), "can": (0.058, 0.032)}
"""Half height and radius, metres."""


def _vessel(mesh: MeshBuilder, kind: str, hand: Grasp, state: DriverState, mouth: Vector) -> None:
    half, radius = _VESSELS[kind]
    up, place = vector(0, 1, 0), hand.place
    axis = up
    if state.tilt > 0.02:
        towards = unit(mouth - place + 1e-6)
        level = towards - up * (towards @ up)
        axis = unit(up * math.cos(state.tilt) + level * math.sin(state.tilt))
    if kind == "bottle":
        heights, radii = (-1, -0.9, 0.5, 0.8, 1.1), [radius * 0.9, radius, radius, 0.013, 0.012]
        mesh.add(
            tube([place + axis * half * h for h in heights], radii, 10), Surface.CUP, Part.DRINK
        )
        if state.tilt < 0.3:
            cap = [place + axis * half * 1.1, place + axis * half * 1.22]
            mesh.add(tube(cap, 0.014, 8), Surface.LID, Part.DRINK)
        return
    points = [place + axis * half * h for h in (-1, -0.95, 0.9, 1)]
    radii = [radius * 0.75, radius * 0.78, radius, radius]
    mesh.add(tube(points, radii, 10), Surface.CUP, Part.DRINK)
    if kind == "cup":
        lid = [place + axis * half * 0.95, place + axis * half * 1.15]
        mesh.add(tube(lid, radius * 1.06, 10), Surface.LID, Part.DRINK)


def _cigarette(
    mesh: MeshBuilder, hand: Grasp, state: DriverState, figure: Figure, side: str
) -> Vector:
    tip = hand.place + hand.fingers * 0.075 - hand.palm * 0.005
    along = unit(hand.palm * -0.9 + hand.fingers * 0.3 + hand.side * 0.1)
    mouth = on_head(state, figure, figure.person.mouth)
    start = tip - along * 0.03
    if np.linalg.norm(mouth - tip) < 0.09:
        start = mouth - state.head @ vector(0, 0, 0.004)
        along = unit(state.head @ vector(-0.15 if side == "r" else 0.15, -0.1, 1))
    mesh.add(tube([start, start + along * 0.08], 0.005, 6), Surface.CIGARETTE, Part.CIGARETTE)
    ember = [start + along * 0.08, start + along * 0.086]
    mesh.add(tube(ember, 0.005, 6), Surface.EMBER, Part.CIGARETTE)
    return start + along * 0.086


def add_accessories(
    mesh: MeshBuilder, worn: Accessories, state: DriverState, figure: Figure
) -> None:
    """Add glasses, a hat and a headset."""
    person = figure.person
    if worn.glasses:
        _glasses(mesh, worn.dark, state, figure)
    if worn.hat:
        crown = vector(0, person.top - 0.055, person.ear[2] + 0.012)
        place = on_head(state, figure, crown)
        shape = rounded_box(place, [0.088, 0.085, 0.108], 1, 1, state.head, 9)
        mesh.add(shape, Surface.HAT, Part.ACCESSORY)
        if worn.peak:
            front = on_head(state, figure, crown + [0, 0.005, 0.128])
            axes = state.head @ rotation([1, 0, 0], 0.15)
            peak = rounded_box(front, [0.075, 0.006, 0.075], 0.6, 0.9, axes, 6)
            mesh.add(peak, Surface.HAT, Part.ACCESSORY)
    if worn.headset:
        ear = person.ear
        for k in (-1, 1):
            place = on_head(state, figure, vector(k * (ear[0] + 0.012), ear[1], ear[2]))
            cup = rounded_box(place, [0.018, 0.035, 0.03], 0.8, 0.8, state.head, 6)
            mesh.add(cup, Surface.HEADSET, Part.ACCESSORY)
        rise = person.top - ear[1] + 0.012
        band = [
            vector((ear[0] + 0.015) * math.cos(a), ear[1] + rise * math.sin(a), ear[2])
            for a in np.linspace(0, math.pi, 9)
        ]
        band = [on_head(state, figure, point) for point in band]
        mesh.add(tube(band, 0.007, 5), Surface.HEADSET, Part.ACCESSORY)


def _glasses(mesh: MeshBuilder, dark: bool, state: DriverState, figure: Figure) -> None:
    person, angles = figure.person, np.linspace(0, 6.283, 13)
    for eye in person.eyes:
        centre = eye + [0, -0.002, 0.024]
        rim = [
            on_head(state, figure, centre + [0.026 * math.cos(a), 0.018 * math.sin(a), 0])
            for a in angles
        ]
        mesh.add(tube(rim, 0.0022, 4), Surface.GLASSES, Part.ACCESSORY)
        if dark:
            place = on_head(state, figure, centre)
            lens = rounded_box(place, [0.025, 0.017, 0.002], 1, 1, state.head, 5)
            mesh.add(lens, Surface.GLASSES, Part.ACCESSORY)
    eye, ear = person.eyes[0], person.ear
    for k in (-1, 1):
        hinge = vector(k * (abs(eye[0]) + 0.026), eye[1], eye[2] + 0.022)
        end = vector(k * ear[0], ear[1] + 0.02, ear[2])
        temple = [on_head(state, figure, hinge), on_head(state, figure, end)]
        mesh.add(tube(temple, 0.002, 4), Surface.GLASSES, Part.ACCESSORY)
