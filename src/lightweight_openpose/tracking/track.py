"""What is known of one person from frame to frame: where the joints are, how fast they move, what colour they have."""
from __future__ import annotations

from typing import List

import numpy as np

from lightweight_openpose.poses.oks import box_area, oks_table
from lightweight_openpose.poses.pose import Pose

MEMORY = 10          # frames for which a joint that is not seen is carried along with the body
VELOCITY_GAIN = 0.4  # share of the prediction error that corrects the velocity, as in an alpha-beta filter
COAST = 0.7          # s; the velocity of a person out of sight decays with this time constant
COLOUR_GAIN = 0.1    # share of the last frame in the remembered colours
COLOUR_SCALE = 12.0  # Lab units; colours of one person differ by about so much from frame to frame
DARKNESS_WEIGHT = 0.5  # of the squared difference in L: shadows change it more than a and b
TOLERANCE = 3.5      # times the sigma of OKS: the network's jitter and motion, not the labellers' disagreement
TOLERANCE_GROWTH = 0.1  # per lost frame
GROWTH_FRAMES = 15   # lost frames after which the tolerance grows no more


class Track:
    """track_id: -1 until given; hits: frames in which the person was found; lost: frames since then."""

    def __init__(self, pose: Pose, stamp: float, colours: np.ndarray):
        self.track_id, self.hits, self.lost = -1, 1, 0
        self.keypoints = pose.keypoints.astype(float)
        self.area = box_area(pose.keypoints)
        self.colours = colours
        self._unseen = np.zeros(len(pose.keypoints), int)
        self._velocity = np.zeros(2)
        self._stamp = stamp

    def predict(self, stamp: float) -> np.ndarray:
        """(K, 3) keypoints expected at stamp [s]: all joints move with the body, which slows down when out of sight."""
        keypoints = self.keypoints.copy()
        keypoints[:, :2] += self._velocity * COAST * (1 - np.exp(-(stamp - self._stamp) / COAST))
        return keypoints

    def absorb(self, pose: Pose, stamp: float, colours: np.ndarray) -> None:
        """Take over a pose found at stamp [s]."""
        predicted = self.predict(stamp)
        found = pose.found
        common = found & (predicted[:, 2] > 0)
        elapsed = stamp - self._stamp
        if common.any() and elapsed > 0:
            error = np.median(pose.keypoints[common, :2] - predicted[common, :2], axis=0)
            self._velocity += VELOCITY_GAIN * error / elapsed
            predicted[:, :2] += error
        self.keypoints = np.where(found[:, None], pose.keypoints, predicted)
        self._unseen = np.where(found, 0, self._unseen + 1)
        self.keypoints[self._unseen > MEMORY] = (np.nan, np.nan, 0)
        self.area = max(0.9 * self.area + 0.1 * box_area(pose.keypoints), 0.9 * box_area(pose.keypoints))
        blended = self.colours + COLOUR_GAIN * (colours - self.colours)
        self.colours = np.where(np.isnan(self.colours), colours, np.where(np.isnan(colours), self.colours, blended))
        self._stamp = stamp
        self.hits += 1
        self.lost = 0


def similarities(tracks: List[Track], predicted: List[np.ndarray], poses: List[Pose], colours: np.ndarray,
                 sigmas: np.ndarray) -> np.ndarray:
    """(poses, tracks) likeness in [0, 1] of poses and predicted keypoints, times that of the colours of the limbs.

    colours: (poses, regions, 3) Lab, NaN where not seen; sigmas: (K,) of OKS.
    """
    lost = np.minimum([t.lost for t in tracks], GROWTH_FRAMES)
    tolerance = TOLERANCE * (1 + TOLERANCE_GROWTH * lost)
    areas = np.maximum.outer([box_area(p.keypoints) for p in poses], [t.area for t in tracks])
    place = oks_table(np.stack([p.keypoints for p in poses]), np.stack(predicted),
                      tolerance[None, :, None] * sigmas, areas)
    difference = ((colours[:, None] - np.stack([t.colours for t in tracks])) ** 2) @ (DARKNESS_WEIGHT, 1, 1)
    seen = ~np.isnan(difference)
    difference = np.where(seen, difference, 0).sum(-1) / np.maximum(seen.sum(-1), 1)
    return place * np.exp(-difference / (2 * COLOUR_SCALE ** 2))
