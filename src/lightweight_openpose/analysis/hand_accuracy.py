"""How exact the joints of hands are, by labelled pictures.

Labels are a JSON list of rows, each with `file`, `side` ("left" or "right", the person's own),
`wrist` and `elbow` [x, y], and maybe `shoulder`, as a network of people found them, and `joints`:
21 [x, y] of the hand in OpenPose's order, null where the picture shows none; all in px of the
picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence, Union

import numpy as np

from lightweight_openpose.estimation.arms import SIDES, Arm
from lightweight_openpose.estimation.hand_networks import HandNetwork, SeenHand, SideCrop
from lightweight_openpose.estimation.hands import PRESENT
from lightweight_openpose.poses import HAND_KEYPOINTS
from lightweight_openpose.video import checked_name

from .label_rows import numbers, read_rows

LIMITS = (0.2, 0.1)  # of the hand's size: a joint is right up to there (PCK)
LOOKS = 2  # by the arm, then around what that gave


@dataclass(frozen=True, eq=False)
class HandLabel:
    """A place in a picture where a hand is looked for."""

    file: str  # name of the picture
    side: str  # one of arms.SIDES
    arm: Arm
    joints: Optional[np.ndarray] = None  # (21, 2) [px]; None: there is no hand


class HandAnswer(NamedTuple):
    """A label and what was seen at each look; fewer where no further crop followed."""

    label: HandLabel
    seen: List[Optional[SeenHand]]

    def present(self, look: int) -> bool:
        """Whether a hand was found at a look; the last one counts for those that were not made."""
        hand = self.at(look)
        return hand is not None and hand.presence >= PRESENT

    def at(self, look: int) -> Optional[SeenHand]:
        """What was seen at a look, or at the last one before it."""
        return self.seen[min(look, len(self.seen) - 1)] if self.seen else None

    def distances(self, look: int) -> np.ndarray:
        """(21,) of the joints found from those labelled, over the hand's size; inf: not found."""
        hand = self.at(look)
        if hand is None or self.label.joints is None:
            return np.full(HAND_KEYPOINTS, math.inf)
        size = float(np.ptp(self.label.joints, axis=0).max())
        apart = np.linalg.norm(hand.keypoints[:, :2] - self.label.joints, axis=1) / max(size, 1e-6)
        return np.where(np.isfinite(apart), apart, math.inf)


def read_hand_labels(path: Union[str, Path]) -> List[HandLabel]:
    """Labels of a JSON file. Raises ValueError with the file and the row, or OSError."""
    return read_rows(path, _from_row, "hands")


def _from_row(row: dict) -> HandLabel:
    if not isinstance(row, dict):
        raise ValueError("expected an object with file, side, wrist, elbow and joints")
    if row["side"] not in SIDES:
        raise ValueError(f"side is {str(row['side'])[:20]!r}; it is left or right")
    shoulder = row.get("shoulder")
    arm = Arm(
        numbers(row["wrist"], 2, "wrist"),
        numbers(row["elbow"], 2, "elbow"),
        None if shoulder is None else numbers(shoulder, 2, "shoulder"),
    )
    joints = row["joints"]
    if joints is not None:
        if len(joints) != HAND_KEYPOINTS:
            raise ValueError(f"joints: expected {HAND_KEYPOINTS} points, not {len(joints)}")
        joints = np.array([numbers(place, 2, "joints") for place in joints])
    return HandLabel(checked_name(row["file"]), row["side"], arm, joints)


@dataclass
class HandFinder:
    """Looks at labelled hands as an estimator does at those of people, but at all of them."""

    network: HandNetwork

    def __call__(self, label: HandLabel, image: np.ndarray) -> HandAnswer:
        """The answer for a label in its picture, BGR (H, W, 3) uint8."""
        seen: List[Optional[SeenHand]] = []
        crop = self.network.from_arm(label.side, label.arm)
        while crop is not None and len(seen) < LOOKS:
            (hand,) = self.network(image, [SideCrop(label.side, crop)])
            seen.append(hand)
            crop = None if hand is None else self.network.around(label.side, hand.keypoints)
        return HandAnswer(label, seen)


def table(answers: Sequence[HandAnswer]) -> str:
    """Share of joints within LIMITS, of hands found and of crops without a hand refused."""
    hands = [answer for answer in answers if answer.label.joints is not None]
    empty = [answer for answer in answers if answer.label.joints is None]
    titles = [
        "look",
        *(f"joints within {limit:g}" for limit in LIMITS),
        "hands found",
        "crops without a hand refused",
    ]
    lines = [titles, ["---"] * len(titles)]
    for look in range(max((len(answer.seen) for answer in answers), default=0)):
        distances = [answer.distances(look) for answer in hands]
        lines.append(
            [
                str(look + 1),
                *(_share([d <= limit for d in distances]) for limit in LIMITS),
                _share([answer.present(look) for answer in hands]),
                _share([not answer.present(look) for answer in empty]),
            ]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _share(values: Sequence) -> str:
    return f"{np.mean(values):.3f}" if len(values) else "-"
