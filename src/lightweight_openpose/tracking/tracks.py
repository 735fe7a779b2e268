"""What is known of each person from frame to frame: joints, motion, colours."""

from __future__ import annotations

from typing import Tuple

import numpy as np

from lightweight_openpose.poses.oks import oks_matrix

MEMORY = 1.0  # s for which a joint that is not seen is carried along with the body
VELOCITY_TIME = 0.15  # s; the velocity follows prediction errors with this time constant
COAST = 0.7  # s; the velocity of a person out of sight decays with this time constant
AREA_GAIN = 0.1  # share of the last frame in the remembered area
MIN_AREA_SHARE = 0.9  # of the last frame, which the remembered area has at once
COLOR_GAIN = 0.1  # share of the last frame in the remembered colours
COLOR_SCALE = 12.0  # Lab units; colours of one person differ by about so much from frame to frame
# Weights of the squared differences in L, a and b: shadows change L more than a and b.
COLOR_WEIGHTS = (0.5, 1, 1)
# Times the sigma of OKS: the network's jitter and motion, not the labellers' disagreement.
TOLERANCE = 3.5
TOLERANCE_GROWTH = 1.0  # per second unseen
GROWTH_TIME = 1.5  # s unseen after which the tolerance grows no more
STILL = 0.1  # s that a frame counts where the stamps stand still
# How far a person may be from where they are expected, in sizes (roots of areas: half a body
# length): jitter of the camera, and speed.
REACH = 0.6
REACH_GROWTH = 3.0  # per second unseen
# How many times as large or small a person may be as before, by the joints seen both times.
SCALE = 1.7
SCALE_GROWTH = 0.3  # per second unseen
STEADY = 0.1  # of the size of a body, within which a joint lies where it is expected
STEADY_SHARE = 0.7  # of the joints, that make a body steady
MIN_COMMON_JOINTS = 4  # joints that tell a size


