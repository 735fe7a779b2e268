"""Skeletons: the only source of joint names and of what belongs to them.

Their order, limbs, PAF channels, flip pairs, sigmas and colours.
"""

from __future__ import annotations

import colorsys
import math
from dataclasses import dataclass, field
from typing import Optional, Tuple

from .mirror import mirror_pairs

# Sigmas of the COCO keypoint evaluation by kind of joint; the neck has that of the shoulders.
_SIGMAS = {
    "nose": 0.026,
    "eye": 0.025,
    "ear": 0.035,
    "neck": 0.079,
    "shoulder": 0.079,
    "elbow": 0.072,
    "wrist": 0.062,
    "hip": 0.107,
    "knee": 0.087,
    "ankle": 0.089,
}


@dataclass(frozen=True)
class Skeleton:
    """Joints of one kind of object and how a network's maps encode them."""

    name: str  # identifier used in messages and configuration
    keypoints: Tuple[str, ...]  # K names of joints; the index of a name is its heatmap channel
    # L pairs of joint indices in the order of the PAF channels: limb i has its x component in
    # channel 2i and its y component in channel 2i + 1, pointing from the first joint to the second.
    limbs: Tuple[Tuple[int, int], ...]
    # K standard deviations of the labelling noise relative to the object's size, as in the COCO
    # keypoint evaluation (there "sigmas"; OKS uses twice the value).
    sigmas: Tuple[float, ...]
    # Pairs of joint indices that change places in a mirror; none: those whose names say so.
    flip_pairs: Tuple[Tuple[int, int], ...] = ()
    # K positions [m] on the object (x forward, y left, z up; REP-103) for its orientation, None for
    # a joint without one; empty when the object has no known shape.
    points: Tuple[Optional[Tuple[float, float, float]], ...] = ()
    # L usual lengths of the limbs relative to one another; empty when they are not known.
    lengths: Tuple[float, ...] = ()
    # Whether a mirror image is one of the same object; None: where joints change places in it.
    mirror: Optional[bool] = None
    # (name, joint indices) of groups of joints, such as feet; a joint is in at most one. They are
    # not compared: a network encodes its joints the same way with and without them.
    groups: Tuple[Tuple[str, Tuple[int, ...]], ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        count = len(self.keypoints)
        for what, values in (("sigmas", self.sigmas), ("points", self.points or self.keypoints)):
            if len(values) != count:
                raise ValueError(
                    f"skeleton {self.name}: {len(values)} {what} for {count} keypoints"
                )
        if not all(0 < sigma < math.inf for sigma in self.sigmas):
            raise ValueError(f"skeleton {self.name}: sigmas needs positive numbers")
        if not all(math.isfinite(v) for point in self.points if point for v in point):
            raise ValueError(f"skeleton {self.name}: a point needs three finite numbers")
        if self.lengths and not self._has_a_length_for_each_limb():
            raise ValueError(
                f"skeleton {self.name}: lengths needs a positive number for each of the "
                f"{len(self.limbs)} limbs"
            )
        for what, pairs in (("limb", self.limbs), ("flip pair", self.flip_pairs)):
            for a, b in pairs:
                if a == b or not (0 <= a < count and 0 <= b < count):
                    raise ValueError(
                        f"skeleton {self.name}: {what} ({a}, {b}) names a missing keypoint"
                    )
        self._check_groups()

    def _check_groups(self) -> None:
        names = [name for name, _ in self.groups]
        joints = [joint for _, group in self.groups for joint in group]
        if len(set(names)) < len(names):
            raise ValueError(f"skeleton {self.name}: a group is named twice")
        if not all(group for _, group in self.groups):
            raise ValueError(f"skeleton {self.name}: a group has no keypoints")
        if not all(0 <= joint < len(self.keypoints) for joint in joints):
            raise ValueError(f"skeleton {self.name}: a group names a missing keypoint")
        if len(set(joints)) < len(joints):
            raise ValueError(f"skeleton {self.name}: a keypoint is in two groups, or twice in one")

    def _has_a_length_for_each_limb(self) -> bool:
        return len(self.lengths) == len(self.limbs) and all(0 < v < math.inf for v in self.lengths)

    @property
    def num_keypoints(self) -> int:
        """Number of joints, K."""
        return len(self.keypoints)

    @property
    def num_heatmaps(self) -> int:
        """Heatmap channels of a network: the joints and the background."""
        return len(self.keypoints) + 1

    @property
    def num_pafs(self) -> int:
        """PAF channels of a network: x and y of each limb."""
        return 2 * len(self.limbs)

    def index(self, keypoint: str) -> int:
        """Index of a joint by name; ValueError when the skeleton has no such joint."""
        return self.keypoints.index(keypoint)

    @property
    def flip_permutation(self) -> Tuple[int, ...]:
        """For each joint the index of its mirror partner, itself where it has none."""
        pairs = self.flip_pairs or mirror_pairs(self.keypoints)
        partner = {**dict(pairs), **{b: a for a, b in pairs}}
        return tuple(partner.get(i, i) for i in range(len(self.keypoints)))

    @property
    def num_mirror_pairs(self) -> int:
        """How many pairs of joints change places in a mirror."""
        return sum(i < partner for i, partner in enumerate(self.flip_permutation))

    @property
    def limb_colors(self) -> Tuple[Tuple[int, int, int], ...]:
        """One BGR colour (0..255) per limb, hues spread over the circle."""
        count = len(self.limbs)
        return tuple(_bright(i / count) for i in range(count))


def _bright(hue: float) -> Tuple[int, int, int]:
    """BGR colour (0..255) of a hue in [0, 1)."""
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.9, 1.0)
    return int(255 * blue), int(255 * green), int(255 * red)


def _coco18() -> Skeleton:
    keypoints = (
        "nose",
        "neck",
        "right_shoulder",
        "right_elbow",
        "right_wrist",
        "left_shoulder",
        "left_elbow",
        "left_wrist",
        "right_hip",
        "right_knee",
        "right_ankle",
        "left_hip",
        "left_knee",
        "left_ankle",
        "right_eye",
        "left_eye",
        "right_ear",
        "left_ear",
    )
    limbs = (
        (1, 8),
        (8, 9),
        (9, 10),
        (1, 11),
        (11, 12),
        (12, 13),
        (1, 2),
        (2, 3),
        (3, 4),
        (2, 16),
        (1, 5),
        (5, 6),
        (6, 7),
        (5, 17),
        (1, 0),
        (0, 14),
        (0, 15),
        (14, 16),
        (15, 17),
    )
    # Medians of labelled people, relative to the torso.
    side = (0.3, 0.55, 0.46, 0.43)
    lengths = (1.0, 0.74, 0.8, 1.0, 0.74, 0.8, *side, *side, 0.41, 0.1, 0.1, 0.16, 0.16)
    return Skeleton(
        "coco18",
        keypoints,
        limbs,
        tuple(_SIGMAS[k.split("_")[-1]] for k in keypoints),
        lengths=lengths,
    )


# OpenPose's COCO body: the 17 COCO joints and the neck (midpoint of the shoulders). Left and right
# are the person's.
COCO18 = _coco18()

# Joint order of COCO label and detection files.
COCO17_KEYPOINTS = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)

SKELETONS = {COCO18.name: COCO18}
