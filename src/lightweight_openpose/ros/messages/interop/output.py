"""What an output in messages of another package is."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any, Callable, Iterator, List, NamedTuple

from lightweight_openpose.geometry import Person3D
from lightweight_openpose.poses import Skeleton
from lightweight_openpose.ros.messages.people_3d import People3D

_TORSO = {"left_shoulder", "right_shoulder", "left_hip", "right_hip"}


class Topic(NamedTuple):
    """A topic of interop_node."""

    name: str  # below that of the node
    kind: type  # of its messages
    metric: bool  # made of People3D, else of PeopleInImage
    convert: Callable[[Any], Any]  # such people to a message of the topic


class Output(NamedTuple):
    """Messages of one package."""

    package: str
    install: str  # what to do where the package is missing
    topics: Callable[
        [ModuleType, Skeleton], List[Topic]
    ]  # by the package's `msg` module, and the skeleton


def is_human(skeleton: Skeleton) -> bool:
    """Whether the skeleton is that of people, by the joints of a torso."""
    return _TORSO <= set(skeleton.keypoints)


def placed(people: People3D) -> Iterator[Person3D]:
    """Those with a position."""
    return (person for person in people.poses if math.isfinite(person.position[2]))
