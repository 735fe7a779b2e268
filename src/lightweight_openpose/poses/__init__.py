"""What a person is: keypoints, skeletons, their similarity, and the lines that hold them."""

from .groups import body_of, group_skeleton, groups_beside, groups_in
from .mirror import limb_mirror_fault, mirror_fault
from .pose import GROUP_TABLE, GROUPS, HAND_KEYPOINTS, Group, Pose, missing_keypoints
from .skeleton import COCO17_KEYPOINTS, COCO18, Skeleton
from .skeleton_file import (
    DEFAULT_SIGMA,
    find_skeleton,
    skeleton_from_category,
    skeleton_from_dict,
    skeleton_to_dict,
)
from .skeleton_map import check_shared, convert_frames, convert_keypoints, convert_pose

__all__ = [
    "COCO17_KEYPOINTS",
    "COCO18",
    "DEFAULT_SIGMA",
    "GROUPS",
    "GROUP_TABLE",
    "HAND_KEYPOINTS",
    "Group",
    "Pose",
    "Skeleton",
    "body_of",
    "check_shared",
    "convert_frames",
    "convert_keypoints",
    "convert_pose",
    "find_skeleton",
    "group_skeleton",
    "groups_beside",
    "groups_in",
    "limb_mirror_fault",
    "mirror_fault",
    "missing_keypoints",
    "skeleton_from_category",
    "skeleton_from_dict",
    "skeleton_to_dict",
]
