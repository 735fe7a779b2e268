"""What is known of one person from frame to frame: joints, motion, colours."""

from __future__ import annotations

from typing import List

import numpy as np

from lightweight_openpose.poses.oks import oks_table
from lightweight_openpose.poses.pose import Pose

MEMORY = 10  # frames for which a joint that is not seen is carried along with the body
# Share of the prediction error that corrects the velocity, as in an alpha-beta filter.
VELOCITY_GAIN = 0.4
COAST = 0.7  # s; the velocity of a person out of sight decays with this time constant
AREA_GAIN = 0.1  # share of the last frame in the remembered area
LEAST_AREA = 0.9  # of the last frame, which the remembered area has at once
COLOR_GAIN = 0.1  # share of the last frame in the remembered colours
COLOR_SCALE = 12.0  # Lab units; colours of one person differ by about so much from frame to frame
# Of the squared difference in L, a and b: shadows change L more than a and b.
COLOR_WEIGHTS = (0.5, 1, 1)
# Times the sigma of OKS: the network's jitter and motion, not the labellers' disagreement.
TOLERANCE = 3.5
TOLERANCE_GROWTH = 0.1  # per lost frame
GROWTH_FRAMES = 15  # lost frames after which the tolerance grows no more


class Track:
    """A person over the frames."""

    def __init__(self, pose: Pose, stamp: float, colors: np.ndarray):
        """The first sighting, at stamp [s]; colors: (regions, 3) Lab, NaN where not seen."""
        self.track_id = -1  # until given
        self.hits = 1  # frames in which the person was found
        self.lost = 0  # frames since then
        self.keypoints = pose.keypoints.astype(float)  # (K, 3)
        self.area = pose.area  # of the person [px^2]
        self.colors = colors
        self._unseen = np.zeros(len(pose.keypoints), int)  # frames, per joint
        self._velocity = np.zeros(2)  # px/s
        self._stamp = stamp

    def predict(self, stamp: float) -> np.ndarray:
        """(K, 3) keypoints expected at stamp [s].

        All joints move with the body, which slows down when out of sight.
        """
        keypoints = self.keypoints.copy()
        keypoints[:, :2] += self._velocity * COAST * (1 - np.exp(-(stamp - self._stamp) / COAST))
        return keypoints

    def absorb(self, pose: Pose, stamp: float, colors: np.ndarray) -> None:
        """Take over a pose found at stamp [s]."""
        self._move(pose, stamp)
        blended = (1 - AREA_GAIN) * self.area + AREA_GAIN * pose.area
        self.area = max(blended, LEAST_AREA * pose.area)
        self._blend(colors)
        self._stamp = stamp
        self.hits += 1
        self.lost = 0

    def _move(self, pose, stamp):
        """Joints found are taken, others move along for a while."""
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

    def _blend(self, colors):
        """Colours seen now and before are mixed, others are those that were seen at all."""
        blended = self.colors + COLOR_GAIN * (colors - self.colors)
        only_before = np.where(np.isnan(colors), self.colors, blended)
        self.colors = np.where(np.isnan(self.colors), colors, only_before)


def similarities(
    tracks: List[Track],
    predicted: List[np.ndarray],
    poses: List[Pose],
    colors: np.ndarray,
    sigmas: np.ndarray,
) -> np.ndarray:
    """(poses, tracks) likeness in [0, 1] of poses and predicted keypoints.

    OKS times the likeness of the colours of the limbs. colors: (poses, regions, 3) Lab, NaN where
    not seen; sigmas: (K,) of OKS.
    """
    lost = np.minimum([track.lost for track in tracks], GROWTH_FRAMES)
    tolerance = TOLERANCE * (1 + TOLERANCE_GROWTH * lost)
    areas = np.maximum.outer([pose.area for pose in poses], [track.area for track in tracks])
    place = oks_table(
        np.stack([pose.keypoints for pose in poses]),
        np.stack(predicted),
        tolerance[None, :, None] * sigmas,
        areas,
    )
    apart = colors[:, None] - np.stack([track.colors for track in tracks])
    difference = (apart**2) @ COLOR_WEIGHTS
    seen = ~np.isnan(difference)
    difference = np.where(seen, difference, 0).sum(-1) / np.maximum(seen.sum(-1), 1)
    return place * np.exp(-difference / (2 * COLOR_SCALE**2))
