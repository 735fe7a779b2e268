"""What an output in messages of another package is."""

from __future__ import annotations

from typing import Any, Callable, List, NamedTuple

from lightweight_openpose.poses.skeleton import Skeleton

_TORSO = {"left_shoulder", "right_shoulder", "left_hip", "right_hip"}


class Topic(NamedTuple):
    """A topic of interop_node."""

    name: str  # below that of the node
    kind: type  # of its messages
    metric: bool  # made of each HumanPose3DArray, else of each HumanPoseArray
    convert: Callable[[Any], Any]  # such an array to a message of the topic


class Output(NamedTuple):
    """Messages of one package."""

    package: str
    install: str  # what to do where the package is missing
    topics: Callable[
        [Any, Skeleton], List[Topic]
    ]  # by the package's `msg` module, and the skeleton


def is_human(skeleton: Skeleton) -> bool:
    """Whether the skeleton is that of people, by the joints of a torso."""
    return _TORSO <= set(skeleton.keypoints)