class Tracks:
    """T people over the frames, a row of each array per person; those added last come last."""

    def __init__(self, joints: int, regions: int):
        """Nobody yet. joints: K; regions: R of the body that have a colour."""
        self._rows = np.zeros(
            0,
            [
                ("track_id", int),
                ("hits", int),
                ("lost", int),
                ("keypoints", float, (joints, 3)),
                ("area", float),
                ("colors", float, (regions, 3)),
                ("sighted", float, joints),  # s, of the last sighting of each joint
                ("velocity", float, 2),  # px/s
                ("stamp", float),  # s, of the last sighting
            ],
        )

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def track_id(self) -> np.ndarray:
        """(T,) ids, -1 until given; may be written to."""
        return self._rows["track_id"]

    @property
    def hits(self) -> np.ndarray:
        """(T,) frames in which the person was found."""
        return self._rows["hits"]

    @property
    def lost(self) -> np.ndarray:
        """(T,) frames since the person was found."""
        return self._rows["lost"]

    @property
    def stamp(self) -> np.ndarray:
        """(T,) times [s] at which the people were found last."""
        return self._rows["stamp"]

    @property
    def keypoints(self) -> np.ndarray:
        """(T, K, 3) joints [px] at the last sighting, those not seen carried along."""
        return self._rows["keypoints"]

    @property
    def area(self) -> np.ndarray:
        """(T,) areas [px^2] of the people."""
        return self._rows["area"]

    def predict(self, stamp: float) -> np.ndarray:
        """(T, K, 3) keypoints expected at stamp [s].

        All joints move with the body, which slows down when out of sight.
        """
        return _predicted(self._rows, stamp)

    def add(self, keypoints: np.ndarray, area: float, stamp: float, colors: np.ndarray) -> int:
        """Somebody who was not known: (K, 3), [px^2], [s], (R, 3) Lab. The row that is theirs."""
        row = np.zeros(1, self._rows.dtype)
        row["track_id"] = -1
        row["hits"] = 1
        row["keypoints"] = keypoints
        row["area"] = area
        row["colors"] = colors
        row["stamp"] = stamp
        row["sighted"] = stamp
        self._rows = np.concatenate([self._rows, row])
        return len(self._rows) - 1

    def age(self) -> None:
        """A frame begins, in which nobody is seen until absorb."""
        self._rows["lost"] += 1

    def absorb(
        self,
        rows: np.ndarray,
        keypoints: np.ndarray,
        areas: np.ndarray,
        stamp: float,
        colors: np.ndarray,
    ) -> None:
        """Take over what was found at stamp [s] of the people in `rows` (N,).

        keypoints: (N, K, 3); areas: (N,) [px^2]; colors: (N, R, 3) Lab, NaN where not seen.
        """
        part = self._rows[rows]
        _move(part, keypoints, stamp)
        blended = (1 - AREA_GAIN) * part["area"] + AREA_GAIN * areas
        part["area"] = np.maximum(blended, MIN_AREA_SHARE * areas)
        _blend(part, colors)
        part["stamp"] = stamp
        part["hits"] += 1
        part["lost"] = 0
        self._rows[rows] = part

    def keep(self, rows: np.ndarray) -> None:
        """Forget everybody else. rows: (T,) bool."""
        self._rows = self._rows[rows]

    def unseen(self, stamp: float) -> np.ndarray:
        """(T,) s since each person was found; where stamps stand still, frames count STILL."""
        elapsed = stamp - self._rows["stamp"]
        return np.where(elapsed > 0, elapsed, STILL * (self.lost + 1))

    def oks_matrix(
        self, stamp: float, keypoints: np.ndarray, areas: np.ndarray, sigmas: np.ndarray
    ) -> np.ndarray:
        """(P, T) OKS in [0, 1] of P poses with the keypoints predicted for stamp [s].

        keypoints: (P, K, 3); areas: (P,) [px^2]; sigmas: (K,) of OKS.
        """
        elapsed = np.minimum(self.unseen(stamp), GROWTH_TIME)
        tolerance = TOLERANCE * (1 + TOLERANCE_GROWTH * elapsed)
        scale = np.maximum.outer(areas, self.area) * tolerance**2
        return oks_matrix(keypoints, self.predict(stamp), sigmas, scale)

    def possible(self, stamp: float, keypoints: np.ndarray, areas: np.ndarray) -> np.ndarray:
        """(P, T) bool: whether a body can have moved, and changed its size, by so much.

        keypoints: (P, K, 3); areas: (P,) [px^2].
        """
        now = _Moments(keypoints)
        before = _Moments(self.predict(stamp))
        common = now.found @ before.found.T
        elapsed = self.unseen(stamp)
        size = np.sqrt(np.maximum.outer(areas, self.area))
        apart, ratio = now.compare(before, common)
        near = apart <= (REACH + REACH_GROWTH * elapsed) * size
        max_ratio = SCALE + SCALE_GROWTH * np.minimum(elapsed, GROWTH_TIME)
        alike = (ratio <= max_ratio) & (ratio >= 1 / max_ratio) | (common < MIN_COMMON_JOINTS)
        return near & alike

    def steady(self, stamp: float, keypoints: np.ndarray, areas: np.ndarray) -> np.ndarray:
        """(P, T) bool: whether most joints lie where they are expected.

        Then the others may be anywhere: a leg that is found on somebody else moves the middle of a
        person, and changes their size and colours, by more than a body can. keypoints: (P, K, 3);
        areas: (P,) [px^2].
        """
        size = np.sqrt(np.maximum.outer(areas, self.area))
        expected = self.predict(stamp)
        both = (keypoints[:, None, :, 2] > 0) & (expected[:, :, 2] > 0)
        step = keypoints[:, None, :, :2] - expected[:, :, :2]
        near = both & (np.hypot(step[..., 0], step[..., 1]) <= STEADY * size[..., None])
        count = both.sum(2)
        return (count >= MIN_COMMON_JOINTS) & (near.sum(2) >= STEADY_SHARE * count)

    def color_similarity(self, colors: np.ndarray) -> np.ndarray:
        """(P, T) similarity in [0, 1] of colours (P, R, 3) Lab, NaN where not seen: that counts 1."""
        # (R, P, T): the sum over regions is a few long loops, not many short ones.
        now = colors.transpose(1, 0, 2)[:, :, None]
        before = self._rows["colors"].transpose(1, 0, 2)[:, None]
        difference = ((now - before) ** 2) @ COLOR_WEIGHTS
        seen = ~np.isnan(difference)
        difference[~seen] = 0
        mean = difference.sum(0) / np.maximum(seen.sum(0), 1)
        return np.exp(-mean / (2 * COLOR_SCALE**2))


