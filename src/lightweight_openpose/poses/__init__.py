"""What a person is: keypoints, skeletons, their similarity, and the lines that hold them."""

from .pose import Pose
from .skeleton import COCO18, Skeleton
from .skeleton_file import find_skeleton

__all__ = ["COCO18", "Pose", "Skeleton", "find_skeleton"]
