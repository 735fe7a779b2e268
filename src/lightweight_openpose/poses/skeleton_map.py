"""From one skeleton to another, by the names of their joints."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, List, Tuple

import numpy as np

from .groups import group_skeleton, groups_beside, named_joints
from .pose import GROUPS, Pose, missing_keypoints
from .pose_lines import Frame
from .skeleton import Skeleton
from .skeleton_file import BadSkeleton, find_skeleton

# Joints that lie in the middle of two others.
MIDDLES = {
    "neck": ("right_shoulder", "left_shoulder"),
    "mid_hip": ("right_hip", "left_hip"),
}


def joint_sources(source: Skeleton, target: Skeleton) -> Tuple[Tuple[int, int], ...]:
    """For each joint of the target the two joints of the source in whose middle it lies.

    Twice the same where the source has it by name; (-1, -1) where it is not known.
    """
    names = source.keypoints
    pairs = []
    for joint in target.keypoints:
        ends = (joint, joint) if joint in names else MIDDLES.get(joint, ("", ""))
        known = all(end in names for end in ends)
        pairs.append((names.index(ends[0]), names.index(ends[1])) if known else (-1, -1))
    return tuple(pairs)


def convert_keypoints(keypoints: np.ndarray, source: Skeleton, target: Skeleton) -> np.ndarray:
    """(..., K, 3) keypoints of one skeleton -> (..., K', 3) float32 of another.

    Rows are x, y, score. A joint of the same name is copied, a joint in the middle of two others
    (the neck, the middle of the hips) has the lower of their scores, and one that the source does
    not have is [NaN, NaN, 0], as is one between joints of which one was not found.
    """
    keypoints = np.asarray(keypoints, np.float32)
    if keypoints.shape[-2:] != (source.num_keypoints, 3):
        raise ValueError(
            f"keypoints of shape {keypoints.shape} are not those of skeleton {source.name}, "
            f"(..., {source.num_keypoints}, 3)"
        )
    first, second = np.array(joint_sources(source, target)).T
    one = keypoints[..., first, :]
    other = keypoints[..., second, :]
    result = (one + other) / 2
    result[..., 2] = np.minimum(one[..., 2], other[..., 2])
    lost = (first < 0) | ~(result[..., 2] > 0)
    result[lost, :2] = np.nan
    result[lost, 2] = 0
    return result


def convert_pose(pose: Pose, source: Skeleton, target: Skeleton) -> Pose:
    """A pose of one skeleton as one of another, with its hands and face.

    Joints go by name, as convert_keypoints says, and those of a hand or face by their place in the
    group: where the target has the group among its joints they are there, else apart. A hand
    or face of which no joint was found is None.
    """
    if source is target:
        return pose
    groups = [
        missing_keypoints(GROUPS[name]) if getattr(pose, name) is None else getattr(pose, name)
        for name in groups_beside(source)
    ]
    rows = np.concatenate([pose.keypoints, *groups])
    rows = convert_keypoints(rows, named_joints(source), named_joints(target))
    beside: Dict[str, Any] = dict.fromkeys(GROUPS)
    start = target.num_keypoints
    for name in groups_beside(target):
        group = rows[start : start + group_skeleton(name).num_keypoints]
        beside[name] = group if (group[:, 2] > 0).any() else None
        start += len(group)
    return replace(pose, keypoints=rows[: target.num_keypoints], **beside)


def check_shared(source: Skeleton, target: Skeleton) -> None:
    """Raise ValueError where poses of one skeleton say nothing of the joints of the other."""
    names = named_joints(target).keypoints[: target.num_keypoints]
    kept = joint_sources(named_joints(source), named_joints(target))[: len(names)]
    if all(first < 0 for first, _ in kept):
        raise ValueError(
            f"skeleton {target.name} has no joint of skeleton {source.name}; it has "
            f"{', '.join(names)[:800]}"
        )


def convert_frames(frames: List[Frame], target: Skeleton) -> List[Frame]:
    """Frames whose skeleton has joints of the target alone as frames of the target.

    The others stay as they are: those of the target, and those of a skeleton that is not known or
    has other joints.
    """
    return [_converted(frame, target) for frame in frames]


def _converted(frame: Frame, target: Skeleton) -> Frame:
    try:
        source = find_skeleton(frame.skeleton)
    except BadSkeleton:
        return frame
    if source.name == target.name or not set(source.keypoints) <= set(target.keypoints):
        return frame
    if any(len(pose.keypoints) != source.num_keypoints for pose in frame.poses):
        return frame
    poses = [convert_pose(pose, source, target) for pose in frame.poses]
    return replace(frame, skeleton=target.name, poses=poses)