class _Moments:
    """Sums over joints of N people, which give means and spreads over those that two have."""

    def __init__(self, keypoints: np.ndarray):
        self.found = (keypoints[:, :, 2] > 0).astype(float)  # (N, K)
        self.xy = np.where(self.found[..., None] > 0, keypoints[:, :, :2], 0).astype(float)
        self.squares = (self.xy**2).sum(-1)

    def compare(self, other: _Moments, common: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """(N, M) distance of the middles [px], and ratio of the spreads, over common joints."""
        count = np.maximum(common, 1)
        a = [self.xy[:, :, i] @ other.found.T / count for i in (0, 1)]
        b = [self.found @ other.xy[:, :, i].T / count for i in (0, 1)]
        spread_a = self.squares @ other.found.T / count - a[0] ** 2 - a[1] ** 2
        spread_b = self.found @ other.squares.T / count - b[0] ** 2 - b[1] ** 2
        ratio = np.sqrt(np.maximum(spread_a, 1) / np.maximum(spread_b, 1))
        return np.hypot(a[0] - b[0], a[1] - b[1]), ratio


def _predicted(rows: np.ndarray, stamp: float) -> np.ndarray:
    keypoints = rows["keypoints"].copy()
    reach = COAST * (1 - np.exp(-(stamp - rows["stamp"]) / COAST))
    keypoints[:, :, :2] += (rows["velocity"] * reach[:, None])[:, None]
    return keypoints


def _move(rows: np.ndarray, keypoints: np.ndarray, stamp: float) -> None:
    """Joints found are taken, others move along for a while."""
    predicted = _predicted(rows, stamp)
    found = keypoints[:, :, 2] > 0
    common = found & (predicted[:, :, 2] > 0)
    elapsed = stamp - rows["stamp"]
    error = median_of(keypoints[:, :, :2] - predicted[:, :, :2], common)
    error[(elapsed <= 0) | ~common.any(1)] = 0
    elapsed = np.where(elapsed > 0, elapsed, 1)[:, None]
    rows["velocity"] += (1 - np.exp(-elapsed / VELOCITY_TIME)) * error / elapsed
    predicted[:, :, :2] += error[:, None]
    rows["sighted"] = np.where(found, stamp, rows["sighted"])
    moved = np.where(found[..., None], keypoints, predicted)
    moved[stamp - rows["sighted"] > MEMORY] = (np.nan, np.nan, 0)
    rows["keypoints"] = moved


def _blend(rows: np.ndarray, colors: np.ndarray) -> None:
    """Colours seen now and before are mixed, others are those that were seen at all."""
    before = rows["colors"]
    blended = before + COLOR_GAIN * (colors - before)
    only_before = np.where(np.isnan(colors), before, blended)
    rows["colors"] = np.where(np.isnan(before), colors, only_before)


def median_of(values: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """(N, C) medians of (N, P, C) values over those of the P that are counted (N, P).

    Of an even number the mean of the two in the middle; NaN where none is counted. In one sort for
    all rows, of which np.nanmedian makes one each.
    """
    ordered = np.sort(np.where(counted[..., None], values, np.inf), axis=1)
    count = counted.sum(1)
    rows = np.arange(len(values))
    middle = ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, count // 2]
    middle[count == 0] = np.nan
    return middle / 2
