"""What is known of one person from frame to frame: where the joints are, how fast they move, what colour they have."""
from __future__ import annotations

from typing import Optional

import numpy as np

from .oks import box_area, oks
from .pose import Pose

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
        self._colours = colours
        self._unseen = np.zeros(len(pose.keypoints), int)
        self._velocity = np.zeros(2)
        self._stamp = stamp

    def predict(self, stamp: float) -> np.ndarray:
        """(K, 3) keypoints expected at stamp [s]: all joints move with the body, which slows down when out of sight."""
        keypoints = self.keypoints.copy()
        keypoints[:, :2] += self._velocity * COAST * (1 - np.exp(-(stamp - self._stamp) / COAST))
        return keypoints

    def similarity(self, predicted: np.ndarray, pose: Pose, colours: np.ndarray, sigmas: np.ndarray) -> float:
        """Likeness in [0, 1] of a pose and the predicted keypoints, times that of the colours of the limbs."""
        tolerance = TOLERANCE * (1 + TOLERANCE_GROWTH * min(self.lost, GROWTH_FRAMES))
        place = oks(predicted, pose.keypoints, tolerance * sigmas, max(self.area, box_area(pose.keypoints)))
        difference = (colours - self._colours) ** 2
        seen = ~np.isnan(difference[:, 0])
        if not seen.any():
            return place
        difference = difference[seen].mean(0) @ (DARKNESS_WEIGHT, 1, 1)
        return place * float(np.exp(-difference / (2 * COLOUR_SCALE ** 2)))

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
        blended = self._colours + COLOUR_GAIN * (colours - self._colours)
        self._colours = np.where(np.isnan(self._colours), colours, np.where(np.isnan(colours), self._colours, blended))
        self._stamp = stamp
        self.hits += 1
        self.lost = 0
