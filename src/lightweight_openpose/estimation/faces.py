"""Where the face of somebody lies whose nose, eyes and ears were found."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Dict, List, Optional, Sequence

import numpy as np

from lightweight_openpose.geometry.face import SHARPNESS
from lightweight_openpose.poses import COCO18, Pose, Skeleton

from .closeup import CloseupEstimator, Crop, Seen
from .settings import EstimatorSettings

OWN_FACE = "own-face"  # the network of faces that is part of the package
JOINTS = ("nose", "right_eye", "left_eye", "right_ear", "left_ear")
# Distances [m] between these joints where networks that learned COCO's labels put them.
_APART = {
    ("nose", "right_eye"): 0.048,
    ("nose", "left_eye"): 0.048,
    ("nose", "right_ear"): 0.124,
    ("nose", "left_ear"): 0.124,
    ("right_eye", "left_eye"): 0.063,
    ("right_ear", "left_ear"): 0.158,
    ("right_eye", "right_ear"): 0.091,
    ("left_eye", "left_ear"): 0.091,
    ("right_eye", "left_ear"): 0.135,
    ("left_eye", "right_ear"): 0.135,
}
# The middle of the face from the nose, as shares of the ways to the middle of the eyes and of the
# ears that were found: least squares on 2,607 heads, 8 mm rms.
_TO_EYES, _TO_EARS = -0.32, 0.39
SIDE, HEIGHT = 0.22, 0.154  # [m] of the crop and of a face
MAX_OFFSET = 0.08  # of the crop's side, that a face may lie off its middle without a second crop
RIGHT_EYE, LEFT_EYE = 6, 20  # their outer corners among the landmarks of face_32
SMALLEST = 24.0  # [px] side of a crop, below which a face shows too little
PRESENT = 0.5  # least probability of a face
MAX_TILT = 2.0  # [rad] by which a crop is turned with the head


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
    x, y = middle.tolist()
    return Crop(x, y, SIDE * float(scale), _tilt(found))


def _tilt(found: Dict[str, np.ndarray]) -> float:
    """Angle [rad] of the line from the right to the left joints against the image's."""
    pairs = [("right_ear", "left_ear"), ("right_eye", "left_eye")]
    across = [found[left] - found[right] for right, left in pairs if {left, right} <= set(found)]
    if not across:
        return 0.0
    x, y = np.sum(across, axis=0)
    angle = float(np.arctan2(y, x))
    return angle if abs(angle) <= MAX_TILT else 0.0


def sharpness(deviations: np.ndarray, side: float) -> np.ndarray:
    """Scores in (0, 1] of landmarks: exp(-10 d), d their standard deviation over the face's side."""
    return np.exp(-SHARPNESS * deviations / max(side, 1e-6))


@dataclass
class FaceEstimator:
    """Finds the landmarks of the faces of people."""

    network: CloseupEstimator  # whose points are those of face_32
    max_faces: int = EstimatorSettings.max_faces  # in an image
    share: float = math.inf  # of the time of the network that finds people, that faces may take
    _turn: int = 0
    _cost: float = 0.0  # ms per face, of late

    @classmethod
    def load(
        cls,
        model: str = OWN_FACE,
        backend: str = "auto",
        device: str = "auto",
        threads: int = 0,
        max_faces: int = EstimatorSettings.max_faces,
    ) -> FaceEstimator:
        """Estimator for a model given by name or path. See CloseupEstimator.load."""
        return cls(CloseupEstimator.load(model, "face_32", backend, device, threads), max_faces)

    def complete(
        self,
        image: np.ndarray,
        poses: Sequence[Pose],
        skeleton: Skeleton = COCO18,
        budget: float = math.inf,
    ) -> List[Pose]:
        """The poses with the landmarks of their faces in a BGR image (H, W, 3) uint8.

        budget: [ms] that faces may take; one is always looked at. Where more are there than that or
        max_faces allows, people take turns from image to image.
        """
        crops = [face_crop(pose.keypoints, skeleton) for pose in poses]
        within = self.max_faces if not self._cost else min(self.max_faces, budget / self._cost)
        found = {i: crop for i, crop in enumerate(crops) if crop is not None}
        chosen = self._chosen(list(found), max(1, int(within)))
        begin = time.perf_counter()
        seen = self._look(image, [found[i] for i in chosen])
        if chosen:
            cost = 1000 * (time.perf_counter() - begin) / len(chosen)
            self._cost += (cost - self._cost) * (0.1 if self._cost else 1.0)
        faces = {i: _landmarks(s) for i, s in zip(chosen, seen) if s.presence >= PRESENT}
        return [replace(p, face=faces[i]) if i in faces else p for i, p in enumerate(poses)]

    def _look(self, image: np.ndarray, crops: Sequence[Crop]) -> List[Seen]:
        """What is seen in the crops; in a second crop where the first was far off the face."""
        seen = self.network(image, crops)
        again = {}
        for i, (first, crop) in enumerate(zip(seen, crops)):
            better = _around(first.points)
            off = math.hypot(better.x - crop.x, better.y - crop.y) / crop.side
            if first.presence >= PRESENT and off > MAX_OFFSET and better.side < 2 * crop.side:
                again[i] = better
        for i, second in zip(again, self.network(image, list(again.values()))):
            seen[i] = second
        return seen

    def _chosen(self, found: List[int], count: int) -> List[int]:
        """Those of the people found whose turn it is."""
        if len(found) <= count:
            return found
        first = self._turn % len(found)
        self._turn = first + count
        return sorted((found[first:] + found[:first])[:count])

    def warm_up(self) -> None:
        """Run once for each batch, so that no real frame is the slow one."""
        self.network.warm_up()


def _around(points: np.ndarray) -> Crop:
    """The crop of a face whose landmarks (32, 2) [px] are about known."""
    across = points[LEFT_EYE] - points[RIGHT_EYE]
    x, y = ((points.max(0) + points.min(0)) / 2).tolist()
    side = SIDE / HEIGHT * float(np.ptp(points, axis=0).max())
    return Crop(x, y, side, float(np.arctan2(across[1], across[0])))


def _landmarks(seen: Seen) -> np.ndarray:
    """(K, 3) float32 [px, px, score]."""
    side = float(np.ptp(seen.points, axis=0).max())
    return np.c_[seen.points, sharpness(seen.deviations, side)].astype(np.float32)
