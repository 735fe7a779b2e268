"""Keypoints of messages -> arrays. Each is read once, and what it says is checked on the way."""

from __future__ import annotations

import math
from operator import attrgetter
from typing import TYPE_CHECKING, Callable, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from lightweight_openpose.poses import COCO18, GROUPS, Skeleton

from .validation import FARTHEST, BadMessage

if TYPE_CHECKING:
    from lightweight_openpose.msg import HumanPose3DArray, HumanPoseArray, Keypoint, Keypoint3D

RowOf = Callable[[object], Tuple[float, ...]]
# Coordinates and score of a keypoint; without depth a joint that was found has no place in space.
IN_IMAGE: RowOf = attrgetter("x", "y", "score")
IN_SPACE: RowOf = attrgetter("x", "y", "z", "score")


def read_bodies(
    msg: Union[HumanPoseArray, HumanPose3DArray],
    row_of: RowOf,
    skeleton: Optional[Skeleton] = None,
) -> List[np.ndarray]:
    """(K, 3) or (K, 4) float64 of the keypoints of each person in `poses` of a message.

    skeleton: that they have to be of; None: of any, but those of coco18 have its keypoints. Raises
    BadMessage with the reason.
    """
    if skeleton is not None and msg.skeleton != skeleton.name:
        raise BadMessage(
            f"poses of skeleton {msg.skeleton}, but this node works on {skeleton.name}: "
            "~skeleton must be that of the estimator"
        )
    if skeleton is None and msg.skeleton == COCO18.name:
        skeleton = COCO18
    count = None if skeleton is None else len(skeleton.keypoints)
    bodies = []
    for index, person in enumerate(msg.poses):
        found = len(person.keypoints)
        if count is not None and found != count:
            raise BadMessage(f"person {index} has {found} keypoints, {msg.skeleton} has {count}")
        if not math.isfinite(person.score):
            raise BadMessage(f"person {index} has a score of {person.score}")
        bodies.append(_rows(person.keypoints, row_of, index))
    return bodies


def read_groups(
    msg: Union[HumanPoseArray, HumanPose3DArray], row_of: RowOf
) -> List[Dict[str, np.ndarray]]:
    """The pose.GROUPS that each person in `poses` of a message has: name -> array, as of bodies.

    Raises BadMessage with the reason.
    """
    people = []
    for index, person in enumerate(msg.poses):
        groups = {}
        for name, count in GROUPS.items():
            keypoints = getattr(person, name, ())  # people in metres have no face
            if len(keypoints) not in (0, count):
                raise BadMessage(
                    f"person {index} has a {name.replace('_', ' ')} of {len(keypoints)} keypoints, "
                    f"not {count}"
                )
            if keypoints:
                groups[name] = _rows(keypoints, row_of, index)
        people.append(groups)
    return people


def _rows(
    keypoints: Sequence[Union[Keypoint, Keypoint3D]], row_of: RowOf, index: int
) -> np.ndarray:
    """Coordinates and score of each keypoint of a person."""
    if not keypoints:
        return np.empty((0, 3 if row_of is IN_IMAGE else 4))
    values = np.array(list(map(row_of, keypoints)), float)
    at, scores = values[:, :-1], values[:, -1]
    if not np.isfinite(scores).all():
        raise BadMessage(f"person {index} has a keypoint with a score that is not finite")
    if (np.abs(at) > FARTHEST).any():
        raise BadMessage(f"person {index} has a keypoint more than {FARTHEST:.0f} away")
    if row_of is IN_IMAGE and (np.isnan(at).any(1) & (scores > 0)).any():
        raise BadMessage(f"person {index} has a keypoint that was found, but at NaN")
    return values
