"""The scene of a description: all that does not depend on time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgevid_synth.body.figure import Figure, make_figure
from edgevid_synth.body.outfit import random_outfit
from edgevid_synth.body.shape import random_person
from edgevid_synth.cabin.build import build_cabin, paint_cabin
from edgevid_synth.cabin.layout import CabinLayout, random_layout
from edgevid_synth.camera import Camera, random_camera, shows_driver
from edgevid_synth.description import SceneDescription
from edgevid_synth.driver import Driver, random_idle_motion
from edgevid_synth.graphics.materials import (
    ACROSS,
    ALONG,
    BLOBS,
    CHECK,
    HAIR_TONES,
    PLAIN,
    Materials,
    random_colour,
    set_props,
    skin_tone,
)
from edgevid_synth.graphics.meshes import Mesh, MeshBuilder
from edgevid_synth.graphics.sensor import Sensor, random_sensor
from edgevid_synth.labels import BACKGROUND, mirrored
from edgevid_synth.light.setting import Light, random_light
from edgevid_synth.motion.gestures import safe_driving
from edgevid_synth.motion.keys import Actor, make_actor
from edgevid_synth.motion.plan import plan_clip, plan_drive
from edgevid_synth.motion.schedule import Schedule, ScheduledAction
from edgevid_synth.parts import Surface
from edgevid_synth.passenger import add_passenger
from edgevid_synth.props import Accessories, random_accessories
from edgevid_synth.streams import stream

_PASSENGER, _MIRRORED = 0.25, 0.2
"""Chances."""


@dataclass(frozen=True)
class Scene:
    """One driver in one car in one light, and the schedule of actions."""

    description: SceneDescription
    driver: Driver
    schedule: Schedule
    car: CabinLayout
    cabin: Mesh
    accessories: Accessories
    materials: Materials
    light: Light
    camera: Camera
    sensor: Sensor
    mirrored: bool
    """Right-hand drive: the image is mirrored, and what it shows changes sides."""

    @property
    def figure(self) -> Figure:
        """The driver's body."""
        return self.driver.figure

    def label(self, label: str) -> str:
        """The label of an action as seen in the image, which may be mirrored."""
        return mirrored(label) if self.mirrored else label


def build_scene(description: SceneDescription) -> Scene:
    """Draw every part of a scene from its own stream."""
    materials = Materials()
    light = random_light(stream(description.seed_of("light"), "light"), description.light)
    rng = stream(description.seed_of("person"), "person")
    person = random_person(rng)
    _paint_person(materials, rng)
    rng = stream(description.seed_of("clothes"), "clothes")
    outfit = random_outfit(rng, person.male)
    _paint_clothes(materials, rng)
    set_props(materials, stream(description.seed_of("clothes"), "props"))
    rng = stream(description.seed_of("cabin"), "cabin")
    car, mesh = random_layout(rng), MeshBuilder()
    paint_cabin(materials, rng)
    build_cabin(mesh, car, rng, belt=outfit.belt)
    rng = stream(description.seed_of("cabin"), "passenger")
    accompanied = rng.random() < _PASSENGER
    empty = mesh.build()
    if accompanied:
        add_passenger(mesh, materials, car, rng)
    cabin = mesh.build()
    camera_rng = stream(description.seed_of("camera"), "camera")
    camera = random_camera(camera_rng, car, cabin, description.mount)
    if accompanied and not shows_driver(camera, car, cabin):
        cabin, camera = empty, random_camera(camera_rng, car, empty, description.mount)
    right_hand = bool(stream(description.seed_of("camera"), "side").random() < _MIRRORED)
    if description.right_hand_drive is not None:
        right_hand = description.right_hand_drive
    seed = description.seed_of("motion")
    actor = make_actor(person, car, stream(seed, "habit"))
    return Scene(
        description=description,
        driver=Driver(
            make_figure(person, outfit), actor, random_idle_motion(stream(seed, "unrest"))
        ),
        schedule=_schedule(description, actor, seed, right_hand),
        car=car,
        cabin=cabin,
        accessories=random_accessories(stream(description.seed_of("clothes"), "accessories")),
        materials=materials,
        light=light,
        camera=camera,
        sensor=random_sensor(stream(description.seed_of("sensor"), "sensor"), light.kind),
        mirrored=right_hand,
    )


def _schedule(description: SceneDescription, actor: Actor, seed: int, right_hand: bool) -> Schedule:
    label, duration = description.label, description.duration_seconds
    if label is None:
        return plan_drive(actor, duration, seed)
    if label == BACKGROUND and description.safe_variant is not None:
        action = safe_driving(actor, stream(seed, "act"), description.safe_variant)
        scheduled = ScheduledAction(action, -1.0, duration + 1.0, 0.5, 0.5)
        return Schedule([scheduled], actor.habit, stream(seed, "knots"))
    return plan_clip(actor, mirrored(label) if right_hand else label, duration, seed)


def _paint_person(m: Materials, rng: np.random.Generator) -> None:
    skin = skin_tone(rng)
    hair = HAIR_TONES[rng.choice(8, p=[0.3, 0.2, 0.15, 0.1, 0.07, 0.08, 0.05, 0.05])]
    hair = hair * rng.uniform(0.7, 1.3)
    m.set(Surface.SKIN, skin, gloss=0.35, mottle=0.12)
    m.set(Surface.HAIR, hair, gloss=0.5, mottle=0.5, bump=0.7, bump_scale=120)
    m.set(Surface.BEARD, hair * 0.6 + skin * 0.4, mottle=0.4, bump=0.5, bump_scale=150)
    lips = skin * [0.8, 0.5, 0.5] if rng.random() < 0.7 else np.array([0.5, 0.05, 0.08])
    m.set(Surface.LIPS, lips, gloss=0.5)
    m.set(Surface.BROWS, hair * 0.7 + skin * 0.2)


def _paint_clothes(m: Materials, rng: np.random.Generator) -> None:
    skin = m.colour(Surface.SKIN)
    for _ in range(9):
        first, second = random_colour(rng, 0.02, 1, 0.8), random_colour(rng, 0.03, 1, 0.8)
        if np.abs(first - skin).sum() > 0.28:
            break
    m.set(
        Surface.SHIRT,
        first,
        second,
        pattern=int(
            rng.choice([PLAIN, ACROSS, ALONG, CHECK, BLOBS], p=[0.6, 0.13, 0.05, 0.12, 0.1])
        ),
        scale=rng.uniform(12, 60),
        gloss=0.05,
        mottle=0.15,
        bump=rng.uniform(0.1, 0.6),
        bump_scale=rng.uniform(12, 40),
    )
    m.set(Surface.TROUSERS, random_colour(rng, 0.02, 0.5, 0.5), gloss=0.05, bump=0.3)
