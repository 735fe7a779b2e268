"""Hands of people who were found: looked for beyond their wrists, and followed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional, Sequence, Union

import numpy as np

from lightweight_openpose.poses import COCO18, Pose, Skeleton

from .arms import SIDES, arms_of, joint_of
from .closeup import Crop
from .hand_crops import WRIST
from .hand_networks import INPUT_SIZE, HandNetwork, SeenHand, SideCrop, load_hand_network
from .settings import EstimatorSettings

OWN_HAND = "own-hand"  # the network of hands that is part of the package
PRESENT = 0.5  # least probability of a hand
WORTH_A_LOOK = 0.2  # the same of a first crop, after which a better one follows
MAX_WRIST_OFFSET = 1.0  # of a hand's size, that its wrist may lie off that of the body
SAME_HAND = 0.3  # of a hand's size, that joints of two findings of one hand lie apart


class _Look(NamedTuple):
    """A hand that may be looked at."""

    person: int  # index of the pose
    side: str  # one of SIDES
    crop: Crop
    wrist: Optional[np.ndarray]  # (2,) [px] where the hand's wrist should be
    followed: bool  # whether the crop is that of a hand which was there in the frame before
    again: bool = False  # whether it was looked for in the frame before, and not found


class _Found(NamedTuple):
    look: _Look
    hand: SeenHand


@dataclass
class HandEstimator:
    """Finds the joints of the hands of people."""

    network: HandNetwork
    max_hands: int = EstimatorSettings.max_hands  # looked at in an image
    left_out: int = 0  # hands that were not looked at since there were too many, so far
    _turn: int = 0

    @classmethod
    def load(
        cls,
        model: Union[str, Path],
        backend: str = "auto",
        device: str = "auto",
        threads: int = 0,
        input_size: int = INPUT_SIZE,
        max_hands: int = EstimatorSettings.max_hands,
    ) -> HandEstimator:
        """Estimator for a model given by name or path. See hand_networks.load_hand_network."""
        return cls(load_hand_network(model, backend, device, threads, input_size), max_hands)

    def complete(
        self,
        image: np.ndarray,
        poses: Sequence[Pose],
        skeleton: Skeleton = COCO18,
        before: Sequence[Pose] = (),
    ) -> List[Pose]:
        """The poses with their hands in a BGR image (H, W, 3) uint8, in px of that image.

        skeleton: of the poses. before: the poses of the frame before with their hands; who has the
        same track id is followed by them. Where there are more than max_hands, the largest come
        first, and the rest take turns for the last place.
        """
        looks = list(self._looks(poses, skeleton, before))
        chosen = self._chosen(looks)
        self.left_out += sum(not look.again for look in looks) - sum(
            not look.again for look in chosen
        )
        found = _without_doubles([f for f in self._see(image, chosen) if _at_its_wrist(f)])
        hands: List[dict] = [{} for _ in poses]
        for look, hand in found:
            hands[look.person][f"{look.side}_hand"] = hand.keypoints
        return [replace(p, **of_pose) if of_pose else p for p, of_pose in zip(poses, hands)]

    def warm_up(self) -> None:
        """Run once for each batch, so that no real frame is the slow one."""
        self.network.warm_up()

    def _looks(
        self, poses: Sequence[Pose], skeleton: Skeleton, before: Sequence[Pose]
    ) -> Iterator[_Look]:
        """All hands that may be looked at: where they were in the frame before, else by the arm."""
        known = {pose.track_id: pose for pose in before if pose.track_id >= 0}
        for person, pose in enumerate(poses):
            arms = arms_of(pose, skeleton)
            for side in SIDES:
                wrist = joint_of(pose, skeleton, f"{side}_wrist")
                hand = getattr(known.get(pose.track_id), f"{side}_hand", None)
                crop = None
                if hand is not None:
                    moved = _moved(hand, known[pose.track_id], wrist, skeleton, side)
                    crop = self.network.around(side, moved)
                    if crop is not None:
                        expected = moved[WRIST, :2] if wrist is None else wrist
                        yield _Look(person, side, crop, expected, True)
                if crop is None and side in arms:
                    crop = self.network.from_arm(side, arms[side])
                    if crop is not None:
                        again = hand is None and pose.track_id in known
                        yield _Look(person, side, crop, wrist, False, again)

    def _chosen(self, looks: List[_Look]) -> List[_Look]:
        """The largest; one of the others in turn has the last place.

        Those that were not found in the frame before take turns for one place: most arms of far
        people have no hand that can be seen, and would cost as much as hands.
        """
        self._turn += 1
        again = [look for look in looks if look.again]
        wanted = [look for look in looks if not look.again]
        wanted += again[self._turn % len(again) :][:1] if again else []
        if len(wanted) <= self.max_hands:
            return wanted
        order = sorted(wanted, key=lambda look: -look.crop.side)
        largest, rest = order[: self.max_hands - 1], order[self.max_hands - 1 :]
        return [*largest, rest[self._turn % len(rest)]]

    def _see(self, image: np.ndarray, looks: List[_Look]) -> List[_Found]:
        """The hands that are there: new ones in a second crop, which the first one gives."""
        seen = self.network(image, [SideCrop(look.side, look.crop) for look in looks])
        again = {}
        for i, (look, hand) in enumerate(zip(looks, seen)):
            if hand is not None and not look.followed and hand.presence >= WORTH_A_LOOK:
                crop = self.network.around(look.side, hand.keypoints)
                if crop is not None:
                    again[i] = SideCrop(look.side, crop)
        for i, second in zip(again, self.network(image, list(again.values()))):
            seen[i] = second
        return [
            _Found(look, hand)
            for look, hand in zip(looks, seen)
            if hand is not None and hand.presence >= PRESENT
        ]


def _moved(
    hand: np.ndarray, pose: Pose, wrist: Optional[np.ndarray], skeleton: Skeleton, side: str
) -> np.ndarray:
    """A hand of the pose before, moved as far as the body's wrist has moved since."""
    was = joint_of(pose, skeleton, f"{side}_wrist")
    if wrist is None or was is None:
        return hand
    moved = hand.copy()
    moved[:, :2] += wrist - was
    return moved


