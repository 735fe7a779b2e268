"""Groups of joints: in addition to those of a body, or among those of a skeleton."""

from __future__ import annotations

from functools import lru_cache
from typing import Tuple

from .pose import GROUP_SKELETONS
from .skeleton import COCO18, Skeleton
from .skeleton_file import DEFAULT_SIGMA, find_skeleton

_BODIES = (COCO18.name, "coco17", "body_25")  # skeletons that bodies without their groups may have


@lru_cache(maxsize=None)
def group_skeleton(name: str) -> Skeleton:
    """Skeleton of one of pose.GROUPS."""
    return find_skeleton(GROUP_SKELETONS[name])


def group_joints(name: str) -> Tuple[str, ...]:
    """Names of the joints of one of pose.GROUPS next to a body's, such as left_hand_wrist."""
    return tuple(f"{name}_{joint}" for joint in group_skeleton(name).keypoints)


def groups_in(skeleton: Skeleton) -> Tuple[str, ...]:
    """Which of pose.GROUPS are among the joints of a skeleton."""
    return tuple(name for name, _ in skeleton.groups if name in GROUP_SKELETONS)


def groups_beside(skeleton: Skeleton) -> Tuple[str, ...]:
    """Which of pose.GROUPS poses of a skeleton have in addition to its joints, where found."""
    return tuple(name for name in GROUP_SKELETONS if name not in groups_in(skeleton))


def body_of(skeleton: Skeleton) -> Skeleton:
    """The skeleton without its joints of pose.GROUPS; itself where it has none.

    One of the package where that has the same joints in the same order, else one of the same name.
    """
    return _body_of(skeleton, skeleton.groups) if groups_in(skeleton) else skeleton


@lru_cache(maxsize=16)
def _body_of(skeleton: Skeleton, groups: Tuple[Tuple[str, Tuple[int, ...]], ...]) -> Skeleton:
    """groups: of the skeleton, which do not count where skeletons are compared."""
    apart = {joint for name, joints in groups if name in GROUP_SKELETONS for joint in joints}
    kept = [joint for joint in range(skeleton.num_keypoints) if joint not in apart]
    names = tuple(skeleton.keypoints[joint] for joint in kept)
    for body in map(find_skeleton, _BODIES):
        if body.keypoints == names:
            return body
    place = {joint: row for row, joint in enumerate(kept)}
    limbs = [(a, b) for a, b in skeleton.limbs if a in place and b in place]
    return Skeleton(
        skeleton.name,
        names,
        tuple((place[a], place[b]) for a, b in limbs),
        tuple(skeleton.sigmas[joint] for joint in kept),
    )


def named_joints(skeleton: Skeleton) -> Skeleton:
    """All joints that a pose of a skeleton may have: its own, then those of groups_beside().

    Joints of pose.GROUPS have the names of group_joints(), whatever the skeleton calls them.
    """
    return _named_joints(skeleton, skeleton.groups)


@lru_cache(maxsize=16)
def _named_joints(skeleton: Skeleton, groups: Tuple[Tuple[str, Tuple[int, ...]], ...]) -> Skeleton:
    names = list(skeleton.keypoints)
    for group, joints in groups:
        if group in GROUP_SKELETONS:
            for joint, name in zip(joints, group_joints(group)):
                names[joint] = name
    for group in groups_beside(skeleton):
        names += group_joints(group)
    return Skeleton(skeleton.name, tuple(names), (), (DEFAULT_SIGMA,) * len(names))
