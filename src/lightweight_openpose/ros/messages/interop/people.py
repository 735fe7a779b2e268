"""Output people: people_msgs."""

from __future__ import annotations

import math
from typing import Dict

from geometry_msgs.msg import Point
from std_msgs.msg import Header

from .output import Output, Topic


def people(msg, types):
    """HumanPose3DArray -> people_msgs/People of those with a position.

    An unknown velocity is 0, with the tag that says so.
    """
    found = []
    for person in (p for p in msg.poses if math.isfinite(p.position.z)):
        v = person.velocity
        moving = math.isfinite(v.x)
        tags: Dict[str, str] = {
            "track_id": str(person.track_id),
            "velocity_known": str(moving).lower(),
        }
        name = f"person_{person.track_id}" if person.track_id >= 0 else "untracked"
        velocity = Point(v.x, v.y, v.z) if moving else Point()
        names, values = list(tags), list(tags.values())
        person = types.Person(name, person.position, velocity, person.score, names, values)
        found.append(person)
    header = Header(msg.header.seq, msg.header.stamp, msg.header.frame_id)
    return types.People(header=header, people=found)


def _topics(types, skeleton):
    def convert(msg):
        return people(msg, types)

    return [Topic("people", types.People, True, convert)]


OUTPUT = Output("people_msgs", "apt install ros-noetic-people-msgs", _topics)
