"""Where a network puts nose, eyes and ears on a head, and how far it errs.

COCO's labelled joints are no anatomical points: the ear of a label is not the opening of the ear,
and it is another place on a head seen from the side. So the points are fitted to where networks
find them (benchmarks/fit_head_model.py), on the axes of the canonical face of skeleton face_32.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Tuple

import numpy as np

from lightweight_openpose.zoo.models_file import HeadJoint, read_entries

HEAD_KEYPOINTS = ("nose", "right_eye", "left_eye", "right_ear", "left_ear")
_MIRROR = np.array([1, -1, 1])
_MAX_TURN = float(np.sin(np.radians(60)))  # sine of the turn; beyond it little could be fitted


@dataclass(frozen=True, eq=False)
class HeadModel:
    """The joints of HEAD_KEYPOINTS on a head: x out of the face, y to its left, z up."""

    points: np.ndarray  # (5, 3) [m] from midway between the eyes, of a face towards the camera
    turned: np.ndarray  # (5, 3) [m] that each gains times the sine of the turn to its left
    deviations: np.ndarray  # (5,) [m] standard deviation along an axis of a joint of score 1
    fading: np.ndarray  # (5,) power of the score by which that is divided

    @classmethod
    def of(cls, joints: Tuple[HeadJoint, ...]) -> HeadModel:
        """Model of nose, left eye and left ear; the right side is the mirror of the left."""
        nose, eye, ear = joints
        points, turned = [np.array(nose.point)], [np.array(nose.turned)]
        for joint in (eye, ear):
            points += [_MIRROR * joint.point, np.array(joint.point)]
            turned += [-_MIRROR * joint.turned, np.array(joint.turned)]
        sides = [nose, eye, eye, ear, ear]
        return cls(
            np.array(points, float),
            np.array(turned, float),
            np.array([j.deviation for j in sides]),
            np.array([j.fading for j in sides]),
        )

    def at(self, rotation: np.ndarray, translation: np.ndarray) -> np.ndarray:
        """(5, 3) points [m] of a head that is seen so.

        rotation: (3, 3), translation: (3,) [m] of the head in the optical frame. What counts is the
        sine of the angle by which the head is turned aside, the same whether it is upright or lies.
        """
        sine = float(rotation[:, 1] @ translation / np.linalg.norm(translation))
        return self.points + self.turned * np.clip(sine, -_MAX_TURN, _MAX_TURN)

    def sigmas(self, scores: np.ndarray) -> np.ndarray:
        """(5,) standard deviations [m] of joints with these scores in (0, 1]."""
        return self.deviations / np.maximum(scores, 0.05) ** self.fading


# The model for all networks of models.yaml together.
COMMON = HeadModel.of(
    (
        HeadJoint((0.0209, 0.0, -0.025), (0.0, 0.0112, 0.0), 0.0045, 1.27),
        HeadJoint((0.0054, 0.0343, 0.0069), (-0.0024, -0.0006, 0.0028), 0.0043, 1.02),
        HeadJoint((-0.0702, 0.0834, -0.018), (0.0287, 0.0096, 0.0001), 0.0068, 0.47),
    )
)


@lru_cache(maxsize=32)
def head_model(network: str = "") -> HeadModel:
    """Model for a network by its name in models.yaml; COMMON for one that has none there."""
    entry = read_entries()[0].get(network)
    return HeadModel.of(entry.head) if entry is not None and entry.head else COMMON
