"""Output people: people_msgs."""

from __future__ import annotations

import math
from types import ModuleType
from typing import TYPE_CHECKING, Any, Dict, List

from geometry_msgs.msg import Point
from std_msgs.msg import Header

from .output import Output, Topic, placed

if TYPE_CHECKING:
    from lightweight_openpose.poses import Skeleton
    from lightweight_openpose.ros.messages.people_3d import People3D


def positions(people: People3D, types: ModuleType) -> Any:
    """People in metres -> people_msgs/People of those with a position.

    An unknown velocity is 0, with the tag that says so.
    """
    found = []
    for person in placed(people):
        moving = math.isfinite(person.velocity[0])
        tags: Dict[str, str] = {
            "track_id": str(person.track_id),
            "velocity_known": str(moving).lower(),
        }
        name = f"person_{person.track_id}" if person.track_id >= 0 else "untracked"
        position = Point(*person.position.tolist())
        velocity = Point(*person.velocity.tolist()) if moving else Point()
        names, values = list(tags), list(tags.values())
        found.append(types.Person(name, position, velocity, person.score, names, values))
    header = Header(people.header.seq, people.header.stamp, people.header.frame_id)
    return types.People(header=header, people=found)


def _topics(types: ModuleType, skeleton: Skeleton) -> List[Topic]:
    def convert(people: People3D) -> Any:
        return positions(people, types)

    return [Topic("people", types.People, True, convert)]


OUTPUT = Output("people_msgs", "apt install ros-noetic-people-msgs", _topics)
