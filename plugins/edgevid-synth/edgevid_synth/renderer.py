"""Renders a scene at any time: a pure function of the description and the time."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edgevid.types import Image
from edgevid_synth.cabin.wheel import SteeringWheel
from edgevid_synth.description import SceneDescription
from edgevid_synth.driver import DriverState
from edgevid_synth.graphics.linear import Vector
from edgevid_synth.graphics.meshes import Mesh, MeshBuilder
from edgevid_synth.graphics.raster import cast_shadow, normals, project, rasterise, splat_shadow
from edgevid_synth.graphics.sensor import develop
from edgevid_synth.graphics.shading import shade
from edgevid_synth.graphics.smoke import add_smoke
from edgevid_synth.light import setting
from edgevid_synth.motion.schedule import MotionState, Phase
from edgevid_synth.parts import Part
from edgevid_synth.props import add_accessories, add_prop
from edgevid_synth.scene import Scene, build_scene
from edgevid_synth.streams import stream

_EXPOSURE_SIZE = 48
_OUTSIDE_DEPTH = 3.0


@dataclass(frozen=True)
class RenderedFrame:
    """One image with its ground truth."""

    image: Image
    """uint8 BGR, (S, S, 3)."""
    label: str
    phase: Phase
    variant: str
    segmentation: NDArray[np.uint8]
    """``Part`` of every pixel rendered, (R, R) with R = S times supersampling."""
    points: dict[str, tuple[float, float]]
    """Key points as fractions of the image, (x, y); outside [0, 1] when out of view."""
    gaze: Vector
    """Unit vector of the face's direction in camera axes (right, down, forward)."""
    prop: Part | None
    prop_side: str | None
    """``left`` or ``right``, as labelled in the image."""

    def area(self, *parts: Part) -> float:
        """Fraction of the image that some parts cover."""
        return float(np.isin(self.segmentation, parts).mean())


@dataclass(frozen=True)
class _Geometry:
    vertices: NDArray[np.float32]
    triangles: NDArray[np.int32]
    surfaces: NDArray[np.int32]
    parts: NDArray[np.uint8]
    normals: NDArray[np.float32]
    rest: NDArray[np.float32]
    fields: NDArray[np.float32]
    moving: tuple[NDArray[np.float32], NDArray[np.int32]]


@dataclass(frozen=True)
class _Hits:
    hit: NDArray[np.int32]
    bary: NDArray[np.float32]
    nearest: NDArray[np.float32]
    screen: NDArray[np.float32]
    segmentation: NDArray[np.uint8]
    view: tuple[NDArray[np.float32], NDArray[np.float32], float, float, float]


@dataclass(frozen=True)
class _Picture:
    linear: NDArray[np.float32]
    segmentation: NDArray[np.uint8]


