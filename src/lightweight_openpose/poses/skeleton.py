"""Skeletons: the only source of joint names, their order, limbs, PAF channels, flip pairs, sigmas and colours."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import Optional, Tuple

_FACTORS = {
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
    """Joints of one kind of object and how a network's maps encode them.

    name: identifier used in messages and configuration.
    keypoints: K joint names; the index of a name is its heatmap channel.
    limbs: L pairs of joint indices in the order of the PAF channels: limb i has its x component in channel 2i and
        its y component in channel 2i + 1, pointing from the first joint to the second.
    sigmas: K standard deviations of the labelling noise relative to the object's size, as in the COCO keypoint
        evaluation (there "sigmas"; OKS uses twice the value).
    flip_pairs: pairs of joint indices that change places in a mirror; by default those named left_x and right_x.
    points: K positions [m] on the object (x forward, y left, z up; REP-103) for its orientation, None for a joint
        without one; empty when the object has no known shape.
    lengths: L usual lengths of the limbs relative to one another; empty when they are not known.
    """

    name: str
    keypoints: Tuple[str, ...]
    limbs: Tuple[Tuple[int, int], ...]
    sigmas: Tuple[float, ...]
    flip_pairs: Tuple[Tuple[int, int], ...] = ()
    points: Tuple[Optional[Tuple[float, float, float]], ...] = ()
    lengths: Tuple[float, ...] = ()

    def __post_init__(self):
        for what, values in (("sigmas", self.sigmas), ("points", self.points or self.keypoints)):
            if len(values) != len(self.keypoints):
                raise ValueError(
                    f"skeleton {self.name}: {len(values)} {what} for {len(self.keypoints)} keypoints"
                )
        if self.lengths and (
            len(self.lengths) != len(self.limbs) or not all(v > 0 for v in self.lengths)
        ):
            raise ValueError(
                f"skeleton {self.name}: lengths needs a positive number for each of the {len(self.limbs)} limbs"
            )
        for a, b in self.limbs:
            if a == b or not (0 <= a < len(self.keypoints) and 0 <= b < len(self.keypoints)):
                raise ValueError(f"skeleton {self.name}: limb ({a}, {b}) names a missing keypoint")

    @property
    def num_keypoints(self) -> int:
        return len(self.keypoints)

    @property
    def num_heatmaps(self) -> int:
        """Heatmap channels of a network: the joints and the background."""
        return len(self.keypoints) + 1

    @property
    def num_pafs(self) -> int:
        return 2 * len(self.limbs)

    def index(self, keypoint: str) -> int:
        """Index of a joint by name; ValueError when the skeleton has no such joint."""
        return self.keypoints.index(keypoint)

    @property
    def flip_permutation(self) -> Tuple[int, ...]:
        """For each joint the index of its mirror partner, itself where it has none."""
        if self.flip_pairs:
            pairs = {**dict(self.flip_pairs), **{b: a for a, b in self.flip_pairs}}
            return tuple(pairs.get(i, i) for i in range(len(self.keypoints)))

        def partner(name):
            for side, other in (("left", "right"), ("right", "left")):
                if name.startswith(side + "_"):
                    return other + name[len(side) :]
            return name

        return tuple(
            self.keypoints.index(partner(k)) if partner(k) in self.keypoints else i
            for i, k in enumerate(self.keypoints)
        )

    @property
    def limb_colors(self) -> Tuple[Tuple[int, int, int], ...]:
        """One BGR colour (0..255) per limb, hues spread over the circle."""
        hues = (i / max(1, len(self.limbs)) for i in range(len(self.limbs)))
        return tuple(
            tuple(int(255 * c) for c in reversed(colorsys.hsv_to_rgb(h, 0.9, 1.0))) for h in hues
        )


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
        tuple(_FACTORS[k.split("_")[-1]] for k in keypoints),
        lengths=lengths,
    )


COCO18 = _coco18()
"""OpenPose's COCO body: the 17 COCO joints and the neck (midpoint of the shoulders). Left and right are the person's."""

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
"""Joint order of COCO label and detection files."""

SKELETONS = {COCO18.name: COCO18}
