"""Poses: two-bone inverse kinematics for arms and legs on the rest skeleton of a person."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgevid_synth.body.shape import FINGERS, Person, load_body
from edgevid_synth.graphics.linear import Matrix, Vector, cross, frame, rotation, unit, vector

SIDES = ("l", "r")
WRIST_LIMIT = 1.15
"""Radians that a hand bends against its forearm, about 65 degrees."""
TWIST_LIMIT = 2.6
PALM = (0.085, 0.033)
"""Metres from the wrist along the fingers, and out of the palm, to where a thing is held."""


@dataclass(frozen=True)
class HandGoal:
    """Goal of one hand, in car coordinates."""

    place: Vector
    """Position of what the hand holds or touches."""
    fingers: Vector
    """Direction from the wrist to the fingers."""
    palm: Vector
    """Direction out of the palm."""
    elbow: Vector
    """Direction in which the elbow points."""
    curl: Vector
    """(thumb, fingers, index relative to the other fingers); 0 is straight."""


@dataclass(frozen=True)
class BodyGoal:
    """A whole pose: orientations are global."""

    spine: tuple[Matrix, Matrix, Matrix, Matrix]
    """Pelvis and three vertebrae."""
    neck: Matrix
    head: Matrix
    hands: Mapping[str, HandGoal]
    feet: Mapping[str, Vector]


@dataclass(frozen=True)
class Pose:
    """Every bone's orientation (bones, 3, 3) and head (bones, 3)."""

    turns: NDArray[np.float64]
    places: NDArray[np.float64]


def bend(
    start: Vector, goal: Vector, first: float, second: float, pole: Vector
) -> tuple[Vector, Vector]:
    """Middle and end of a two-bone chain that reaches as near to a goal as it can."""
    d = goal - start
    length = float(np.linalg.norm(d))
    reach = max(min(length, (first + second) * 0.985), abs(first - second) * 1.05 + 0.02)
    along = d / (length + 1e-9)
    x = (first * first - second * second + reach * reach) / (2 * reach)
    h = math.sqrt(max(0.0, first * first - x * x))
    out = unit(pole - along * (pole @ along))
    return start + along * x + out * h, start + along * reach