class Renderer:
    """Renders one scene at any time. Not thread-safe."""

    def __init__(self, description: SceneDescription) -> None:
        """Build the scene; the first in a process also loads or compiles the kernels."""
        self.scene: Scene = build_scene(description)
        cabin = self.scene.cabin
        self._wheel = SteeringWheel(self.scene.car)
        self._cabin_normals = np.empty_like(cabin.vertices)
        normals(cabin.vertices, cabin.triangles, self._cabin_normals)

    def frame(self, t: float) -> RenderedFrame:
        """The image at a time, seconds from the start of the schedule."""
        scene, description = self.scene, self.scene.description
        pixels = round(description.size * description.supersampling)
        motion = scene.schedule.at(t)
        state = scene.driver.at(motion, t)
        picture = self._picture(t, motion, state, pixels)
        linear = picture.linear
        if scene.sensor.motion_blur:
            later = t + scene.sensor.shutter_seconds
            after = scene.schedule.at(later)
            second = self._picture(later, after, scene.driver.at(after, later), pixels)
            linear = (linear + second.linear) * np.float32(0.5)
        noise = stream(description.seed_of("sensor"), "noise", max(0, round(t * 1e4) + 100_000))
        image = develop(linear, scene.sensor, self._exposure, description.size, noise)
        return self._described(t, image, picture.segmentation, motion, state)

    def _described(
        self,
        t: float,
        image: Image,
        segmentation: NDArray[np.uint8],
        motion: MotionState,
        state: DriverState,
    ) -> RenderedFrame:
        scene, action = self.scene, motion.scheduled.action
        points = self._points(t, state, motion)
        gaze = scene.camera.axes @ state.head @ np.array([0.0, 0.0, 1.0])
        side = {"l": "left", "r": "right", None: None}[action.prop_side]
        if scene.mirrored:
            image = np.ascontiguousarray(image[:, ::-1])
            segmentation = _mirrored(segmentation)
            points = {_swapped(name): (1 - x, y) for name, (x, y) in points.items()}
            gaze = gaze * [-1, 1, 1]
            side = None if side is None else _swapped(side)
        prop = _PROP_PARTS.get(action.prop or "") if motion.holds_prop else None
        return RenderedFrame(
            image=image,
            label=scene.label(motion.label),
            phase=motion.phase,
            variant=action.variant,
            segmentation=segmentation,
            points=points,
            gaze=gaze,
            prop=prop,
            prop_side=side if prop is not None else None,
        )

    @functools.cached_property
    def _exposure(self) -> float:
        """Fixed for the whole schedule, from the image in its middle."""
        t = self.scene.description.duration_seconds / 2
        motion = self.scene.schedule.at(t)
        picture = self._picture(t, motion, self.scene.driver.at(motion, t), _EXPOSURE_SIZE)
        brightness = picture.linear.mean(2)
        inside = picture.segmentation > Part.OUTSIDE
        driver = (picture.segmentation >= Part.BODY) & (picture.segmentation <= Part.RIGHT_HAND)
        everything = float(np.median(brightness[inside])) if inside.any() else 0.1
        body = float(np.median(brightness[driver])) if driver.any() else everything
        return self.scene.light.key / max(0.004, 0.6 * body + 0.4 * everything)

    @functools.cached_property
    def _cabin_shadows(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Sun and soft-light shadow maps of what does not move."""
        light, cabin = self.scene.light, self.scene.cabin
        sun = np.full((setting.SUN_SIZE, setting.SUN_SIZE), -9.0, np.float32)
        size = setting.SHADOW_SIZE
        soft = np.full((len(light.soft), size, size), -9.0, np.float32)
        if light.has_sun:
            scale = setting.SUN_SIZE / setting.SUN_SPAN
            origin = np.zeros(3, np.float32)
            cast_shadow(cabin.vertices, cabin.triangles, light.sun_axes, origin, scale, sun)
        if light.kind != "infrared":
            centre, scale = setting.CENTRE.astype(np.float32), size / setting.SHADOW_SPAN
            for q in range(len(soft)):
                axes = light.soft_axes[q]
                cast_shadow(cabin.vertices, cabin.triangles, axes, centre, scale, soft[q])
        return sun, soft

    def _geometry(self, motion: MotionState, state: DriverState) -> tuple[_Geometry, Vector | None]:
        scene = self.scene
        figure, cabin = scene.figure, scene.cabin
        builder = MeshBuilder()
        builder.add_mesh(self._wheel.at(state.steering))
        tip = (
            add_prop(builder, motion.scheduled.action, state, figure) if motion.holds_prop else None
        )
        add_accessories(builder, scene.accessories, state, figure)
        things: Mesh = builder.build()
        body = figure.posed(state.pose)
        n, m = len(body), len(cabin.vertices)
        moving = np.concatenate([body, things.vertices])
        moving_triangles = np.concatenate([figure.triangles, things.triangles + np.int32(n)])
        moving_normals = np.empty_like(moving)
        normals(moving, moving_triangles, moving_normals)
        fields = np.zeros((len(moving) + m, 8), np.float32)
        fields[:n] = figure.fields
        return _Geometry(
            vertices=np.concatenate([moving, cabin.vertices]),
            triangles=np.concatenate([moving_triangles, cabin.triangles + np.int32(len(moving))]),
            surfaces=np.concatenate([figure.surfaces, things.materials, cabin.materials]),
            parts=np.concatenate(
                [figure.parts, things.parts, np.maximum(cabin.parts, np.uint8(Part.CABIN))]
            ),
            normals=np.concatenate([moving_normals, self._cabin_normals]),
            rest=np.concatenate([figure.rest, things.vertices, cabin.vertices]),
            fields=fields,
            moving=(moving, moving_triangles),
        ), tip

    def segmentation(self, t: float, pixels: int = 96) -> NDArray[np.uint8]:
        """``Part`` of every pixel, (pixels, pixels), at a tenth of a frame's cost.

        Never mirrored, unlike ``frame``.
        """
        motion = self.scene.schedule.at(t)
        geometry, _ = self._geometry(motion, self.scene.driver.at(motion, t))
        return self._hits(t, geometry, pixels).segmentation

    def _hits(self, t: float, geometry: _Geometry, pixels: int) -> _Hits:
        camera = self.scene.camera
        fx, fy, half = camera.focal[0] * pixels, camera.focal[1] * pixels, pixels / 2
        axes, eye = camera.axes.astype(np.float32), self._eye(t).astype(np.float32)
        screen = np.empty_like(geometry.vertices)
        project(geometry.vertices, axes, eye, fx, fy, half, half, screen)
        nearest = np.zeros((pixels, pixels), np.float32)
        hit = np.full((pixels, pixels), -1, np.int32)
        bary = np.empty((2, pixels, pixels), np.float32)
        closed = len(self.scene.figure.triangles)
        rasterise(screen, geometry.triangles, nearest, hit, bary[0], bary[1], closed)
        segmentation = np.where(hit >= 0, geometry.parts[hit], Part.OUTSIDE).astype(np.uint8)
        return _Hits(hit, bary, nearest, screen, segmentation, (axes, eye, fx, fy, half))

    def _picture(self, t: float, motion: MotionState, state: DriverState, pixels: int) -> _Picture:
        scene, light = self.scene, self.scene.light
        geometry, tip = self._geometry(motion, state)
        hits = self._hits(t, geometry, pixels)
        axes, eye, fx, fy, half = hits.view
        sun_shadow, soft_shadows = self._shadows(geometry)
        linear = np.empty((pixels, pixels, 3), np.float32)
        shade(
            hits.hit, hits.bary[0], hits.bary[1], hits.nearest, _occlusion(hits.nearest),
            hits.screen, geometry.triangles, geometry.surfaces, geometry.normals, geometry.rest,
            geometry.fields, scene.materials.table, axes, eye, fx, fy, half, half, light.soft,
            light.soft_axes, soft_shadows, setting.SHADOW_SIZE / setting.SHADOW_SPAN,
            setting.CENTRE.astype(np.float32), light.ambient, light.sun, light.sun_colour,
            light.sun_axes[None], sun_shadow[None], setting.SUN_SIZE / setting.SUN_SPAN,
            light.infrared, light.panorama, t * light.turn_rate, light.panorama_gain, linear,
        )  # fmt: skip
        if tip is not None:
            place, seed = self._eye(t), scene.description.seed
            add_smoke(linear, scene.camera, place, tip, t, light, seed)
        return _Picture(linear, hits.segmentation)

    def _eye(self, t: float) -> Vector:
        camera, driver = self.scene.camera, self.scene.driver
        shake = np.array([driver.shake(k, t) for k in range(3)])
        return camera.place + camera.shake * shake

    def _shadows(self, geometry: _Geometry) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        light = self.scene.light
        sun, soft = (shadow.copy() for shadow in self._cabin_shadows)
        vertices, triangles = geometry.moving
        if light.has_sun:
            scale = setting.SUN_SIZE / setting.SUN_SPAN
            cast_shadow(vertices, triangles, light.sun_axes, np.zeros(3, np.float32), scale, sun)
        if light.kind != "infrared":
            centre = setting.CENTRE.astype(np.float32)
            scale = setting.SHADOW_SIZE / setting.SHADOW_SPAN
            for q in range(len(soft)):
                if light.soft[q, 3] > 0:
                    splat_shadow(vertices, light.soft_axes[q], centre, scale, soft[q])
        return sun, soft

    def _points(
        self, t: float, state: DriverState, motion: MotionState
    ) -> dict[str, tuple[float, float]]:
        scene = self.scene
        skeleton, eye = scene.figure.skeleton, self._eye(t)
        found = {
            name: scene.camera.pixel(skeleton.place(state.pose, bone), eye)[:2]
            for name, bone in _JOINTS.items()
        }
        nose = state.head_joint + state.head @ np.array([0.0, 0.06, 0.08])
        found["face"] = scene.camera.pixel(nose, eye)[:2]
        found["wheel"] = scene.camera.pixel(scene.car.wheel_centre, eye)[:2]
        return found


_JOINTS = {
    "left_hand": "middle_01_l",
    "right_hand": "middle_01_r",
    "left_elbow": "lowerarm_l",
    "right_elbow": "lowerarm_r",
    "left_shoulder": "upperarm_l",
    "right_shoulder": "upperarm_r",
}
_PROP_PARTS = {
    "phone": Part.PHONE,
    "cup": Part.DRINK,
    "bottle": Part.DRINK,
    "can": Part.DRINK,
    "cigarette": Part.CIGARETTE,
    "brush": Part.BRUSH,
    "food": Part.FOOD,
}


def _swapped(name: str) -> str:
    if name.startswith("left"):
        return name.replace("left", "right", 1)
    return name.replace("right", "left", 1)


def _mirrored(segmentation: NDArray[np.uint8]) -> NDArray[np.uint8]:
    flipped = segmentation[:, ::-1]
    out: NDArray[np.uint8] = flipped.copy()
    out[flipped == Part.LEFT_HAND] = Part.RIGHT_HAND
    out[flipped == Part.RIGHT_HAND] = Part.LEFT_HAND
    return out


def _occlusion(nearest: NDArray[np.float32]) -> NDArray[np.float32]:
    """Ambient occlusion from depth: what lies behind its surroundings is darker."""
    inverse = np.where(nearest > 0, 1 / np.maximum(nearest, 1e-6), _OUTSIDE_DEPTH).astype(
        np.float32
    )
    wide = int(len(nearest) * 0.09) | 1
    narrow = wide // 3 | 1
    dark = np.clip((inverse - cv2.blur(inverse, (wide, wide))) * 2.6, 0, 0.55)
    dark += np.clip((inverse - cv2.blur(inverse, (narrow, narrow))) * 5, 0, 0.3)
    light: NDArray[np.float32] = np.clip(1 - dark, 0.2, 1).astype(np.float32)
    return light
