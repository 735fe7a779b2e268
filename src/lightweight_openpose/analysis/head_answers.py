"""What a network and the head solver say of labelled heads."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import List, NamedTuple, Optional, Sequence, Tuple

import cv2
import numpy as np

from lightweight_openpose.estimation import PoseEstimator
from lightweight_openpose.estimation.faces import JOINTS, FaceEstimator
from lightweight_openpose.geometry import Camera, Orientation
from lightweight_openpose.geometry.head_solver import solver_for
from lightweight_openpose.poses import COCO18, Pose, Skeleton, missing_keypoints

from .head_labels import HeadLabel, joint_eye_distance

FACE_PX = 30.0  # [px] of a face in the network's input, where a crop is enlarged or reduced to it
_FACE_OF_CROP = 0.55  # height of the face over the shorter side of a crop that says nothing of it
_CANVAS = 256  # [px] of the network's input on which a crop lies: what is beyond would be grey
_GREY = (128, 128, 128)  # around a crop, as around every image in the network's input
_MIN_JOINTS = 3  # of a head, for it to be the one that is meant
_NEAR = 0.5  # of the size of the labelled head: its middle may be so far from that of the joints
_NOBODY = "no head is found there"


class HeadAnswer(NamedTuple):
    """A label and what was found."""

    label: HeadLabel
    head: Optional[Orientation]  # None: no answer
    reason: str = ""  # why there is none
    eye_px: float = math.nan  # distance of the eyes in the photograph [px]

    @property
    def solved_by(self) -> str:
        """ "face" or "joints"; empty without an answer."""
        if self.head is None:
            return ""
        return "face" if self.head.num_keypoints > len(JOINTS) else "joints"


@dataclass
class HeadFinder:
    """Solves for labelled heads, as a node does that sees them for the first time.

    A picture whose sides are both below the network's input height is taken for a crop that shows
    one head: the network sees it on grey at the size at which it finds heads, and the camera is
    that of a picture of the input's height with the crop in its middle.
    """

    estimator: Optional[PoseEstimator]  # of people; None: every label has joints
    faces: Optional[FaceEstimator]  # None: by joints alone
    network: str  # that finds the joints or found those of the labels, its name in models.yaml
    input_height: int  # of the network's input [px]
    assumed_fov: float  # horizontal [rad], of cameras that are not known
    given_joints: bool = False  # joints of the labels where they have any
    _seen: Tuple[str, Sequence[Pose]] = ("", [])

    def __call__(self, label: HeadLabel, image: np.ndarray) -> HeadAnswer:
        """The answer for a label in its picture, BGR (H, W, 3) uint8."""
        skeleton = COCO18
        if self.given_joints and label.joints is not None:
            pose: Optional[Pose] = _pose_of(label.joints)
        else:
            assert self.estimator is not None
            skeleton = self.estimator.skeleton
            pose = _meant(self._poses(label, image), skeleton, label)
        if pose is None:
            return HeadAnswer(label, None, _NOBODY, label.eye_px)
        if self.faces is not None:
            (pose,) = self.faces.complete(image, [pose], skeleton)
        camera = label.camera or self._camera(label, image)
        head, reason = solver_for(skeleton).solve(pose, camera, None, self.network)
        eye_px = label.eye_px
        if math.isnan(eye_px):
            eye_px = joint_eye_distance(head_joints(pose, skeleton))
        return HeadAnswer(label, head, reason, eye_px)

    def _poses(self, label: HeadLabel, image: np.ndarray) -> Sequence[Pose]:
        """People in a picture, in px of it."""
        if self._is_crop(image):
            return self._poses_of_crop(image, self._factor(label, image))
        if self._seen[0] != label.file:  # labels of one picture follow one another
            assert self.estimator is not None  # as each label without joints asks for it
            self._seen = label.file, self.estimator(image)
        return self._seen[1]

    def _is_crop(self, image: np.ndarray) -> bool:
        return max(image.shape[:2]) < self.input_height

    def _factor(self, label: HeadLabel, image: np.ndarray) -> float:
        """By which a crop is enlarged for the network."""
        size = label.size if label.size > 0 else _FACE_OF_CROP * min(image.shape[:2])
        return min(FACE_PX / size, self._canvas / max(image.shape[:2]))

    @property
    def _canvas(self) -> int:
        """Height and width of the input for a crop [px]."""
        return min(_CANVAS, self.input_height)

    def _poses_of_crop(self, image: np.ndarray, factor: float) -> List[Pose]:
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        height, width = (max(1, round(factor * side)) for side in image.shape[:2])
        assert self.estimator is not None
        side = self._canvas
        top, left = (side - height) // 3, (side - width) // 2
        canvas = np.full((side, side, 3), _GREY, np.uint8)
        canvas[top : top + height, left : left + width] = cv2.resize(
            image, (width, height), interpolation=how
        )
        scale = np.array([image.shape[1] / width, image.shape[0] / height])
        poses = self.estimator.decode(self.estimator.infer(canvas, side))
        return [_moved(pose, (left, top), scale) for pose in poses]

    def _camera(self, label: HeadLabel, image: np.ndarray) -> Camera:
        """The one assumed: of the whole picture, or of one that has the crop in its middle."""
        height, width = image.shape[:2]
        if not self._is_crop(image):
            return Camera.assumed_for(width, height, self.assumed_fov)
        side = self.input_height
        camera = Camera.assumed_for(side, side, self.assumed_fov)
        focal_length = camera.matrix[0, 0] / self._factor(label, image)
        middle = (width - 1) / 2, (height - 1) / 2
        matrix = np.array([[focal_length, 0, middle[0]], [0, focal_length, middle[1]], [0, 0, 1]])
        return Camera(matrix, assumed=True)


def _moved(pose: Pose, corner: Tuple[int, int], scale: np.ndarray) -> Pose:
    """A pose on the canvas, in px of the crop whose corner lies there [px]."""
    keypoints = pose.keypoints.copy()
    keypoints[:, :2] = (keypoints[:, :2] - corner + 0.5) * scale - 0.5
    return Pose(keypoints, pose.score)


def _pose_of(joints: np.ndarray) -> Pose:
    """Somebody of whom (5, 3) joints of the head are known."""
    keypoints = missing_keypoints(COCO18.num_keypoints)
    keypoints[[COCO18.index(name) for name in JOINTS]] = joints
    return Pose(keypoints, 1.0)


def head_joints(pose: Pose, skeleton: Skeleton) -> np.ndarray:
    """(5, 3) joints of a head in the order of a label's; [NaN, NaN, 0] where not found."""
    return pose.keypoints[[skeleton.index(name) for name in JOINTS]].astype(float)


def _meant(poses: Sequence[Pose], skeleton: Skeleton, label: HeadLabel) -> Optional[Pose]:
    """The person whose head is labelled: the nearest one, without a place the largest head."""
    best, best_cost = None, math.inf
    for pose in poses:
        joints = head_joints(pose, skeleton)
        found = joints[joints[:, 2] > 0, :2]
        if len(found) < _MIN_JOINTS:
            continue
        size = float(np.ptp(found, axis=0).max())
        if label.centre is None:
            cost = -size
        else:
            cost = float(np.linalg.norm(found.mean(0) - label.centre))
            if cost > (_NEAR * label.size if label.size > 0 else size):
                continue
        if cost < best_cost:
            best, best_cost = pose, cost
    return best