class Skeleton:
    """The bones of one person."""

    def __init__(self, person: Person) -> None:
        self._body = load_body()
        self.joints = person.joints
        self._index = {name: i for i, name in enumerate(self._body.bones)}
        self._hand_rest = {side: self._rest_hand(side) for side in SIDES}

    def joint(self, name: str) -> Vector:
        """Rest place of a bone's head."""
        place: Vector = self.joints[self._index[name]]
        return place

    def place(self, pose: Pose, name: str) -> Vector:
        """Position of a bone's head in a pose."""
        place: Vector = pose.places[self._index[name]]
        return place

    def hand_axes(self, pose: Pose, side: str) -> tuple[Vector, Vector]:
        """Directions of the fingers and out of the palm in a pose."""
        turn = pose.turns[self._index[f"hand_{side}"]]
        fingers, palm = self._hand_rest[side]
        return turn @ fingers, turn @ palm

    def head_joint(self, goal: BodyGoal) -> Vector:
        """Position of the head's joint, with the pelvis at the origin."""
        place, last = np.zeros(3), self.joint("pelvis")
        for turn, name in zip(goal.spine[:3], ("spine_01", "spine_02", "spine_03"), strict=True):
            place = place + turn @ (self.joint(name) - last)
            last = self.joint(name)
        place = place + goal.spine[3] @ (self.joint("neck_01") - last)
        return place + goal.neck @ (self.joint("head") - self.joint("neck_01"))

    def pose(self, goal: BodyGoal) -> Pose:
        """Fulfil a goal as far as the limbs reach."""
        bones = len(self._index)
        pose = Pose(np.tile(np.eye(3), (bones, 1, 1)), np.zeros((bones, 3)))
        pose.places[0] = self.joints[0] - self.joint("pelvis")
        self._put(pose, "pelvis", goal.spine[0])
        pose.places[self._index["pelvis"]] = 0
        for k in (1, 2, 3):
            self._put(pose, f"spine_0{k}", goal.spine[k])
        self._put(pose, "neck_01", goal.neck)
        self._put(pose, "head", goal.head)
        for side in SIDES:
            self._put(pose, f"clavicle_{side}", goal.spine[3])
            self._arm(pose, side, goal.hands[side])
            self._leg(pose, side, goal.feet[side])
        return pose

    def _rest_hand(self, side: str) -> tuple[Vector, Vector]:
        wrist = self.joint(f"hand_{side}")
        fingers = unit(self.joint(f"middle_01_{side}") - wrist)
        out = cross(self.joint(f"index_01_{side}") - wrist, self.joint(f"pinky_01_{side}") - wrist)
        return fingers, unit(out if side == "r" else -out)

    def _put(self, pose: Pose, name: str, turn: Matrix) -> None:
        i = self._index[name]
        parent = self._body.parents[i]
        pose.turns[i] = turn
        offset = self.joints[i] - self.joints[parent]
        pose.places[i] = pose.places[parent] + pose.turns[parent] @ offset

    def _arm(self, pose: Pose, side: str, goal: HandGoal) -> None:
        upper, lower, hand = f"upperarm_{side}", f"lowerarm_{side}", f"hand_{side}"
        self._put(pose, upper, np.eye(3))
        shoulder = pose.places[self._index[upper]]
        u0, l0 = self.joint(lower) - self.joint(upper), self.joint(hand) - self.joint(lower)
        palm = unit(goal.palm - goal.fingers * (goal.palm @ goal.fingers))
        wrist = goal.place - goal.fingers * PALM[0] - palm * PALM[1]
        elbow, end = bend(
            shoulder, wrist, float(np.linalg.norm(u0)), float(np.linalg.norm(l0)), goal.elbow
        )
        u, low = unit(elbow - shoulder), unit(end - elbow)
        hinge = cross(u, low)
        if np.linalg.norm(hinge) < 0.15:
            hinge = cross(u, -goal.elbow)
        rest_hinge = cross(u0, vector(0, 0, 1))
        upper_turn = frame(u, hinge) @ frame(u0, rest_hinge).T
        lower_turn = frame(low, hinge) @ frame(l0, rest_hinge).T
        hand_turn = self._hand_turn(side, goal.fingers, palm, low)
        pose.turns[self._index[upper]] = upper_turn
        twist = _twist(low, lower_turn, hand_turn)
        self._put(pose, lower, rotation(low, 0.55 * twist) @ lower_turn)
        self._put(pose, hand, hand_turn)
        self._fingers(pose, side, hand_turn, goal.curl)

    def _hand_turn(self, side: str, fingers: Vector, palm: Vector, forearm: Vector) -> Matrix:
        f0, p0 = self._hand_rest[side]
        turn: Matrix = frame(fingers, palm) @ frame(f0, p0).T
        pointing = unit(turn @ f0)
        angle = math.acos(float(np.clip(pointing @ forearm, -1, 1)))
        if angle > WRIST_LIMIT:
            turn = rotation(cross(pointing, forearm), angle - WRIST_LIMIT) @ turn
        return turn

    def _fingers(self, pose: Pose, side: str, hand: Matrix, curl: Vector) -> None:
        f0, p0 = self._hand_rest[side]
        hinge = unit(cross(f0, p0))
        for number, finger in enumerate(FINGERS):
            turn = hand
            for k in (1, 2, 3):
                if finger == "thumb":
                    angle = curl[0] * 0.35 * (1 if k > 1 else 0.6)
                    turn = turn @ rotation(hinge * 0.4 + f0 * 0.6, angle)
                else:
                    share = (0.9, 1.25, 0.9)[k - 1] * (curl[2] if number == 1 else 1)
                    turn = turn @ rotation(hinge, curl[1] * share)
                self._put(pose, f"{finger}_0{k}_{side}", turn)

    def _leg(self, pose: Pose, side: str, goal: Vector) -> None:
        thigh, calf, foot = f"thigh_{side}", f"calf_{side}", f"foot_{side}"
        self._put(pose, thigh, np.eye(3))
        hip = pose.places[self._index[thigh]]
        u0, l0 = self.joint(calf) - self.joint(thigh), self.joint(foot) - self.joint(calf)
        pole = vector(0.12 if side == "l" else -0.12, 1, 0.2)
        knee, end = bend(hip, goal, float(np.linalg.norm(u0)), float(np.linalg.norm(l0)), pole)
        across = vector(1, 0, 0)
        pose.turns[self._index[thigh]] = frame(unit(knee - hip), across) @ frame(u0, across).T
        self._put(pose, calf, frame(unit(end - knee), across) @ frame(l0, across).T)
        self._put(pose, foot, np.eye(3))
        self._put(pose, f"ball_{side}", np.eye(3))


def _twist(along: Vector, forearm: Matrix, hand: Matrix) -> float:
    """Angle about the forearm between hand and forearm, within what joints allow."""
    reference = unit(cross(along, vector(0.31, 0.57, 0.76)))
    carried = hand @ (forearm.T @ reference)
    carried = carried - along * (carried @ along)
    angle = math.atan2(float(cross(reference, carried) @ along), float(reference @ carried))
    return float(np.clip(angle, -TWIST_LIMIT, TWIST_LIMIT))
