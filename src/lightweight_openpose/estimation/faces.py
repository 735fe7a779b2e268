"""Where the face of somebody lies whose nose, eyes and ears were found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import List, Optional, Sequence

import numpy as np

from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO18, Skeleton

from .closeup import CloseupEstimator, Crop, Seen

OWN_FACE = "own-face"  # the network of faces that is part of the package
JOINTS = ("nose", "right_eye", "left_eye", "right_ear", "left_ear")
# Distances [m] between these joints where networks that learned COCO's labels put them.
_APART = {
    ("nose", "right_eye"): 0.048, ("nose", "left_eye"): 0.048,
    ("nose", "right_ear"): 0.124, ("nose", "left_ear"): 0.124,
    ("right_eye", "left_eye"): 0.063, ("right_ear", "left_ear"): 0.158,
    ("right_eye", "right_ear"): 0.091, ("left_eye", "left_ear"): 0.091,
    ("right_eye", "left_ear"): 0.135, ("left_eye", "right_ear"): 0.135,
}
# The middle of the face from the nose, as shares of the ways to the middle of the eyes and of the
# ears that were found: least squares on 2,607 heads, 8 mm rms.
_TO_EYES, _TO_EARS = -0.32, 0.39
SIDE = 0.22  # [m] of the crop; a face is 0.15 high
SMALLEST = 24.0  # [px] side of a crop, below which a face shows too little
PRESENT = 0.5  # least probability of a face
SHARPNESS = 10.0  # of a landmark's score: see sharpness()
MOST_TILT = 2.0  # [rad] by which a crop is turned with the head


def face_crop(keypoints: np.ndarray, skeleton: Skeleton) -> Optional[Crop]:
    """The square around a face; None where nose, an eye and an ear are not found or it is small.

    keypoints: (K, 3) of the skeleton [px, px, score].
    """
    found = {}
    for name in JOINTS:
        row = keypoints[skeleton.index(name)]
        if row[2] > 0:
            found[name] = row[:2].astype(float)
    eyes = [found[n] for n in ("right_eye", "left_eye") if n in found]
    ears = [found[n] for n in ("right_ear", "left_ear") if n in found]
    if "nose" not in found or not eyes or not ears:
        return None
    scale = max(
        np.linalg.norm(found[a] - found[b]) / _APART.get((a, b), np.inf)
        for a, b in combinations(found, 2)
    )
    if scale * SIDE < SMALLEST:
        return None
    nose = found["nose"]
    middle = nose + _TO_EYES * (np.mean(eyes, 0) - nose) + _TO_EARS * (np.mean(ears, 0) - nose)
    return Crop(*middle.tolist(), SIDE * float(scale), _tilt(found))


def _tilt(found) -> float:
    """Angle [rad] of the line from the right to the left joints against the image's."""
    pairs = [("right_ear", "left_ear"), ("right_eye", "left_eye")]
    across = [found[left] - found[right] for right, left in pairs if {left, right} <= set(found)]
    if not across:
        return 0.0
    x, y = np.sum(across, axis=0)
    angle = float(np.arctan2(y, x))
    return angle if abs(angle) <= MOST_TILT else 0.0


def sharpness(deviations: np.ndarray, side: float) -> np.ndarray:
    """Scores in (0, 1] of landmarks: exp(-10 d), d their standard deviation over the face's side.
    """
    return np.exp(-SHARPNESS * deviations / max(side, 1e-6))


@dataclass
class FaceEstimator:
    """Finds the landmarks of the faces of people."""

    network: CloseupEstimator  # whose points are those of face_32
    max_faces: int = 4  # in an image
    _turn: int = 0

    @classmethod
    def load(
        cls, model: str = OWN_FACE, backend: str = "auto", device: str = "auto",
        threads: int = 0, max_faces: int = 4
    ) -> FaceEstimator:
        """Estimator for a model given by name or path. See CloseupEstimator.load."""
        return cls(CloseupEstimator.load(model, "face_32", backend, device, threads), max_faces)

    def complete(
        self, image: np.ndarray, poses: Sequence[Pose], skeleton: Skeleton = COCO18
    ) -> List[Pose]:
        """The poses with the landmarks of their faces in a BGR image (H, W, 3) uint8.

        Where more faces than max_faces are there, people take turns from image to image.
        """
        crops = [face_crop(pose.keypoints, skeleton) for pose in poses]
        chosen = self._chosen([i for i, crop in enumerate(crops) if crop is not None])
        seen = self.network(image, [crops[i] for i in chosen])
        faces = {i: _landmarks(s) for i, s in zip(chosen, seen) if s.presence >= PRESENT}
        return [replace(p, face=faces[i]) if i in faces else p for i, p in enumerate(poses)]

    def _chosen(self, found: List[int]) -> List[int]:
        """Those of the people found whose turn it is."""
        if len(found) <= self.max_faces:
            return found
        first = self._turn % len(found)
        self._turn = first + self.max_faces
        return sorted((found[first:] + found[:first])[: self.max_faces])

    def warm_up(self) -> None:
        """Run once for each batch, so that no real frame is the slow one."""
        self.network.warm_up()


def _landmarks(seen: Seen) -> np.ndarray:
    """(K, 3) float32 [px, px, score]."""
    side = float(np.ptp(seen.points, axis=0).max())
    return np.c_[seen.points, sharpness(seen.deviations, side)].astype(np.float32)