def _size(hand: SeenHand) -> float:
    """Longer side [px] of the box of the joints found."""
    return float(np.ptp(hand.keypoints[hand.keypoints[:, 2] > 0, :2], axis=0).max())


def _off_wrist(found: _Found) -> float:
    """How far the hand's wrist lies off where it should be, over the hand's size; NaN: unknown."""
    row = found.hand.keypoints[WRIST]
    if found.look.wrist is None or not row[2] > 0:
        return math.nan
    return float(np.linalg.norm(row[:2] - found.look.wrist)) / max(_size(found.hand), 1e-6)


def _at_its_wrist(found: _Found) -> bool:
    return not _off_wrist(found) > MAX_WRIST_OFFSET


def _without_doubles(found: List[_Found]) -> List[_Found]:
    """One finding of each hand: of two that lie upon each other the likelier one."""

    def likelihood(one: _Found) -> float:
        off = _off_wrist(one)
        return one.hand.presence - (0.0 if math.isnan(off) else off)

    kept: List[_Found] = []
    for one in sorted(found, key=likelihood, reverse=True):
        if not any(_same(one.hand, other.hand) for other in kept):
            kept.append(one)
    return kept


def _same(one: SeenHand, other: SeenHand) -> bool:
    both = (one.keypoints[:, 2] > 0) & (other.keypoints[:, 2] > 0)
    if not both.any():
        return False
    apart = one.keypoints[both, :2] - other.keypoints[both, :2]
    distance = float(np.linalg.norm(apart, axis=1).mean())
    return distance < SAME_HAND * max(_size(one), _size(other))
